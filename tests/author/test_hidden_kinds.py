"""No hidden case is of a kind that its part does not show."""

import numpy as np
import pytest

from grading.author.kinds import kind_holes, unseen_kinds
from grading.lesson.exercise import Call, Exercise, PartOf, do, make
from grading.lesson.places import lesson_names


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


@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride", "kind"),
    [
        ((2, 2, 6, 8), 2, 2, "x wider than high"),
        ((2, 2, 8, 6), 2, 2, "x higher than wide"),
        ((2, 2, 7, 7), 2, 2, "a rest that no window covers"),
        ((2, 2, 2, 2), 2, 2, "one window"),
    ],
)
def test_a_form_of_the_input_that_is_only_hidden_is_named(shape, kernel_size, stride, kind):
    part = PartOf("a", [case()], lambda rng: [Call("two", (np.ones(shape), kernel_size, stride))])
    assert kind in unseen_kinds(Exercise("p", "p", ("x", "kernel_size", "stride"), parts=[part]), part)


class Layer:
    def __init__(self, w, stride=1):
        pass


def pass_of(*made, forwards=1, images=2):
    x = np.ones((images, 2, 6, 6))
    return Call("one", steps=(make("layer", np.ones((3, 2, 2, 2)), *made), *forwards * [do("layer", "forward", x)]))


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        (pass_of(2), "stride above 1"),
        (pass_of(images=1), "one image in x"),
        (pass_of(forwards=2), "forward several times"),
    ],
)
def test_the_steps_of_a_class_are_compared_too(hidden, kind):
    part = PartOf("a", [pass_of()], lambda rng: [hidden])
    assert kind in unseen_kinds(Exercise("p", "P", oracle=Layer, parts=[part]), part)


@pytest.mark.parametrize(
    ("name", "seen", "hidden", "kind"),
    [
        ("groups", 1, 2, "groups above 1"),
        ("advantage", 1.5, -2.0, "advantage below 0"),
        ("reward", 1, 0, "reward 0"),
        ("layers", [1, 2], [], "0 items in layers"),
        ("padding", (1, 1), (1, 2), "two different numbers for padding"),
    ],
)
def test_a_number_or_a_list_that_is_only_hidden_is_named(name, seen, hidden, kind):
    part = PartOf("a", [Call("one", (seen,))], lambda rng: [Call("two", (hidden,))])
    assert unseen_kinds(Exercise("p", "p", (name,), parts=[part]), part) == [kind]


@pytest.mark.parametrize("lesson", lesson_names())
def test_no_lesson_hides_a_kind(lesson):
    assert kind_holes(lesson) == []
