"""Put an answer into a lesson and see what it binds.

The one meaning of a bank entry, in `verify`, in freezing and at grading: its source stands in the answer cell, the
cells of ours that the answer and its checks use are run around it, and the other answers are the lesson's own.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from convschool import data, mode
from grading.lesson.exercise import Exercise
from grading.lesson.load import Lesson
from grading.lesson.needed import needed_by_learner


def answered(lesson: Lesson, exercise: Exercise, source: str, marked: Iterable[str] = ()) -> dict[str, Any]:
    """The names that the lesson binds with `source` for the answer of `exercise`.

    Only those statements of the other cells are run that the answer, the check's subject or the cells `marked` use. One
    of them that fails does not stop the rest, as in a notebook.

    Raises
    ------
    Exception
        What the answer raises.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    sources = (source, exercise.subject, *exercise.debug, *marked)
    others = _cells_around(lesson, exercise.id)
    needed = needed_by_learner(tuple(others.items()), sources)
    place = _place_of(lesson, exercise.id)
    for number in sorted({*needed, place}):
        with _as_at_grading(), contextlib.ExitStack() as stack:
            if number != place:
                stack.enter_context(contextlib.suppress(Exception))
            code = source if number == place else needed[number]
            run(code, f"<{exercise.id}>" if number == place else f"<cell {number}>", names)
    return names


def subject_of(lesson: Lesson, exercise: Exercise, source: str) -> Callable:
    """What the checks of `exercise` are given, with `source` for the answer."""
    return eval(exercise.subject, answered(lesson, exercise, source))


def run(source: str, name: str, names: dict[str, Any]) -> None:
    """Run code in a namespace. Magics are left out."""
    exec(_compiled(source, name), names)


@lru_cache(4096)
def _compiled(source: str, name: str) -> Any:
    plain = "\n".join("" if line.lstrip().startswith("%") else line for line in source.splitlines())
    return compile(plain, name, "exec")


@contextlib.contextmanager
def _as_at_grading():
    """In the block `yours` returns the lesson's own code, as at grading, and digits are loaded only once."""
    load, data.digits = data.digits, _digits_once
    try:
        with mode.using(progress=False):
            yield
    finally:
        data.digits = load


_digits_once = lru_cache(1)(data.digits)


@contextlib.contextmanager
def quietly():
    """Nothing is printed, no warning is shown."""
    silence = contextlib.redirect_stdout(io.StringIO())
    with silence, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@lru_cache(256)
def _cells_around(lesson: Lesson, exercise_id: str) -> dict[int, str]:
    """The code cells but the answer of an exercise and the marked ones, by number."""
    return {
        number: cell.source
        for number, cell in enumerate(lesson.cells)
        if cell.kind in ("ours", "answer") and cell.about != exercise_id
    }


@lru_cache(256)
def _place_of(lesson: Lesson, exercise_id: str) -> int:
    places = [number for number, cell in enumerate(lesson.cells) if (cell.kind, cell.about) == ("answer", exercise_id)]
    return places[0]
