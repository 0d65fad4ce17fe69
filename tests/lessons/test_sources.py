"""docs/sources.md names sections and exercises that are there."""

import re
from functools import cache
from pathlib import Path

import pytest

from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"\b(0\d) §(\d+)", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| S")]
EXERCISES = sorted({name for row in ROWS for name in re.findall(r"`([^`]+)`", row)})


@cache
def headings(number):
    (name,) = (name for name in lesson_names() if name.startswith(number))
    text = load_lesson(name).text.read_text(encoding="utf-8")
    return set(re.findall(r"^## (\d+)\. ", text, re.MULTILINE))


@pytest.mark.parametrize(("lesson", "section"), sorted(set(SECTIONS)))
def test_a_section_is_there(lesson, section):
    assert section in headings(lesson)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_there(name):
    assert any(name == one.id for lesson in lesson_names() for one in load_lesson(lesson).exercises)


def test_every_source_has_its_place():
    assert re.findall(r"^\| (S\d+) \|", PAGE, re.MULTILINE) == [f"S{number}" for number in range(1, 22)]
