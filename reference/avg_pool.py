"""Average pooling and its gradient: the public functions."""

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, float_arrays, same_shape, spatial
from reference.vectorised import avg_pool as vectorised
from reference.window import pooling_window


def avg_pool_nd(
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """The mean of each window, over 1, 2 or 3 spatial axes.

    Parameters
    ----------
    x : (N, C, *size) array
    kernel_size, stride, padding, dilation, ceil_mode
        As in `max_pool_nd`; the padding is zeros.
    count_include_pad : bool
        Whether the padding counts when the sum is divided. What `ceil_mode` adds beyond it never does.

    Returns
    -------
    out : (N, C, *out) array
        New, of the type of x.

    Raises
    ------
    TypeError, ValueError
        The message names the argument.

    Notes
    -----
    As `torch.nn.functional.avg_pool2d`, which has no dilation.

    Examples
    --------
    >>> x = np.array([[[2.0, 4.0, 6.0, 8.0]]])
    >>> avg_pool_nd(x, 2)
    array([[[3., 7.]]])
    >>> avg_pool_nd(x, 2, padding=1)
    array([[[1., 5., 4.]]])
    >>> avg_pool_nd(x, 2, padding=1, count_include_pad=False)
    array([[[2., 5., 8.]]])
    """
    dtype, x = float_arrays("x", x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return vectorised.avg_pool(x, window, count_include_pad).astype(dtype, copy=False)


def avg_pool_nd_backward(
    dout: ArrayLike,
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Gradient of `sum(dout * avg_pool_nd(x, ...))` with respect to x.

    Each entry of dout is spread evenly over its window; the shares that fall on padding are lost.

    Parameters
    ----------
    dout : (N, C, *out) array
        The gradient with respect to the result of `avg_pool_nd`.
    x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As they were given to `avg_pool_nd`. Only the shape and the type of x count.

    Returns
    -------
    dx : array of the shape of x

    Examples
    --------
    >>> avg_pool_nd_backward(np.array([[[10.0, 20.0, 30.0]]]), np.zeros((1, 1, 4)), 2, stride=1)
    array([[[ 5., 15., 25., 15.]]])
    """
    dtype, dout, x = float_arrays("dout, x", dout, x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    same_shape("dout", dout, f"x {x.shape} with kernel_size {window.kernel}", (*x.shape[:2], *window.out))
    return vectorised.avg_pool_dx(dout, window, count_include_pad).astype(dtype, copy=False)


def avg_pool2d(
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """`avg_pool_nd` of images.

    Parameters
    ----------
    x : (N, C, H, W) array
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As in `avg_pool_nd`.

    Returns
    -------
    out : (N, C, OH, OW) array

    Examples
    --------
    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    spatial("x", x, axes=2)
    return avg_pool_nd(x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad)


def avg_pool2d_backward(
    dout: ArrayLike,
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """`avg_pool_nd_backward` of images.

    Parameters
    ----------
    dout : (N, C, OH, OW) array
    x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As they were given to `avg_pool2d`.

    Returns
    -------
    dx : (N, C, H, W) array

    Examples
    --------
    >>> avg_pool2d_backward(np.array([[[[8.0]]]]), np.zeros((1, 1, 2, 2)), 2)[0, 0]
    array([[2., 2.],
           [2., 2.]])
    """
    spatial("x", x, axes=2)
    return avg_pool_nd_backward(dout, x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad)
