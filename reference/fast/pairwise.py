"""2x2 max pooling as two rounds of pairwise maxima: first left against right, then top against bottom.

Three comparisons on whole arrays instead of an argmax per window. A tie goes left and up, the first in row-major
order: the upper row wins with its first maximum. The result lies in memory as x does.
"""

import numpy as np

from reference.vectorised import max_pool as vectorised


def halves(x, window):
    """The left and right columns of the windows; rows and columns that fill no window are cut off."""
    height, width = (2 * out for out in window.out)
    return x[:, :, :height, 0:width:2], x[:, :, :height, 1:width:2]


def max_pool(x, window):
    left, right = halves(x, window)
    rows = np.maximum(left, right)
    return np.maximum(rows[:, :, ::2], rows[:, :, 1::2])


def max_pool_dx(dout, x, window):
    left, right = halves(x, window)
    rows = np.maximum(left, right)
    top, bottom = rows[:, :, ::2], rows[:, :, 1::2]
    if np.isnan(np.maximum(top, bottom).max(initial=-np.inf)):
        return vectorised.max_pool_dx(dout, x, window)  # the last NaN wins, which pairs cannot tell
    upper = top >= bottom
    drows = np.empty_like(rows)
    np.multiply(dout, upper, out=drows[:, :, ::2])
    np.multiply(dout, ~upper, out=drows[:, :, 1::2])
    leftmost = left >= right
    dx = np.zeros_like(x) if x.shape[2:] != tuple(2 * out for out in window.out) else np.empty_like(x)
    dleft, dright = halves(dx, window)
    np.multiply(drows, leftmost, out=dleft)
    np.multiply(drows, ~leftmost, out=dright)
    return dx
