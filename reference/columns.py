"""im2col and col2im: the public functions."""

import math

from reference.arguments import float_arrays, same_shape, shape, spatial
from reference.vectorised import im2col as vectorised
from reference.window import window_on


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Lay every window of x out as a column, so that a convolution is one matrix product.

    x: (N, C, *size). The other arguments as in `conv_nd`; kernel_size is an int or one int per axis.
    Returns a new array (N, C*K, P), K kernel entries and P places, both in row-major order.
    Source: Chellapilla, Puri and Simard 2006. As `torch.nn.functional.unfold`.
    """
    dtype, x = float_arrays(x=x)
    spatial("x", x)
    window = window_on(x.shape[2:], kernel_size, stride, padding, dilation)
    cols = vectorised.im2col(x, window)
    return cols.reshape(x.shape[0], x.shape[1] * math.prod(window.kernel), math.prod(window.out)).astype(
        dtype, copy=False
    )


def col2im(cols, x_shape, kernel_size, stride=1, padding=0, dilation=1):
    """The transpose of `im2col`: add the columns back where they came from. Overlapping windows sum.

    cols: (N, C*K, P), x_shape: (N, C, *size). Returns a new array of x_shape. As `torch.nn.functional.fold`.
    """
    dtype, cols = float_arrays(cols=cols)
    if len(x_shape) not in (3, 4, 5):
        raise ValueError(f"x_shape {tuple(x_shape)} needs 3 or 4 or 5 entries")
    n, channels, *size = shape("x_shape", x_shape)
    window = window_on(size, kernel_size, stride, padding, dilation)
    needed = (n, channels * math.prod(window.kernel), math.prod(window.out))
    same_shape("cols", cols, f"x_shape {tuple(x_shape)} with kernel_size {window.kernel}", needed)
    cols = cols.reshape(n, channels, *window.kernel, *window.out)
    return vectorised.col2im(cols, window).astype(dtype, copy=False)
