"""A verdict in words and pictures: text for a terminal, HTML for a notebook."""

import base64
from html import escape

import numpy as np

from convschool import planes
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
    "case": "this case does not show the bug",
}
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
    facts = "".join(f"<p style='margin:.4em 0'>{escape(fact)}</p>" for fact in _facts(verdict, hidden))
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
        facts = [f"Case: {failure.about}.", f"{failure.says}."] if failure.about else [f"{failure.says}."]
        if failure.line:
            facts.append(f"In {failure.line}")
    if verdict.message:
        facts.append(verdict.message)
    elif failure.kind == "input-modified":
        facts.append(MODIFIED_QUESTION)
    return facts


def _box(colour: str) -> str:
    return f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0"


def _picture(failure: Failure) -> str:
    if failure.got is None or failure.got.size < 2 or failure.got.ndim == 0:
        return ""
    image = base64.b64encode(difference_png(failure)).decode()
    alt = escape(f"Your result beside its difference from the expected one. {failure.says}", quote=True)
    return f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{image}">'


def difference_png(failure: Failure) -> bytes:
    """The plane of the result that holds the largest difference: what came, and what it is off by."""
    got, expected = np.atleast_2d(failure.got), np.atleast_2d(failure.expected)
    difference = np.nan_to_num(got) - np.nan_to_num(expected)
    worst = np.unravel_index(int(np.argmax(np.abs(difference))), difference.shape)
    at = tuple(int(i) for i in worst[:-2])
    index = f"[{', '.join(map(str, at))}, :, :]" if at else ""
    reach = float(np.abs(difference[at]).max())
    shape = got[at].shape
    title = "Look at the cells that are not 0 on the right: those are the wrong ones"
    with planes.sheet(title, [shape, shape]) as (figure, (left, right)):
        left.label(f"your {failure.name or 'result'}{index}")
        left.heat(got[at])
        right.label("yours − expected (0: right)")
        right.heat(difference[at], "PuOr", (-reach, reach))
        return planes.png(figure)
