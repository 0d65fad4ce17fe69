"""Max pooling and its gradient: the public functions."""

from reference.arguments import float_arrays, same_shape, spatial
from reference.fast.rule import max_pool_implementation
from reference.window import pooling_window


def max_pool_nd(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """The largest value in each window, over 1, 2 or 3 spatial axes.

    x: (N, C, *size), float16 (computed in float32), float32 or float64. Never modified.
    kernel_size, dilation: int or one int per axis. stride: the same; None means kernel_size.
    padding: as in `conv_nd`, at most half of the kernel on each side. Padding never wins.
    ceil_mode: round the output size up instead of down (see `output_size`).

    A window that contains NaN gives NaN. Returns a new array (N, C, *out) of the type of x.
    Raises TypeError or ValueError, naming the argument. As `torch.nn.functional.max_pool2d`.
    """
    dtype, x = float_arrays(x=x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    return max_pool_implementation(window).max_pool(x, window).astype(dtype, copy=False)


def max_pool_nd_backward(dout, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gradient of `sum(dout * max_pool_nd(x, ...))` with respect to x: a new array dx of x's shape.

    Each entry of dout goes to the pixel that won its window: the first maximum in row-major order, or the
    last NaN (both as in PyTorch). A pixel that won several windows gets their sum.
    """
    dtype, dout, x = float_arrays(dout=dout, x=x)
    spatial("x", x)
    window = pooling_window(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode)
    same_shape("dout", dout, f"x {x.shape} with kernel_size {window.kernel}", (*x.shape[:2], *window.out))
    fastest = max_pool_implementation(window)
    _, winner = fastest.winners(x, window)
    return fastest.route(dout, winner, window).astype(dtype, copy=False)


def max_pool_and_route(x, window):
    """Return `max_pool_nd(x, ...)` and the function from dout to dx, which remembers the winners and forgets x.

    For layers, which know the window on x and check dout themselves: `backward` need not compare again what
    `forward` has compared.
    """
    dtype, x = float_arrays(x=x)
    fastest = max_pool_implementation(window)
    out, winner = fastest.winners(x, window)

    def route(dout):
        _, dout = float_arrays(dout=dout)
        return fastest.route(dout, winner, window).astype(dtype, copy=False)

    return out.astype(dtype, copy=False), route


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool_nd` of images: (N, C, H, W) -> (N, C, OH, OW)."""
    spatial("x", x, axes=2)
    return max_pool_nd(x, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_backward(dout, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`max_pool_nd_backward` of images: dout (N, C, OH, OW) -> dx (N, C, H, W)."""
    spatial("x", x, axes=2)
    return max_pool_nd_backward(dout, x, kernel_size, stride, padding, dilation, ceil_mode)
