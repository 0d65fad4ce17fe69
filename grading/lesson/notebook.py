"""A lesson's text as a notebook with all its answers; `grading.lesson.clear_answers` takes them out for learners."""

from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from grading.lesson.exercise import Exercise, PartOf
from grading.lesson.load import Lesson
from grading.lesson.rules import slips
from grading.lesson.text import FOLDED, TextCell, TextError
from grading.lesson.written_answers import marked_answer

KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
# a failing check, and an answer that is not written yet, do not stop "Run All"
GOES_ON = "raises-exception"
VALUE = "value"
BONUS = "convgrade_bonus"  # nbgrader's maximum of such a cell is 0


class BuildError(ValueError):
    """A lesson that cannot be built; the message names the lesson's file and cell."""


def source_notebook(lesson: Lesson) -> NotebookNode:
    """The master as a notebook: answers and hidden tests in place, every cell of ours locked and named.

    Raises
    ------
    BuildError
        When the text is not a notebook, or has one of the slips in `grading.lesson.rules`.
    """
    try:
        slip = next(slips(lesson), None)
    except TextError as error:
        raise BuildError(str(error)) from error
    if slip:
        raise BuildError(f"{lesson.folder}/{slip}" if slip.startswith("checks.py: ") else f"{lesson.text}: {slip}")
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [_cell(lesson, number, cell) for number, cell in enumerate(lesson.cells, start=1)]
    return notebook


def marked_source(exercise: Exercise, part: PartOf) -> str:
    """The code of a marked cell: the check that learners run, and the hidden check that only grading runs."""
    name = f'"{exercise.part_id(part)}"'
    if exercise.debug:
        return f"check_failing_case({name}, {', '.join((exercise.function, *exercise.debug))})"
    visible = f"check({name}, {exercise.subject})"
    if part.bonus:
        visible = f"# for a bonus of {part.points:g}\n{visible}"
    if not exercise.hidden_calls(part, np.random.default_rng(0)):
        return visible
    return "\n".join(
        [
            visible,
            "### BEGIN HIDDEN TESTS",
            "from grading.lesson.hidden import hidden_check",
            f"hidden_check({name}, {exercise.subject})",
            "### END HIDDEN TESTS",
        ]
    )


def _cell(lesson: Lesson, number: int, cell: TextCell) -> NotebookNode:
    if cell.kind == "markdown":
        return nbformat.v4.new_markdown_cell(cell.source, id=f"text-{number:03}")
    if cell.kind == "written":
        answer = lesson.written[cell.about]
        about = _marking(cell.about, "markdown", grade=True, solution=True, points=answer.points)
        return nbformat.v4.new_markdown_cell(marked_answer(answer), id=cell.about, metadata={"nbgrader": about})
    tags = list(cell.tags)
    if cell.kind == "part":
        exercise, part = lesson.parts[cell.about]
        source = marked_source(exercise, part)
        about = _marking(cell.about, "code", grade=True, locked=True, points=0 if part.bonus else part.points)
        tags.append(GOES_ON)
    elif cell.kind == "answer":
        source, about = cell.source, _marking(cell.about, "code", solution=True)
        is_value = any(exercise.is_value for exercise in lesson.exercises if exercise.id == cell.about)
        tags += [VALUE] if is_value else []
    else:
        source, about = cell.source, _marking(f"given-{number:03}", "code", locked=True)
    folded = FOLDED in tags
    tags = [tag for tag in tags if tag != FOLDED]
    metadata: dict[str, Any] = {"nbgrader": about, **({"tags": tags} if tags else {})}
    if folded:
        metadata["jupyter"] = {"source_hidden": True}
    if cell.kind == "part" and part.in_sandbox:
        metadata["convgrade_there"] = [exercise.subject]
    if cell.kind == "part" and part.bonus:
        metadata[BONUS] = part.points
    return nbformat.v4.new_code_cell(source, id=about["grade_id"], metadata=metadata)


def _marking(name: str, cell_type: str, grade=False, locked=False, solution=False, points: float = 0) -> dict:
    """The metadata by which nbgrader knows a cell."""
    about = {"cell_type": cell_type, "grade": grade, "grade_id": name, "locked": locked, "solution": solution}
    return {**about, "schema_version": 3, "task": False, **({"points": points} if grade else {})}
