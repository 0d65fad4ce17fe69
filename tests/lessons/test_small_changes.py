"""A small change of a right answer loses marks, or it is said why not."""

import os

import pytest

from grading.author import mutants
from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names

# the exercise that is looked at, where it is not the lesson's first
OTHERS = {"01-convolution": "output-size", "07-lenet": "lenet5"}
SAMPLE = 30 if os.environ.get("CI") else 10


@pytest.mark.parametrize("name", lesson_names())
def test_a_small_change_of_a_right_answer_loses_marks_or_is_explained(name):
    """A sample of the mutants of one exercise; `convgrade mutants` runs all of all."""
    exercise = OTHERS.get(name) or load_lesson(name).exercises[0].id
    reasons = mutants.explained(name).get(exercise, {})
    outcomes = list(mutants.run_mutants(name, exercise, sample=SAMPLE))
    assert len(outcomes) == SAMPLE
    survivors = [outcome.mutant.label for outcome in outcomes if outcome.survives]
    assert not [label for label in survivors if not mutants.reason_for(label, reasons)]
