"""A lesson as learners get it, with the answers of its author in place."""

import nbformat
from nbformat import NotebookNode

from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE


def solved(name: str) -> NotebookNode:
    """The notebook of the lesson `name`, solved; no hidden test is in it."""
    notebook = nbformat.read(COURSE / name / f"{name}.ipynb", 4)
    answers = {cell.id: cell.source for cell in source_notebook(load_lesson(name)).cells}
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answers[cell.id]
    return notebook


def is_answer(cell: NotebookNode) -> bool:
    """Whether a learner writes this cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))
