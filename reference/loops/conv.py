"""Convolution and its gradients, one multiplication at a time.

All three functions walk over the same multiplications, `out[n, f, place] += w[f, c, tap] * x[n, c, pixel]`,
and differ only in which of the three arrays they add to.
"""

from collections.abc import Iterator

import numpy as np

from reference.arguments import Shape
from reference.window import Window


def multiplications(n_images: int, w_shape: Shape, window: Window, groups: int) -> Iterator[tuple[Shape, Shape, Shape]]:
    """Yield the indices `(out index, w index, x index)` of every multiplication that does not meet
    padding.
    """
    kernels, channels = w_shape[:2]
    for n in range(n_images):
        for f in range(kernels):
            group = f // (kernels // groups)
            for place in np.ndindex(window.out):
                for c in range(channels):
                    for tap in np.ndindex(window.kernel):
                        pixel = pixel_at(place, tap, window)
                        if pixel is not None:
                            yield (n, f, *place), (f, c, *tap), (n, group * channels + c, *pixel)


def pixel_at(place: Shape, tap: Shape, window: Window) -> Shape | None:
    """The pixel that `tap` of the window at `place` sees; None in the padding."""
    pixel = []
    for axis in range(window.axes):
        before = window.padding[axis][0]
        i = place[axis] * window.stride[axis] + tap[axis] * window.dilation[axis] - before
        if not 0 <= i < window.size[axis]:
            return None
        pixel.append(i)
    return tuple(pixel)


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    out = np.zeros((x.shape[0], w.shape[0], *window.out), x.dtype)
    if b is not None:
        for f in range(w.shape[0]):
            out[:, f] = b[f]
    for o, k, i in multiplications(x.shape[0], w.shape, window, groups):
        out[o] += w[k] * x[i]
    return out


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    dx = np.zeros((dout.shape[0], w.shape[1] * groups, *window.size), dout.dtype)
    for o, k, i in multiplications(dout.shape[0], w.shape, window, groups):
        dx[i] += w[k] * dout[o]
    return dx


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    dw = np.zeros((dout.shape[1], x.shape[1] // groups, *window.kernel), x.dtype)
    for o, k, i in multiplications(x.shape[0], dw.shape, window, groups):
        dw[k] += dout[o] * x[i]
    return dw
