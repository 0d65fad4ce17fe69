"""Facts about wrong results: each is found where it holds, in every case or not at all."""

import re
from pathlib import Path

import numpy as np
import pytest

from convschool import explain, findings
from convschool.cases import Case, Part
from convschool.exceptions import MEANINGS
from convschool.findings import TITLES, Finding
from convschool.verdict import judge

RNG = np.random.default_rng(0)
SHAPES = [(2, 3, 4, 5), (3, 2, 5, 3)]
XS = [RNG.integers(-72, 73, shape) / 8 + 0.0625 for shape in SHAPES]
SQUARE = [RNG.integers(-9, 10, (2, 2, 3, 3)) + 0.5 for _ in range(2)]


def told(right, wrong, xs=XS, more=()):
    """The ids of what is said of `wrong`, where `right` is due."""
    cases = tuple(Case(f"case {n}", (x, *more), right(x, *more)) for n, x in enumerate(xs))
    part = Part("a-b", "f", ("x", "stride")[: 1 + len(more)], cases=cases)
    verdict = judge(part, wrong)
    assert not verdict.passed
    return [finding.id for finding in verdict.findings]


def same(x):
    return x * x + x - 20.25


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
        (lambda x: np.floor(same(x)), "rounded"),
        (lambda x: np.ceil(same(x)), "rounded"),
        (lambda x: np.maximum(same(x), 0), "no-negative-numbers"),
        (lambda x: np.abs(same(x)), "sign-lost"),
        (lambda x: same(x) ** 2, "squared"),
        (lambda x: same(x) * 1.01, "times-a-constant"),
        (lambda x: same(x) * (1 + 0.01 * np.sign(np.sin(x))), "nearly-right"),
        (lambda x: same(x) * x.sum(), "one-factor-per-case"),
        (lambda x: same(x) + np.arange(x.shape[1])[:, None, None] + 1, "a-number-per-map"),
        (lambda x: same(x).transpose(0, 2, 3, 1).reshape(x.shape), "axes-in-another-order"),
        (lambda x: same(x).transpose(0, 2, 3, 1), "axes-in-another-order"),
        (lambda x: np.roll(same(x).ravel(), 7).reshape(x.shape), "same-numbers-elsewhere"),
        (lambda x: np.broadcast_to(same(x)[:, :1], x.shape).copy(), "all-alike"),
        (lambda x: same(x).sum(axis=0), "axes-too-few"),
        (lambda x: same(x)[..., None], "axes-too-many"),
        (lambda x: same(x).reshape(len(x), -1), "axes-merged"),
        (lambda x: same(x)[..., :0], "empty-result"),
        (lambda x: same(x)[..., :-2, :], "too-small"),
        (lambda x: np.concatenate([same(x), same(x)]), "number-of-images"),
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
        (lambda out: out[..., 0, :].__iadd__(np.arange(out.shape[-1]) + 1.0), "first-row-or-column"),
        (lambda out: out[..., ::3, :].__iadd__(1.0 + out[..., ::3, :] ** 2), "border"),
        (lambda out: out[:-1].__imul__(7), "last-image-only"),
        (lambda out: out.reshape(*out.shape[:2], -1)[..., 1:].__imul__(7), "first-place-only"),
        (lambda out: out[..., 1, 1].__imul__(0), "zero-where-wrong"),
    ],
)
def test_where_a_result_is_wrong_is_seen(change, id):
    def wrong(x):
        out = same(x)
        change(out)
        return out

    assert id in told(same, wrong, [XS[0], XS[0] + 1])


def test_a_fact_that_holds_in_one_case_only_is_not_told():
    def wrong(x):
        return -same(x) if len(x) == 2 else same(x) * 1.5 + np.arange(x.size).reshape(x.shape)

    assert told(same, wrong) == ["every-case"]


def test_random_results_are_told_apart_from_wrong_ones():
    assert told(same, lambda x: np.random.default_rng().normal(size=x.shape))[0] == "differs-on-a-second-call"


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


def overlapping(x, stride):
    """The input gradient of a sum over windows of 3x3, and the same where the last window overwrites."""
    right, last = np.zeros(x.shape), np.zeros(x.shape)
    for i in range((x.shape[2] - 3) // stride + 1):
        for j in range((x.shape[3] - 3) // stride + 1):
            window = (..., slice(i * stride, i * stride + 3), slice(j * stride, j * stride + 3))
            right[window] += i + j + 1.0
            last[window] = i + j + 1.0
    return right, last


def test_a_result_that_is_wrong_where_windows_overlap_is_seen():
    cases = []
    for stride in (2, 3):
        x = np.ones((1, 2, 7, 9))
        dout = np.ones((1, 2, (7 - 3) // stride + 1, (9 - 3) // stride + 1))
        cases.append(Case(f"stride {stride}", (dout, x, 3, stride), overlapping(x, stride)[0]))
    part = Part("a-b", "f", ("dout", "x", "kernel_size", "stride"), cases=tuple(cases))
    verdict = judge(part, lambda dout, x, kernel_size, stride: overlapping(x, stride)[1])
    assert verdict.findings[0].id == "wrong-where-windows-overlap"
    verdict = judge(part, lambda dout, x, kernel_size, stride: overlapping(x, stride)[1] * 2)
    assert "wrong-where-windows-overlap" not in [one.id for one in verdict.findings]


def scalars(wrong, count=4):
    cases = tuple(Case(f"{n}", (n,), 3 * n + 1) for n in range(2, 2 + count))
    return [one.id for one in judge(Part("a-b", "f", ("n",), cases=cases), wrong).findings]


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        (lambda n: 3 * n + 2, "off-by-one"),
        (lambda n: 3 * n, "off-by-one"),
        (lambda n: 0 * n, "zero-everywhere"),
        (lambda n: (3 * n + 1) * 2, "times-a-constant"),
        (lambda n: (3 * n + 1) ** 2, "squared"),
        (lambda n: 4 * n + 5, "too-large-everywhere"),
        (lambda n: n - n % 3, "too-small-everywhere"),
        (lambda n: (3 * n + 1) / 1, "float-for-an-int-result"),
        (lambda n: np.array([3 * n + 1, 2])[:1], "array-for-a-number"),
    ],
)
def test_single_numbers_are_looked_at_together(wrong, id):
    assert id in scalars(wrong)


def test_a_single_wrong_number_says_nothing_of_how():
    told = set(scalars(lambda n: 3 * n + 2, 1))
    assert not told & {"off-by-one", "times-a-constant", "squared", "too-large-everywhere"}


def test_a_number_beyond_its_dtype_is_seen():
    cases = (Case("small", (3,), 9), Case("large", (100_000,), 10_000_000_000))
    part = Part("a-b", "f", ("n",), cases=cases)
    assert judge(part, lambda n: (n * n + 2**31) % 2**32 - 2**31).findings[0].id == "overflow"


# ---------------------------------------------------------------------------------------- which cases


def parted(holds, wanted, settings):
    """What is told of an answer that is right just where `holds`."""
    right = lambda x, stride, padding: x * stride + padding
    wrong = lambda x, stride, padding: right(x, stride, padding) + (0 if holds(x, stride, padding) else np.sin(x * 9))
    cases = tuple(Case(str(n), (x, *s), right(x, *s)) for n, (x, *s) in enumerate(settings))
    verdict = judge(Part("a-b", "f", ("x", "stride", "padding"), cases=cases), wrong)
    assert any(wanted in one.sentence for one in verdict.findings), [one.sentence for one in verdict.findings]


SETTINGS = [(x, stride, padding) for x in (*XS, XS[0][:1]) for stride in (1, 2) for padding in (0, 1)]


@pytest.mark.parametrize(
    ("holds", "wanted"),
    [
        (lambda x, stride, padding: stride == 1, "6 of 12 cases pass: just those with stride 1."),
        (lambda x, stride, padding: padding == 0, "6 of 12 cases pass: just those with padding 0."),
        (lambda x, stride, padding: padding == 1, "6 of 12 cases pass: just those with padding 1."),
        (lambda x, stride, padding: len(x) == 1, "4 of 12 cases pass: just those with one image."),
        (lambda x, stride, padding: stride == 1 or (len(x) == 2 and padding == 0), "among them each one with stride 1"),
        (lambda x, stride, padding: stride == 2 and padding == 1 and len(x) == 2, "1 of 12 cases passes."),
    ],
)
def test_the_property_that_parts_the_cases_is_told(holds, wanted):
    parted(holds, wanted, SETTINGS)


def test_a_property_of_a_single_case_is_not_told_beside_a_fact():
    right = lambda x: x * x + x
    xs = [XS[0][:1], *XS]
    part = Part("a-b", "f", ("x",), cases=tuple(Case(str(n), (x,), right(x)) for n, x in enumerate(xs)))
    verdict = judge(part, lambda x: right(x) if len(x) == 1 else -right(x))
    assert [one.id for one in verdict.findings] == ["sign", "some-cases"]


# ------------------------------------------------------------------------------------- hidden cases


def test_nothing_that_may_be_told_of_a_hidden_case_names_its_numbers_or_shapes():
    odd = RNG.integers(-9, 10, (17, 19, 3, 4)) * 31.25
    wrongs = [
        lambda x: same(x) * 1.37,
        lambda x: same(x) + 1234.5,
        lambda x: same(x) * x.sum(),
        lambda x: np.concatenate([same(x), same(x)]),
        lambda x: same(x)[:, 1:],
        lambda x: same(x)[..., 0],
        lambda x: same(x).transpose(3, 1, 0, 2),
        lambda x: x[0, 0] @ x[0, 0],
        lambda x: x[99],
        lambda x: np.zeros(17 / 2),
        lambda x: x.reshape(17, -1, 1234),
        lambda x: {}["1234"],
        lambda x: (x, x),
        lambda x: (_ for _ in x),
    ]
    for wrong in wrongs:
        part = Part("a-b", "f", ("x",), cases=(Case("17x19", (odd,), same(odd)),))
        verdict = judge(part, wrong)
        for one in verdict.findings:
            assert not re.search(r"17|19|\d\d\d", one.of_any_case), one
        assert not re.search(r"17|19|\d\d\d", explain.text(verdict, hidden=True))


@pytest.mark.parametrize(
    "made",
    [
        lambda n: (1.0,) * n,
        lambda n: (*((),) * n, np.ones(2), np.ones(3)),
        lambda n: ((), (np.ones(2),), *[()] * n, np.ones(3)),
        lambda n: (np.zeros((1,) * min(n, 30)), np.ones(2)),
        lambda n: [[np.ones(2)] * n],
        lambda n: {"a": n},
        lambda n: "a" * n,
        lambda n: n,
    ],
)
@pytest.mark.parametrize("names", [("dx", "dw"), ()])
def test_nothing_that_is_returned_can_be_counted_for_a_hidden_case(made, names):
    told = set()
    for n in (5, 17, 1234):
        due = (np.arange(4.0), np.arange(6.0).reshape(2, 3))
        part = Part("a-b", "f", ("x",), names, names, cases=(Case("one", (np.ones(2),), due if names else due[0]),))
        verdict = judge(part, lambda x, n=n: made(n))
        told.add((explain.text(verdict, hidden=True), explain.html(verdict, hidden=True)))
    assert len(told) == 1


def test_a_label_with_a_number_is_not_told_of_a_hidden_case():
    text = "Your `advantage of reward 2` has the wrong sign. In your `w after 3 steps` too, not in your `dx`."
    finding = Finding("sign", text)
    assert finding.of_any_case == "Your result has the wrong sign. In your result too, not in your `dx`."


def test_every_fact_that_may_be_told_of_hidden_cases_has_a_title_in_the_report():
    sources = [file.read_text(encoding="utf-8") for file in Path(findings.__file__).parent.glob("*.py")]
    ids = {id for text in sources for id in re.findall(r'Finding\(\s*"([a-z0-9-]+)"', text)}
    ids |= {id for _, id, _ in MEANINGS}
    assert len(ids) > 60
    assert ids - set(TITLES) == {"every-case", "right-only-where", "right-where", "some-cases"}
