"""Pairs of sizes that are equal in no case of an exercise, or in every one.

No case then shows an answer that goes wrong only where the two are equal, or only where they differ.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from grading.lesson.exercise import Call, Exercise
from grading.lesson.load import load_lesson

SEEDS = 3


def sizes_of(exercise: Exercise, call: Call) -> dict[str, int]:
    """The length of each axis of each array that the call hands over: ``{"x.shape[0]": 2, ...}``."""
    return {
        f"{name}.shape[{axis}]": length
        for name, value in zip(exercise.arguments, call.args, strict=False)
        if isinstance(value, np.ndarray) and value.ndim > 1
        for axis, length in enumerate(value.shape)
    }


def never_equal(exercise: Exercise) -> list[tuple[str, str]]:
    """The pairs of sizes that are equal in no case of the exercise, visible or hidden (three draws)."""
    return [pair for pair, equal in _compared(exercise).items() if not any(equal)]


def never_different(exercise: Exercise) -> list[tuple[str, str]]:
    """The pairs of sizes that are equal in every case: the contract ties them, or a case is missing."""
    return [pair for pair, equal in _compared(exercise).items() if all(equal)]


def size_notes(lesson: str, exercise_id: str = "") -> list[str]:
    """A line for each exercise in which two sizes are equal in no case, or in every one: advice, not a hole."""
    notes = []
    for exercise in load_lesson(lesson).exercises:
        if exercise_id not in ("", exercise.id) or exercise.debug or exercise.is_value:
            continue
        pairs = never_equal(exercise)
        if pairs:
            some = ", ".join(f"{one} and {other}" for one, other in pairs[:3])
            more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
            count = len(_compared(exercise))
            notes.append(f"{exercise.id}: {len(pairs)} of {count} pairs of sizes are equal in no case: {some}{more}")
    return notes


def _compared(exercise: Exercise) -> dict[tuple[str, str], list[bool]]:
    compared: dict[tuple[str, str], list[bool]] = {}
    for call in _calls(exercise):
        for (one, length), (other, another) in combinations(sizes_of(exercise, call).items(), 2):
            compared.setdefault((one, other), []).append(length == another)
    return compared


def _calls(exercise: Exercise) -> Iterator[Call]:
    for part in exercise.parts:
        yield from part.visible
        for seed in range(SEEDS):
            yield from exercise.hidden_calls(part, np.random.default_rng(seed))
