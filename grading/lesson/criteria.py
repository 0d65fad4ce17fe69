"""What a marker sees above a written answer: the criteria that its points are for.

They stand in the notebook as it ran, which formgrader shows. A learner's page leaves them out.
"""

from grading.lesson.exercise import Written
from grading.lesson.load import load_lesson

TAG = "for-the-marker"


def with_criteria(notebook: dict, lesson: str) -> dict:
    """The notebook with a cell above each written answer that says what its points are for."""
    written = load_lesson(lesson).written
    cells = []
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in written:
            about = {"cell_type": "markdown", "id": f"criteria-{name}"[:64], "metadata": {"tags": [TAG]}}
            cells.append({**about, "source": _source(written[name])})
        cells.append(cell)
    return {**notebook, "cells": cells}


def is_for_marker(cell: dict) -> bool:
    """Whether `with_criteria` has made a cell."""
    return TAG in cell["metadata"].get("tags", [])


def _source(written: Written) -> str:
    lines = [f"- **{criterion.points:g}** {criterion.text}" for criterion in written.criteria]
    return f"**For the marker: {written.points:g} points**\n\n" + "\n".join(lines)
