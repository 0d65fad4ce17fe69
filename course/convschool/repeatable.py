"""Run an answer so that it gives the same result each time.

The global random generators are put back afterwards. Arrays of `np.empty` hold NaN meanwhile: fresh memory
often holds zeros, so that an entry which the answer never wrote would often be right by luck.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import numpy as np

MAKERS = ("empty", "empty_like")


@contextmanager
def repeatable() -> Iterator[None]:
    """Keep the state of the global random generators, and fill what `np.empty` and `np.empty_like` return."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002 (learners may use it)
    before = {name: getattr(np, name) for name in MAKERS}
    fill_fresh_memory()
    try:
        yield
    finally:
        for name, make in before.items():
            setattr(np, name, make)
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)


def fill_fresh_memory() -> None:
    """From now on `np.empty` and `np.empty_like` return NaN, the least int, the largest unsigned int, or True."""
    for name in MAKERS:
        make = getattr(np, name)
        if not hasattr(make, "fills"):
            setattr(np, name, _filling(make))


def _filling(make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    @wraps(make)
    def make_filled(*args: Any, **kwargs: Any) -> np.ndarray:
        array = make(*args, **kwargs)
        kind = array.dtype.kind
        if kind in "fc":
            array.fill(np.nan)
        elif kind == "i":
            array.fill(np.iinfo(array.dtype).min)
        elif kind == "u":
            array.fill(np.iinfo(array.dtype).max)
        elif kind == "b":
            array.fill(True)
        return array

    setattr(make_filled, "fills", True)  # noqa: B010 (a function's type has no such attribute)
    return make_filled
