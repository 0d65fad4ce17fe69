"""Transposed convolution, forwards and backwards: the public functions.

It is the gradient of a convolution with respect to its input, used forwards, so all three of its computations
are those of convolution with the roles exchanged.
"""

from reference.arguments import float_arrays, integer, pads, per_axis, same_shape, spatial
from reference.conv import sum_per_kernel
from reference.fast.rule import conv_implementation
from reference.window import Window


def conv_transpose_nd(x, w, b=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """The transpose of `conv_nd(., w, ...)` applied to x, over 1, 2 or 3 spatial axes.

    out[n, f, stride * p + dilation * k - padding] += x[n, c, p] * w[c, f, k], and + b[f]

    x: (N, C, *size), w: (C, F/groups, *kernel_size), b: (F,) or None. Types as in `conv_nd`.
    stride, padding, dilation, groups: of the convolution that is transposed; padding cuts the result.
    output_padding: pixels added after the result, to choose among the sizes that the convolution maps to x's.
        Int or one int per axis; smaller than stride or dilation.

    Returns a new array (N, F, *out), out = (size - 1) * stride - before - after + dilation * (kernel_size -
        1) + output_padding + 1.
    Raises TypeError or ValueError, naming the argument.
    Sources: Dumoulin and Visin 2016, section 4; Zeiler et al. 2010. As
    `torch.nn.functional.conv_transpose2d`.
    """
    dtype, x, w, b = float_arrays(x=x, w=w, b=b)
    window, groups = _geometry(x, w, stride, padding, output_padding, dilation, groups)
    if b is not None:
        same_shape("b", b, f"w {w.shape} with groups={groups}", (w.shape[1] * groups,))
    fastest = conv_implementation(x.dtype, x.shape[0], w.shape[1] * groups, x.shape[1], window, groups)
    out = fastest.conv_dx(x, w, window, groups)
    if b is not None:
        out += b.reshape(-1, *(1,) * window.axes)
    return out.astype(dtype, copy=False)


def conv_transpose_nd_backward(dout, x, w, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Gradients of `sum(dout * conv_transpose_nd(x, w, b, ...))`: return (dx, dw, db), shaped as x, w and
    (F,).
    """
    dtype, dout, x, w = float_arrays(dout=dout, x=x, w=w)
    window, groups = _geometry(x, w, stride, padding, output_padding, dilation, groups)
    same_shape("dout", dout, f"x {x.shape} with w {w.shape}", (x.shape[0], w.shape[1] * groups, *window.size))
    fastest = conv_implementation(x.dtype, x.shape[0], w.shape[1] * groups, x.shape[1], window, groups)
    dx = fastest.conv(dout, w, None, window, groups)
    dw = fastest.conv_dw(x, dout, window, groups)
    db = sum_per_kernel(dout)
    return tuple(gradient.astype(dtype, copy=False) for gradient in (dx, dw, db))


def conv_transpose2d(x, w, b=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """`conv_transpose_nd` of images: x (N, C, H, W), w (C, F/groups, KH, KW) -> (N, F, OH, OW)."""
    spatial("x", x, axes=2)
    return conv_transpose_nd(x, w, b, stride, padding, output_padding, dilation, groups)


def conv_transpose2d_backward(dout, x, w, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """`conv_transpose_nd_backward` of images: dout (N, F, OH, OW) -> dx, dw, db."""
    spatial("x", x, axes=2)
    return conv_transpose_nd_backward(dout, x, w, stride, padding, output_padding, dilation, groups)


def _geometry(x, w, stride, padding, output_padding, dilation, groups):
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
    size = tuple(
        (n - 1) * s - before - after + d * (k - 1) + e + 1
        for n, k, s, (before, after), e, d in zip(
            x.shape[2:], w.shape[2:], stride, padding, extra, dilation, strict=True
        )
    )
    if min(size) < 1:
        raise ValueError(
            f"padding {padding} leaves nothing of the result: its size would be {size}, x is {x.shape}"
        )
    return Window(size, w.shape[2:], stride, padding, dilation, x.shape[2:]), groups
