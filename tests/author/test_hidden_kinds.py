"""No hidden case is of a kind that its part does not show."""

import numpy as np
import pytest

from grading.author.kinds import kind_holes, unseen_kinds
from grading.lesson.exercise import Call, Exercise, PartOf
from grading.lesson.load import lesson_names


def case(kernel_size=2, stride=2, images=2, layout="C", dtype="float64"):
    return Call("one", (np.ones((images, 2, 6, 6), dtype), kernel_size, stride), layout)


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        (case(stride=1), "stride 1"),
        (case(kernel_size=1), "a kernel of 1x1 with stride above 1"),
        (case(kernel_size=1, stride=1), "a kernel of 1x1 with stride 1"),
        (case(kernel_size=(2, 3)), "a kernel that is not square"),
        (case(kernel_size=2, stride=3), "windows with gaps"),
        (case(images=1), "one image in x"),
        (case(layout="F"), "arrays that do not lie in C order"),
        (case(dtype="float32"), "float32"),
        (Call("one", (np.ones((1, 1, 2, 2)), 3, 1), raises="ValueError"), "a ValueError is due"),
    ],
)
def test_a_kind_that_is_only_hidden_is_named(hidden, kind):
    part = PartOf("a", [case()], lambda rng: [hidden])
    exercise = Exercise("p", "p", ("x", "kernel_size", "stride"), parts=[part])
    assert kind in unseen_kinds(exercise, part)
    seen = PartOf("b", [case(), hidden], lambda rng: [hidden])
    assert unseen_kinds(Exercise("p", "p", ("x", "kernel_size", "stride"), parts=[seen]), seen) == []


@pytest.mark.parametrize("lesson", lesson_names())
def test_no_lesson_hides_a_kind(lesson):
    assert kind_holes(lesson) == []
