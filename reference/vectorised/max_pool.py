"""Max pooling, one axis after the other: the largest of a box is the largest of its rows' largest.

Along an axis, one tap at a time: keep the best value so far and the number of the tap that gave it.
"""

from functools import reduce

import numpy as np

from reference.vectorised.along import add_back, taps
from reference.vectorised.im2col import pad
from reference.window import Window


def max_pool(x: np.ndarray, window: Window) -> np.ndarray:
    best = pad(x, window, fill=-np.inf)
    for axis in range(window.axes):
        best = reduce(np.maximum, taps(best, window, axis))
    return best


def winners(x: np.ndarray, window: Window) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the maxima and, for each axis, which tap along it won; -1 where no tap meets the input.

    Columns come first, then rows. A tie goes to the first tap, since only a larger value replaces the best so far:
    so the winner of a box is its first maximum in row-major order. A NaN always replaces it (PyTorch's rule: the
    maximum is NaN, and the last NaN of the window has won).
    """
    best = pad(x, window, fill=-np.inf)
    met = np.zeros(window.padded, bool)
    met[window.inside] = True
    of_axes = {}
    for axis in reversed(range(window.axes)):
        values, inside = taps(best, window, axis), list(taps(met, window, axis))
        best = next(values).copy()
        winner = np.where(inside[0], 0, np.full(best.shape, -1, np.min_scalar_type(-window.kernel[axis])))
        for number, value in enumerate(values, start=1):
            wins = (value > best) | np.isnan(value) | ((winner < 0) & inside[number])
            np.copyto(best, value, where=wins)
            np.copyto(winner, number, where=wins)
        of_axes[axis], met = winner, winner >= 0
    return best, [of_axes[axis] for axis in range(window.axes)]


def route(dout: np.ndarray, winners: list[np.ndarray], window: Window) -> np.ndarray:
    """Each output's gradient goes to the one input pixel that won: first to its row, then to its column."""
    routed = dout
    for axis, winner in enumerate(winners):
        won = (np.where(winner == number, routed, 0) for number in range(window.kernel[axis]))
        routed = add_back(won, window, axis)
    return routed[..., *window.inside].astype(dout.dtype)
