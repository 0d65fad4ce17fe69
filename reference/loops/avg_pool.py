"""Average pooling and its gradient, one window at a time."""

import numpy as np

from reference.arguments import Shape
from reference.loops.conv import pixel_at
from reference.window import Window


def members(place: Shape, window: Window, count_include_pad: bool) -> tuple[list[Shape], int]:
    """The pixels of the window at `place`, and the number their sum is divided by."""
    pixels, count = [], 0
    for tap in np.ndindex(window.kernel):
        pixel = pixel_at(place, tap, window)
        if pixel is not None:
            pixels.append(pixel)
        if pixel is not None or (count_include_pad and in_padded(place, tap, window)):
            count += 1
    return pixels, max(count, 1)


def in_padded(place: Shape, tap: Shape, window: Window) -> bool:
    """Whether a tap meets the input or its padding, and not what `ceil_mode` adds beyond."""
    return all(
        place[a] * window.stride[a] + tap[a] * window.dilation[a] < window.size[a] + sum(window.padding[a])
        for a in range(window.axes)
    )


def avg_pool(x: np.ndarray, window: Window, count_include_pad: bool) -> np.ndarray:
    out = np.zeros((*x.shape[:2], *window.out), x.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        for place in np.ndindex(window.out):
            pixels, count = members(place, window, count_include_pad)
            for pixel in pixels:
                out[n, c, *place] += x[n, c, *pixel]
            out[n, c, *place] /= count
    return out


def avg_pool_dx(dout: np.ndarray, window: Window, count_include_pad: bool) -> np.ndarray:
    dx = np.zeros((*dout.shape[:2], *window.size), dout.dtype)
    for n, c in np.ndindex(dout.shape[:2]):
        for place in np.ndindex(window.out):
            pixels, count = members(place, window, count_include_pad)
            for pixel in pixels:
                dx[n, c, *pixel] += dout[n, c, *place] / count
    return dx
