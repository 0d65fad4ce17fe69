"""im2col and col2im: the public functions."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, float_arrays, same_shape, shape, spatial
from reference.vectorised import im2col as vectorised
from reference.window import window_on


def im2col(x: ArrayLike, kernel_size: Ints, stride: Ints = 1, padding: Padding = 0, dilation: Ints = 1) -> np.ndarray:
    """Lay every window of x out as a column, so that a convolution is one matrix product.

    Parameters
    ----------
    x : (N, C, *size) array
    kernel_size : int, or one int per spatial axis
    stride, padding, dilation
        As in `conv_nd`.

    Returns
    -------
    cols : (N, C*K, P) array
        New; K kernel entries and P places, both in row-major order.

    Notes
    -----
    Chellapilla, Puri and Simard 2006. As `torch.nn.functional.unfold`.

    Examples
    --------
    >>> im2col(np.array([[[1.0, 2.0, 3.0, 4.0]]]), 2)
    array([[[1., 2., 3.],
            [2., 3., 4.]]])
    """
    dtype, x = float_arrays("x", x)
    spatial("x", x)
    window = window_on(x.shape[2:], kernel_size, stride, padding, dilation)
    cols = vectorised.im2col(x, window)
    return cols.reshape(x.shape[0], x.shape[1] * math.prod(window.kernel), math.prod(window.out)).astype(
        dtype, copy=False
    )


def col2im(
    cols: ArrayLike,
    x_shape: Sequence[int],
    kernel_size: Ints,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
) -> np.ndarray:
    """The transpose of `im2col`: add the columns back where they came from. Overlapping windows sum.

    Parameters
    ----------
    cols : (N, C*K, P) array
    x_shape : (N, C, *size)
    kernel_size, stride, padding, dilation
        As in `im2col`.

    Returns
    -------
    x : array of x_shape

    Notes
    -----
    As `torch.nn.functional.fold`.

    Examples
    --------
    How many windows see each pixel:

    >>> col2im(np.ones((1, 2, 3)), (1, 1, 4), 2)
    array([[[1., 2., 2., 1.]]])
    """
    dtype, cols = float_arrays("cols", cols)
    if len(x_shape) not in (3, 4, 5):
        raise ValueError(f"x_shape {tuple(x_shape)} needs 3 or 4 or 5 entries")
    n, channels, *size = shape("x_shape", x_shape)
    window = window_on(size, kernel_size, stride, padding, dilation)
    needed = (n, channels * math.prod(window.kernel), math.prod(window.out))
    same_shape("cols", cols, f"x_shape {tuple(x_shape)} with kernel_size {window.kernel}", needed)
    cols = cols.reshape(n, channels, *window.kernel, *window.out)
    return vectorised.col2im(cols, window).astype(dtype, copy=False)
