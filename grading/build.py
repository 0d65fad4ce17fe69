"""From an author's text notebook to what learners get: text -> source notebook -> nbgrader's release.

Everything is made in a temporary folder first, so that a lesson that does not build leaves what is there,
and so that `build --check` can compare without writing.
"""

import filecmp
import logging
import shutil
import tempfile
from pathlib import Path

import jupytext
import nbformat
import numpy as np
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from convschool import cases
from grading.build_rules import FIELDS, slips
from grading.freezing import visible_part
from grading.lesson import COURSE, Lesson, load_lesson

LOCKED = {"grade": False, "locked": True, "schema_version": 3, "solution": False, "task": False}
CHECKS = "checks.npz"


class BuildError(ValueError):
    """A lesson that cannot be built; the message names the lesson's file and cell."""


def build(name: str) -> None:
    """Build one lesson: its source notebook and checks under ``solutions/``, its release under ``course/``."""
    lesson = load_lesson(name)
    with tempfile.TemporaryDirectory() as scratch:
        source, release = _build_into(lesson, Path(scratch))
        for file in source.iterdir():
            shutil.copyfile(file, lesson.folder / file.name)
        target = COURSE / name
        target.mkdir(exist_ok=True)
        for stale in set(_names(target)) - set(_names(release)):
            (target / stale).unlink()
        for file in release.iterdir():
            shutil.copyfile(file, target / file.name)


def stale_files(name: str) -> list[str]:
    """The files of a lesson's release that differ from what its text gives now.

    Notebooks are compared byte by byte; the checks by value, since the last digits of a
    sum depend on the processor.
    """
    lesson = load_lesson(name)
    with tempfile.TemporaryDirectory() as scratch:
        _, release = _build_into(lesson, Path(scratch))
        target = COURSE / name
        names = sorted({*_names(target), *_names(release)})
        return [f"{target.name}/{file}" for file in names if not _same_file(release / file, target / file)]


def source_notebook(lesson: Lesson) -> NotebookNode:
    """The master as a notebook: answers and hidden tests in place, every cell of ours locked and named.

    Raises
    ------
    BuildError
        When the text is not a notebook, or has one of the slips in `grading.build_rules`.
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


def _build_into(lesson: Lesson, scratch: Path) -> tuple[Path, Path]:
    """Write the lesson's source and release folders below `scratch`."""
    source = scratch / "source" / lesson.name
    source.mkdir(parents=True)
    nbformat.write(source_notebook(lesson), source / f"{lesson.name}.ipynb")
    parts = [visible_part(exercise, part) for exercise, part in lesson.parts.values()]
    cases.save(source / CHECKS, parts)
    generate_release(scratch, lesson.name, f"sqlite:///{scratch}/unused.db", no_database=True)
    return source, scratch / "release" / lesson.name


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


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _same_file(one: Path, other: Path) -> bool:
    if not (one.exists() and other.exists()):
        return False
    if one.suffix != ".npz":
        return filecmp.cmp(one, other, shallow=False)
    with np.load(one, allow_pickle=False) as ours, np.load(other, allow_pickle=False) as theirs:
        return set(ours) == set(theirs) and all(
            ours[key].dtype == theirs[key].dtype
            and ours[key].shape == theirs[key].shape
            and np.allclose(ours[key], theirs[key], rtol=1e-5, atol=1e-6, equal_nan=True)
            for key in ours
        )
