"""A verdict in words and pictures: text for a terminal, HTML for a notebook."""

import hashlib
import pickle
import re
from collections.abc import Callable, MutableMapping
from html import escape
from typing import Any

import numpy as np

from convschool import planes
from convschool.compare import Failure
from convschool.show.picture import image_html
from convschool.verdict import Verdict

HEADINGS = {
    "unanswered": "not answered yet",
    "raised": "your function raised an exception",
    "type": "wrong kind of result",
    "shape": "wrong shape",
    "not-finite": "inf or nan in the result",
    "values": "wrong values",
    "input-modified": "an argument was changed",
    "no-error": "an error is due here",
    "case": "this case does not tell the two functions apart",
    "unfit": "this case cannot be run",
}
LOOKED_AT = ("raised", "shape", "values", "not-finite")
WORDS = ("the ", "there ", "your ", "these ", "argument ", "numbers ", "a ")
# What is drawn whole: so many arrays beside the results, with so many entries, and rows and columns.
MOST_INPUTS, LARGEST_PLANE, LONGEST_SIDE = 3, 36, 7
# Pictures that are not drawn again, by a digest of what they show. At grading many learners make the same mistake.
KEPT_PICTURES: MutableMapping[str, bytes] | None = None
MODIFIED_QUESTION = "Which line writes into an array that came in as an argument? Write into a copy."


def text(verdict: Verdict, hidden: bool = False) -> str:
    """The verdict as plain text; a `hidden` one tells neither numbers nor shapes."""
    failure = verdict.failure
    if failure is None:
        return f"✓ {verdict.part}: passed ({'; '.join(verdict.covered)})"
    return "\n".join([f"✗ {verdict.part}: {HEADINGS[failure.kind]}", *_facts(verdict, failure, hidden)])


def html(verdict: Verdict, hidden: bool = False) -> str:
    """The verdict as HTML, with a picture of the difference where values differ."""
    part, failure = escape(verdict.part), verdict.failure
    if failure is None:
        covered = "".join(f"<li>{escape(about)}</li>" for about in verdict.covered)
        return f'<div style="{_box("#0072B2")}"><b>✓ {part}</b>: passed<ul style="margin:.3em 0 0">{covered}</ul></div>'
    facts = "".join(f"<p style='margin:.4em 0'>{_with_code(fact)}</p>" for fact in _facts(verdict, failure, hidden))
    picture = "" if hidden else _picture(verdict, failure)
    heading = escape(HEADINGS[failure.kind])
    return f'<div style="{_box("#D55E00")}"><b>✗ {part}</b>: {heading}{facts}{picture}</div>'


def _facts(verdict: Verdict, failure: Failure, hidden: bool) -> list[str]:
    if hidden:
        facts = ["It passes the cases you can see. One that only grading runs fails, of the same contract."]
    else:
        facts = [f"Case: {failure.about}."] if failure.about else []
        facts.append(_sentence(failure.says))
        if failure.line:
            place, _, code = failure.line.partition(": ")
            facts.append(f"{place[0].upper()}{place[1:]}: `{code}`")
    if verdict.message:
        facts.append(verdict.message)
    elif failure.kind == "input-modified":
        facts.append(MODIFIED_QUESTION)
    facts += filter(None, [one.of_any_case if hidden else one.sentence for one in verdict.findings])
    if not hidden and verdict.failed and failure.kind in LOOKED_AT and verdict.failed.args:
        arguments = verdict.arguments[: len(verdict.failed.args)]
        names = f"({arguments[0]},)" if len(arguments) == 1 else ", ".join(arguments) or "case"
        facts.append(f"To have this case in your hands: `{names} = show.case({verdict.part!r})`")
    return facts


def _sentence(says: str) -> str:
    """`says` as a sentence: with a full stop, and with a capital letter unless it begins with a name like ``dx``."""
    says = says if says.endswith((".", "?", "!")) else f"{says}."
    return says[0].upper() + says[1:] if says.startswith(WORDS) else says


def _with_code(fact: str) -> str:
    """`fact` as HTML; text between backticks becomes code."""
    return re.sub(r"(`+)(.+?)\1", r"<code>\2</code>", escape(fact))


def _box(colour: str) -> str:
    return f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0"


def _picture(verdict: Verdict, failure: Failure) -> str:
    got, expected = failure.got, failure.expected
    if got is None or expected is None or got.size < 2 or got.ndim == 0:
        return ""
    inputs = _small_inputs(verdict, got)
    if inputs:
        names = ", ".join(inputs)
        alt = f"The case whole: {names}, your result and the expected one. {_sentence(failure.says)}"
        return image_html(_drawn(whole_case_png, failure.name, got, expected, inputs), alt)
    alt = f"Your result beside its difference from the expected one. {_sentence(failure.says)}"
    return image_html(_drawn(difference_png, failure.name, got, expected), alt)


def _drawn(draw: Callable[..., bytes], *what: Any) -> bytes:
    """The picture that `draw` makes of `what`, or the one that is kept."""
    if KEPT_PICTURES is None:
        return draw(*what)
    key = hashlib.sha256(pickle.dumps((draw.__name__, what))).hexdigest()
    picture = KEPT_PICTURES.get(key)
    if picture is None:
        picture = KEPT_PICTURES[key] = draw(*what)
    return picture


def _small_inputs(verdict: Verdict, got: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of the failing case as planes, by name, where they and the result are few and small; else empty."""
    case, result = verdict.failed, _plane(got)
    if case is None or case.steps or result is None:
        return {}
    arrays = {
        name: value
        for name, value in zip(verdict.arguments, case.args, strict=False)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    }
    small = {name: plane for name, array in arrays.items() if (plane := _plane(array)) is not None}
    few = 0 < len(arrays) <= MOST_INPUTS and len(small) == len(arrays)
    return small if few else {}


def _plane(array: np.ndarray) -> np.ndarray | None:
    """An array as rows and columns, where it is one small plane; else None."""
    if array.size == 0 or array.size > LARGEST_PLANE or any(n != 1 for n in array.shape[:-2]):
        return None
    plane = np.array(array, float).reshape(_rows_and_columns(array))
    return plane if max(plane.shape) <= LONGEST_SIDE and np.isfinite(plane).all() else None


def _rows_and_columns(array: np.ndarray) -> tuple[int, ...]:
    return array.shape[-2:] if array.ndim > 1 else (1, array.size)


def whole_case_png(name: str, got: np.ndarray, expected: np.ndarray, inputs: dict[str, np.ndarray]) -> bytes:
    """A small case with all its numbers: its arrays, the result, the expected one; wrong entries are outlined.

    `name` is the result's, empty where there is one alone. `got` and `expected` are one small plane each.
    """
    got, expected = (np.array(array, float).reshape(_rows_and_columns(array)) for array in (got, expected))
    labelled = [*inputs.items(), (f"your {name or 'result'}", got), ("expected", expected)]
    both = np.concatenate([got.ravel(), expected.ravel()])
    limits = float(both.min()), float(both.max())
    off = ~np.isclose(got, expected, rtol=1e-4, atol=1e-4 * max(1.0, float(np.abs(expected).max())))
    title = "Follow one outlined entry by hand, from the inputs to the expected number"
    with planes.sheet(title, [array.shape for _, array in labelled]) as (figure, sheet_planes):
        for plane, (label, array) in zip(sheet_planes, labelled, strict=True):
            plane.label(label)
            is_result = array is got or array is expected
            plane.heat(array, limits=limits if is_result and limits[0] < limits[1] else None)
            for row, column in np.argwhere(off) if is_result else ():
                plane.outline(int(row), int(column))
        return planes.png(figure)


def difference_png(name: str, got: np.ndarray, expected: np.ndarray) -> bytes:
    """The plane of a result that holds the largest difference: the plane itself, and what it is off by.

    `name` is the result's, empty where there is one alone. `got` and `expected` have the same shape.
    """
    got, expected = np.atleast_2d(got), np.atleast_2d(expected)
    both = np.isfinite(got) & np.isfinite(expected)
    difference = np.subtract(got, expected, where=both, out=np.zeros(got.shape))
    largest = np.abs(difference).max()
    # Rounding is no mistake: it is not to be seen beside one.
    difference[np.abs(difference) < 1e-5 * largest] = 0
    difference[~both & (got != expected) & ~(np.isnan(got) & np.isnan(expected))] = largest or 1.0
    worst = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
    at = tuple(int(i) for i in worst[:-2])
    index = f"[{', '.join(map(str, at))}, :, :]" if at else ""
    reach = float(np.abs(difference[at]).max())
    shape = got[at].shape
    title = "Look at the right: every cell that is not 0 is wrong"
    with planes.sheet(title, [shape, shape]) as (figure, (left, right)):
        left.label(f"your {name or 'result'}{index}")
        left.heat(got[at])
        right.label("yours − expected (0: right)")
        right.heat(difference[at], "PuOr", (-reach, reach))
        return planes.png(figure)
