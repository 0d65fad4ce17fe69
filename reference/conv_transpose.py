"""Transposed convolution, forwards and backwards: the public functions.

It is the gradient of a convolution with respect to its input, used forwards, so all three of its computations
are those of convolution with the roles exchanged.
"""

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, float_arrays, integer, kernel_arrays, pads, per_axis, same_shape, spatial
from reference.conv import sum_per_kernel
from reference.fast.rule import conv_implementation
from reference.window import Window, transposed_size


def conv_transpose_nd(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Ints = 1,
    padding: Padding = 0,
    output_padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> np.ndarray:
    """The transpose of `conv_nd(., w, ...)` applied to x, over 1, 2 or 3 spatial axes.

    out[n, f, stride * p + dilation * k - padding] += x[n, c, p] * w[c, f, k], and + b[f]

    Parameters
    ----------
    x : (N, C, *size) array
    w : (C, F/groups, *kernel_size) array
    b : (F,) array or None
        Types as in `conv_nd`.
    stride, padding, dilation, groups
        Of the convolution that is transposed, as in `conv_nd`; padding cuts the result.
    output_padding : int, or one int per axis, smaller than stride or dilation
        Pixels added after the result, to choose among the sizes that the convolution maps to that of x.

    Returns
    -------
    out : (N, F, *out) array
        New; out = (size - 1) * stride - before - after + dilation * (kernel_size - 1) + output_padding + 1.

    Raises
    ------
    TypeError, ValueError
        The message names the argument.

    Notes
    -----
    Dumoulin and Visin 2016, section 4; Zeiler et al. 2010. As `torch.nn.functional.conv_transpose2d`.

    Examples
    --------
    Each number of x puts down the kernel, times itself:

    >>> conv_transpose_nd(np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 3.0]]]), stride=2)
    array([[[ 1.,  2., 13., 20., 30.]]])
    """
    dtype, x, w, b = kernel_arrays(x, w, b)
    window, groups = _geometry(x, w, stride, padding, output_padding, dilation, groups)
    if b is not None:
        same_shape("b", b, f"w {w.shape} with groups={groups}", (w.shape[1] * groups,))
    fastest = conv_implementation(x.dtype, x.shape[0], w.shape[1] * groups, x.shape[1], window, groups)
    out = fastest.conv_dx(x, w, window, groups)
    if b is not None:
        out += b.reshape(-1, *(1,) * window.axes)
    return out.astype(dtype, copy=False)


def conv_transpose_nd_backward(
    dout: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    output_padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of `sum(dout * conv_transpose_nd(x, w, b, ...))`.

    Parameters
    ----------
    dout : (N, F, *out) array
        The gradient with respect to the result of `conv_transpose_nd`.
    x, w, stride, padding, output_padding, dilation, groups
        As they were given to `conv_transpose_nd`.

    Returns
    -------
    dx, dw, db : arrays with the shapes of x, w and (F,)

    Examples
    --------
    dx is the convolution of dout:

    >>> x, w = np.array([[[1.0, 10.0]]]), np.array([[[1.0, 2.0, 3.0]]])
    >>> dx, dw, db = conv_transpose_nd_backward(np.array([[[1.0, 0.0, 0.0, 0.0, 1.0]]]), x, w, stride=2)
    >>> dx, dw, db
    (array([[[1., 3.]]]), array([[[ 1.,  0., 10.]]]), array([2.]))
    """
    dtype, dout, x, w = float_arrays("dout, x, w", dout, x, w)
    window, groups = _geometry(x, w, stride, padding, output_padding, dilation, groups)
    same_shape("dout", dout, f"x {x.shape} with w {w.shape}", (x.shape[0], w.shape[1] * groups, *window.size))
    fastest = conv_implementation(x.dtype, x.shape[0], w.shape[1] * groups, x.shape[1], window, groups)
    dx = fastest.conv(dout, w, None, window, groups)
    dw = fastest.conv_dw(x, dout, window, groups)
    db = sum_per_kernel(dout)
    return dx.astype(dtype, copy=False), dw.astype(dtype, copy=False), db.astype(dtype, copy=False)


def conv_transpose2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    stride: Ints = 1,
    padding: Padding = 0,
    output_padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> np.ndarray:
    """`conv_transpose_nd` of images.

    Parameters
    ----------
    x : (N, C, H, W) array
    w : (C, F/groups, KH, KW) array
    b : (F,) array or None
    stride, padding, output_padding, dilation, groups
        As in `conv_transpose_nd`.

    Returns
    -------
    out : (N, F, OH, OW) array

    Examples
    --------
    A stride of 2 doubles the size; here each pixel becomes a square:

    >>> conv_transpose2d(np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 2, 2)), stride=2)[0, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    spatial("x", x, axes=2)
    return conv_transpose_nd(x, w, b, stride, padding, output_padding, dilation, groups)


def conv_transpose2d_backward(
    dout: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: Ints = 1,
    padding: Padding = 0,
    output_padding: Ints = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`conv_transpose_nd_backward` of images.

    Parameters
    ----------
    dout : (N, F, OH, OW) array
    x, w, stride, padding, output_padding, dilation, groups
        As they were given to `conv_transpose2d`.

    Returns
    -------
    dx, dw, db : arrays with the shapes of x, w and (F,)

    Examples
    --------
    >>> x, w = np.array([[[[1.0, 2.0]]]]), np.ones((1, 1, 2, 2))
    >>> dx, dw, db = conv_transpose2d_backward(np.ones((1, 1, 2, 4)), x, w, stride=2)
    >>> dx, db
    (array([[[[4., 4.]]]]), array([8.]))
    """
    spatial("x", x, axes=2)
    return conv_transpose_nd_backward(dout, x, w, stride, padding, output_padding, dilation, groups)


def _geometry(
    x: np.ndarray,
    w: np.ndarray,
    stride: Ints,
    padding: Padding,
    output_padding: Ints,
    dilation: Ints,
    groups: int,
) -> tuple[Window, int]:
    """The window of the convolution that is transposed (x is where it ends), and the checked number of
    groups.
    """
    spatial("x", x)
    axes = x.ndim - 2
    spatial("w", w, axes=axes, like=f"x {x.shape}")
    groups = integer("groups", groups, 1)
    if x.shape[1] % groups:
        raise ValueError(f"groups={groups} must divide the channels of x {x.shape}")
    if w.shape[0] != x.shape[1]:
        raise ValueError(f"w has shape {w.shape}, but its first axis must be the channels of x {x.shape}")
    if 0 in w.shape[2:]:
        raise ValueError(f"w has shape {w.shape}: a kernel needs at least one entry on each axis")
    stride = per_axis("stride", stride, axes, 1)
    dilation = per_axis("dilation", dilation, axes, 1)
    padding = pads(padding, w.shape[2:], stride, dilation)
    extra = per_axis("output_padding", output_padding, axes, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(
            f"output_padding {extra} must be smaller than stride {stride} or dilation {dilation} on each axis"
        )
    size = transposed_size(x.shape[2:], w.shape[2:], stride, padding, extra, dilation)
    if min(size) < 1:
        raise ValueError(f"padding {padding} leaves nothing of the result: its size would be {size}, x is {x.shape}")
    return Window(size, w.shape[2:], stride, padding, dilation, x.shape[2:]), groups
