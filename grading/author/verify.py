"""Prove the checks of a lesson: every known mistake loses its marks and is named, no correct solution loses any.

A bank entry's source is put in the place of the lesson's answer, and the marked cells of the master are run on
it, visible and hidden cases both, as at grading.
"""

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from typing import Any

import matplotlib
from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table

from convschool import CheckFailed
from convschool.checking import SWITCH as CHECKS
from convschool.front import SWITCH as FIGURES
from convschool.progress_record import SWITCH as PROGRESS
from grading.lesson.exercise import Correct, Exercise, Mistake, answer_source, extra_source
from grading.lesson.hidden import SEED_VARIABLE
from grading.lesson.load import COURSE, Lesson, load_lesson
from grading.lesson.notebook import source_notebook


@dataclass(frozen=True)
class Row:
    """What the marked cells made of one bank entry.

    `lost` maps each part that was lost to the id of the mistake that its check named, or "". `holes` says what
    is not as the bank declares.
    """

    exercise: str
    entry: str
    correct: bool
    parts: tuple[str, ...]
    lost: dict[str, str]
    holes: tuple[str, ...]


def verify(name: str, seeds: int = 2, workers: int = 1) -> list[Row]:
    """Run every known mistake and every correct solution of a lesson through its marked cells.

    Parameters
    ----------
    name : str
    seeds : int
        How many seeds to draw hidden cases from. A row is the same for each, or has a hole.
    workers : int
        How many exercises are looked at side by side, each in a process.
    """
    exercises = [exercise.id for exercise in load_lesson(name).exercises]
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        found = pool.map(verify_exercise, repeat(name), exercises, repeat(seeds))
        return [row for rows in found for row in rows]


def verify_exercise(name: str, exercise_id: str, seeds: int) -> list[Row]:
    """The rows of one exercise."""
    lesson = load_lesson(name)
    (exercise,) = (each for each in lesson.exercises if each.id == exercise_id)
    with _at_grading(lesson):
        notebook, names = _solved(name)
        sources = {cell.id: cell.source for cell in notebook.cells}
        return [_row(sources, names, exercise, entry, seeds) for entry in (*exercise.mistakes, *exercise.correct)]


def matrix(lesson: str, rows: list[Row], console: Console) -> None:
    """Print the table exercise x mistake: which part each entry loses, and whether it is named."""
    for exercise in dict.fromkeys(row.exercise for row in rows):
        mine = [row for row in rows if row.exercise == exercise]
        table = Table(title=f"{lesson}: {exercise}", title_justify="left")
        table.add_column("entry", overflow="fold")
        for part in mine[0].parts:
            table.add_column(part, justify="center")
        table.add_column("holes", overflow="fold")
        for row in mine:
            cells = [_cell(row, part) for part in row.parts]
            label = f"[green]✓[/] {row.entry}" if row.correct else f"✗ {row.entry}"
            table.add_row(label, *cells, "[red]" + "; ".join(row.holes) + "[/]" if row.holes else "")
        console.print(table)


def _cell(row: Row, part: str) -> str:
    if part not in row.lost:
        return "·"
    return "named" if row.lost[part] == row.entry else "lost"


def _row(
    sources: dict[str, str], solved: dict[str, Any], exercise: Exercise, entry: Mistake | Correct, seeds: int
) -> Row:
    names = _answered(solved, exercise, entry)
    return row_of(exercise, entry, [_lost_parts(sources, names, exercise, seed) for seed in range(seeds)])


def row_of(exercise: Exercise, entry: Mistake | Correct, outcomes: list[dict[str, str]]) -> Row:
    """The row of an entry, from what it lost with each seed: the mistake that was named, by part."""
    holes = [] if all(outcome == outcomes[0] for outcome in outcomes) else ["the seeds do not agree"]
    for lost in outcomes:
        holes += _holes(entry, lost)
    parts = tuple(part.name for part in exercise.parts)
    return Row(exercise.id, entry.id, isinstance(entry, Correct), parts, outcomes[0], tuple(dict.fromkeys(holes)))


def _holes(entry: Mistake | Correct, lost: dict[str, str]) -> list[str]:
    if isinstance(entry, Correct):
        return [f"correct, and loses {part}" for part in lost]
    holes = [f"keeps {part}" for part in sorted(entry.loses - lost.keys())]
    holes += [f"loses {part} too" for part in sorted(lost.keys() - entry.loses)]
    for part in sorted(entry.loses & lost.keys()):
        named = lost[part]
        if part not in entry.silent and named != entry.id:
            holes.append(f"in {part} it is called {named or 'nothing'}")
    return holes


def _answered(solved: dict[str, Any], exercise: Exercise, entry: Mistake | Correct) -> dict[str, Any]:
    """The solved lesson's names, with the answer of `exercise` replaced by the bank entry's source."""
    names = dict(solved)
    if isinstance(entry, Correct):
        _run(extra_source(entry), f"<{entry.id}: extra cell>", names)
    _run(answer_source(entry.function, exercise.function), f"<{entry.id}>", names)
    return names


def _lost_parts(sources: dict[str, str], names: dict[str, Any], exercise: Exercise, seed: int) -> dict[str, str]:
    """Which parts the marked cells give no marks for, and the mistake each of them names."""
    os.environ[SEED_VARIABLE] = str(seed)
    lost = {}
    for part in exercise.parts:
        part_id = f"{exercise.id}-{part.name}"
        try:
            _run(sources[part_id], f"<{part_id}>", dict(names))
        except CheckFailed as failed:
            lost[part.name] = failed.verdict.mistake
        except Exception:
            lost[part.name] = ""
    return lost


@cache
def _solved(name: str) -> tuple[NotebookNode, dict[str, Any]]:
    """The master, and the names that its code cells bind with the answers in place; marked cells are left out."""
    lesson = load_lesson(name)
    notebook = source_notebook(lesson)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.metadata["nbgrader"]["grade"]:
            continue
        source = "\n".join("" if line.lstrip().startswith("%") else line for line in cell.source.splitlines())
        try:
            _run(source, f"<{cell.id}>", names)
        except Exception as error:
            raise ValueError(f"{lesson.text}: cell {cell.id} fails with the answers in place: {error}") from error
    return notebook, names


def _run(source: str, name: str, names: dict[str, Any]) -> None:
    exec(compile(source, name, "exec"), names)


@contextlib.contextmanager
def _at_grading(lesson: Lesson) -> Iterator[None]:
    """Checks find the lesson's file and leave no trace; nothing is printed or drawn."""
    folder, backend = os.getcwd(), matplotlib.get_backend()
    switched = {PROGRESS: "off", FIGURES: "off", CHECKS: "silent"}
    before = {name: os.environ.get(name) for name in (*switched, SEED_VARIABLE)}
    os.environ.update(switched)
    matplotlib.use("agg")
    os.chdir(COURSE / lesson.name)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(folder)
        matplotlib.use(backend)
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
