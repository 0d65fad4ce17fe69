"""A kernel of one pixel mixes channels and nothing else: one matrix product per image, no columns.

With a stride, only every s-th pixel takes part.
"""

import math

import numpy as np

from reference.arguments import Index
from reference.sums import add_up, product
from reference.window import Window


def seen(window: Window) -> Index:
    """The pixels that take part."""
    return tuple(slice(0, s * (out - 1) + 1, s) for s, out in zip(window.stride, window.out, strict=True))


def pixels(x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """(N, C, *size) -> (N, G, C/G, P), the pixels that take part."""
    kept = x[..., *seen(window)]
    return kept.reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(window.out))


def as_matrix(w: np.ndarray, groups: int) -> np.ndarray:
    return w.reshape(groups, w.shape[0] // groups, w.shape[1])


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    out = np.empty((x.shape[0], groups, w.shape[0] // groups, math.prod(window.out)), x.dtype)
    for image, x_image in zip(out, pixels(x, window, groups), strict=True):
        np.matmul(as_matrix(w, groups), x_image, out=image)
        if b is not None:
            image += b.reshape(groups, -1, 1)
    return out.reshape(x.shape[0], w.shape[0], *window.out)


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    flat = dout.reshape(dout.shape[0], groups, dout.shape[1] // groups, math.prod(window.out))
    dx = as_matrix(w, groups).swapaxes(1, 2) @ flat
    dx = dx.reshape(dout.shape[0], w.shape[1] * groups, *window.out)
    if window.out == window.size:
        return dx
    spread = np.zeros((*dx.shape[:2], *window.size), dx.dtype)
    spread[..., *seen(window)] = dx
    return spread


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    flat = dout.reshape(dout.shape[0], groups, dout.shape[1] // groups, math.prod(window.out))
    dw = add_up(
        product(dout_image, x_image.swapaxes(1, 2))
        for dout_image, x_image in zip(flat, pixels(x, window, groups), strict=True)
    )
    return dw.reshape(dout.shape[1], x.shape[1] // groups, *window.kernel)
