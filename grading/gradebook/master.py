"""A lesson's two notebooks, and its cells as nbgrader's gradebook describes them."""

import json
import tempfile
from dataclasses import asdict, dataclass, field
from functools import cache, lru_cache, partial
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from grading import fingerprint
from grading.gradebook.create import new_gradebook
from grading.kept import kept
from grading.lesson.clear_answers import generate_release
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import BONUS, source_notebook
from grading.lesson.places import lesson_names

MAKE_NOTEBOOKS = ("jupytext", "nbconvert", "nbformat", "nbgrader")  # what makes a release of a lesson's text


@dataclass(frozen=True)
class LessonCells:
    """What the gradebook says of a lesson.

    `marked` are (name, kind, cell type, points) in the notebook's order, where the kind is nbgrader's class;
    `answers` the names of solution cells; `sources` the columns of nbgrader's source cells; `bonus` the points that a
    marked cell gives beside those of the lesson, by its name.
    """

    kernelspec: str
    marked: tuple[tuple[str, str, str, float], ...]
    answers: tuple[str, ...]
    sources: tuple[dict, ...]
    bonus: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Master:
    """A lesson as grading needs it: with hidden tests, as learners got it, and as the gradebook describes it."""

    source: NotebookNode
    release: NotebookNode
    cells: LessonCells


def load_master(lesson: str) -> Master:
    """Make a lesson's release with nbgrader's own assignment generator, and read what it wrote into a gradebook.

    The generator refuses to add or remove cells of a lesson that has submissions: so it gets a gradebook
    that has none, and `grading.gradebook` brings the class's own up to it. A lesson of one text is made once, and
    kept for the next command (`grading.kept`): nobody changes what this returns.

    Raises
    ------
    grading.lesson.notebook.BuildError
        With nbgrader's reason.
    """
    return _made(load_lesson(lesson))


@cache
def _made(loaded: Lesson) -> Master:
    return kept(_digest(loaded.name), partial(_text, loaded), _read)


def _digest(lesson: str) -> str:
    """A hash of all that a lesson's notebooks are made from; a rule of the text looks at the other lessons too."""
    versions = [f"{package} {version(package)}" for package in MAKE_NOTEBOOKS]
    texts = map(fingerprint.of_lesson_files, lesson_names())
    return fingerprint.of_bytes(lesson.encode(), "\n".join(versions).encode(), fingerprint.of_grader(), *texts)


def _text(loaded: Lesson) -> str:
    source = source_notebook(loaded)
    release, cells = _released(loaded.name, nbformat.writes(source))
    return json.dumps({"source": source, "release": release, "cells": asdict(cells)})


def _read(text: str) -> Master:
    parts = json.loads(text)
    cells = parts["cells"]
    described = LessonCells(
        cells["kernelspec"],
        tuple(map(tuple, cells["marked"])),
        tuple(cells["answers"]),
        tuple(cells["sources"]),
        cells["bonus"],
    )
    return Master(nbformat.from_dict(parts["source"]), nbformat.from_dict(parts["release"]), described)


@lru_cache(64)
def _released(lesson: str, text: str) -> tuple[NotebookNode, LessonCells]:
    source = nbformat.reads(text, as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "source" / lesson
        folder.mkdir(parents=True)
        (folder / f"{lesson}.ipynb").write_text(text, encoding="utf-8")
        db_url = f"sqlite:///{scratch}/gradebook.db"
        new_gradebook(db_url)
        generate_release(Path(scratch), lesson, db_url)
        release = nbformat.read(Path(scratch) / "release" / lesson / f"{lesson}.ipynb", as_version=4)
        with Gradebook(db_url, course_id="") as gradebook:
            return release, _described(gradebook, lesson, source)


def _described(gradebook: Gradebook, lesson: str, source: NotebookNode) -> LessonCells:
    notebook, order = gradebook.find_notebook(lesson, lesson), [cell.id for cell in source.cells]
    marked = [
        (cell.name, type(cell).__name__, cell.cell_type, cell.max_score)
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    ]
    columns = ("name", "cell_type", "locked", "source", "checksum")
    sources = [{column: getattr(cell, column) for column in columns} for cell in notebook.source_cells]
    return LessonCells(
        notebook.kernelspec,
        tuple(sorted(marked, key=lambda cell: order.index(cell[0]))),
        tuple(sorted((cell.name for cell in notebook.solution_cells), key=order.index)),
        tuple(sorted(sources, key=lambda cell: order.index(cell["name"]))),
        {cell.id: float(cell.metadata[BONUS]) for cell in source.cells if BONUS in cell.metadata},
    )
