"""2x2 max pooling by pairwise maxima of the four corners of all windows: whole arrays, no argmax per window.

The winner is the first corner, in row-major order, that equals the maximum. The result lies in memory as x does.
"""

import numpy as np

from reference.vectorised import max_pool as vectorised
from reference.window import Window


def corners(x: np.ndarray, window: Window) -> list[np.ndarray]:
    """What lies at each corner of the windows, in row-major order; rows and columns that fill no window are cut
    off.
    """
    height, width = (2 * out for out in window.out)
    return [x[:, :, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]


def max_pool(x: np.ndarray, window: Window) -> np.ndarray:
    height, width = (2 * out for out in window.out)
    # Top against bottom first: where rows lie far apart, these are the longer runs.
    columns = np.maximum(x[:, :, 0:height:2, :width], x[:, :, 1:height:2, :width])
    return np.maximum(columns[..., ::2], columns[..., 1::2])


def winners(x: np.ndarray, window: Window) -> tuple[np.ndarray, tuple[np.ndarray, ...] | list[np.ndarray]]:
    """Return the maxima and, for each corner, the mask of windows where it won."""
    # Copied once, each comparison is one run through memory; NumPy passes short runs through a buffer.
    first, second, third, fourth = (corner.copy("K") for corner in corners(x, window))
    out = np.maximum(np.maximum(first, second), np.maximum(third, fourth))
    if np.isnan(out).any():
        return vectorised.winners(x, window)  # the last NaN wins, which equality cannot tell
    taken = first == out
    masks = [taken]
    for corner in (second, third):
        wins = np.greater(corner == out, taken)  # of masks: this one and not yet taken
        taken = taken | wins
        masks.append(wins)
    return out, (*masks, ~taken)


def route(dout: np.ndarray, winner: tuple[np.ndarray, ...] | list[np.ndarray], window: Window) -> np.ndarray:
    """Each output's gradient goes to the pixel that won."""
    if isinstance(winner, list):
        return vectorised.route(dout, winner, window)
    # All arrays are laid out in memory as x was: to mix layouts is slow.
    routed = np.empty_like(winner[0], dout.dtype)
    if routed.strides == dout.strides:
        routed = dout
    else:
        routed[...] = dout
    dx = new_like(winner[0], window, dout.dtype)
    for corner, wins in zip(corners(dx, window), winner, strict=True):
        np.multiply(routed, wins, out=corner)
    return dx


def new_like(mask: np.ndarray, window: Window, dtype: np.dtype) -> np.ndarray:
    """An array of the input's shape, laid out as `mask` is; zero if some pixels are in no window."""
    new = np.zeros_like if window.size != tuple(2 * out for out in window.out) else np.empty_like
    return new(mask, dtype, shape=mask.shape[:2] + window.size)
