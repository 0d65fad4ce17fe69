"""Images as rows and back, in the order in memory that is cheapest.

A batch that lies last in memory, as `batch_last` leaves it, stays there: to turn it round is slow.
"""

import math
from typing import Literal

import numpy as np


def flatten(x: np.ndarray) -> np.ndarray:
    """(N, ...) -> (N, D), a new array."""
    order: Literal["F", "C"] = "F" if x.strides[0] == min(x.strides) else "C"
    out = np.empty((x.shape[0], math.prod(x.shape[1:])), x.dtype, order=order)
    out.reshape(x.shape)[...] = x
    return out


def unflatten(dout: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(N, D) -> the shape of x, a new array that lies in memory as x does: the layers below read it in that order."""
    dx = np.empty_like(x, dout.dtype)
    dx[...] = dout.reshape(x.shape)
    return dx
