"""Slips in an author's ``checks.py``, found before anything runs: each is reported as a line, not as a traceback."""

import builtins
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from convschool.cases import LAYOUTS
from convschool.stand_ins import STAND_INS
from grading.lesson.exercise import Call, Exercise, PartOf

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
STEPS = ("make", "given", "call", "do", "read", "apply")


def lesson_slips(exercises: list[Exercise] | tuple[Exercise, ...]) -> Iterator[str]:
    """A line for each slip of a lesson's exercises: where, and what to do."""
    for exercise in exercises:
        yield from exercise_slips(exercise)
    for twice in repeated(exercise.id for exercise in exercises):
        yield f"two exercises have the id {twice}: give one of them another"
    for twice in repeated(exercise.part_id(part) for exercise in exercises for part in exercise.parts):
        yield f"two parts have the id {twice}: give one of them another name"
    for exercise in exercises:
        for part in exercise.parts if exercise.results else ():
            for unknown in sorted(set(part.compares) - set(exercise.results)):
                known = ", ".join(exercise.results)
                yield f"{exercise.part_id(part)} compares {unknown!r}; the results are {known}"


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def exercise_slips(exercise: Exercise) -> Iterator[str]:
    """A line for each slip of an exercise: where, and what to do."""
    where = f"exercise {exercise.id}"
    if not _is_name(exercise.id):
        yield f"{where}: an id is lower case words and digits with dashes between them"
    for field in ("arguments", "results"):
        yield from _names_slips(where, field, getattr(exercise, field))
    if not _is_number(exercise.tolerance):
        yield f"{where}: tolerance is a number, not {exercise.tolerance!r}"
    if not isinstance(exercise.parts, list) or not all(isinstance(part, PartOf) for part in exercise.parts):
        yield f"{where}: parts is a list of PartOf: write parts=[PartOf(...)]"
        return
    if exercise.parts and not exercise.debug and not callable(exercise.oracle):
        yield f"{where}: it needs `oracle`, the function or class that gives the right result"
    for part in exercise.parts:
        yield from _part_slips(f"{where}, part {part.name}", part)


def _part_slips(where: str, part: PartOf) -> Iterator[str]:
    if not _is_name(part.name):
        yield f"{where}: a part's name is lower case words and digits with dashes between them"
    yield from _names_slips(where, "compares", part.compares)
    if not callable(part.hidden):
        yield f"{where}: hidden is a function that draws the hidden cases from rng: name it, do not call it"
    if not isinstance(part.visible, list | tuple):
        yield f"{where}: the visible cases are a list of Call: call the function that draws them, with a fixed seed"
        return
    yield from calls_slips(where, part.visible)


def calls_slips(where: str, calls: list | tuple) -> Iterator[str]:
    """A line for each slip of cases, visible or hidden."""
    for number, call in enumerate(calls, start=1):
        if not isinstance(call, Call):
            yield f"{where}: case number {number} is a {type(call).__name__}: write Call(about, arguments)"
        elif not isinstance(call.about, str):
            yield f'{where}: case number {number}: say first what it is about: Call("a 3x4 array", (x,))'
        else:
            yield from (f"{where}: case {call.about!r}: {slip}" for slip in _call_slips(call))


def _call_slips(call: Call) -> Iterator[str]:
    if not isinstance(call.args, tuple):
        yield "its arguments are a tuple: write (x,), with a comma after a single one"
    if call.layout not in LAYOUTS:
        yield f"there is no layout {call.layout!r}; there are {', '.join(LAYOUTS)}"
    if not isinstance(call.raises, str) or call.raises and not _is_exception(call.raises):
        yield f'raises is the name of an exception, such as "ValueError", not {call.raises!r}'
    if not isinstance(call.steps, tuple) or not all(
        isinstance(step, tuple) and step and step[0] in STEPS for step in call.steps
    ):
        yield "steps is a tuple of make(...), call(...), read(...): write a comma after a single one"
    else:
        yield from _steps_slips(call.steps)


def _steps_slips(steps: tuple) -> Iterator[str]:
    made: list[str] = []
    kept: list[str] = []
    for what, *rest in steps:
        if what in ("call", "do", "read") and rest[0] not in made:
            yield f"{what}({rest[0]!r}, ...): no step before it makes {rest[0]!r}; there are {_listed(made)}"
        for name in _refs(rest):
            if name not in made:
                yield f"ref({name!r}): no step before it makes {name!r}; there are {_listed(made)}"
        if what == "given" and rest[1] not in STAND_INS:
            yield f"given({rest[0]!r}, {rest[1]!r}): there is no such stand-in; there are {_listed(STAND_INS)}"
        if what in ("make", "given"):
            made.append(rest[0])
        if what in ("call", "read", "apply"):
            if rest[-1] in kept:
                yield f"two steps keep their results as {rest[-1]!r}: give one of them another label"
            kept.append(rest[-1])
    if steps and not kept:
        yield "no step keeps a result: write call(..., label=...), read(..., label=...) or apply(..., label=...)"


def same_calls(one: Sequence, other: Sequence) -> bool:
    """Whether two draws of cases are equal."""
    return len(one) == len(other) and all(_same(vars(a), vars(b)) for a, b in zip(one, other, strict=True))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return type(one) is type(other) and one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(map(_same, one.values(), other.values()))
    if isinstance(one, tuple | list):
        return type(one) is type(other) and len(one) == len(other) and all(map(_same, one, other))
    if callable(one):  # made anew by each draw
        return getattr(one, "__qualname__", one) == getattr(other, "__qualname__", other)
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def _refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.keys() == {"ref"}:
            yield value["ref"]
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _refs(item)


def _names_slips(where: str, field: str, value: Any) -> Iterator[str]:
    if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
        first = value if isinstance(value, str) else "x"
        yield f'{where}: {field} is a tuple of names, not {value!r}: write {field}=("{first}",)'


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(NAME.fullmatch(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _listed(names: Any) -> str:
    return ", ".join(names) or "none"
