"""The criteria of a written answer, in a cell above it, for the marker.

They stand in the notebook as it ran, which formgrader shows. A learner's page leaves them out.
"""

from grading.lesson.exercise import Written
from grading.lesson.load import load_lesson

TAG = "for-the-marker"


def with_criteria(notebook: dict, lesson: str) -> dict:
    """The notebook with a cell above each written answer that says what its points are for."""
    answers = load_lesson(lesson).written
    cells = []
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            about = {"cell_type": "markdown", "id": f"criteria-{name}"[:64], "metadata": {"tags": [TAG]}}
            cells.append({**about, "source": _source(answers[name])})
        cells.append(cell)
    return {**notebook, "cells": cells}


def is_for_marker(cell: dict) -> bool:
    """Whether `with_criteria` has made a cell."""
    return TAG in cell["metadata"].get("tags", [])


def _source(answer: Written) -> str:
    lines = [f"- **{criterion.points:g}** {criterion.text}" for criterion in answer.criteria]
    return f"**For the marker: {answer.points:g} points**\n\n" + "\n".join(lines)
