"""A lesson's text as a notebook: whole, and, by nbgrader's own generator, as learners get it."""

import logging
from pathlib import Path

import jupytext
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grading.lesson.load import Lesson
from grading.lesson.rules import FIELDS, slips

LOCKED = {"grade": False, "locked": True, "schema_version": 3, "solution": False, "task": False}


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
        notebook = jupytext.read(lesson.text)
    except Exception as error:
        raise BuildError(f"{lesson.text}: cannot be read as a MyST notebook: {error}") from error
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"text-{number:03}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if "nbgrader" not in cell.metadata:
                cell.metadata["nbgrader"] = {**LOCKED, "grade_id": f"given-{number:03}"}
        if "nbgrader" in cell.metadata:
            missing = [field for field in FIELDS if field not in cell.metadata["nbgrader"]]
            if missing:
                about = cell.metadata["nbgrader"].get("grade_id", f"number {number}")
                raise BuildError(f"{lesson.text}: cell {about}: its nbgrader line lacks {', '.join(missing)}")
            cell.id = cell.metadata["nbgrader"]["grade_id"]
            cell.metadata["nbgrader"]["cell_type"] = cell.cell_type
    slip = next(slips(lesson, notebook), None)
    if slip:
        raise BuildError(f"{lesson.text}: {slip}")
    return notebook


def generate_release(root: Path, lesson: str, db_url: str, no_database: bool = False) -> None:
    """Run nbgrader's own assignment generator on ``root/source/<lesson>``, into ``root/release/<lesson>``.

    With a database, this is also how a lesson's cells get into the gradebook.

    Raises
    ------
    BuildError
        With nbgrader's reason.
    """
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.release_directory = "release"
    config.CourseDirectory.assignment_id = lesson
    config.CourseDirectory.db_url = db_url
    config.SaveCells.enabled = not no_database
    config.ClearSolutions.code_stub = {"python": "# write your answer here\nraise NotImplementedError"}
    config.ClearSolutions.text_stub = "*Write your answer here.*"
    generator = GenerateAssignment(
        coursedir=CourseDirectory(config=config), config=config, no_database=no_database
    )
    generator.force = True
    generator.log.setLevel(logging.ERROR)
    try:
        generator.start()
    except Exception as error:
        raise BuildError(f"{lesson}: nbgrader could not make the release: {error}") from error
