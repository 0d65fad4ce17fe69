"""Max pooling, one tap at a time: keep the best value so far and the number of the tap that gave it."""

import math

import numpy as np

from reference.vectorised.im2col import pad


def max_pool(x, window):
    return winners(x, window)[0]


def winners(x, window):
    """Return the maxima and, for each, which tap won, counted in row-major order; -1 where no tap meets the
    input.

    A tie goes to the first tap, since only a larger value replaces the best so far. A NaN always replaces it
    (PyTorch's rule: the maximum is NaN, and the last NaN of the window has won).
    """
    padded = pad(x, window, fill=-np.inf)
    inside = np.zeros(window.padded, bool)
    inside[window.inside] = True
    best = np.full(x.shape[:2] + window.out, -np.inf, x.dtype)
    winner = np.full(best.shape, -1, np.min_scalar_type(-math.prod(window.kernel)))
    for number, (_, places) in enumerate(window.taps()):
        value = padded[..., *places]
        wins = (value > best) | np.isnan(value) | ((winner < 0) & inside[places])
        np.copyto(best, value, where=wins)
        np.copyto(winner, number, where=wins)
    return best, winner


def route(dout, winner, window):
    """Each output's gradient goes to the one input pixel that won: the transpose of picking the winners."""
    padded = np.zeros(dout.shape[:2] + window.padded, dout.dtype)
    for number, (_, places) in enumerate(window.taps()):
        padded[..., *places] += np.where(winner == number, dout, 0)
    return padded[..., *window.inside].copy()
