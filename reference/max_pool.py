"""Max pooling and its gradient: the public functions."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, float_arrays, same_shape, spatial
from reference.fast.rule import max_pool_implementation
from reference.window import Window, pooling_window


def max_pool_nd(
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """The largest value in each window, over 1, 2 or 3 spatial axes.

    Parameters
    ----------
    x : (N, C, *size) array
        float16 (computed in float32), float32 or float64. Never modified.
    kernel_size : int, or one int per spatial axis
    stride : int, one int per axis, or None for kernel_size
    padding : as in `conv_nd`
        At most half of the kernel on each side, as in PyTorch. Padding never wins.
    dilation : int, or one int per axis
    ceil_mode : bool
        Round the output size up instead of down (see `output_size`).

    Returns
    -------
    out : (N, C, *out) array
        New, of the type of x. A window that contains NaN gives NaN.

    Raises
    ------
    TypeError, ValueError
        The message names the argument.

    Notes
    -----
    As `torch.nn.functional.max_pool2d`.

    Examples
    --------
    >>> max_pool_nd(np.array([[[1.0, 5.0, 2.0, 3.0, 4.0]]]), 2)
    array([[[5., 3.]]])
    >>> max_pool_nd(np.array([[[1.0, 5.0, 2.0, 3.0, 4.0]]]), 2, ceil_mode=True)
    array([[[5., 3., 4.]]])
    """
    dtype, x = float_arrays("x", x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return max_pool_implementation(window).max_pool(x, window).astype(dtype, copy=False)


def max_pool_nd_backward(
    dout: ArrayLike,
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """Gradient of `sum(dout * max_pool_nd(x, ...))` with respect to x.

    Each entry of dout goes to the pixel that won its window: the first maximum in row-major order, or the last NaN
    (both as in PyTorch). A pixel that won several windows gets their sum.

    Parameters
    ----------
    dout : (N, C, *out) array
        The gradient with respect to the result of `max_pool_nd`.
    x, kernel_size, stride, padding, dilation, ceil_mode
        As they were given to `max_pool_nd`.

    Returns
    -------
    dx : array of the shape of x

    Examples
    --------
    >>> x = np.array([[[1.0, 5.0, 5.0, 3.0]]])
    >>> max_pool_nd_backward(np.array([[[10.0, 20.0, 30.0]]]), x, 2, stride=1)
    array([[[ 0., 30., 30.,  0.]]])
    """
    dtype, dout, x = float_arrays("dout, x", dout, x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    same_shape("dout", dout, f"x {x.shape} with kernel_size {window.kernel}", (*x.shape[:2], *window.out))
    fastest = max_pool_implementation(window)
    _, winner = fastest.winners(x, window)
    return fastest.route(dout, winner, window).astype(dtype, copy=False)


def max_pool_and_route(x: ArrayLike, window: Window) -> tuple[np.ndarray, Callable]:
    """Return `max_pool_nd(x, ...)` and the function from dout to dx, which remembers the winners and forgets x.

    For layers, which know the window on x and check dout themselves: `backward` need not compare again what
    `forward` has compared.
    """
    dtype, x = float_arrays("x", x)
    fastest = max_pool_implementation(window)
    out, winner = fastest.winners(x, window)

    def route(dout: ArrayLike) -> np.ndarray:
        _, dout = float_arrays("dout", dout)
        return fastest.route(dout, winner, window).astype(dtype, copy=False)

    return out.astype(dtype, copy=False), route


def max_pool2d(
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """`max_pool_nd` of images.

    Parameters
    ----------
    x : (N, C, H, W) array
    kernel_size, stride, padding, dilation, ceil_mode
        As in `max_pool_nd`.

    Returns
    -------
    out : (N, C, OH, OW) array

    Examples
    --------
    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    spatial("x", x, axes=2)
    return max_pool_nd(x, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_backward(
    dout: ArrayLike,
    x: ArrayLike,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """`max_pool_nd_backward` of images.

    Parameters
    ----------
    dout : (N, C, OH, OW) array
    x, kernel_size, stride, padding, dilation, ceil_mode
        As they were given to `max_pool2d`.

    Returns
    -------
    dx : (N, C, H, W) array

    Examples
    --------
    >>> x = np.array([[[[1.0, 2.0], [4.0, 3.0]]]])
    >>> max_pool2d_backward(np.array([[[[10.0]]]]), x, 2)[0, 0]
    array([[ 0.,  0.],
           [10.,  0.]])
    """
    spatial("x", x, axes=2)
    return max_pool_nd_backward(dout, x, kernel_size, stride, padding, dilation, ceil_mode)
