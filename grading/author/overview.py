"""README.md's table of lessons, docs/plan.md, and START.ipynb: made from what the lessons say of themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from grading.author.plan import plan
from grading.author.sections import exercise_table
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import KERNEL
from grading.lesson.places import COURSE, PROJECT, SOLUTIONS, lesson_names

README, PLAN = PROJECT / "README.md", PROJECT / "docs" / "plan.md"
START = "START"
TITLE = re.compile(r"^# Lesson \d\d: (.+)$", re.MULTILINE)
MINUTES = re.compile(r"\*\*Time:\*\* (?:about )?(\d+)")


@dataclass(frozen=True)
class Overview:
    """A line of the tables: a lesson's title, its minutes, what learners write, its marks, and how large its banks
    are.
    """

    name: str
    title: str
    minutes: str
    writes: tuple[str, ...]
    marks: float
    mistakes: int
    correct: int


def overview(lesson: Lesson) -> Overview:
    """Read a lesson for its line in the tables."""
    text = "\n".join(cell.source for cell in lesson.cells if cell.kind == "markdown")
    title, minutes = TITLE.search(text), MINUTES.search(text)
    coded = [one for one in lesson.with_banks if one.parts and not one.debug and not one.is_value]
    return Overview(
        lesson.name,
        title[1] if title else lesson.name,
        minutes[1] if minutes else "?",
        tuple(dict.fromkeys(one.function for one in coded)),
        sum(part.points for _, part in lesson.parts.values() if not part.bonus)
        + sum(one.points for one in lesson.written.values()),
        sum(len(one.mistakes) for one in lesson.with_banks),
        sum(len(one.correct) for one in lesson.with_banks),
    )


def overviews() -> list[Overview]:
    """The line of every lesson, in order."""
    return [overview(load_lesson(name)) for name in lesson_names()]


def files() -> dict[Path, str]:
    """The text of README.md and of START.ipynb as the lessons give them now."""
    lessons = overviews()
    contents = {}
    if README.exists():
        contents[README] = _put(README, "lessons", f"{table(lessons, 'course/')}\n\n{_counts(lessons)}")
    if PLAN.exists():
        contents[PLAN] = _put(PLAN, "plan", plan())
    if (SOLUTIONS / f"{START}.md").exists():
        contents[COURSE / f"{START}.ipynb"] = _start(lessons)
    return contents


def _put(path: Path, name: str, table: str) -> str:
    """The file's text with the table between its two lines.

    Raises
    ------
    ValueError
        When the lines between which the table stands are not there.
    """
    first, last = f"<!-- {name}: written by `convgrade build` -->", f"<!-- end of {name} -->"
    before, begin, rest = path.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{path}: the lines {first!r} and {last!r} are missing: the table of {name} stands there")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def _counts(lessons: list[Overview]) -> str:
    mistakes, correct = (sum(getattr(one, word) for one in lessons) for word in ("mistakes", "correct"))
    return f"The {len(lessons)} lessons have {mistakes} known mistakes and {correct} correct answers."


def table(lessons: list[Overview], folder: str) -> str:
    """A line for each lesson, with a link to its notebook below `folder`."""
    lines = ["| lesson | | you write | minutes |", "|---|---|---|---|"]
    for one in lessons:
        writes = ", ".join(f"`{name}`" for name in one.writes)
        link = f"[{one.name}]({folder}{one.name}/{one.name}.ipynb)"
        lines.append(f"| {link} | {one.title} | {writes} | {one.minutes} |")
    return "\n".join(lines)


def _start(lessons: list[Overview]) -> str:
    notebook = jupytext.read(SOLUTIONS / f"{START}.md")
    notebook.metadata, notebook.nbformat, notebook.nbformat_minor = nbformat.from_dict(KERNEL), 4, 5
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id, cell.metadata = f"start-{number:02}", {}
        cell.source = cell.source.replace("{lessons}", table(lessons, "")).replace("{exercises}", _exercises(lessons))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook) + "\n"


def _exercises(lessons: list[Overview]) -> str:
    """The exercises of each lesson, folded."""
    folded = "<details><summary>{number} {title}</summary>\n\n{table}\n\n</details>"
    return "\n\n".join(
        folded.format(number=one.name[:2], title=one.title, table=exercise_table(load_lesson(one.name)))
        for one in lessons
    )


def write() -> None:
    """Write the files that differ."""
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def stale() -> Iterator[str]:
    """The files that differ from what the lessons give."""
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield str(path.relative_to(PROJECT))
