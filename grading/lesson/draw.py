"""Numbers for cases: small multiples of 1/8, so that sums of products are exact on every processor, in any order."""

from dataclasses import replace

import numpy as np

from grading.lesson.exercise import Call

STEP = 1 / 8


def size(rng: np.random.Generator, least: int, most: int) -> int:
    """An int from `least` to `most`, both included."""
    return int(rng.integers(least, most + 1))


def eighths(rng: np.random.Generator, shape: tuple[int, ...], most: float = 3.0, dtype: str = "float64") -> np.ndarray:
    """Multiples of 1/8 from -`most` to `most`."""
    reach = round(most / STEP)
    return (rng.integers(-reach, reach + 1, shape) * STEP).astype(dtype)


def nonzero(rng: np.random.Generator, shape: tuple[int, ...], most: float = 3.0, dtype: str = "float64") -> np.ndarray:
    """Multiples of 1/8 from -`most` to `most` without 0, so that no entry goes unnoticed."""
    reach = round(most / STEP)
    return (rng.integers(1, reach + 1, shape) * rng.choice([-STEP, STEP], shape)).astype(dtype)


def distinct(
    rng: np.random.Generator, shape: tuple[int, ...], low: float = -3.0, high: float = 3.0, dtype: str = "float64"
) -> np.ndarray:
    """Numbers from `low` to `high` in random order, no two equal: multiples of 1/8, or of a smaller power of two."""
    count = int(np.prod(shape))
    step = STEP
    while (high - low) / step + 1 < count:
        step /= 2
    lowest = round(low / step)
    chosen = rng.choice(round((high - low) / step) + 1, count, replace=False) + lowest
    return (chosen * step).reshape(shape).astype(dtype)


def away_from_zero(x: np.ndarray) -> np.ndarray:
    """The next whole numbers that are not nearer to 0."""
    return np.sign(x) * np.ceil(np.abs(x))


def first_in_whole_numbers(calls: list[Call]) -> list[Call]:
    """The same calls, the first one with whole numbers in its arrays of floats: it can be followed by hand."""
    first, *others = calls
    args = (away_from_zero(arg) if isinstance(arg, np.ndarray) and arg.dtype.kind == "f" else arg for arg in first.args)
    return [replace(first, args=tuple(args)), *others]
