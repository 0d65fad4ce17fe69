"""How long a lesson takes a learner who works alone, counted from its text: the minutes of headings are held to it."""

import re
from collections.abc import Sequence

from grading.author.sections import EXERCISE, SECTION
from grading.lesson.load import Lesson
from grading.lesson.text import FOLDED, TextCell

WORDS_A_MINUTE = 200
LINES_READ_A_MINUTE = 40
LINES_WRITTEN_A_MINUTE = 3
A_FORMULA = 0.5
A_CELL = 1 / 3  # to run it, and to look at what it shows
A_PREDICTION = 1
A_WRITTEN_ANSWER = 6
AN_EXERCISE = {1: 3, 2: 6, 3: 12}  # thinking, hints and mends, by its dots of difficulty
ANSWER = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
# read where they are needed: hints by those who are stuck, tables of terms, and what comes after the recap
NOT_READ = re.compile(
    r"<details><summary>Hint.*?</details>|^\|.*$|\*\*Where to read on\*\*.*?(?=^\*\*What|\Z)", re.DOTALL | re.MULTILINE
)
FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)


def counted(lesson: Lesson) -> float:
    """The minutes of a lesson without what is optional: reading, predicting, writing, running and looking."""
    return sum(map(_cell, _without_optional(lesson.cells)))


def _without_optional(cells: Sequence[TextCell]) -> list[TextCell]:
    """The cells but for those of sections whose heading names no minutes."""
    kept, optional = [], False
    for cell in cells:
        opened = [*filter(None, map(SECTION.match, cell.source.splitlines()))] if cell.kind == "markdown" else []
        if opened:
            optional = any(not one["minutes"] for one in opened)
        if not optional:
            kept.append(cell)
    return kept


def _cell(cell: TextCell) -> float:
    if cell.kind == "part":
        return A_CELL
    if cell.kind == "written":
        return A_WRITTEN_ANSWER
    if cell.kind == "answer":
        written = sum(len(answer.split("\n")) - 1 for answer in ANSWER.findall(cell.source))
        contract = ANSWER.sub("", cell.source)
        return written / LINES_WRITTEN_A_MINUTE + len(contract.split()) / WORDS_A_MINUTE
    if cell.kind == "ours":
        lines = 0 if FOLDED in cell.tags else sum(1 for line in cell.source.splitlines() if line.strip())
        return A_CELL + lines / LINES_READ_A_MINUTE
    text = NOT_READ.sub("", cell.source)
    formulas = len(FORMULA.findall(text))
    headings = [one for one in map(EXERCISE.match, text.splitlines()) if one and one["difficulty"]]
    # a written answer's time is its cell's
    headings = [one for one in headings if one["title"].startswith("Exercise: ")]
    # a heading with two names asks for a case first, which is easy, and then for the mend
    exercises = sum(
        AN_EXERCISE[one["difficulty"].count("●")] + AN_EXERCISE[1] * one["title"].count("` and `") for one in headings
    )
    words = len(FORMULA.sub("", text).split()) / WORDS_A_MINUTE
    return words + formulas * A_FORMULA + text.count("**Predict") * A_PREDICTION + exercises
