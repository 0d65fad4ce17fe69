"""Answers as other people write them: right ones lose nothing, wrong ones the parts in which they are wrong."""

import os
from collections import Counter

import matplotlib
import pytest

from convschool import mode
from grading.author.verify import lost_parts
from grading.lesson.answers import quietly
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE
from grading.lesson.seed import SEED_VARIABLE
from tests.lessons.public_answers import public_answers
from tests.machine import in_ci

ANSWERS = public_answers()
SEED = 20261126  # another one than `convgrade verify` draws hidden cases from
LESSONS = ("01-convolution", "03-one-by-one", "05-fast-convolution", "06-training", "07-lenet", "08-weight-sharing")


@pytest.fixture
def as_graded(monkeypatch):
    """The committed checks are found, no trace of a run is kept, and nothing is drawn."""
    monkeypatch.setenv(SEED_VARIABLE, "0")  # put back afterwards
    backend, here = matplotlib.get_backend(), os.getcwd()
    matplotlib.use("agg")
    with mode.using(checks="silent", figures=False, progress=False):
        yield
    os.chdir(here)
    matplotlib.use(backend)


def written_by_learners(lesson):
    """The exercises in which something is programmed: no typed values, no failing cases, nothing without marks."""
    return [one for one in lesson.exercises if one.parts and not one.is_value and not one.debug]


@pytest.mark.parametrize("answer", ANSWERS[:: in_ci(1, by_hand=3)], ids=lambda one: f"{one.exercise}-{one.id}")
def test_a_public_answer_loses_what_it_deserves(answer, as_graded):
    os.chdir(COURSE / answer.lesson)
    lesson = load_lesson(answer.lesson)
    (exercise,) = (one for one in lesson.exercises if one.id == answer.exercise)
    with quietly():
        lost = lost_parts(lesson, exercise, answer.code, SEED)
    assert lost.keys() == answer.wrong | answer.loses, {part: loss.says for part, loss in lost.items()}


@pytest.mark.parametrize("name", LESSONS)
def test_every_exercise_has_answers_of_other_people_right_and_wrong_ones(name):
    right = Counter(answer.exercise for answer in ANSWERS if answer.is_right)
    wrong = Counter(answer.exercise for answer in ANSWERS if not answer.is_right)
    for exercise in written_by_learners(load_lesson(name)):
        assert right[exercise.id] >= 2 and wrong[exercise.id] >= 1, exercise.id
        assert right[exercise.id] + wrong[exercise.id] >= 3, exercise.id


def test_no_public_answer_is_of_an_unknown_exercise_or_part():
    for answer in ANSWERS:
        (exercise,) = (one for one in load_lesson(answer.lesson).exercises if one.id == answer.exercise)
        assert answer.wrong | answer.loses <= {part.name for part in exercise.parts}, (answer.exercise, answer.id)
