"""Sums of many numbers, exact to the last digits of their type.

float32 keeps 24 bits. Added one after another, the 100,000th of as many equal numbers has lost 17 of them, and the sum
is off by 1e-4 or more. NumPy adds pairwise only along what is contiguous in memory, BLAS in chains of a few hundred. So
every sum of the package whose length the caller decides comes from here.
"""

import math
from collections.abc import Iterable

import numpy as np

# As many float32 may be added one after another: equal ones are then off by at most 1e-6.
RUN = 32
# The inner axis of a matrix product is cut into runs of so many: BLAS cuts large products itself, into chains of some
# hundred, but adds up the chains' results one after another; OpenBLAS makes a small product one chain.
LONG = 2**12
SHORT = 2**7


def total(x: np.ndarray, axes: tuple[int, ...], keepdims: bool = False) -> np.ndarray:
    """The sum over `axes`, a tuple, in the type of x: added in float64 unless it is of few numbers."""
    count = math.prod([x.shape[axis] for axis in axes])
    return x.sum(axis=axes, dtype=wide(x.dtype, count), keepdims=keepdims).astype(x.dtype, copy=False)


def mean(x: np.ndarray, axes: tuple[int, ...], keepdims: bool = False) -> np.ndarray:
    """The mean over `axes`, a tuple, added and divided in float64, in the type of x."""
    return x.mean(axis=axes, dtype=np.float64, keepdims=keepdims).astype(x.dtype)


def add_up(terms: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of one or more arrays: RUN at a time in their own type, the runs in float64. A new array."""
    terms = iter(terms)
    run = next(terms).copy("K")
    runs = None
    for number, term in enumerate(terms, start=1):
        if number % RUN:
            run += term
            continue
        runs = run.astype(np.result_type(run, np.float64)) if runs is None else runs + run
        run = term.copy("K")
    return run if runs is None else (runs + run).astype(run.dtype)


def wide(dtype: np.dtype, count: int) -> np.dtype:
    """The type to add `count` numbers of `dtype` in, one after another."""
    return np.dtype(dtype if count <= 2 * RUN else np.float64)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a @ b` of matrices, cut into runs where the rows of a are long.

    Of equal numbers the product is then off by at most 4e-6 (BLAS's chains), a small one by 2e-6.
    """
    length = a.shape[-1]
    small = a.shape[-2] * b.shape[-1] * min(length, 2**11) <= 2**20
    run = SHORT if small else LONG
    if length <= run:
        return a @ b
    return add_up(a[..., start : start + run] @ b[..., start : start + run, :] for start in range(0, length, run))
