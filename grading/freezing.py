"""Turn an author's calls into a part with results: the oracle's, and each known mistake's."""

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from convschool.cases import Case, Part
from convschool.verdict import compare
from grading.authoring import Call, Exercise, PartOf


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

    cases = []
    for call in calls:
        if call.raises:
            cases.append(Case(call.about, call.args, None, {}, call.layout, call.raises))
            continue
        expected = selected(exercise.oracle(*copy.deepcopy(call.args)))
        wrong = {
            entry.id: result
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
        messages={entry.id: entry.message for entry in exercise.mistakes},
    )


def _result(function: Callable, call: Call, selected: Callable) -> Any:
    """What a mistake returns for `call`; None where it raises or returns nothing that a case can hold."""
    silence = contextlib.redirect_stdout(io.StringIO())
    with silence, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return selected(function(*copy.deepcopy(call.args)))
        except Exception:
            return None


def _equal(expected: Any, result: Any, exercise: Exercise) -> bool:
    pairs = zip(expected, result, strict=True) if exercise.results else [(expected, result)]
    return all(compare(one, other, exercise.tolerance) is None for one, other in pairs)
