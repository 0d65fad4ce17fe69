"""2x2 max pooling as two rounds of pairwise maxima: first left against right, then top against bottom.

Three comparisons on whole arrays instead of an argmax per window. A tie goes left and up, the first in
row-major order: the upper row wins with its first maximum. The result lies in memory as x does.
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


def winners(x, window):
    """Return the maxima and who won: the mask of rows where left did, and of windows where the upper row
    did.
    """
    left, right = halves(x, window)
    rows = np.maximum(left, right)
    top, bottom = rows[:, :, ::2], rows[:, :, 1::2]
    out = np.maximum(top, bottom)
    if np.isnan(out.max(initial=-np.inf)):
        return vectorised.winners(x, window)  # the last NaN wins, which pairs cannot tell
    return out, (left >= right, top >= bottom)


def route(dout, winner, window):
    """Each output's gradient goes to the pixel that won."""
    if isinstance(winner, np.ndarray):
        return vectorised.route(dout, winner, window)
    left, upper = winner
    # All arrays are laid out in memory as x was: to mix layouts is slow.
    routed, rows = np.empty_like(upper, dout.dtype), np.empty_like(left, dout.dtype)
    routed[...] = dout
    np.multiply(routed, upper, out=rows[:, :, ::2])
    np.multiply(routed, ~upper, out=rows[:, :, 1::2])
    dx = new_like(left, window, dout.dtype)
    to_left, to_right = halves(dx, window)
    np.multiply(rows, left, out=to_left)
    np.multiply(rows, ~left, out=to_right)
    return dx


def new_like(left, window, dtype):
    """An array of the input's shape, laid out as the mask `left` is; zero if some pixels are in no window."""
    axes = sorted(range(4), key=lambda axis: -left.strides[axis])
    shape = left.shape[:2] + window.size
    new = np.zeros if window.size != tuple(2 * out for out in window.out) else np.empty
    return new([shape[axis] for axis in axes], dtype).transpose(np.argsort(axes))
