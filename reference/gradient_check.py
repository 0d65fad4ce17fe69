"""The gradient from its definition, to check every other gradient against."""

import numpy as np

from reference.arguments import plain_array, real


def numerical_gradient(f, x, upstream, h=1e-5):
    """Central differences of `sum(f(x) * upstream)` with respect to x, in float64.

    f: takes a float64 array of x's shape, returns an array of upstream's shape. It is called 2 * x.size
        times, each time with an array of its own.
    Returns a new float64 array of x's shape; the error is of order h**2 for smooth f.
    """
    x = plain_array("x", x).astype(np.float64)
    upstream = plain_array("upstream", upstream).astype(np.float64)
    h = real("h", h)
    if not h > 0:
        raise ValueError(f"h must be positive, not {h}")

    def objective(index, step):
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
