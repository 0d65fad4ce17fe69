"""Convolution (cross-correlation, as in every framework) and its three gradients: the public functions."""

from reference.arguments import float_arrays, integer, same_shape, spatial
from reference.fast import batch_last
from reference.fast.rule import conv_implementation
from reference.sums import total
from reference.window import window_on


def conv_nd(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """Cross-correlate images with kernels over 1, 2 or 3 spatial axes.

    out[n, f, p] = b[f] + sum over c, k of w[f, c, k] * x[n, c, stride * p + dilation * k - padding]

    x: (N, C, *size), w: (F, C/groups, *kernel_size), b: (F,) or None; one of float16 (computed in float32),
        float32 and float64 for all. Never modified.
    stride, dilation: int or one int per spatial axis, at least 1.
    padding: zeros around x. An int, one int per axis, one (before, after) pair per axis, "valid" (none) or
        "same" (stride 1 only; the odd pixel goes after).
    groups: kernels f of group g see only the channels of group g. groups = C is a depthwise convolution.

    Returns a new array (N, F, *out), out as in `output_size`, of the type of x.
    Raises TypeError (wrong type) or ValueError (wrong shape or number), naming the argument.
    Sources: Dumoulin and Visin 2016; LeCun et al. 1989 (shared kernels); Krizhevsky et al. 2012 (groups); Yu
    and Koltun 2016 (dilation). As `torch.nn.functional.conv1d`, `conv2d`, `conv3d`.
    """
    dtype, x, w, b = float_arrays(x=x, w=w, b=b)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    if b is not None:
        same_shape("b", b, f"w {w.shape}", (w.shape[0],))
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    return fastest.conv(x, w, b, window, groups).astype(dtype, copy=False)


def conv_nd_backward(dout, x, w, stride=1, padding=0, dilation=1, groups=1, input_gradient=True):
    """Gradients of `sum(dout * conv_nd(x, w, b, ...))`: return (dx, dw, db).

    dout: (N, F, *out), the shape of `conv_nd`'s result; the other arguments as in `conv_nd`.
    input_gradient: False saves the work for dx, which is then None: nothing lies below a network's first
    layer. dx, dw, db are new arrays with the shapes of x, w and (F,). Sums over the batch, no averaging.
    Sources: LeCun et al. 1998; Dumoulin and Visin 2016, section 4 (dx is a transposed convolution).
    """
    dtype, dout, x, w = float_arrays(dout=dout, x=x, w=w)
    window, groups = conv_geometry(x, w, stride, padding, dilation, groups)
    same_shape("dout", dout, f"x {x.shape} with w {w.shape}", (x.shape[0], w.shape[0], *window.out))
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    dx = fastest.conv_dx(dout, w, window, groups) if input_gradient else None
    dw = fastest.conv_dw(dout, x, window, groups)
    return tuple(g if g is None else g.astype(dtype, copy=False) for g in (dx, dw, sum_per_kernel(dout)))


def conv_and_gradients(x, w, b, window, groups):
    """Return `conv_nd(x, w, b, ...)` and the function `gradients(dout, input_gradient=True)` -> (dx, dw, db).

    For layers, which know the window of w on x and check dout themselves. `gradients` is `conv_nd_backward` with x
    and w as they are now: do not change them in between. Where the columns are small, it keeps them from the forward
    pass.
    """
    dtype, x, w, b = float_arrays(x=x, w=w, b=b)
    kernels_see(x, w, groups)
    if w.shape[2:] != window.kernel:
        raise ValueError(f"w has shape {w.shape}, but the kernel_size is {window.kernel}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"b has shape {b.shape}, but w {w.shape} needs {w.shape[:1]}")
    fastest = conv_implementation(x.dtype, *x.shape[:2], w.shape[0], window, groups)
    if fastest is batch_last:
        out, backward = batch_last.conv_and_gradients(x, w, b, window)
    else:
        out = fastest.conv(x, w, b, window, groups)

        def backward(dout, input_gradient):
            dx = fastest.conv_dx(dout, w, window, groups) if input_gradient else None
            return dx, fastest.conv_dw(dout, x, window, groups), sum_per_kernel(dout)

    def gradients(dout, input_gradient=True):
        _, dout = float_arrays(dout=dout)
        return tuple(g if g is None else g.astype(dtype, copy=False) for g in backward(dout, input_gradient))

    return out.astype(dtype, copy=False), gradients


def sum_per_kernel(dout):
    """db: the bias of a kernel is added to all its results."""
    return total(dout, (0, *range(2, dout.ndim)))


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """`conv_nd` of images: x (N, C, H, W), w (F, C/groups, KH, KW), b (F,) or None -> (N, F, OH, OW)."""
    spatial("x", x, axes=2)
    return conv_nd(x, w, b, stride, padding, dilation, groups)


def conv2d_backward(dout, x, w, stride=1, padding=0, dilation=1, groups=1, input_gradient=True):
    """`conv_nd_backward` of images: dout (N, F, OH, OW) -> dx, dw, db."""
    spatial("x", x, axes=2)
    return conv_nd_backward(dout, x, w, stride, padding, dilation, groups, input_gradient)


def conv_geometry(x, w, stride, padding, dilation, groups):
    """The window of `w` on `x` and the checked number of groups."""
    spatial("x", x)
    spatial("w", w, axes=x.ndim - 2, like=f"x {x.shape}")
    groups = integer("groups", groups, 1)
    kernels_see(x, w, groups)
    if 0 in w.shape[2:]:
        raise ValueError(f"w has shape {w.shape}: a kernel needs at least one entry on each axis")
    return window_on(x.shape[2:], w.shape[2:], stride, padding, dilation), groups


def kernels_see(x, w, groups):
    """ValueError unless each kernel of `w` sees as many channels as a group of `x` has."""
    if x.shape[1] % groups or w.shape[0] % groups:
        raise ValueError(f"groups={groups} must divide the channels of x {x.shape} and the kernels of w {w.shape}")
    if w.shape[1] * groups != x.shape[1]:
        raise ValueError(
            f"w has shape {w.shape}: its kernels see {w.shape[1]} channels, but x {x.shape} with "
            f"groups={groups} has {x.shape[1] // groups}"
        )
