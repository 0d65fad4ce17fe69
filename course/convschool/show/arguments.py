"""What the figures accept, with errors that name the argument."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def plane(name: str, value: Any) -> np.ndarray:
    """`value` as a 2-D float array with at least one entry."""
    array = numeric(name, value)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must be a 2-D array with at least one entry; its shape is {array.shape}")
    return array


def numeric(name: str, value: Any) -> np.ndarray:
    """`value` as a float array."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be an array of numbers, not {_kind(value, array)}")
    return array.astype(float)


def pair(name: str, value: Any, least: int) -> tuple[int, int]:
    """An int, or a (height, width) pair of ints, as a pair."""
    both = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value, value)
    if len(both) != 2 or not all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in both):
        raise TypeError(f"{name} must be an int or a pair of ints, not {value!r}")
    if min(both) < least:
        raise ValueError(f"{name} must be at least {least}, not {value!r}")
    return int(both[0]), int(both[1])


def windows_fit(
    name: str, array: np.ndarray, space: tuple[int, int], window: tuple[int, int], stride: tuple[int, int]
) -> None:
    """Check that `array` has one entry for each window that fits into `space`, no more and no fewer."""
    for axis, word in enumerate(("rows", "columns")):
        count, room, size, step = array.shape[axis], space[axis], window[axis], stride[axis]
        end = (count - 1) * step + size
        facts = f"windows of {size} {word}, {step} apart, in {room} {word}"
        if end > room:
            raise ValueError(f"{name} has shape {array.shape}: {count} {word} are too many for {facts}")
        if end + step <= room:
            raise ValueError(f"{name} has shape {array.shape}: {count} {word} are too few for {facts}")


def _kind(value: Any, array: np.ndarray) -> str:
    return f"one of {array.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
