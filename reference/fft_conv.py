"""Convolution by the convolution theorem: one product per frequency instead of a sum per place.

A correlation in space is `X * conj(W)` in frequency, a convolution `X * W`. A transform of the padded input's
size is circular, but wraps only in places that the result does not use. A dilated kernel is a kernel with zeros
between its entries; a strided result is every s-th place of the full one.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Index, Ints, Padding, Shape, float_arrays, same_shape
from reference.conv import conv_geometry
from reference.sums import product
from reference.vectorised.im2col import pad
from reference.window import Window


def conv_nd_fft(
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> np.ndarray:
    """`conv_nd(x, w, None, ...)` by FFT: the same result up to rounding.

    The cost does not grow with the kernel, so it pays for large kernels only.

    Parameters
    ----------
    x, w, stride, padding, dilation, groups
        As in `conv_nd`.

    Returns
    -------
    out : (N, F, *out) array

    Notes
    -----
    Mathieu, Henaff and LeCun 2014, section 2.

    Examples
    --------
    >>> conv_nd_fft(np.array([[[1.0, 4.0, 9.0, 16.0]]]), np.array([[[-1.0, 1.0]]])).round(12)
    array([[[3., 5., 7.]]])
    """
    dtype, x, w = float_arrays("x, w", x, w)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    x_hat = of_images(pad(x, window), groups)
    w_hat = of_kernels(dilate(w, window), groups)
    out = images_of(x_hat @ w_hat.conj().swapaxes(2, 3), window)
    return out[..., *places(window)].astype(dtype)


def conv_nd_fft_backward(
    dout: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `sum(dout * conv_nd_fft(x, w, ...))`.

    Parameters
    ----------
    dout : (N, F, *out) array
        The gradient with respect to the result of `conv_nd_fft`.
    x, w, stride, padding, dilation, groups
        As they were given to `conv_nd_fft`.

    Returns
    -------
    dx, dw : arrays with the shapes of x and w

    Notes
    -----
    Mathieu, Henaff and LeCun 2014, section 2.

    Examples
    --------
    >>> x, w = np.array([[[1.0, 4.0, 9.0, 16.0]]]), np.array([[[-1.0, 1.0]]])
    >>> dx, dw = conv_nd_fft_backward(np.array([[[1.0, 0.0, 2.0]]]), x, w)
    >>> dx.round(12), dw.round(12)
    (array([[[-1.,  1., -2.,  2.]]]), array([[[19., 36.]]]))
    """
    dtype, dout, x, w = float_arrays("dout, x, w", dout, x, w)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    same_shape("dout", dout, f"x {x.shape} with w {w.shape}", (x.shape[0], w.shape[0], *window.out))
    spread = np.zeros(dout.shape[:2] + window.padded, dout.dtype)
    spread[..., *places(window)] = dout
    dout_hat = of_images(spread, groups)
    dx = images_of(dout_hat @ of_kernels(dilate(w, window), groups), window)
    dw = kernels_of(product(dout_hat.conj().swapaxes(2, 3), of_images(pad(x, window), groups)), window)
    return dx[..., *window.inside].astype(dtype), dw[..., *entries(window)].astype(dtype)


def of_images(x: np.ndarray, groups: int) -> np.ndarray:
    """The spectra of (N, C, *padded): (frequency, G, N, C/G)"""
    x_hat = np.fft.rfftn(x, axes=range(2, x.ndim))
    return x_hat.reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(x_hat.shape[2:])).transpose(3, 1, 0, 2)


def of_kernels(w: np.ndarray, groups: int) -> np.ndarray:
    """The spectra of (F, C/G, *padded): (frequency, G, F/G, C/G)"""
    w_hat = np.fft.rfftn(w, axes=range(2, w.ndim))
    return w_hat.reshape(groups, w.shape[0] // groups, w.shape[1], math.prod(w_hat.shape[2:])).transpose(3, 0, 1, 2)


def images_of(x_hat: np.ndarray, window: Window) -> np.ndarray:
    """The inverse of `of_images`."""
    _, groups, n, channels = x_hat.shape
    return inverse(x_hat.transpose(2, 1, 3, 0), (n, groups * channels), window)


def kernels_of(w_hat: np.ndarray, window: Window) -> np.ndarray:
    """The inverse of `of_kernels`."""
    _, groups, kernels, channels = w_hat.shape
    return inverse(w_hat.transpose(1, 2, 3, 0), (groups * kernels, channels), window)


def inverse(spectra: np.ndarray, leading: Shape, window: Window) -> np.ndarray:
    """Reshape to (*leading, *frequencies) and transform back to (*leading, *padded)."""
    *full, last = window.padded
    spectra = spectra.reshape(*leading, *full, last // 2 + 1)
    return np.fft.irfftn(spectra, s=window.padded, axes=range(2, 2 + window.axes))


def dilate(w: np.ndarray, window: Window) -> np.ndarray:
    """`w` with zeros between its entries where the window is dilated, and after them up to the padded size."""
    dilated = np.zeros(w.shape[:2] + window.padded, w.dtype)
    dilated[..., *entries(window)] = w
    return dilated


def entries(window: Window) -> Index:
    """Where `dilate` puts the entries of the kernel."""
    return tuple(slice(0, d * (k - 1) + 1, d) for k, d in zip(window.kernel, window.dilation, strict=True))


def places(window: Window) -> Index:
    """The places of the full result that the stride keeps."""
    return tuple(slice(0, s * (out - 1) + 1, s) for s, out in zip(window.stride, window.out, strict=True))
