"""No correct answer loses a mark by bad luck: checks of something random hold whatever numbers are drawn."""

import pytest

from grading.author.verify import verify_exercise

# what these exercises do is random, and their checks look at how random it is
RANDOM = [("07-lenet", "leak-mend", 300), ("07-lenet", "lenet5", 8)]


@pytest.mark.parametrize(("lesson", "exercise", "draws"), RANDOM, ids=[one for _, one, _ in RANDOM])
def test_a_correct_answer_keeps_its_marks_whatever_is_drawn(lesson, exercise, draws):
    rows = verify_exercise(lesson, exercise, draws, correct=True)
    assert len(rows) > 2
    assert {row.entry: row.holes for row in rows if row.holes} == {}
