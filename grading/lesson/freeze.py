"""Turn an author's calls into a part with results: the oracle's, and each known mistake's."""

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from convschool.cases import Case, Part
from convschool.verdict import INPUT_MODIFIED, changed_argument, compare, first_modified
from grading.lesson.exercise import Call, Exercise, Mistake, PartOf


def visible_part(exercise: Exercise, part: PartOf) -> Part:
    """The part as it is shipped to learners."""
    return freeze(exercise, part, part.visible)


def hidden_part(exercise: Exercise, part: PartOf, seed: int) -> Part:
    """The part with hidden cases drawn from `seed` and the part's name, so that no part depends on another."""
    name = np.frombuffer(f"{exercise.id}-{part.name}".encode(), np.uint8)
    rng = np.random.default_rng([seed, *name.tolist()])
    return freeze(exercise, part, part.hidden(rng))


def freeze(exercise: Exercise, part: PartOf, calls: Iterable[Call]) -> Part:
    """Compute what a correct function gives for each call, and what each known mistake gives instead."""
    compares = part.compares or exercise.results
    positions = [exercise.results.index(name) for name in compares]

    def selected(value: Any) -> Any:
        return tuple(value[i] for i in positions) if exercise.results else value

    calls, cases = list(calls), []
    for call in calls:
        if call.raises:
            cases.append(Case(call.about, call.args, None, {}, call.layout, call.raises))
            continue
        expected = selected(exercise.oracle(*copy.deepcopy(call.args)))
        wrong = {
            entry.id: (result,)
            for entry in exercise.mistakes
            if (result := _result(entry.function, call, selected)) is not None
            and not _equal(expected, result, exercise)
        }
        cases.append(Case(call.about, call.args, expected, wrong, call.layout))
    return Part(
        id=f"{exercise.id}-{part.name}",
        function=exercise.function,
        arguments=exercise.arguments,
        results=exercise.results,
        compares=compares,
        tolerance=exercise.tolerance,
        cases=tuple(cases),
        messages={_told_by(entry, exercise, calls): entry.message for entry in exercise.mistakes},
    )


def _told_by(entry: Mistake, exercise: Exercise, calls: list[Call]) -> str:
    """What a mistake is known by: its id, or, where it changes an argument, that argument."""
    if entry.id != INPUT_MODIFIED:
        return entry.id
    for call in calls:
        args = copy.deepcopy(call.args)
        _quietly(entry.function, args)
        changed = first_modified(exercise.arguments, call.args, args)
        if changed:
            return changed_argument(changed)
    return entry.id


def _result(function: Callable, call: Call, selected: Callable) -> Any:
    """What a mistake returns for `call`; None where it raises or returns nothing that a case can hold."""
    result = _quietly(function, copy.deepcopy(call.args))
    try:
        return None if result is None else selected(result)
    except Exception:
        return None


def _quietly(function: Callable, args: tuple) -> Any:
    """What `function` returns for `args`; None where it raises. Nothing is printed."""
    silence = contextlib.redirect_stdout(io.StringIO())
    with silence, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args)
        except Exception:
            return None


def _equal(expected: Any, result: Any, exercise: Exercise) -> bool:
    pairs = zip(expected, result, strict=True) if exercise.results else [(expected, result)]
    return all(compare(one, other, exercise.tolerance) is None for one, other in pairs)
