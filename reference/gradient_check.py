"""The gradient from its definition, to check every other gradient against."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import plain_array, real


def numerical_gradient(
    f: Callable[[np.ndarray], ArrayLike], x: ArrayLike, upstream: ArrayLike, h: float = 1e-5
) -> np.ndarray:
    """Central differences of `sum(f(x) * upstream)` with respect to x, in float64.

    Parameters
    ----------
    f : function
        Takes a float64 array of x's shape, returns an array of upstream's shape. It is called 2 * x.size times, each
        time with an array of its own.
    x : array of any shape
    upstream : array of the shape of f(x)
    h : float, positive
        The step; the error is of order h**2 for smooth f.

    Returns
    -------
    grad : float64 array of x's shape

    Examples
    --------
    >>> numerical_gradient(lambda x: x**2, [1.0, 2.0, 3.0], [1.0, 1.0, 10.0]).round(6)
    array([ 2.,  4., 60.])
    """
    x = plain_array("x", x).astype(np.float64)
    upstream = plain_array("upstream", upstream).astype(np.float64)
    h = real("h", h)
    if not h > 0:
        raise ValueError(f"h must be positive, not {h}")

    def objective(index: tuple[int, ...], step: float) -> float:
        moved = x.copy()
        moved[index] += step
        value = plain_array("f(x)", f(moved)).astype(np.float64)
        if value.shape != upstream.shape:
            raise ValueError(f"upstream has shape {upstream.shape}, but f returns {value.shape}")
        return np.sum(value * upstream)

    grad = np.empty_like(x)
    for index in np.ndindex(x.shape):
        grad[index] = (objective(index, h) - objective(index, -h)) / (2 * h)
    return grad
