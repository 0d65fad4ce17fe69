"""`convgrade verify --across`: the same matrix as `grading.author.verify`, by way of the sandbox, as at grading."""

import copy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import nbformat
from nbformat import NotebookNode

from grading.author.verify import Row, row_of
from grading.execute import close, execute
from grading.execute.rebuild import bound_names
from grading.job import Executed, Job, Limits
from grading.lesson.exercise import Correct, Exercise, Mistake, answer_source, extra_source
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook


def verify_across(name: str, seeds: int = 1, workers: int = 1) -> list[Row]:
    """Run every bank entry of a lesson as a submission whose other answers are the master's.

    Raises
    ------
    grading.execute.SandboxUnavailable
        When this machine cannot make the sandbox.
    """
    master = source_notebook(load_lesson(name))
    entries = [
        (exercise, entry)
        for exercise in load_lesson(name).exercises
        for entry in (*exercise.mistakes, *exercise.correct)
    ]
    lost: dict[str, list[dict[str, str]]] = {}
    try:
        with ThreadPoolExecutor(workers) as pool:
            for executed in pool.map(_marks_only, _jobs(name, master, entries, seeds)):
                parts = {cell.grade_id: cell.mistake for cell in executed.cells if not cell.passed}
                lost.setdefault(executed.student, []).append(parts)
    finally:
        close()
    return [row_of(exercise, entry, _by_part(exercise, lost[_label(exercise, entry)])) for exercise, entry in entries]


def _marks_only(job: Job) -> Executed:
    return execute(job, show=False)


def _jobs(
    name: str, master: NotebookNode, entries: list[tuple[Exercise, Mistake | Correct]], seeds: int
) -> Iterator[Job]:
    for exercise, entry in entries:
        notebook = _submission(master, exercise, entry)
        for seed in range(seeds):
            yield Job(_label(exercise, entry), name, dict(notebook), seed, Limits())


def _submission(master: NotebookNode, exercise: Exercise, entry: Mistake | Correct) -> NotebookNode:
    """The master with the entry for an answer, and of its marked cells only those of the exercise."""
    parts = {f"{exercise.id}-{part.name}" for part in exercise.parts}
    notebook = copy.deepcopy(master)
    notebook.cells = []
    for cell in copy.deepcopy(master.cells):
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or (about["grade"] and cell.id not in parts):
            continue
        if about["solution"]:
            cell.metadata["convgrade"] = {"answered": True, "defines": bound_names(cell.source)}
        if cell.id == exercise.id:
            extra = extra_source(entry) if isinstance(entry, Correct) else ""
            notebook.cells += [nbformat.v4.new_code_cell(extra, id="extra")] if extra else []
            cell.source = answer_source(entry.function, exercise.function)
        notebook.cells.append(cell)
    return notebook


def _by_part(exercise: Exercise, outcomes: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same outcomes by the names of parts instead of the ids of cells."""
    return [{cell_id.removeprefix(f"{exercise.id}-"): named for cell_id, named in lost.items()} for lost in outcomes]


def _label(exercise: Exercise, entry: Mistake | Correct) -> str:
    return f"{exercise.id}/{entry.id}"
