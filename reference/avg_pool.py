"""Average pooling and its gradient: the public functions."""

from reference.arguments import float_arrays, same_shape, spatial
from reference.vectorised import avg_pool as vectorised
from reference.window import pooling_window


def avg_pool_nd(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True):
    """The mean of each window, over 1, 2 or 3 spatial axes.

    x, kernel_size, stride, padding, dilation, ceil_mode: as in `max_pool_nd`; the padding is zeros.
    count_include_pad: whether the padding counts when the sum is divided. What `ceil_mode` adds beyond it
    never does.

    Returns a new array (N, C, *out) of the type of x.
    Raises TypeError or ValueError, naming the argument. As `torch.nn.functional.avg_pool2d` (which has no
    dilation).
    """
    dtype, x = float_arrays(x=x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return vectorised.avg_pool(x, window, count_include_pad).astype(dtype, copy=False)


def avg_pool_nd_backward(
    dout, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True
):
    """Gradient of `sum(dout * avg_pool_nd(x, ...))` with respect to x: a new array dx of x's shape.

    Each entry of dout is spread evenly over its window; the shares that fall on padding are lost. Only the
    shape of x counts.
    """
    dtype, dout, x = float_arrays(dout=dout, x=x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    same_shape("dout", dout, f"x {x.shape} with kernel_size {window.kernel}", (*x.shape[:2], *window.out))
    return vectorised.avg_pool_dx(dout, window, count_include_pad).astype(dtype, copy=False)


def avg_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True):
    """`avg_pool_nd` of images: (N, C, H, W) -> (N, C, OH, OW)."""
    spatial("x", x, axes=2)
    return avg_pool_nd(x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad)


def avg_pool2d_backward(
    dout, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True
):
    """`avg_pool_nd_backward` of images: dout (N, C, OH, OW) -> dx (N, C, H, W)."""
    spatial("x", x, axes=2)
    return avg_pool_nd_backward(dout, x, kernel_size, stride, padding, dilation, ceil_mode, count_include_pad)
