"""Wrong answers as learners write them: each is told something true and specific."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from convschool.cases import load
from convschool.verdict import judge
from grading.lesson.load import COURSE

NOVEL = [
    pytest.param(file, key, id=f"{file.stem}-{key}")
    for file in sorted((Path(__file__).parent / "novel").glob("*.toml"))
    for key, value in tomllib.loads(file.read_text(encoding="utf-8")).items()
    if isinstance(value, dict)
]


def verdict_of(file, key):
    described = tomllib.loads(file.read_text(encoding="utf-8"))
    entry = described[key]
    part = load(COURSE / described["lesson"] / "checks.npz")[f"{file.stem}-{entry['in']}"]
    names = {"np": np}
    exec(entry["code"], names)
    return entry, judge(part, names[part.function])


@pytest.mark.parametrize(("file", "key"), NOVEL)
def test_a_wrong_answer_is_told_a_fact_that_helps(file, key):
    entry, verdict = verdict_of(file, key)
    assert not verdict.passed
    told = [finding.id for finding in verdict.findings] + [verdict.mistake]
    assert set(told) & set(entry["says"]), told
