"""Max pooling and its gradient, one window at a time."""

import numpy as np

from reference.arguments import Shape
from reference.loops.conv import pixel_at
from reference.window import Window


def winner(image: np.ndarray, place: Shape, window: Window) -> Shape | None:
    """The pixel with the largest value in the window: the first of equals, the last NaN; None if all is
    padding.
    """
    best = None
    for tap in np.ndindex(window.kernel):
        pixel = pixel_at(place, tap, window)
        if pixel is None:
            continue
        if best is None or image[pixel] > image[best] or np.isnan(image[pixel]):
            best = pixel
    return best


def max_pool(x: np.ndarray, window: Window) -> np.ndarray:
    out = np.full((*x.shape[:2], *window.out), -np.inf, x.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        for place in np.ndindex(window.out):
            pixel = winner(x[n, c], place, window)
            if pixel is not None:
                out[n, c, *place] = x[n, c, *pixel]
    return out


def max_pool_dx(dout: np.ndarray, x: np.ndarray, window: Window) -> np.ndarray:
    dx = np.zeros(x.shape, x.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        for place in np.ndindex(window.out):
            pixel = winner(x[n, c], place, window)
            if pixel is not None:
                dx[n, c, *pixel] += dout[n, c, *place]
    return dx
