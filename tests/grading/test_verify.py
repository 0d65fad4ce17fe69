"""`convgrade verify`: a bank entry that does not do what it declares is a hole."""

import pytest

from grading.author.verify import _holes, verify_exercise
from grading.lesson.exercise import Correct, Mistake, answer_source, correct, extra_source, mistake
from grading.lesson.load import lesson_names, load_lesson


def entry(**about):
    facts = {"loses": frozenset({"dw"}), "message": "Why?", "silent": frozenset()}
    return Mistake(**{"exercise": "e", "id": "it", "function": max, **facts, **about})


@pytest.mark.parametrize(
    ("declared", "lost", "holes"),
    [
        (entry(), {"dw": "it"}, []),
        (entry(), {}, ["keeps dw"]),
        (entry(), {"dw": "it", "dx": "it"}, ["loses dx too"]),
        (entry(), {"dw": ""}, ["in dw it is called nothing"]),
        (entry(), {"dw": "other"}, ["in dw it is called other"]),
        (entry(silent=frozenset({"dw"})), {"dw": ""}, []),
        (Correct("e", "it", max, ()), {}, []),
        (Correct("e", "it", max, ()), {"dw": ""}, ["correct, and loses dw"]),
    ],
)
def test_holes(declared, lost, holes):
    assert _holes(declared, lost) == holes


def test_every_mistake_of_an_exercise_is_caught_and_named():
    rows = verify_exercise("04-pooling", "avg-pool2d-backward", seeds=2)
    assert {row.holes for row in rows} == {()}
    mistakes = [row for row in rows if not row.correct]
    assert len(mistakes) >= 10 and all(row.lost for row in mistakes)
    assert len(rows) - len(mistakes) >= 5


@pytest.mark.parametrize("name", lesson_names())
def test_the_banks_are_large_enough(name):
    for exercise in load_lesson(name).exercises:
        assert len(exercise.correct) >= 5, exercise.id
        if "backward" in exercise.id:
            assert len(exercise.mistakes) >= 10, exercise.id


def helper(x):
    return x + x


@correct("double", extra=[helper])
def by_adding(x, times=1):
    """Says nothing."""
    # a comment stays
    return helper(x) * times


@mistake("double", loses="plain")
def squared(x):
    """Which number is its own square?"""
    return x * x


def test_a_bank_entry_becomes_an_answer_as_a_learner_would_write_it():
    source = "def double(x, times=1):\n    # a comment stays\n    return helper(x) * times\n"
    assert answer_source(by_adding, "double") == source
    assert extra_source(by_adding.correct_solution) == "def helper(x):\n    return x + x\n"
    assert squared.known_mistake.id == "squared"
    assert squared.known_mistake.message == "Which number is its own square?"


def test_a_mistake_without_a_message_is_refused():
    with pytest.raises(ValueError, match="docstring"):
        mistake("double", loses="plain")(lambda x: x)
