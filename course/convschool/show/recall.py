"""Questions on earlier lessons, answered by a click: plain HTML, so they need no kernel."""

from collections.abc import Sequence
from html import escape

from convschool import front
from convschool.front import draws


@draws
def recall(questions: Sequence[tuple[str, Sequence[str], int, str]]) -> None:
    """Show questions with their choices; a click on a choice says whether it is right, and why.

    Parameters
    ----------
    questions : sequence of (str, sequence of str, int, str)
        The question, its choices, the number of the right one (from 0), and why it is right. Backticks mark code.

    Raises
    ------
    ValueError
        When the number of the right choice is not that of a choice.
    """
    for question, choices, right, _ in questions:
        if right not in range(len(choices)):
            raise ValueError(f"questions: {question!r} has {len(choices)} choices, and none has the number {right}")
    html = "".join(map(_html, questions, range(1, len(questions) + 1)))
    text = "\n".join(f"{question}\n" + "\n".join(f"  - {c}" for c in choices) for question, choices, *_ in questions)
    front.show(html, text)


def _html(entry: tuple[str, Sequence[str], int, str], number: int) -> str:
    question, choices, right, why = entry
    answers = "".join(
        f"<details style='margin:.15em 0 .15em 1.2em'><summary>{_code(choice)}</summary>"
        f"<p style='margin:.2em 0 .4em 1.2em'>{'✓ Yes. ' + _code(why) if place == right else '✗ No. Try another.'}</p>"
        "</details>"
        for place, choice in enumerate(choices)
    )
    return f"<div style='margin:.7em 0'><b>{number}.</b> {_code(question)}{answers}</div>"


def _code(text: str) -> str:
    """HTML, with code where there are backticks."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
