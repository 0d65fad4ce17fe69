"""A verdict in words and pictures: text for a terminal, HTML for a notebook."""

import re
from html import escape

import numpy as np

from convschool import planes
from convschool.show.picture import image_html
from convschool.verdict import Failure, Verdict

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
MODIFIED_QUESTION = "Which line writes into an array that came in as an argument? Write into a copy."


def text(verdict: Verdict, hidden: bool = False) -> str:
    """The verdict as plain text; a `hidden` one tells neither numbers nor shapes."""
    if verdict.passed:
        return f"✓ {verdict.part}: passed ({'; '.join(verdict.covered)})"
    return "\n".join([f"✗ {verdict.part}: {_heading(verdict.failure)}", *_facts(verdict, hidden)])


def html(verdict: Verdict, hidden: bool = False) -> str:
    """The verdict as HTML, with a picture of the difference where values differ."""
    part = escape(verdict.part)
    if verdict.passed:
        covered = "".join(f"<li>{escape(about)}</li>" for about in verdict.covered)
        return (
            f'<div style="{_box("#0072B2")}"><b>✓ {part}</b>: passed'
            f'<ul style="margin:.3em 0 0">{covered}</ul></div>'
        )
    facts = "".join(f"<p style='margin:.4em 0'>{_with_code(fact)}</p>" for fact in _facts(verdict, hidden))
    picture = "" if hidden else _picture(verdict.failure)
    heading = escape(_heading(verdict.failure))
    return f'<div style="{_box("#D55E00")}"><b>✗ {part}</b>: {heading}{facts}{picture}</div>'


def _heading(failure: Failure) -> str:
    return HEADINGS[failure.kind]


def _facts(verdict: Verdict, hidden: bool) -> list[str]:
    failure = verdict.failure
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
        facts.append(f"To have this case in your hands: `case = show.case({verdict.part!r})`")
    return facts


def _sentence(says: str) -> str:
    """With a capital, unless it begins with a name like ``dx``, and with a full stop."""
    says = says if says.endswith((".", "?", "!")) else f"{says}."
    return says[0].upper() + says[1:] if says.startswith(WORDS) else says


def _with_code(fact: str) -> str:
    """HTML, with code where there are backticks."""
    return re.sub(r"(`+)(.+?)\1", r"<code>\2</code>", escape(fact))


def _box(colour: str) -> str:
    return f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0"


def _picture(failure: Failure) -> str:
    if failure.got is None or failure.got.size < 2 or failure.got.ndim == 0:
        return ""
    alt = f"Your result beside its difference from the expected one. {_sentence(failure.says)}"
    return image_html(difference_png(failure), alt)


def difference_png(failure: Failure) -> bytes:
    """The plane of the result that holds the largest difference: what came, and what it is off by."""
    got, expected = np.atleast_2d(failure.got), np.atleast_2d(failure.expected)
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
        left.label(f"your {failure.name or 'result'}{index}")
        left.heat(got[at])
        right.label("yours − expected (0: right)")
        right.heat(difference[at], "PuOr", (-reach, reach))
        return planes.png(figure)
