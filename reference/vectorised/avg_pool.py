"""Average pooling, one axis after the other: the sum over a box is the sum of its rows' sums."""

import math

import numpy as np

from reference.sums import add_up
from reference.vectorised.along import add_back, taps
from reference.vectorised.im2col import pad
from reference.window import Window


def counts(window: Window, count_include_pad: bool) -> np.ndarray:
    """How many pixels each window divides by, shape `window.out`.

    The padding counts or not, as `count_include_pad` says; what `ceil_mode` adds beyond the padding never
    counts. A dilated window may miss the input altogether: its sum is 0, and so is its average.
    """
    along_axes = []
    for axis, (n, (before, after)) in enumerate(zip(window.size, window.padding, strict=True)):
        counted = np.zeros((window.padded[axis], *(1,) * (window.axes - axis - 1)), int)
        counted[: before + n + after if count_include_pad else before + n] = 1
        if not count_include_pad:
            counted[:before] = 0
        along_axes.append(sum(taps(counted, window, axis)))
    return np.maximum(1, math.prod(along_axes))


def avg_pool(x: np.ndarray, window: Window, count_include_pad: bool) -> np.ndarray:
    summed = pad(x, window)
    for axis in range(window.axes):
        summed = add_up(taps(summed, window, axis))
    return summed / counts(window, count_include_pad).astype(x.dtype)


def avg_pool_dx(dout: np.ndarray, window: Window, count_include_pad: bool) -> np.ndarray:
    """Each output's gradient is spread evenly over the pixels it averaged: along one axis, then along the next."""
    spread = dout / counts(window, count_include_pad).astype(dout.dtype)
    for axis in reversed(range(window.axes)):
        spread = add_back([spread] * window.kernel[axis], window, axis)
    return spread[..., *window.inside].astype(dout.dtype)
