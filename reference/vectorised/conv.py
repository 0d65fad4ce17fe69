"""Convolution as one matrix product per image and group: kernels (F, C*K) times columns (C*K, P).

N images, G groups, F kernels, C channels, K kernel entries, P places. The three gradients are the product's
own: of `out = w @ cols`, `dw = dout @ cols.T` and `dcols = w.T @ dout`; `col2im` carries `dcols` back to the
input.
"""

import math

import numpy as np

from reference.sums import product, total
from reference.vectorised.im2col import col2im, im2col
from reference.window import Window


def as_matrix(w: np.ndarray, groups: int) -> np.ndarray:
    """(F, C/G, *kernel) -> (G, F/G, C/G*K)"""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def columns(x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """(N, C, *size) -> (N, G, C/G*K, P)"""
    taps = math.prod(window.kernel)
    return im2col(x, window).reshape(x.shape[0], groups, x.shape[1] // groups * taps, math.prod(window.out))


def by_group(y: np.ndarray, groups: int) -> np.ndarray:
    """(N, F, *out) -> (N, G, F/G, P)"""
    return y.reshape(y.shape[0], groups, y.shape[1] // groups, math.prod(y.shape[2:]))


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    out = as_matrix(w, groups) @ columns(x, window, groups)
    if b is not None:
        out += b.reshape(groups, -1, 1)
    return out.reshape(x.shape[0], w.shape[0], *window.out)


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """The transpose of `conv` with respect to `x`; forwards, it is the transposed convolution."""
    dcols = as_matrix(w, groups).swapaxes(1, 2) @ by_group(dout, groups)
    channels = w.shape[1] * groups
    return col2im(dcols.reshape(dout.shape[0], channels, *window.kernel, *window.out), window)


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """The transpose of `conv` with respect to `w`."""
    dw = total(product(by_group(dout, groups), columns(x, window, groups).swapaxes(2, 3)), (0,))
    return dw.reshape(dout.shape[1], x.shape[1] // groups, *window.kernel)
