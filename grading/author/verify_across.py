"""`convgrade verify --across`: the same matrix as `grading.author.verify`, by way of the sandbox, as at grading."""

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from nbformat import NotebookNode

from grading.author.verify import EVERYTHING, Choice, Entry, Loss, Row, Verified, row_of, without_rows
from grading.execute import close, execute
from grading.execute.rebuild import bound_names
from grading.job import Executed, Job, Limits
from grading.lesson.exercise import Exercise
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook


def verify_across(
    names: Sequence[str], seeds: int = 1, workers: int = 1, choice: Choice = EVERYTHING
) -> Iterator[Verified]:
    """As `verify`, with each entry a submission whose other answers are the master's.

    Raises
    ------
    grading.execute.SandboxUnavailable
        When this machine cannot make the sandbox.
    """
    for name in names:
        rows = _rows(name, seeds, workers, choice)
        yield replace(without_rows(name, choice), rows=rows)


def _rows(name: str, seeds: int, workers: int, choice: Choice) -> list[Row]:
    lesson = load_lesson(name)
    master = source_notebook(lesson)
    entries = [(one, each) for one in choice.exercises(lesson) for each in choice.entries(lesson, one)]
    lost: dict[str, list[dict[str, Loss]]] = {}
    try:
        with ThreadPoolExecutor(workers) as pool:
            for executed in pool.map(_marks_only, _jobs(name, master, entries, seeds)):
                parts = {cell.grade_id: Loss(cell.mistake) for cell in executed.cells if not cell.passed}
                lost.setdefault(executed.student, []).append(parts)
    finally:
        close()
    return [row_of(one, each, _by_part(one, lost[_label(each)])) for one, each in entries]


def _marks_only(job: Job) -> Executed:
    return execute(job, show=False)


def _jobs(name: str, master: NotebookNode, entries: list[tuple[Exercise, Entry]], seeds: int) -> Iterator[Job]:
    for exercise, entry in entries:
        notebook = _submission(master, exercise, entry)
        for seed in range(seeds):
            yield Job(_label(entry), name, dict(notebook), seed, Limits())


def _submission(master: NotebookNode, exercise: Exercise, entry: Entry) -> NotebookNode:
    """The master with the entry for an answer, and of its marked cells only those of the exercise."""
    parts = {exercise.part_id(part) for part in exercise.parts}
    notebook = copy.deepcopy(master)
    notebook.cells = []
    for cell in copy.deepcopy(master.cells):
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or (about["grade"] and cell.id not in parts):
            continue
        if cell.id == exercise.id:
            cell.source = entry.source
        if about["solution"]:
            cell.metadata["convgrade"] = {"answered": True, "defines": bound_names(cell.source)}
        notebook.cells.append(cell)
    return notebook


def _by_part(exercise: Exercise, outcomes: list[dict[str, Loss]]) -> list[dict[str, Loss]]:
    """The same outcomes by the names of parts instead of the ids of cells."""
    return [{cell_id.removeprefix(f"{exercise.id}-"): loss for cell_id, loss in lost.items()} for lost in outcomes]


def _label(entry: Entry) -> str:
    return f"{entry.exercise}/{entry.label}"
