"""No correct answer loses a mark by bad luck: checks of something random hold whatever numbers are drawn."""

import pytest

from grading.author.verify import Choice, verify_exercise
from tests.machine import in_ci

# what these exercises do is random, and their checks look at how random it is
RANDOM = [("07-lenet", "leak-mend", in_ci(300, by_hand=60)), ("07-lenet", "lenet5", in_ci(8, by_hand=2))]


@pytest.mark.parametrize(("lesson", "exercise", "draws"), RANDOM, ids=[one for _, one, _ in RANDOM])
def test_a_correct_answer_keeps_its_marks_whatever_is_drawn(lesson, exercise, draws):
    rows = verify_exercise(lesson, exercise, draws, Choice(correct=True))
    assert len(rows) > 2
    assert {row.entry: row.holes for row in rows if row.holes} == {}
