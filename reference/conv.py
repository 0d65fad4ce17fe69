"""Convolution (cross-correlation, as in every framework) and its three gradients: the public functions."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, float_arrays, integer, kernel_arrays, same_shape, spatial
from reference.fast.rule import conv_implementation
from reference.implementation import Convolution, Gradients, remembers
from reference.sums import total
from reference.window import Window, window_on


def conv_nd(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> np.ndarray:
    """Cross-correlate images with kernels over 1, 2 or 3 spatial axes.

    out[n, f, p] = b[f] + sum over c, k of w[f, c, k] * x[n, c, stride * p + dilation * k - padding]

    Parameters
    ----------
    x : (N, C, *size) array
        The images, float16 (computed in float32), float32 or float64. Never modified.
    w : (F, C/groups, *kernel_size) array
        The kernels, of the type of x.
    b : (F,) array or None
        The bias of each kernel, of the type of x.
    stride, dilation : int, or one int per spatial axis, at least 1
    padding : int, one int per axis, one (before, after) pair per axis, "valid" or "same"
        Zeros around x: "valid" is none; "same" keeps the size (stride 1 only; the odd pixel goes after).
    groups : int
        Kernels f of group g see only the channels of group g. groups = C is a depthwise convolution.

    Returns
    -------
    out : (N, F, *out) array
        New, of the type of x; for its size see `output_size`.

    Raises
    ------
    TypeError, ValueError
        For a wrong type, and for a wrong shape or number; the message names the argument.

    Notes
    -----
    Dumoulin and Visin 2016; LeCun et al. 1989 (shared kernels); Krizhevsky et al. 2012 (groups); Yu and Koltun 2016
    (dilation). As `torch.nn.functional.conv1d`, `conv2d`, `conv3d`.

    Examples
    --------
    A kernel that takes differences of neighbours:

    >>> x = np.array([[[1.0, 4.0, 9.0, 16.0]]])
    >>> w = np.array([[[-1.0, 1.0]]])
    >>> conv_nd(x, w)
    array([[[3., 5., 7.]]])
    >>> conv_nd(x, w, stride=2)
    array([[[3., 7.]]])
    """
    dtype, x, w, b = kernel_arrays(x, w, b)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    if b is not None:
        same_shape("b", b, f"w {w.shape}", (w.shape[0],))
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    return fastest.conv(x, w, b, window, groups).astype(dtype, copy=False)


def conv_nd_backward(
    dout: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
    input_gradient: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Gradients of `sum(dout * conv_nd(x, w, b, ...))`.

    Parameters
    ----------
    dout : (N, F, *out) array
        The gradient with respect to the result of `conv_nd`.
    x, w, stride, padding, dilation, groups
        As they were given to `conv_nd`.
    input_gradient : bool
        False saves the work for dx: nothing lies below a network's first layer.

    Returns
    -------
    dx, dw, db : arrays
        New, with the shapes of x, w and (F,); sums over the batch, not means. dx is None without `input_gradient`.

    Notes
    -----
    LeCun et al. 1998; Dumoulin and Visin 2016, section 4 (dx is a transposed convolution).

    Examples
    --------
    >>> x = np.array([[[1.0, 4.0, 9.0, 16.0]]])
    >>> w = np.array([[[-1.0, 1.0]]])
    >>> dx, dw, db = conv_nd_backward(np.array([[[1.0, 0.0, 2.0]]]), x, w)
    >>> dx
    array([[[-1.,  1., -2.,  2.]]])
    >>> dw
    array([[[19., 36.]]])
    >>> db
    array([3.])
    """
    dtype, dout, x, w = float_arrays("dout, x, w", dout, x, w)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    same_shape("dout", dout, f"x {x.shape} with w {w.shape}", (x.shape[0], w.shape[0], *window.out))
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    return rounded(dtype, afresh(fastest, x, w, window, groups)(dout, input_gradient))


def conv_and_gradients(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None, window: Window, groups: int
) -> tuple[np.ndarray, Callable]:
    """Return `conv_nd(x, w, b, ...)` and the function `gradients(dout, input_gradient=True)` -> (dx, dw, db).

    For layers, which know the window of w on x and check dout themselves. `gradients` is `conv_nd_backward` with x
    and w as they are now: do not change them in between. Where the columns are small, it keeps them from the forward
    pass.
    """
    dtype, x, w, b = kernel_arrays(x, w, b)
    kernels_see(x, w, groups)
    if w.shape[2:] != window.kernel:
        raise ValueError(f"w has shape {w.shape}, but the kernel_size is {window.kernel}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"b has shape {b.shape}, but w {w.shape} needs {w.shape[:1]}")
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    if remembers(fastest):
        out, backward = fastest.conv_and_gradients(x, w, b, window, groups)
    else:
        out, backward = fastest.conv(x, w, b, window, groups), afresh(fastest, x, w, window, groups)

    def gradients(dout: ArrayLike, input_gradient: bool = True) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        _, dout = float_arrays("dout", dout)
        return rounded(dtype, backward(dout, input_gradient))

    return out.astype(dtype, copy=False), gradients


def afresh(implementation: Convolution, x: np.ndarray, w: np.ndarray, window: Window, groups: int) -> Gradients:
    """The gradients by an implementation that remembers nothing."""

    def backward(dout: np.ndarray, input_gradient: bool) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        dx = implementation.conv_dx(dout, w, window, groups) if input_gradient else None
        return dx, implementation.conv_dw(dout, x, window, groups), sum_per_kernel(dout)

    return backward


def rounded(
    dtype: np.dtype, gradients: tuple[np.ndarray | None, np.ndarray, np.ndarray]
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """dx, dw and db in the type of the result."""
    dx, dw, db = gradients
    if dx is not None:
        dx = dx.astype(dtype, copy=False)
    return dx, dw.astype(dtype, copy=False), db.astype(dtype, copy=False)


def sum_per_kernel(dout: np.ndarray) -> np.ndarray:
    """db: the bias of a kernel is added to all its results."""
    return total(dout, (0, *range(2, dout.ndim)))


def conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> np.ndarray:
    """`conv_nd` of images.

    Parameters
    ----------
    x : (N, C, H, W) array
    w : (F, C/groups, KH, KW) array
    b : (F,) array or None
    stride, padding, dilation, groups
        As in `conv_nd`.

    Returns
    -------
    out : (N, F, OH, OW) array

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> w = np.ones((1, 1, 2, 2))
    >>> conv2d(x, w, np.array([100.0]))[0, 0]
    array([[108., 112.],
           [120., 124.]])
    >>> conv2d(x, w, padding="same").shape
    (1, 1, 3, 3)
    """
    spatial("x", x, axes=2)
    return conv_nd(x, w, b, stride, padding, dilation, groups)


def conv2d_backward(
    dout: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
    input_gradient: bool = True,
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """`conv_nd_backward` of images.

    Parameters
    ----------
    dout : (N, F, OH, OW) array
    x, w, stride, padding, dilation, groups
        As they were given to `conv2d`.
    input_gradient : bool
        As in `conv_nd_backward`.

    Returns
    -------
    dx, dw, db : arrays with the shapes of x, w and (F,)

    Examples
    --------
    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 2)), x, np.ones((1, 1, 2, 2)))
    >>> dx[0, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    >>> dw[0, 0]
    array([[ 8., 12.],
           [20., 24.]])
    >>> db
    array([4.])
    """
    spatial("x", x, axes=2)
    return conv_nd_backward(dout, x, w, stride, padding, dilation, groups, input_gradient)


def conv_geometry(
    x: np.ndarray, w: np.ndarray, stride: Ints, padding: Padding, dilation: Ints, groups: int
) -> tuple[Window, int]:
    """The window of `w` on `x` and the checked number of groups."""
    spatial("x", x)
    spatial("w", w, axes=x.ndim - 2, like=f"x {x.shape}")
    groups = integer("groups", groups, 1)
    kernels_see(x, w, groups)
    if 0 in w.shape[2:]:
        raise ValueError(f"w has shape {w.shape}: a kernel needs at least one entry on each axis")
    return window_on(x.shape[2:], w.shape[2:], stride, padding, dilation), groups


def kernels_see(x: np.ndarray, w: np.ndarray, groups: int) -> None:
    """ValueError unless each kernel of `w` sees as many channels as a group of `x` has."""
    if x.shape[1] % groups or w.shape[0] % groups:
        raise ValueError(f"groups={groups} must divide the channels of x {x.shape} and the kernels of w {w.shape}")
    if w.shape[1] * groups != x.shape[1]:
        raise ValueError(
            f"w has shape {w.shape}: its kernels see {w.shape[1]} channels, but x {x.shape} with "
            f"groups={groups} has {x.shape[1] // groups}"
        )
