"""What `tests/lessons/public/` says of each answer is what PyTorch says of it.

An answer is called with the cases of each part, visible ones and drawn ones, and its results are compared with those of
PyTorch (`twins`), without the project's oracle and without its comparison.
"""

import copy
import os

import numpy as np
import pytest
from twins import TWINS

from convschool.steps import play_here
from convschool.verdict import fresh
from grading.lesson.answers import quietly, subject_of
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE
from tests.lessons.public_answers import public_answers

pytestmark = pytest.mark.oracle

ANSWERS = [answer for answer in public_answers() if answer.judge == "pytorch"]
SEED = 20261126
TOLERANCE = 1e-4  # relative to the largest number of a result, and at least 1: what every contract allows


def results(subject, call, layout="C", several=False):
    """What a subject gives for a case, as a list of arrays; `several` says that it returns more than one thing."""
    if call.steps:
        return flat(play_here(subject, fresh(copy.deepcopy(call.steps), layout))[0])
    value = subject(*fresh(copy.deepcopy(call.args), layout))
    return [np.asarray(one) for one in value] if several else flat(value)


def flat(value):
    """The arrays of a dict, in the order of its keys; anything else is one array."""
    if isinstance(value, dict):
        return [array for key in sorted(value) for array in flat(value[key])]
    return [np.asarray(value)]


def agree(ours, theirs):
    return len(ours) == len(theirs) and all(map(close, ours, theirs))


def close(one, other):
    if np.shape(one) != np.shape(other):
        return False
    bound = TOLERANCE * max(1.0, float(np.abs(other).max(initial=0)))
    if np.asarray(other).dtype.kind in "iu":  # counts are exact
        bound = 0
    return bool((np.abs(one - other) <= bound).all())


def selected(exercise, part, value):
    """Of a tuple or a dict of results, those that the part looks at."""
    if not part.compares:
        return value
    if exercise.results:
        return tuple(value[exercise.results.index(name)] for name in part.compares)
    return {name: value[name] for name in part.compares}


def differs(exercise, part, call, subject, twin):
    """Whether an answer gives something else than PyTorch, or raises where PyTorch does not."""
    choose = lambda function: lambda *args: selected(exercise, part, function(*args))
    pick = (lambda one: one) if call.steps else choose
    several = bool(exercise.results)
    if call.raises:
        with pytest.raises(RuntimeError):
            results(twin, call)
        try:
            results(subject, call, call.layout)
        except Exception:
            return False
        return True
    theirs = results(pick(twin), call, several=several)
    try:
        return not agree(results(pick(subject), call, call.layout, several), theirs)
    except Exception:
        return True


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: f"{one.exercise}-{one.id}")
def test_pytorch_says_the_same_of_an_answer(answer, configurations):
    lesson = load_lesson(answer.lesson)
    (exercise,) = (one for one in lesson.exercises if one.id == answer.exercise)
    twin = TWINS[exercise.id]
    here = os.getcwd()
    os.chdir(COURSE / answer.lesson)
    wrong, judged = set(), set()
    try:
        with quietly():
            subject = subject_of(lesson, exercise, answer.code)
            for part in exercise.parts:
                calls = [*part.visible, *exercise.hidden_calls(part, np.random.default_rng(SEED))]
                try:
                    found = [differs(exercise, part, call, subject, twin) for call in calls]
                except NotImplementedError:  # PyTorch has no such thing
                    continue
                judged.add(part.name)
                wrong |= {part.name} if any(found) else set()
                configurations["cases of public answers"] += len(found)
    finally:
        os.chdir(here)
    assert judged
    assert answer.wrong & judged <= wrong
    assert wrong <= answer.wrong | answer.loses


def test_every_exercise_that_pytorch_judges_has_a_twin():
    assert {answer.exercise for answer in ANSWERS} <= TWINS.keys()
