"""A small change of a right answer loses marks, or it is said why not."""

import pytest

from grading.author import mutants
from grading.author.verify import entries_of
from grading.lesson.load import load_lesson
from tests.machine import in_ci, lessons_to_run

# the exercise that is looked at, where it is not the lesson's first
OTHERS = {"01-convolution": "output-size", "07-lenet": "lenet5"}
SAMPLE = in_ci(30, by_hand=5)


@pytest.mark.parametrize("name", lessons_to_run())
def test_a_small_change_of_a_right_answer_loses_marks_or_is_explained(name):
    """A sample of the mutants of one exercise; `convgrade mutants` runs all of all."""
    exercise = OTHERS.get(name) or load_lesson(name).exercises[0].id
    reasons = mutants.explained(name).get(exercise, {})
    outcomes = list(mutants.run_mutants(name, exercise, sample=SAMPLE, survivors=True))
    assert len(outcomes) == SAMPLE
    survivors = [outcome.mutant.label for outcome in outcomes if outcome.survives]
    assert not [label for label in survivors if not mutants.reason_for(label, reasons)]


@pytest.mark.parametrize("name", lessons_to_run())
def test_every_line_of_a_lessons_mutants_speaks_of_a_mutant(name):
    """An answer that is edited moves its lines: what was said of its mutants is then said of others, or of none."""
    lesson = load_lesson(name)
    stale = []
    for exercise in lesson.with_banks:
        reasons = mutants.explained(name).get(exercise.id, {})
        sources = [(one.source, one.label) for one in entries_of(lesson, exercise) if reasons and not one.mistake]
        labels = [mutant.label for source in sources for mutant in mutants.mutants_of(*source)]
        stale += [line for line in reasons if not any(mutants.reason_for(label, {line: ""}) for label in labels)]
    assert not stale
