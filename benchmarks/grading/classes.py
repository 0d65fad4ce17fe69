"""A class of honest notebooks, no two of them the same."""

from pathlib import Path

import nbformat

from grading.author.sample_class import CLASS, notebook_of

STUDENTS = [student for student in CLASS if student.name in ("ada", "bao", "carla", "deniz")]


def hand_in(folder: Path, lesson: str, size: int) -> list[str]:
    """Write ``<student>/<lesson>/<lesson>.ipynb`` below `folder`: right, half done and mistaken in turn."""
    names = [f"student-{number:04}" for number in range(size)]
    for number, name in enumerate(names):
        notebook = notebook_of(STUDENTS[number % len(STUDENTS)], lesson)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                cell.source += f"\n# {name}"
        place = folder / name / lesson
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{lesson}.ipynb")
    return names
