"""Compare a result with the expected one: what counts as equal, to within which tolerance, and how it fails.

Arrays are equal when no entry is off by more than ``tolerance * max(1, largest expected entry)``. A part's tolerance is
set by its author (`Exercise.tolerance` in a lesson's ``checks.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convschool.cases import AtLeast, AtMost, Secret

INPUT_MODIFIED = "input-modified"


@dataclass(frozen=True)
class Failure:
    """How one case failed.

    Parameters
    ----------
    kind : {"raised", "unanswered", "type", "shape", "not-finite", "values", "input-modified", "no-error", \
            "case", "unfit"}
        The last two are of `convschool.check_failing_case`: a case that shows no bug, or that cannot be run.
    about : str
        What the failing case is about.
    name : str
        The result or the argument concerned (``dx``), empty for a single result.
    says : str
        One sentence with the facts, without what was expected where that would be the answer.
    expected, got : numpy.ndarray or None
        For "values": both arrays, of one shape.
    line : str
        For "raised": the learner's own line, where it is known.
    """

    kind: str
    about: str
    name: str = ""
    says: str = ""
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    line: str = ""


def compare(expected: Any, got: Any, tolerance: float, about: str = "", name: str = "") -> Failure | None:
    """The first difference that matters between two results: type, then shape, then values.

    Numbers, and lists and tuples of them, are compared as arrays, but an int, alone or in a list or a tuple, exactly.
    Other lists, tuples and dicts are compared item by item; a list will do for a tuple.
    """
    what = name or "the result"
    if got is None and expected is not None:
        if name or isinstance(expected, Secret):
            return Failure("unanswered", about, name, f"{what} is None: there is no answer for it yet")
        return Failure("type", about, name, f"{what} is None: does every path end in a return?")
    if expected is None:
        return None if got is None else Failure("values", about, name, f"{what} must be None; it is {kind_of(got)}")
    if isinstance(expected, Secret):
        return None if expected.is_of(got) else Failure("values", about, name, "this is not the right value yet")
    if isinstance(expected, AtLeast | AtMost):
        return _compare_with_bar(expected, got, about, name)
    if isinstance(expected, str):
        if isinstance(got, str) and got == expected:
            return None
        yours = repr(got)[:80] if isinstance(got, str) else kind_of(got)
        return Failure("values", about, name, f"{what} must be {expected!r}; it is {yours}")
    if isinstance(expected, dict):
        return _compare_dicts(expected, got, tolerance, about, what)
    if is_int(expected):
        return _compare_ints(expected, got, about, name)
    if isinstance(expected, list | tuple) and (not is_numeric(expected) or any(map(is_int, expected))):
        return _compare_items(expected, got, tolerance, about, what)
    return _compare_arrays(expected, got, tolerance, about, name)


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _compare_ints(expected: int, got: Any, about: str, name: str) -> Failure | None:
    """Ints are exact, whatever their size."""
    what = name or "the result"
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(got, float | np.floating):
        hint = ": `//` gives an int" if float(got).is_integer() else ""
        return Failure("type", about, name, f"{what} must be an int; it is the float {got!s:.40}{hint}")
    if not isinstance(got, int | np.integer) or isinstance(got, bool):
        return Failure("type", about, name, f"{what} must be an int; it is {kind_of(got)}")
    if int(got) == expected:
        return None
    return Failure("values", about, name, f"{what} is {int(got)!s:.60}, expected {expected}")


def _compare_with_bar(expected: AtLeast | AtMost, got: Any, about: str, name: str) -> Failure | None:
    what = name or "the result"
    try:
        number = float(got)
    except (TypeError, ValueError):
        return Failure("type", about, name, f"{what} must be a number; it is {kind_of(got)}")
    least = isinstance(expected, AtLeast)
    if number >= expected.bar if least else number <= expected.bar:
        return None
    says = f"{what} must be at {'least' if least else 'most'} {expected.bar:g}; yours is {number:.4g}"
    return Failure("values", about, name, f"{says}. {expected.says}".removesuffix(". "))


def _compare_dicts(expected: dict, got: Any, tolerance: float, about: str, what: str) -> Failure | None:
    if not isinstance(got, dict):
        return Failure("type", about, what, f"{what} must be a dict; it is {kind_of(got)}")
    if got.keys() != expected.keys():
        says = f"{what} must have the keys {listed(expected)}; it has {listed(got) or 'none'}"
        return Failure("shape", about, what, says)
    pairs = ((expected[key], got[key], f"{what}[{key!r}]") for key in expected)
    return next(filter(None, (compare(one, other, tolerance, about, part) for one, other, part in pairs)), None)


def _compare_items(expected: list | tuple, got: Any, tolerance: float, about: str, what: str) -> Failure | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, list | tuple):
        return Failure("type", about, what, f"{what} must be a {type(expected).__name__}; it is {kind_of(got)}")
    if len(got) != len(expected):
        return Failure("shape", about, what, f"{what} must have {len(expected)} items, not {len(got)}")
    pairs = enumerate(zip(expected, got, strict=True))
    failures = (compare(one, other, tolerance, about, f"{what}[{i}]") for i, (one, other) in pairs)
    return next(filter(None, failures), None)


def _compare_arrays(expected: Any, got: Any, tolerance: float, about: str, name: str) -> Failure | None:
    what = name or "the result"
    wanted = np.asarray(expected)
    try:
        array = np.asarray(got)
    except Exception as error:
        return Failure("type", about, name, f"{what} cannot be read as an array ({error})"[:500])
    if wanted.dtype.kind == "b" and array.dtype.kind != "b":
        return Failure("type", about, name, f"{what} must be True or False; it is {kind_of(got)}")
    if array.dtype.kind not in "iufb" or (array.dtype.kind == "b") != (wanted.dtype.kind == "b"):
        return Failure("type", about, name, f"{what} must hold real numbers; it is {kind_of(got)}")
    if array.shape != wanted.shape:
        return Failure("shape", about, name, f"{what} must have shape {wanted.shape}, not {array.shape}")
    yes_or_no = wanted.dtype.kind == "b"
    wanted, array = wanted.astype(float), array.astype(float)
    if _are_near(wanted, array, tolerance):  # as in nearly all comparisons
        return None
    finite = np.isfinite(wanted)
    count = int((finite & ~np.isfinite(array)).sum())
    if count:
        return Failure("not-finite", about, name, f"{what} has {count} of {array.size} entries inf or nan")
    with np.errstate(all="ignore"):
        difference = np.where(finite, np.abs(array - wanted), 0.0)
        allowed = tolerance * max(1.0, float(np.abs(wanted[finite]).max(initial=0)))
    same = (array == wanted) | (np.isnan(array) & np.isnan(wanted))
    wrong = np.where(finite, difference > allowed, ~same)
    if not wrong.any():
        return None
    difference = np.where(finite, difference, np.where(wrong, np.inf, 0.0))
    return Failure("values", about, name, _where(what, wrong, difference, wanted, array, yes_or_no), wanted, array)


def _are_near(wanted: np.ndarray, array: np.ndarray, tolerance: float) -> bool:
    """Whether all numbers are finite and none is off by more than the tolerance."""
    with np.errstate(all="ignore"):
        largest = float(np.abs(wanted).max(initial=0))
        off = float(np.abs(array - wanted).max(initial=0))
    return largest < np.inf and off <= tolerance * max(1.0, largest)


def _where(
    what: str, wrong: np.ndarray, difference: np.ndarray, wanted: np.ndarray, got: np.ndarray, yes_or_no: bool
) -> str:
    if not wanted.shape and yes_or_no:
        return f"{what} is {bool(got)}, expected {bool(wanted)}"
    if not wanted.shape:
        return f"{what} is {got:.6g}, expected {wanted:.6g}"
    worst = np.unravel_index(int(np.argmax(difference)), difference.shape)
    place = ", ".join(str(int(i)) for i in worst)
    return (
        f"{int(wrong.sum())} of {wrong.size} entries of {what} differ; most at [{place}]: "
        f"{got[worst]:.6g}, expected {wanted[worst]:.6g}"
    )


def kind_of(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"one array of shape {value.shape} and dtype {value.dtype}"
    return f"a {type(value).__name__}"


def listed(keys: Iterable) -> str:
    return ", ".join(repr(key) for key in keys)[:200]


def is_numeric(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "iuf"
    except ValueError:
        return False
