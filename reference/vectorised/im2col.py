"""im2col lays every window out as a column; col2im, its transpose, adds the columns back where they came
from.
"""

import numpy as np

from reference.sums import wide
from reference.window import Window


def pad(x: np.ndarray, window: Window, fill: float = 0) -> np.ndarray:
    """Return a fresh `x` (N, C, *size) with `fill` around it, ready for `window`."""
    padded = np.full(x.shape[:2] + window.padded, fill, x.dtype)
    padded[..., *window.inside] = x
    return padded


def im2col(x: np.ndarray, window: Window) -> np.ndarray:
    """(N, C, *size) -> (N, C, *kernel, *out): `cols[n, c, i, j, p, q]` is what tap (i, j) sees at place (p,
    q).
    """
    padded = pad(x, window)
    cols = np.empty(x.shape[:2] + window.kernel + window.out, x.dtype)
    for tap, places in window.taps():
        cols[:, :, *tap] = padded[..., *places]
    return cols


def col2im(cols: np.ndarray, window: Window) -> np.ndarray:
    """(N, C, *kernel, *out) -> (N, C, *size): the transpose of `im2col`; pixels seen by several taps get the
    sum.
    """
    padded = np.zeros(cols.shape[:2] + window.padded, wide(cols.dtype, window.overlap()))
    for tap, places in window.taps():
        padded[..., *places] += cols[:, :, *tap]
    return padded[..., *window.inside].astype(cols.dtype)
