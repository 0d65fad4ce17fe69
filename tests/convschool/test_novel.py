"""Wrong answers as learners write them: what is told of them is true, and helps."""

import linecache
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from convschool.cases import load
from convschool.checking import BUG_NOT_SHOWN, _why_not_shown
from convschool.verdict import Verdict, judge
from grading.lesson.answers import answered, quietly
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE
from tests.machine import in_ci

FILES = sorted((Path(__file__).parent / "novel").glob("*.toml"))
# Said of any wrong answer: true, and no help.
GENERAL = {"every-case", "some-cases"}
LEAST_TOLD = 0.85


@dataclass(frozen=True)
class Outcome:
    """A wrong answer, the parts it lost, and the ids of all that was told of it."""

    name: str
    says: frozenset[str]
    true: frozenset[str]
    lost: tuple[str, ...]
    messages: frozenset[str]


@pytest.fixture(scope="module")
def outcomes():
    return [outcome for file in FILES for outcome in outcomes_of(file)]


def outcomes_of(file):
    """The outcomes of the answers of a lesson; by hand of every third."""
    lesson, parts = load_lesson(file.stem), load(COURSE / file.stem / "checks.npz")
    exercises = {one.id: one for one in lesson.exercises}
    for exercise_id, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
        exercise = exercises[exercise_id]
        for key, entry in list(entries.items())[:: in_ci(1, by_hand=3)]:
            cell = f"<{exercise_id}>"
            linecache.cache[cell] = (1, None, entry["code"].splitlines(keepends=True), cell)
            with quietly():
                names = answered(lesson, exercise, entry["code"])
                if exercise.debug:
                    verdicts = [verdict_of_a_case(exercise, names)]
                else:
                    subject = eval(exercise.subject, names)
                    verdicts = [judge(parts[exercise.part_id(part)], subject) for part in exercise.parts]
            lost = [verdict for verdict in verdicts if not verdict.passed]
            messages = {verdict.mistake for verdict in lost if verdict.message or verdict.mistake}
            messages |= {finding.id for verdict in lost for finding in verdict.findings}
            yield Outcome(
                f"{exercise_id}.{key}",
                frozenset(entry["says"]),
                frozenset(entry.get("true", ())),
                tuple(verdict.part for verdict in lost),
                frozenset(messages) - GENERAL,
            )


def verdict_of_a_case(exercise, names):
    """The verdict on a case that should show a bug: it does not show it, or cannot be run, and is told why."""
    failure = _why_not_shown(names[exercise.function], *(names[one] for one in exercise.debug))
    mistake = {"case": BUG_NOT_SHOWN, "unfit": "unfit"}.get(failure.kind, "") if failure else ""
    return Verdict(exercise.part_id(exercise.parts[0]), (), failure, mistake)


def test_there_are_answers_of_every_lesson(outcomes):
    assert len(FILES) == 8 and len(outcomes) >= in_ci(150, by_hand=50)


def test_every_answer_is_wrong(outcomes):
    assert [one.name for one in outcomes if not one.lost] == []


def test_most_are_told_what_a_teacher_would_say(outcomes):
    untold = [one.name for one in outcomes if not one.messages & one.says]
    assert len(untold) <= (1 - LEAST_TOLD) * len(outcomes), untold


def test_nothing_is_told_that_nobody_has_judged_to_be_true(outcomes):
    unjudged = {one.name: one.messages - one.says - one.true for one in outcomes if one.messages - one.says - one.true}
    assert unjudged == {}
