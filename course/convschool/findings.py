"""What can be seen of a wrong result, whatever the code is: facts, each computed from all cases of a part.

A known mistake is told by a result that was frozen. A learner's loop often gives another one. These statements are true
of any answer: which cases pass, where a result is wrong, and how it differs from the expected one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

NEAR = 1e-4
MOST = 3


@dataclass(frozen=True)
class Finding:
    """One fact.

    Parameters
    ----------
    id : str
        What kind of fact it is: ``"times-a-constant"``.
    sentence : str
    of_hidden : bool
        Whether it may be told of hidden cases: it names none of their numbers and shapes.
    """

    id: str
    sentence: str
    of_hidden: bool = True


@dataclass(frozen=True)
class Seen:
    """One case, run: what is needed to say something of it.

    Parameters
    ----------
    arguments : dict of str to object
        By name; empty where a case has steps.
    layout : str
    passed : bool
    kind : str
        The kind of failure, as in `convschool.verdict.Failure`.
    name : str
        The result that differs first.
    expected, got : numpy.ndarray or None
        That result, where both are arrays of numbers.
    says : str
        What the failure says.
    """

    arguments: dict[str, Any]
    layout: str
    passed: bool
    kind: str = ""
    name: str = ""
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    says: str = ""


def findings(cases: Sequence[Seen], again: Callable[[], bool] | None = None) -> tuple[Finding, ...]:
    """The facts about a part's cases of which at least one failed, the most telling first.

    Parameters
    ----------
    cases : sequence of Seen
    again : callable, optional
        Whether a second call with the arguments of the first failing case gives the same result.
    """
    failed = [case for case in cases if not case.passed]
    first = failed[0]
    found: list[Finding] = []
    if first.kind == "raised":
        found += list(_of_exception(first.says))[:1]
    wrong = [case for case in failed if case.kind in ("values", "not-finite") and case.name == first.name]
    if first.kind in ("values", "not-finite") and first.expected is not None:
        if again is not None and not again():
            found.append(_DIFFERS)
        else:
            found += list(_how(wrong))[:1] or list(_where(wrong))[:1]
    elif first.kind == "shape" and first.expected is not None:
        found += list(_of_shape(failed))[:1]
    found += list(_which(cases))[:1]
    return tuple(found[:MOST])


_DIFFERS = Finding(
    "differs-on-a-second-call",
    "Called twice with the same arguments, your function gives two results. Is an array used before it is filled "
    "(`np.empty`), or something kept from the call before?",
)


# ---------------------------------------------------------------------------------------- how


def _how(wrong: list[Seen]) -> Iterator[Finding]:
    """How results differ: one fact that holds in every case."""
    what = _what(wrong[0])

    def all_of(same: Callable[[np.ndarray, np.ndarray], bool]) -> bool:
        return all(same(case.expected, case.got) for case in wrong)

    if all_of(lambda expected, got: not got.any() and expected.any()):
        yield Finding("zero-everywhere", f"{what} is 0 everywhere. Does anything ever write into it?")
        return
    factor = _common_factor(wrong)
    if factor:
        yield factor
    if all_of(lambda expected, got: np.isnan(got).any()):
        yield Finding("nan", f"{what} holds NaN. Which division is by 0, or which logarithm of 0?")
    shifts = [_constant_between(case) for case in wrong]
    if all(shift is not None for shift in shifts) and _near(shifts, shifts[0]):
        text = f"{what} is the expected one plus the same number everywhere ({shifts[0]:.4g}). Where is it added?"
        yield Finding("plus-a-constant", text, of_hidden=False)
    if all_of(lambda expected, got: _near(got, np.trunc(expected))):
        yield Finding("whole-numbers", f"{what} is cut off to whole numbers. Which array has an integer dtype?")
    for axes, words in (((-1,), "columns"), ((-2,), "rows"), ((-2, -1), "rows and columns")):
        if all_of(lambda expected, got, axes=axes: _is_flip(expected, got, axes)):
            yield Finding("reversed", f"{what} has its {words} in reverse order. What was turned, or not turned?")
    if all_of(_is_transpose):
        yield Finding("transposed", f"{what} is right but for its rows and columns, which are exchanged.")
    for axis, step, words in ((-2, 1, "down"), (-2, -1, "up"), (-1, 1, "to the right"), (-1, -1, "to the left")):
        if all_of(lambda expected, got, axis=axis, step=step: _is_shift(expected, got, axis, step)):
            text = f"{what} is the expected one, moved {words} by one. Where does counting start?"
            yield Finding("shifted-by-one", text)
    if all_of(lambda expected, got: expected.ndim >= 2 and _is_swap(expected, got)):
        yield Finding("axes-exchanged", f"{what} is right but for its first two axes, which are exchanged.")
    for case in wrong:
        for name, value in case.arguments.items():
            if isinstance(value, np.ndarray) and value.shape == case.got.shape and _near(value, case.got):
                yield Finding("the-argument-itself", f"{what} is the argument `{name}` as it came in.")
                return


def _common_factor(wrong: list[Seen]) -> Finding | None:
    """Where results are the expected ones times one number, or times a size of their case."""
    factors = [_factor(case) for case in wrong]
    if any(factor is None for factor in factors):
        return None
    what = _what(wrong[0])
    if _near(factors, factors[0]) and (len(wrong) > 1 or _is_simple(factors[0])):
        if _near(factors[0], -1):
            return Finding("sign", f"{what} has the wrong sign everywhere, and is right but for that.")
        text = f"{what} is the expected one times {factors[0]:.4g}, everywhere. Where does this factor come from?"
        return Finding("times-a-constant", text, of_hidden=False)
    for name, words in SIZES.items():
        sizes = [_sizes(case).get(name) for case in wrong]
        if None in sizes or len(set(sizes)) < 2:
            continue
        if all(_near(factor, size) for factor, size in zip(factors, sizes, strict=True)):
            return Finding(f"times-{name}", f"{what} is too large by the factor {words}, everywhere.")
        if all(_near(factor * size, 1) for factor, size in zip(factors, sizes, strict=True)):
            return Finding(f"divided-by-{name}", f"{what} is too small: it is divided by {words}. Is a mean due here?")
    return None


SIZES = {
    "images": "the number of images",
    "channels": "the number of channels",
    "kernels": "the number of kernels",
    "kernel-size": "the number of entries of a kernel",
}


def _sizes(case: Seen) -> dict[str, int]:
    sizes = {}
    x, w = case.arguments.get("x"), case.arguments.get("w")
    if isinstance(x, np.ndarray) and x.ndim == 4:
        sizes |= {"images": x.shape[0], "channels": x.shape[1]}
    if isinstance(w, np.ndarray) and w.ndim >= 2:
        sizes |= {"kernels": w.shape[0], "kernel-size": int(np.prod(w.shape[-2:]))}
    kernel = case.arguments.get("kernel_size")
    if kernel is not None:
        sizes["kernel-size"] = int(np.prod(kernel)) if isinstance(kernel, tuple) else int(kernel) ** 2
    return sizes


def _factor(case: Seen) -> float | None:
    """The number by which the expected result is multiplied; None where there is none, or it cannot be told."""
    expected, got = case.expected, case.got
    norm = float((expected * expected).sum())
    if norm == 0 or not np.isfinite(got).all() or np.count_nonzero(expected) < 2:
        return None
    factor = float((expected * got).sum()) / norm
    return factor if abs(factor) > NEAR and _near(got, factor * expected) else None


def _is_simple(factor: float) -> bool:
    """A factor that one case is enough for: a small whole number, or one over it."""
    return any(_near(abs(factor), value) for n in range(1, 10) for value in (n, 1 / n))


def _constant_between(case: Seen) -> float | None:
    difference = case.got - case.expected
    if difference.size < 2 or not np.isfinite(difference).all():
        return None
    return float(difference.flat[0]) if _near(difference, difference.flat[0]) else None


def _is_flip(expected: np.ndarray, got: np.ndarray, axes: tuple[int, ...]) -> bool:
    if expected.ndim < 2 or any(expected.shape[axis] < 2 for axis in axes):
        return False
    return _near(got, np.flip(expected, axes)) and not _near(expected, np.flip(expected, axes))


def _is_transpose(expected: np.ndarray, got: np.ndarray) -> bool:
    if expected.ndim < 2 or expected.shape[-1] != expected.shape[-2] or expected.shape[-1] < 2:
        return False
    return _near(got, np.swapaxes(expected, -1, -2))


def _is_shift(expected: np.ndarray, got: np.ndarray, axis: int, step: int) -> bool:
    if expected.ndim < 2 or expected.shape[axis] < 3:
        return False
    here = np.take(got, range(max(step, 0), got.shape[axis] + min(step, 0)), axis)
    there = np.take(expected, range(max(-step, 0), expected.shape[axis] + min(-step, 0)), axis)
    return bool(there.any()) and _near(here, there)


def _is_swap(expected: np.ndarray, got: np.ndarray) -> bool:
    if expected.shape[0] != expected.shape[1] or expected.shape[0] < 2:
        return False
    return _near(got, np.swapaxes(expected, 0, 1))


# -------------------------------------------------------------------------------------- where


def _where(wrong: list[Seen]) -> Iterator[Finding]:
    """Where results are wrong: one fact that holds in every case."""
    what = _what(wrong[0])
    masks = [_mask(case) for case in wrong]
    places = [
        ("first-image-only", 0, "image", 4),
        ("first-channel-only", 1, "channel", 4),
    ]
    for id, axis, word, least in places:
        if all(_only_first_right(mask, axis, least) for mask in masks):
            yield Finding(id, f"In {what}, the first {word} is right and every other one is wrong.")
    for id, words, part in (
        ("last-row-or-column", "in the last row and the last column", _last),
        ("border", "at the border", _border),
    ):
        if all(mask.ndim >= 2 and min(mask.shape[-2:]) > 2 and not mask[~part(mask.shape)].any() for mask in masks):
            yield Finding(id, f"{what} is wrong {words} alone. Which windows are not counted there, or counted twice?")
    if all((case.got[mask] == 0).all() and not mask.all() for case, mask in zip(wrong, masks, strict=True)):
        yield Finding("zero-where-wrong", f"Wherever {what} is wrong, it is 0: nothing was written or added there.")


def _mask(case: Seen) -> np.ndarray:
    with np.errstate(all="ignore"):
        off = np.abs(case.got - case.expected) > NEAR * max(1.0, float(np.nanmax(np.abs(case.expected), initial=0)))
    return off | ~np.isfinite(case.got)


def _only_first_right(mask: np.ndarray, axis: int, least: int) -> bool:
    if mask.ndim < least or mask.shape[axis] < 2:
        return False
    planes = np.moveaxis(mask, axis, 0)
    return not planes[0].any() and all(plane.any() for plane in planes[1:])


def _last(shape: tuple[int, ...]) -> np.ndarray:
    part = np.zeros(shape, bool)
    part[..., -1, :] = part[..., -1] = True
    return part


def _border(shape: tuple[int, ...]) -> np.ndarray:
    part = _last(shape)
    part[..., 0, :] = part[..., 0] = True
    return part


# ------------------------------------------------------------------------------- shapes, cases


def _of_shape(failed: list[Seen]) -> Iterator[Finding]:
    """What results of another shape have in common."""
    pairs = [(case.expected.shape, case.got.shape) for case in failed if case.kind == "shape" and case.got is not None]
    what = _what(failed[0])
    if not pairs or any(len(one) != len(other) for one, other in pairs):
        return
    if all(len(one) >= 2 and (*one[:-2], one[-1], one[-2]) == other for one, other in pairs):
        yield Finding("sizes-exchanged", f"In the shape of {what}, height and width are exchanged.")
        return
    off = {tuple(b - a for a, b in zip(one, other, strict=True)) for one, other in pairs}
    spatial = {difference[-2:] for difference in off if len(difference) >= 2}
    if spatial == {(1, 1)}:
        yield Finding("one-too-large", f"{what} is one row and one column too large, in each case that fails.")
    if spatial == {(-1, -1)}:
        yield Finding("one-too-small", f"{what} is one row and one column too small, in each case that fails.")


def _which(cases: Sequence[Seen]) -> Iterator[Finding]:
    """The property that parts the cases that pass from those that fail."""
    passed = [case for case in cases if case.passed]
    failed = [case for case in cases if not case.passed]
    if not passed:
        if len(failed) > 1:
            yield Finding("every-case", f"None of the {len(cases)} cases passes.", of_hidden=False)
        return
    told = f"{len(passed)} of {len(cases)} cases pass"
    for words, holds in PROPERTIES:
        of_passed, of_failed = [holds(case) for case in passed], [holds(case) for case in failed]
        if None not in of_passed + of_failed and all(of_passed) and not any(of_failed):
            yield Finding("right-only-where", f"{told}: just those with {words}.", of_hidden=False)
    yield Finding("some-cases", f"{told}.", of_hidden=False)


def _setting(name: str, value: Any) -> Callable[[Seen], bool | None]:
    return lambda case: case.arguments[name] == value if name in case.arguments else None


def _axis_is_one(name: str, axis: int, least: int = 4) -> Callable[[Seen], bool | None]:
    def holds(case: Seen) -> bool | None:
        array = case.arguments.get(name)
        return array.shape[axis] == 1 if isinstance(array, np.ndarray) and array.ndim >= least else None

    return holds


def _is_square(name: str) -> Callable[[Seen], bool | None]:
    def holds(case: Seen) -> bool | None:
        array = case.arguments.get(name)
        return array.shape[-1] == array.shape[-2] if isinstance(array, np.ndarray) and array.ndim >= 2 else None

    return holds


def _square_kernel(case: Seen) -> bool | None:
    size = case.arguments.get("kernel_size")
    if size is None:
        return None
    return not isinstance(size, tuple) or size[0] == size[1]


def _double(case: Seen) -> bool | None:
    arrays = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    return all(array.dtype == np.float64 for array in arrays) if arrays else None


#: What may part cases, in words, the simplest first.
PROPERTIES: list[tuple[str, Callable[[Seen], bool | None]]] = [
    ("stride 1", _setting("stride", 1)),
    ("padding 0", _setting("padding", 0)),
    ("dilation 1", _setting("dilation", 1)),
    ("one group", _setting("groups", 1)),
    ("one image", _axis_is_one("x", 0)),
    ("one channel", _axis_is_one("x", 1)),
    ("one kernel", _axis_is_one("w", 0)),
    ("a square kernel", _square_kernel),
    ("a kernel as high as wide", _is_square("w")),
    ("an input as high as wide", _is_square("x")),
    ("float64", _double),
    ("arrays in C order", lambda case: case.layout == "C"),
]


# --------------------------------------------------------------------------------- exceptions

WORDS_FOR = [
    (r"'float' object cannot be interpreted|slice indices must be integers|a single integer, got '[\d.]*'",
     "float-for-an-int",
     "A size or an index is a float: `/` gives a float, also where it divides evenly. Sizes need `//`."),
    (r"could not broadcast input array from shape|operands could not be broadcast", "shapes-do-not-fit",
     "Two arrays on this line do not have the same shape. A slice that reaches past the edge of an array is cut short: "
     "does the window lie wholly in the array that you cut it from?"),
    (r"index -?\d+ is out of bounds", "past-the-edge",
     "An index runs past the end of an axis. How many windows fit, and what is the last one's start?"),
    (r"^NameError: name '(xrange|raw_input|unicode)'", "python-2",
     "This is Python 2: in Python 3 write `range`, `input`, `str`."),
    (r"module 'numpy' has no attribute '(float|int|bool|object)'", "numpy-names",
     "This name is gone from NumPy: write Python's own `float`, `int` or `bool`."),
    (r"^NameError: name '(\w+)'", "name-not-set",
     "Your function uses this name, and nothing sets it: neither an argument nor a line before."),
    (r"^UnboundLocalError", "set-too-late", "A line uses this variable before any line sets it."),
    (r"^RecursionError", "calls-itself", "Your function calls itself without an end."),
    (r"^ModuleNotFoundError", "not-installed", "This package is not installed here, nor at grading: NumPy is enough."),
    (r"not enough values to unpack|too many values to unpack", "unpacking",
     "The two sides of this line have different numbers of items. How many axes does the array have?"),
    (r"takes (from )?\d.* positional arguments? but|missing \d+ required positional", "number-of-arguments",
     "The call and the function differ in the number of arguments. Compare with the signature in the contract."),
    (r"'NoneType' object", "none-used",
     "Something on this line is None: a function without a `return`, or a name that is not filled."),
    (r"zero-size array|negative dimensions are not allowed", "size-below-one",
     "An array would have no entries, or less than none. Work the size out by hand for this case."),
    (r"^AssertionError", "own-assertion", "An `assert` of yours does not hold here. Does the contract promise it?"),
]  # fmt: skip


def _of_exception(says: str) -> Iterator[Finding]:
    """What an exception's message means."""
    message = says.partition("raised ")[2] or says
    for pattern, id, sentence in WORDS_FOR:
        if re.search(pattern, message):
            yield Finding(id, sentence, of_hidden=False)  # an exception's text is the learner's to choose


# ------------------------------------------------------------------------------------ helpers

#: What a class report says of each fact that may be told of hidden cases.
TITLES = {
    "differs-on-a-second-call": "a second call gives another result",
    "zero-everywhere": "the result is 0 everywhere",
    "nan": "the result holds NaN",
    "sign": "the result has the wrong sign",
    "whole-numbers": "the result is cut off to whole numbers",
    "reversed": "rows or columns are in reverse order",
    "transposed": "rows and columns are exchanged",
    "shifted-by-one": "the result is moved by one row or column",
    "axes-exchanged": "the first two axes are exchanged",
    "the-argument-itself": "the result is an argument as it came in",
    "first-image-only": "only the first image is right",
    "first-channel-only": "only the first channel is right",
    "last-row-or-column": "wrong in the last row and column alone",
    "border": "wrong at the border alone",
    "zero-where-wrong": "0 wherever it is wrong",
    "sizes-exchanged": "height and width of the shape are exchanged",
    "one-too-large": "one row and one column too large",
    "one-too-small": "one row and one column too small",
    **{f"times-{name}": f"too large by {words}" for name, words in SIZES.items()},
    **{f"divided-by-{name}": f"divided by {words}" for name, words in SIZES.items()},
}


def _what(case: Seen) -> str:
    return f"Your `{case.name}`" if case.name else "Your result"


def _near(one: Any, other: Any) -> bool:
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape and one.ndim and other.ndim:
        return False
    finite = np.abs(other[np.isfinite(other)])
    with np.errstate(all="ignore"):
        return bool((np.abs(one - other) <= NEAR * max(1.0, float(finite.max(initial=0)))).all())
