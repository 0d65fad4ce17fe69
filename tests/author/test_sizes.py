"""No exercise at the heart of the course is right by coincidence of sizes."""

import numpy as np
import pytest

from grading.author.sizes import never_different, never_equal, size_notes
from grading.lesson.exercise import Call, Exercise, PartOf
from grading.lesson.load import load_lesson

# Sizes that the contract ties together.
TIED = {
    ("dout.shape[0]", "x.shape[0]"),
    ("dout.shape[1]", "w.shape[0]"),
    ("dout.shape[1]", "x.shape[1]"),
    ("x.shape[1]", "w.shape[1]"),
    ("y.shape[1]", "w.shape[0]"),
    ("w1.shape[0]", "w2.shape[1]"),
}
CORE = [
    ("01-convolution", "conv2d-forward"),
    ("02-conv-derivatives", "conv2d-backward"),
    ("02-conv-derivatives", "conv2d-backward-pair"),
    ("02-conv-derivatives", "conv-transpose2d"),
    ("03-one-by-one", "conv1x1-forward"),
    ("04-pooling", "max-pool2d-forward"),
    ("04-pooling", "avg-pool2d-forward"),
    ("05-fast-convolution", "im2col"),
    ("05-fast-convolution", "conv2d-columns"),
    ("05-fast-convolution", "conv-nd-fft"),
]


@pytest.mark.parametrize(("lesson", "exercise_id"), CORE)
def test_each_pair_of_sizes_is_equal_in_one_case_and_different_in_another(lesson, exercise_id):
    (exercise,) = (one for one in load_lesson(lesson).exercises if one.id == exercise_id)
    assert not never_equal(exercise)
    assert set(never_different(exercise)) <= TIED


def _calls(*shapes):
    return [Call(str(shape), (np.zeros(shape),)) for shape in shapes]


def test_sizes_that_never_meet_and_sizes_that_never_part_are_counted():
    part = PartOf("all", _calls((2, 3, 3), (4, 3, 3)), lambda rng: _calls((5, 6, 6)))
    exercise = Exercise("one", "one", ("x",), np.sum, [part])
    assert never_equal(exercise) == [("x.shape[0]", "x.shape[1]"), ("x.shape[0]", "x.shape[2]")]
    assert never_different(exercise) == [("x.shape[1]", "x.shape[2]")]


def test_verify_notes_them_for_an_author():
    notes = size_notes("05-fast-convolution", "conv-nd-fft-backward")
    assert len(notes) == 1 and "pairs of sizes are equal in no case: dout.shape" in notes[0]
    assert size_notes("05-fast-convolution", "im2col") == []
