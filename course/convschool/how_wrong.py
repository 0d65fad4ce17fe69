"""How a wrong result differs from the expected one: facts that hold in every failing case."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import permutations

import numpy as np

from convschool.finding import Finding
from convschool.outcome import NEAR, SIZES, Compared, Outcome, axis_word, compared, near, sizes, what

MANY = 3
LARGEST_SEARCHED = 5000
# Whether a relation of the expected to the returned array holds in every failing case.
InAll = Callable[[Callable[[np.ndarray, np.ndarray], bool | np.bool]], bool]


def facts(wrong: list[Compared]) -> Iterator[Finding]:
    """How results differ, the most telling first."""
    this = what(wrong[0])
    scalars = all(case.expected.ndim == 0 for case in wrong)
    if scalars:
        yield from _of_scalars(wrong)
        return

    def in_all(same: Callable[[np.ndarray, np.ndarray], bool | np.bool]) -> bool:
        return all(same(case.expected, case.got) for case in wrong)

    if in_all(lambda expected, got: not got.any() and expected.any()):
        yield Finding("zero-everywhere", f"{this} is 0 everywhere. Does anything ever write into it?")
        return
    yield from _of_updates(wrong)
    yield from _factors(wrong)
    yield from _of_each_number(wrong, this, in_all)
    yield from _of_order(wrong, this, in_all)
    for name in wrong[0].arguments:
        if all(_is_the_argument(case, name) for case in wrong):
            yield Finding("the-argument-itself", f"{this} is the argument `{name}` as it came in.")
            return
    yield from _all_alike(wrong, this)
    yield from _of_the_set_of_numbers(wrong, this, in_all)


def _of_each_number(wrong: list[Compared], this: str, in_all: InAll) -> Iterator[Finding]:
    """Where each number is the expected one but for a change of its own: rounded, without its sign, plus a constant."""
    if in_all(lambda expected, got: np.isnan(got).any()):
        yield Finding(
            "nan",
            f"{this} holds NaN. Which division is by 0, or which number is too large for `np.exp`? An array of "
            "`np.empty` that nobody has filled holds NaN in a check, too.",
        )
    shifts = [shift for case in wrong if (shift := _constant_between(case)) is not None]
    many = sum(case.expected.size for case in wrong) > MANY
    if many and len(shifts) == len(wrong) and near(shifts, shifts[0]):
        text = f"{this} is the expected one plus the same number everywhere ({shifts[0]:.4g}). Where is it added?"
        yield Finding("plus-a-constant", text, general=f"{this} is the expected one plus the same number everywhere.")
    if in_all(_is_one_number_per_map):
        yield Finding(
            "a-number-per-map", f"{this} is right but for one number for each map, the same in all its places."
        )
    if in_all(lambda expected, got: near(got, np.trunc(expected))):
        yield Finding("whole-numbers", f"{this} is cut off to whole numbers. Which array has an integer dtype?")
    for round_, word in ((np.floor, "down"), (np.ceil, "up"), (np.round, "")):
        if in_all(partial(_is_rounded, rounded=round_)):
            yield Finding(
                "rounded", f"{this} is rounded {word}".rstrip() + " to whole numbers. Where are the decimals lost?"
            )
    if in_all(lambda expected, got: near(got, np.maximum(expected, 0)) and got.any()):
        yield Finding("no-negative-numbers", f"{this} has 0 where a negative number is due, and is right elsewhere.")
    if in_all(lambda expected, got: near(got, np.abs(expected))):
        yield Finding("sign-lost", f"{this} has no negative numbers: where one is due, it has the sign lost.")
    if in_all(lambda expected, got: near(got, expected * expected)):
        yield Finding("squared", f"{this} is the square of what is due, entry by entry.")


def _of_order(wrong: list[Compared], this: str, in_all: InAll) -> Iterator[Finding]:
    """Where the expected numbers stand in another order: reversed, exchanged or moved."""
    for axes, words in (((-1,), "columns"), ((-2,), "rows"), ((-2, -1), "rows and columns")):
        if in_all(partial(_is_flip, axes=axes)):
            yield Finding("reversed", f"{this} has its {words} in reverse order. What was turned, or not turned?")
    if in_all(lambda expected, got: expected.ndim == 1 and _is_flip(expected, got, (0,))):
        yield Finding("reversed", f"{this} stands in reverse order.")
    if in_all(_is_transpose):
        yield Finding("transposed", f"{this} is right but for its rows and columns, which are exchanged.")
    for axis, step, words in ((-2, 1, "down"), (-2, -1, "up"), (-1, 1, "to the right"), (-1, -1, "to the left")):
        if in_all(partial(_is_shift, axis=axis, step=step)):
            yield Finding(
                "shifted-by-one", f"{this} is the expected one, moved {words} by one. Where does counting start?"
            )
    moves = [move for case in wrong if (move := _move(case))]
    if len(moves) == len(wrong):
        moved = f"{this} is the expected one, moved"
        text = f"{moved} {_steps_in_words(moves[0])} in the first case. Where does counting start?"
        yield Finding("moved", text, general=f"{moved} by some places. Where does counting start?")
    if in_all(lambda expected, got: expected.ndim >= 2 and _is_swap(expected, got)):
        yield Finding("axes-exchanged", f"{this} is right but for its first two axes, which are exchanged.")
    yield from _other_axes(wrong, this)


def _of_the_set_of_numbers(wrong: list[Compared], this: str, in_all: InAll) -> Iterator[Finding]:
    """What holds of the numbers together, wherever they stand."""
    if in_all(_are_same_numbers):
        yield Finding(
            "same-numbers-elsewhere",
            f"{this} holds the right numbers, in other places. In which order are they put there?",
        )
    if in_all(lambda expected, got: expected.size > 1 and _is_whole(got) and not _is_whole(expected)):
        yield Finding(
            "only-whole-numbers",
            f"{this} holds whole numbers only, and decimals are due. Which array has an integer dtype?",
        )
    if in_all(lambda expected, got: expected.size > 1 and _is_whole(expected) and not _is_whole(got)) and all(
        map(_has_whole_arguments, wrong)
    ):
        text = f"{this} holds fractions, and whole numbers are due in these cases. Where does your code divide?"
        yield Finding("fractions", text)
    if in_all(_is_nearly_right):
        yield Finding(
            "nearly-right",
            f"{this} is nearly right, with each entry off by less than 2 %: the formula is close. Which small term"
            " differs?",
        )


def _of_updates(wrong: list[Compared]) -> Iterator[Finding]:
    """How arrays have moved that steps change in place, where what they were before is known."""
    this = what(wrong[0])
    moved = [
        replace(case, expected=case.expected - case.before, got=case.got - case.before)
        for case in wrong
        if case.before is not None and case.before.shape == case.got.shape
    ]
    if len(moved) < len(wrong):
        return
    if not any(case.got.any() for case in moved):
        yield Finding(
            "unchanged",
            f"{this} is what it was before: nothing has changed the array itself. `p = p - ...` makes a new array,"
            " `p -= ...` changes the one that the model holds.",
        )
        return
    factors = [factor for case in moved if (factor := _factor(case)) is not None]
    if len(factors) < len(wrong):
        yield from _directions(moved, this)
        return
    if near(factors, 1):
        return
    if near(factors, -1):
        yield Finding("step-sign", f"{this} has moved by the right amount in the wrong direction.")
    elif near(factors, factors[0]) and len(wrong) > 1:
        yield Finding(
            "step-times-a-constant",
            f"{this} has moved {_side(factors)}, and {abs(factors[0]):.4g} times as far as is due.",
            general=f"{this} has moved {_side(factors)}, too far or not far enough by one factor.",
        )
    else:
        shown = ", ".join(f"{abs(factor):.4g}" for factor in factors[:3])
        yield Finding(
            "step-factor-per-case",
            f"{this} has moved {_side(factors)}, but not as far as is due: {shown} times as far in the failing cases."
            " What is the step multiplied by?",
            general=f"{this} has moved {_side(factors)}, but not as far as is due.",
        )


def _side(factors: list[float]) -> str:
    if all(factor > 0 for factor in factors):
        return "in the right direction"
    return "in the wrong direction" if all(factor < 0 for factor in factors) else "along the right line"


def _directions(moved: list[Compared], this: str) -> Iterator[Finding]:
    """Whether each entry has moved to the side that is due, and how far."""
    due, got = (np.concatenate([getattr(case, name).ravel() for case in moved]) for name in ("expected", "got"))
    if len(due) < 2 * MANY or not np.isfinite(got).all() or not due.all():
        return
    ratios = got / due
    low, high = float(ratios.min()), float(ratios.max())
    if low <= 0 or (0.98 < low and high < 1.02):
        return
    far = "too far" if low > 1 else "not far enough" if high < 1 else "too far or not far enough"
    yield Finding(
        "step-direction-right",
        f"Each entry of {_lower(this)} has moved to the right side, and {far}: {low:.3g} to {high:.3g} times as far as"
        " is due. Which number that a step is multiplied by or divided by differs?",
        general=f"Each entry of {_lower(this)} has moved to the right side, and {far}.",
    )


def _of_scalars(wrong: list[Compared]) -> Iterator[Finding]:
    """The same of single numbers, of which only many together say something."""
    this = what(wrong[0])
    expected = np.array([float(case.expected) for case in wrong])
    got = np.array([float(case.got) for case in wrong])
    if not np.isfinite(got).all():
        yield Finding("nan", f"{this} is not a finite number. Which division is by 0, or which number is too large?")
        return
    off = got - expected
    if (np.abs(expected) >= 2**31).any() and (off % 2.0**32 == 0).all():
        yield Finding(
            "overflow",
            f"{this} is right but for a multiple of 2**32: int32 holds no larger numbers. Python's ints do.",
        )
    if len(wrong) < 2:
        return
    if len(wrong) >= MANY and (off == off[0]).all() and abs(off[0]) == 1:
        words = "too large" if off[0] > 0 else "too small"
        yield Finding(
            "off-by-one", f"{this} is {words} by 1, in each case that fails. What is counted twice, or not at all?"
        )
    if not got.any():
        yield Finding("zero-everywhere", f"{this} is 0 in each case that fails.")
        return
    yield from _factors(wrong)
    if len(wrong) >= MANY and near(got, expected * expected):
        yield Finding("squared", f"{this} is the square of what is due.")
    if len(wrong) >= MANY and (got > expected).all():
        yield Finding("too-large-everywhere", f"{this} is too large in each case that fails.")
    if len(wrong) >= MANY and (got < expected).all():
        yield Finding("too-small-everywhere", f"{this} is too small in each case that fails.")


def _factors(wrong: list[Compared]) -> Iterator[Finding]:
    """Where results are the expected ones times one number, or times a size of their case."""
    factors = [factor for case in wrong if (factor := _factor(case)) is not None]
    if len(factors) < len(wrong):
        return
    this = what(wrong[0])
    scalars = wrong[0].expected.ndim == 0
    if near(factors, factors[0]) and (len(wrong) > 1 + scalars or (_is_simple(factors[0]) and not scalars)):
        if near(factors[0], -1):
            yield Finding("sign", f"{this} has the wrong sign everywhere, and is right but for that.")
            return
        text = f"{this} is the expected one times {factors[0]:.4g}, everywhere. Where does this factor come from?"
        yield Finding("times-a-constant", text, general=f"{this} is the expected one times one number, everywhere.")
        return
    known = [sizes(case) for case in wrong]
    for name, words in SIZES.items():
        counts = [one[name] for one in known if name in one]
        if len(counts) < len(wrong) or len(set(counts)) < 2:
            continue
        if all(near(factor, size) for factor, size in zip(factors, counts, strict=True)):
            yield Finding(f"times-{name}", f"{this} is too large by the factor {words}, everywhere.")
            return
        if all(near(factor * size, 1) for factor, size in zip(factors, counts, strict=True)):
            why = f"it lacks the factor {words}." if scalars else f"it is divided by {words}. Is a mean due here?"
            yield Finding(f"divided-by-{name}", f"{this} is too small: {why}")
            return
    if not scalars and len({round(factor, 6) for factor in factors}) > 1:
        shown = ", ".join(f"{factor:.4g}" for factor in factors[:3])
        yield Finding(
            "one-factor-per-case",
            f"In each failing case {this[0].lower() + this[1:]} is right but for one factor: {shown}. Of which sizes"
            " is it made?",
            general=(
                f"{this} is right but for one factor, which differs from case to case. Of which sizes is it made?"
            ),
        )


def _factor(case: Compared) -> float | None:
    """The number by which the expected result is multiplied; None where there is none, or it cannot be told."""
    expected, got = case.expected, case.got
    norm = float((expected * expected).sum())
    if norm == 0 or not np.isfinite(got).all() or (expected.ndim and np.count_nonzero(expected) < 2):
        return None
    factor = float((expected * got).sum()) / norm
    largest = float(np.abs(expected).max()) * abs(factor)
    close = bool((np.abs(got - factor * expected) <= NEAR * largest).all())
    return factor if factor and close else None


def _is_simple(factor: float) -> bool:
    """A factor that one case is enough for: a small whole number, or one over it."""
    return any(near(abs(factor), value) for n in range(1, 10) for value in (n, 1 / n))


def _constant_between(case: Compared) -> float | None:
    difference = case.got - case.expected
    if difference.size < 2 or not np.isfinite(difference).all():
        return None
    return float(difference.flat[0]) if near(difference, difference.flat[0]) else None


def _is_rounded(expected: np.ndarray, got: np.ndarray, rounded: Callable[[np.ndarray], np.ndarray]) -> bool:
    return near(got, rounded(expected))


def _is_one_number_per_map(expected: np.ndarray, got: np.ndarray) -> bool:
    """Whether each plane is off by a number of its own, the same for all images."""
    if expected.ndim != 4 or expected[0, 0].size < 2 or not np.isfinite(got).all():
        return False
    off = got - expected
    return near(off, np.broadcast_to(off[:1, :, :1, :1], off.shape))


def _is_flip(expected: np.ndarray, got: np.ndarray, axes: tuple[int, ...]) -> bool:
    if expected.ndim < len(axes) or any(expected.shape[axis] < 2 for axis in axes if -axis <= expected.ndim):
        return False
    if any(-axis > expected.ndim for axis in axes):
        return False
    return near(got, np.flip(expected, axes)) and not near(expected, np.flip(expected, axes))


def _is_the_argument(case, name: str) -> bool:
    value = case.arguments.get(name)
    return isinstance(value, np.ndarray) and value.shape == case.got.shape and near(value, case.got)


def _is_transpose(expected: np.ndarray, got: np.ndarray) -> bool:
    if expected.ndim < 2 or expected.shape[-1] != expected.shape[-2] or expected.shape[-1] < 2:
        return False
    return near(got, np.swapaxes(expected, -1, -2))


def _is_shift(expected: np.ndarray, got: np.ndarray, axis: int, step: int) -> bool:
    if expected.ndim < -axis or expected.shape[axis] < 3:
        return False
    here = np.take(got, range(max(step, 0), got.shape[axis] + min(step, 0)), axis)
    there = np.take(expected, range(max(-step, 0), expected.shape[axis] + min(-step, 0)), axis)
    return bool(there.any()) and near(here, there)


def _move(case: Compared) -> tuple[int, int] | None:
    """By how many rows down and columns to the right the expected result has moved; None where it has not.

    What has moved in is not looked at; what is left must fill at least half of each plane and not be the same when it
    stays.
    """
    expected, got = case.expected, case.got
    if expected.ndim < 2 or min(expected.shape[-2:]) < 3 or expected.size > LARGEST_SEARCHED:
        return None
    high, wide = expected.shape[-2:]
    for down in range(-(high // 2), high // 2 + 1):
        for right in range(-(wide // 2), wide // 2 + 1):
            left_of_it = (high - abs(down)) * (wide - abs(right))
            if (down, right) == (0, 0) or 2 * left_of_it < high * wide:
                continue
            here = got[..., max(down, 0) : high + min(down, 0), max(right, 0) : wide + min(right, 0)]
            there = expected[..., max(-down, 0) : high + min(-down, 0), max(-right, 0) : wide + min(-right, 0)]
            if len(np.unique(np.round(there, 4))) >= MANY and near(here, there):
                return down, right
    return None


def _steps_in_words(move: tuple[int, int]) -> str:
    directions = (("row", "up", "down"), ("column", "to the left", "to the right"))
    return " and ".join(
        f"{abs(steps)} {line}{'s' * (abs(steps) > 1)} {forth if steps > 0 else back}"
        for steps, (line, back, forth) in zip(move, directions, strict=True)
        if steps
    )


def _has_whole_arguments(case: Compared) -> bool:
    arrays = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    return bool(arrays) and all(_is_whole(value) for value in arrays)


def _is_swap(expected: np.ndarray, got: np.ndarray) -> bool:
    if expected.shape[0] != expected.shape[1] or expected.shape[0] < 2:
        return False
    return near(got, np.swapaxes(expected, 0, 1))


def _other_axes(wrong: list[Compared], this: str) -> Iterator[Finding]:
    """Where the expected numbers, with axes in another order, were read into the right shape."""
    ndim = wrong[0].expected.ndim
    if ndim < 3 or any(case.expected.ndim != ndim or case.expected.size > LARGEST_SEARCHED for case in wrong):
        return
    for order in permutations(range(ndim)):
        if order == tuple(range(ndim)):
            continue
        if all(near(case.expected.transpose(order).reshape(case.got.shape), case.got) for case in wrong):
            words = [axis_word(wrong[0], axis, ndim) or f"axis {axis}" for axis in order]
            yield Finding(
                "axes-in-another-order",
                f"{this} holds the right numbers, but laid out in the order {', '.join(words)}: a `reshape` does not "
                "exchange axes, `transpose` does.",
                general=f"{this} holds the right numbers, but laid out in another order of axes: a `reshape` does not "
                "exchange axes, `transpose` does.",
            )
            return


def _all_alike(wrong: list[Compared], this: str) -> Iterator[Finding]:
    """Where all planes along an axis are the same, and should not be."""
    ndim = wrong[0].got.ndim
    if any(case.got.ndim != ndim for case in wrong):
        return
    for axis in range(min(ndim, 2) if ndim > 1 else 0):
        several = [case for case in wrong if case.got.shape[axis] > 1]
        word = axis_word(wrong[0], axis, ndim)
        if (
            several
            and word
            and all(_is_alike(case.got, axis) and not _is_alike(case.expected, axis) for case in several)
        ):
            yield Finding(
                "all-alike",
                f"In {this[0].lower() + this[1:]}, every {word} is the same. What tells one {word} from another?",
            )


def _is_alike(array: np.ndarray, axis: int) -> bool:
    return bool(array.any()) and near(array, np.broadcast_to(np.take(array, [0], axis), array.shape))


def _are_same_numbers(expected: np.ndarray, got: np.ndarray) -> bool:
    different = len(np.unique(np.round(expected, 4)))
    return expected.size >= 4 and different >= 3 and near(np.sort(got, axis=None), np.sort(expected, axis=None))


def _is_whole(array: np.ndarray) -> bool:
    return bool(np.isfinite(array).all()) and bool((array == np.round(array)).all())


def _is_nearly_right(expected: np.ndarray, got: np.ndarray) -> bool:
    scale = np.abs(expected)
    return expected.size > 1 and bool(scale.any()) and bool((np.abs(got - expected) <= 0.02 * scale + 1e-12).all())


# --------------------------------------------------------------------------------------- shapes


def of_shape(cases: Iterable[Outcome]) -> Iterator[Finding]:
    """What results of another shape have in common."""
    failed = compared(cases)
    pairs = [(case.expected.shape, case.got.shape) for case in failed]
    if not pairs:
        return
    this = what(failed[0])
    if all(0 in got and 0 not in due for due, got in pairs):
        text = f"{this} has no entries at all."
        if all(case.arguments.get("padding") == 0 and case.got.shape[-2:] == (0, 0) for case in failed):
            text += " The padding is 0: what is the slice `p:-p` then?"
        yield Finding("empty-result", text)
        return
    if any(len(due) != len(got) for due, got in pairs):
        yield from _other_number_of_axes(pairs, this)
        return
    if all(len(due) >= 2 and (*due[:-2], due[-1], due[-2]) == got for due, got in pairs):
        yield Finding("sizes-exchanged", f"In the shape of {_lower(this)}, height and width are exchanged.")
        return
    yield from _permuted(pairs, failed, this)
    yield from _of_a_kernel_on_its_side(pairs, failed, this)
    yield from _of_another_formula(failed, this)
    yield from _of_argument(failed, this)
    off = {tuple(b - a for a, b in zip(due, got, strict=True)) for due, got in pairs}
    spatial = {difference[-2:] for difference in off if len(difference) >= 2}
    leading = {difference[:-2] for difference in off}
    if spatial == {(1, 1)}:
        yield Finding("one-too-large", f"{this} is one row and one column too large, in each case that fails.")
    if spatial == {(-1, -1)}:
        yield Finding("one-too-small", f"{this} is one row and one column too small, in each case that fails.")
    padded = [p for case in failed if isinstance(p := case.arguments.get("padding"), int) and p > 0]
    if len(padded) == len(failed):
        grown = [tuple(b - a for a, b in zip(due, got, strict=True))[-2:] for due, got in pairs]
        if all(one == (2 * p, 2 * p) for one, p in zip(grown, padded, strict=True)):
            yield Finding("padded-size", f"{this} still has the border of the padding. Whose entries are these?")
    if any(any(one) for one in leading) and len({len(due) for due, _ in pairs}) == 1:
        axes = sorted({axis for one in off for axis, step in enumerate(one) if step})
        words = [axis_word(failed[0], axis, len(pairs[0][0])) for axis in axes]
        if axes == [0] and all(_is_of_each_image(case) for case in failed):
            words = ["image"]
        if len(axes) == 1 and words[0]:
            due, got = pairs[0][0][axes[0]], pairs[0][1][axes[0]]
            text = (
                f"{this} has another number of {words[0]}s than the contract asks for: {got}, not {due}, in the first"
                " case."
            )
            yield Finding(f"number-of-{words[0]}s", text, general=f"{this} has another number of {words[0]}s.")
        return
    yield from _of_argument_size(failed, this)
    for sign, id, word in ((1, "too-large", "large"), (-1, "too-small", "small")):
        if spatial and all(step * sign >= 0 for one in spatial for step in one):
            yield Finding(
                id, f"{this} is too {word} in each case that fails. Work out its size by hand for the first of them."
            )


def _is_of_each_image(case: Compared) -> bool:
    """Whether the first axis of a result is due to have an entry for each image of a batch."""
    x = case.arguments.get("x")
    return isinstance(x, np.ndarray) and x.ndim == 4 and case.name == "" and case.expected.shape[0] == len(x)


def _permuted(pairs: list, failed: list[Compared], this: str) -> Iterator[Finding]:
    ndim = len(pairs[0][0])
    if any(len(due) != ndim for due, _ in pairs) or ndim < 2:
        return
    for order in permutations(range(ndim)):
        if order != tuple(range(ndim)) and all(tuple(due[axis] for axis in order) == got for due, got in pairs):
            words = [axis_word(failed[0], axis, ndim) or f"axis {axis}" for axis in order]
            text = (
                f"The axes of {_lower(this)} seem to stand in another order: {', '.join(words)}. `transpose` puts"
                " them right."
            )
            general = f"The axes of {_lower(this)} seem to stand in another order. `transpose` puts them right."
            yield Finding("axes-in-another-order", text, general=general)
            return


def _of_a_kernel_on_its_side(pairs: list, failed: list[Compared], this: str) -> Iterator[Finding]:
    """Where each size is that which a kernel with height and width exchanged would give."""
    kernels = [w for case in failed if isinstance(w := case.arguments.get("w"), np.ndarray) and w.ndim in (2, 4)]
    if len(kernels) < len(failed) or any(w.shape[-1] == w.shape[-2] for w in kernels):
        return
    for sign in (1, -1, 2, -2):
        if all(
            due[:-2] == got[:-2]
            and tuple(b - a for a, b in zip(due[-2:], got[-2:], strict=True))
            == (sign * (w.shape[-1] - w.shape[-2]), sign * (w.shape[-2] - w.shape[-1]))
            for (due, got), w in zip(pairs, kernels, strict=True)
        ):
            text = (
                f"{this} has the size that a kernel on its side would give, with height and width exchanged. Which line"
                " turns `w`, or reads its shape?"
            )
            yield Finding("kernel-on-its-side", text)
            return


# Height and width of an input, of a kernel, the stride and the padding.
Setting = tuple[tuple[int, int], tuple[int, int], int, int]
# Sizes that are often taken for floor((n + 2p - k) / s) + 1: of the length n, the kernel k, stride s and padding p.
FORMULAS: list[tuple[str, Callable[[int, int, int, int], int]]] = [
    ("as if the padding were 0", lambda n, k, s, p: (n - k) // s + 1),
    ("as if the padding stood on one side only", lambda n, k, s, p: (n + p - k) // s + 1),
    ("as if the stride were 1", lambda n, k, s, p: n + 2 * p - k + 1),
    ("as if sizes were rounded up", lambda n, k, s, p: -((k - n - 2 * p) // s) + 1),
    ("without the 1 at the end of the formula", lambda n, k, s, p: (n + 2 * p - k) // s),
    ("as if windows were side by side, a kernel's size apart", lambda n, k, s, p: (n + 2 * p - k) // k + 1),
    ("the input's length divided by the stride", lambda n, k, s, p: (n + 2 * p) // s),
    ("the input's own", lambda n, k, s, p: n),
    ("the padded input's", lambda n, k, s, p: n + 2 * p),
]


def _of_another_formula(failed: list[Compared], this: str) -> Iterator[Finding]:
    """Where the rows and columns of an output are those of another formula, in each case that fails."""
    settings = [setting for case in failed if (setting := _setting_of(case)) is not None]
    if len(settings) < len(failed):
        return
    exchanged = [(shape, (kernel[1], kernel[0]), s, p) for shape, kernel, s, p in settings]

    def right(n: int, k: int, s: int, p: int) -> int:
        return (n + 2 * p - k) // s + 1

    if any(tuple(right(n, k, s, p) for n, k in zip(shape, kernel, strict=True)) != case.expected.shape[-2:]
           for case, (shape, kernel, s, p) in zip(failed, settings, strict=True)):  # fmt: skip
        return
    candidates: list[tuple[str, Callable[[int, int, int, int], int], list[Setting]]] = []
    candidates += [("as if the kernel's height and width were exchanged", right, exchanged)]
    for side, words in (
        (0, "as if everything were as wide as it is high"),
        (1, "as if everything were as high as it is wide"),
    ):
        squares: list[Setting] = [
            ((shape[side], shape[side]), (kernel[side], kernel[side]), s, p) for shape, kernel, s, p in settings
        ]
        candidates.append((words, right, squares))
    candidates += [(words, formula, settings) for words, formula in FORMULAS]
    for words, formula, of in candidates:
        if all(
            tuple(formula(n, k, s, p) for n, k in zip(shape, kernel, strict=True)) == case.got.shape[-2:]
            and case.got.shape[:-2] == case.expected.shape[:-2]
            for case, (shape, kernel, s, p) in zip(failed, of, strict=True)
        ):
            yield Finding("size-of-another-formula", f"The rows and columns of {_lower(this)} are {words}.")
            return


def _setting_of(case: Compared) -> Setting | None:
    """Height and width of the input, of the kernel, stride and padding, where the result is a layer's output."""
    x, w, kernel = (case.arguments.get(name) for name in ("x", "w", "kernel_size"))
    stride, padding = case.arguments.get("stride", 1), case.arguments.get("padding", 0)
    if kernel is None and isinstance(w, np.ndarray) and isinstance(x, np.ndarray) and w.ndim == x.ndim:
        kernel = w.shape[-2:]
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    if not isinstance(x, np.ndarray) or x.ndim not in (2, 4) or not case.expected.ndim == case.got.ndim == x.ndim:
        return None
    if "dout" in case.arguments or case.name not in ("", "out") or not isinstance(kernel, tuple):
        return None
    if not isinstance(stride, int) or not isinstance(padding, int) or len(kernel) != 2 or stride < 1:
        return None
    return (x.shape[-2], x.shape[-1]), kernel, stride, padding


def _of_argument(failed: list[Compared], this: str) -> Iterator[Finding]:
    for name in failed[0].arguments:
        values = [case.arguments.get(name) for case in failed]
        shapes = [case.got.shape for case in failed]
        if all(isinstance(v, np.ndarray) and v.shape == shape for v, shape in zip(values, shapes, strict=True)):
            yield Finding(
                "shape-of-an-argument", f"{this} has the shape of the argument `{name}`, in each case that fails."
            )
            return


def _of_argument_size(failed: list[Compared], this: str) -> Iterator[Finding]:
    names = [name for name, value in failed[0].arguments.items() if isinstance(value, np.ndarray)]
    for name in names:
        values = [case.arguments.get(name) for case in failed]
        if (
            all(
                isinstance(v, np.ndarray)
                and v.ndim == case.got.ndim
                and v.ndim >= 2
                and v.shape[-2:] == case.got.shape[-2:]
                for v, case in zip(values, failed, strict=True)
            )
            and len(failed) > 1
        ):
            yield Finding(
                "size-of-an-argument",
                f"{this} is as high and as wide as the argument `{name}`, in each case that fails.",
            )
            return


def _other_number_of_axes(pairs: list, this: str) -> Iterator[Finding]:
    if all(len(got) > len(due) for due, got in pairs):
        extra = {len(got) - len(due) for due, got in pairs}
        if not any(due for due, _ in pairs):
            text = f"{this} is an array, and one number is due. Which of its numbers is it, or how is it made of them?"
            yield Finding("array-for-a-number", text)
        elif (
            all(got[: len(due)] == due or got[len(got) - len(due) :] == due or 1 in got for due, got in pairs)
            or len(extra) == 1
        ):
            count = min(extra)
            text = (
                f"{this} has {_count(count)} more than is due. Over which axes is still to be summed, or what is to"
                " be reshaped?"
            )
            general = f"{this} has more axes than are due. What is still to be summed, or to be reshaped?"
            yield Finding("axes-too-many", text, general=general)
    elif all(len(got) < len(due) for due, got in pairs):
        if all(int(np.prod(got)) == int(np.prod(due)) for due, got in pairs):
            yield Finding(
                "axes-merged",
                f"{this} has the right number of entries on fewer axes. Which axes does the contract keep apart?",
            )
            return
        count = min(len(due) - len(got) for due, got in pairs)
        question = "Is it summed over an axis that should stay, or is one entry of that axis returned?"
        if not any(got for _, got in pairs):
            text = f"{this} is one number, and an array is due. Is it summed up, or is it another quantity?"
            yield Finding("axes-too-few", text)
        else:
            general = f"{this} has fewer axes than are due. {question}"
            yield Finding("axes-too-few", f"{this} has {_count(count)} fewer than is due. {question}", general=general)


def _count(n: int) -> str:
    return "one axis" if n == 1 else f"{n} axes"


def _lower(this: str) -> str:
    return this[0].lower() + this[1:]


TITLES = {
    "zero-everywhere": "the result is 0 everywhere",
    "unchanged": "an array that should have changed has not",
    "step-direction-right": "steps to the right side that are too long or too short",
    "size-of-another-formula": "the size that another formula gives",
    "step-sign": "a step in the wrong direction",
    "step-times-a-constant": "a step too long or too short by one factor",
    "step-factor-per-case": "a step along the right line, not as far as is due",
    "nan": "the result holds NaN",
    "sign": "the result has the wrong sign",
    "times-a-constant": "the expected result times one number",
    "one-factor-per-case": "right but for one factor in each case",
    "plus-a-constant": "the expected result plus one number",
    "a-number-per-map": "off by one number for each map",
    "whole-numbers": "the result is cut off to whole numbers",
    "only-whole-numbers": "whole numbers where decimals are due",
    "rounded": "the result is rounded",
    "no-negative-numbers": "0 where a negative number is due",
    "sign-lost": "negative numbers have lost their sign",
    "squared": "the square of what is due",
    "reversed": "rows or columns are in reverse order",
    "transposed": "rows and columns are exchanged",
    "shifted-by-one": "the result is moved by one row or column",
    "moved": "the result is moved by some places",
    "fractions": "fractions where whole numbers are due",
    "kernel-on-its-side": "the size of a kernel on its side",
    "axes-exchanged": "the first two axes are exchanged",
    "axes-in-another-order": "the axes are in another order",
    "the-argument-itself": "the result is an argument as it came in",
    "all-alike": "what should differ is all the same",
    "same-numbers-elsewhere": "the right numbers in other places",
    "nearly-right": "off by less than 2 %",
    "overflow": "a number too large for its dtype",
    "off-by-one": "off by one in each case",
    "too-large-everywhere": "too large in each case",
    "too-small-everywhere": "too small in each case",
    "empty-result": "the result has no entries",
    "sizes-exchanged": "height and width of the shape are exchanged",
    "one-too-large": "one row and one column too large",
    "one-too-small": "one row and one column too small",
    "padded-size": "the border of the padding is still there",
    "too-large": "too many rows or columns",
    "too-small": "too few rows or columns",
    "shape-of-an-argument": "the result has the shape of an argument",
    "size-of-an-argument": "as high and as wide as an argument",
    "axes-too-many": "more axes than are due",
    "axes-too-few": "fewer axes than are due",
    "axes-merged": "axes are merged that the contract keeps apart",
    **{
        f"number-of-{word}s": f"another number of {word}s"
        for word in ("image", "channel", "map", "kernel", "row", "column")
    },
    **{f"times-{name}": f"too large by {words}" for name, words in SIZES.items()},
    **{f"divided-by-{name}": f"divided by {words}" for name, words in SIZES.items()},
}
