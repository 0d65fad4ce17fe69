"""Facts about wrong results: each is found where it holds, in every case or not at all."""

import numpy as np
import pytest

from convschool.cases import Case, Part
from convschool.verdict import judge

RNG = np.random.default_rng(0)
SHAPES = [(2, 3, 4, 5), (3, 2, 5, 3)]
XS = [RNG.integers(-9, 10, shape) + 0.5 for shape in SHAPES]
SQUARE = [RNG.integers(-9, 10, (2, 2, 3, 3)) + 0.5 for _ in range(2)]


def told(right, wrong, xs=XS, more=()):
    """The ids of what is said of `wrong`, where `right` is due."""
    cases = tuple(Case(f"case {n}", (x, *more), right(x, *more)) for n, x in enumerate(xs))
    part = Part("a-b", "f", ("x", "stride")[: 1 + len(more)], cases=cases)
    verdict = judge(part, wrong)
    assert not verdict.passed
    return [finding.id for finding in verdict.findings]


def same(x):
    return x * x + x


def moved(out, axis):
    padded = np.concatenate([np.take(out, [0], axis) * 0 + 77, out], axis)
    return np.take(padded, range(out.shape[axis]), axis)


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda x: -same(x), "sign"),
        (lambda x: 2 * same(x), "times-a-constant"),
        (lambda x: same(x) / 3, "times-a-constant"),
        (lambda x: same(x) * len(x), "times-images"),
        (lambda x: same(x) / x.shape[1], "divided-by-channels"),
        (lambda x: same(x) + 4, "plus-a-constant"),
        (lambda x: np.zeros(x.shape), "zero-everywhere"),
        (lambda x: same(x).astype(int), "whole-numbers"),
        (lambda x: same(x)[..., ::-1], "reversed"),
        (lambda x: same(x)[..., ::-1, :], "reversed"),
        (lambda x: same(x)[..., ::-1, ::-1], "reversed"),
        (lambda x: moved(same(x), -1), "shifted-by-one"),
        (lambda x: moved(same(x), -2), "shifted-by-one"),
        (lambda x: np.where(np.arange(x.shape[-1]) > 1, same(x), np.nan), "nan"),
        (lambda x: x, "the-argument-itself"),
        (lambda x: np.swapaxes(same(x), -1, -2), "sizes-exchanged"),
        (lambda x: same(x)[..., :-1, :-1], "one-too-small"),
        (lambda x: np.pad(same(x), ((0, 0), (0, 0), (0, 1), (0, 1))), "one-too-large"),
    ],
)
def test_a_fact_is_found_where_it_holds(wrong, id):
    assert told(same, wrong)[0] == id


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda x: np.swapaxes(same(x), -1, -2), "transposed"),
        (lambda x: np.swapaxes(same(x), 0, 1), "axes-exchanged"),
    ],
)
def test_exchanged_axes_of_equal_length_are_seen(wrong, id):
    assert told(same, wrong, SQUARE)[0] == id


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda out: out[1:].__imul__(7), "first-image-only"),
        (lambda out: out[:, 1:].__iadd__(np.arange(out.shape[-1]) + 1.0), "first-channel-only"),
        (lambda out: out[..., -1, :].__iadd__(np.arange(out.shape[-1]) + 1.0), "last-row-or-column"),
        (lambda out: out[..., 0, :].__iadd__(np.arange(out.shape[-1]) + 1.0), "border"),
        (lambda out: out[..., 1, 1].__imul__(0), "zero-where-wrong"),
    ],
)
def test_where_a_result_is_wrong_is_seen(change, id):
    def wrong(x):
        out = same(x)
        change(out)
        return out

    assert told(same, wrong, [XS[0], XS[0] + 1])[0] == id


def test_a_fact_that_holds_in_one_case_only_is_not_told():
    def wrong(x):
        return -same(x) if len(x) == 2 else same(x) * 1.5 + np.arange(x.size).reshape(x.shape)

    assert told(same, wrong) == ["every-case"]


def test_random_results_are_told_apart_from_wrong_ones():
    assert told(same, lambda x: np.random.default_rng().normal(size=x.shape))[0] == "differs-on-a-second-call"


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda x: np.zeros(3 / 1), "float-for-an-int"),
        (lambda x: x + np.ones((7, 7)), "shapes-do-not-fit"),
        (lambda x: x[99], "past-the-edge"),
        (lambda x: undefined_name, "name-not-set"),  # noqa: F821
        (lambda x: xrange(3), "python-2"),  # noqa: F821
        (lambda x: np.float(3), "numpy-names"),  # noqa: NPY001
        (lambda x: None[0], "none-used"),
        (lambda: 0, "number-of-arguments"),
    ],
)
def test_an_exception_is_said_in_words_of_the_contract(wrong, id):
    assert told(same, wrong)[0] == id


def test_what_parts_the_cases_is_told():
    right = same
    cases = tuple(Case(f"stride {s}", (x, s), right(x) * s) for x in XS for s in (1, 2))
    part = Part("a-b", "f", ("x", "stride"), cases=cases)
    verdict = judge(part, lambda x, stride: right(x))
    sentences = [finding.sentence for finding in verdict.findings]
    assert any("2 of 4 cases pass: just those with stride 1" in sentence for sentence in sentences)


def test_a_right_answer_is_told_nothing():
    part = Part("a-b", "f", ("x",), cases=(Case("one", (XS[0],), same(XS[0])),))
    assert judge(part, same).findings == ()
