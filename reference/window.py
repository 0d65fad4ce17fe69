"""Which input pixels each output pixel sees: the arithmetic that convolution and pooling share."""

import itertools
import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

from reference.arguments import integer, is_single, pads, per_axis


def output_size(n, k, stride=1, padding=0, dilation=1, ceil_mode=False):
    """Number of places a window of `k` taps has on an axis of `n` pixels.

    floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1  (Dumoulin and Visin 2016, section 2.4
    and 5.1)

    `padding` is an int, a (before, after) pair, "same" or "valid". With `ceil_mode` the division is rounded
    up, but a window may not start in the padding after the input (PyTorch's rule for pooling).
    ValueError when the window is larger than the padded input.
    """
    n = integer("n", n, 0)
    k = integer("k", k, 1)
    stride = integer("stride", stride, 1)
    dilation = integer("dilation", dilation, 1)
    pair = not isinstance(padding, str) and not is_single(padding) and len(padding) == 2
    ((before, after),) = pads([padding] if pair else padding, (k,), (stride,), (dilation,))
    out = places(n, k, stride, (before, after), dilation, ceil_mode)
    if out < 1:
        raise ValueError(
            f"the window of {dilation * (k - 1) + 1} pixels (k={k}, dilation={dilation}) is larger than the padded "
            f"input of {n + before + after} (n={n}, padding={(before, after)})"
        )
    return out


def places(n, k, stride, padding, dilation, ceil_mode):
    """`output_size` of checked arguments; less than 1 when the window does not fit."""
    before, after = padding
    room = n + before + after - dilation * (k - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= n + before else out


@dataclass(frozen=True)
class Window:
    """A kernel's window on an input: every field has one entry per spatial axis."""

    size: tuple  # of the input, without padding
    kernel: tuple
    stride: tuple
    padding: tuple  # (before, after) pairs
    dilation: tuple
    out: tuple  # number of places the window has

    @property
    def axes(self):
        return len(self.size)

    @cached_property
    def padded(self):
        """Size of the padded input, long enough for the last window (`ceil_mode` may reach beyond the
        padding).
        """
        return tuple(
            max(n + before + after, (out - 1) * s + d * (k - 1) + 1)
            for n, k, s, (before, after), d, out in zip(
                self.size, self.kernel, self.stride, self.padding, self.dilation, self.out, strict=True
            )
        )

    @cached_property
    def inside(self):
        """Slices that cut the input out of the padded input."""
        return tuple(slice(before, before + n) for n, (before, _) in zip(self.size, self.padding, strict=True))

    def overlap(self, axis=None):
        """How many windows, at most, see the same pixel: along one axis, or of all windows."""
        if axis is None:
            return math.prod(map(self.overlap, range(self.axes)))
        return min(-(-self.kernel[axis] // self.stride[axis]), self.out[axis])

    def along(self, axis):
        """The indices of the places of a window's taps along one axis, one index per tap: `padded[index]` is what
        this tap of every window meets. The other axes stay whole.
        """
        k, s, d, out = (entries[axis] for entries in (self.kernel, self.stride, self.dilation, self.out))
        after = (slice(None),) * (self.axes - axis - 1)
        return [(..., slice(t * d, t * d + s * (out - 1) + 1, s), *after) for t in range(k)]

    def taps(self):
        """Yield `(tap, slices)` in row-major order: the padded pixels that meet kernel entry `tap`, one per
        window.
        """
        for tap in itertools.product(*map(range, self.kernel)):
            yield (
                tap,
                tuple(
                    slice(t * d, t * d + s * (out - 1) + 1, s)
                    for t, d, s, out in zip(tap, self.dilation, self.stride, self.out, strict=True)
                ),
            )


def window_on(size, kernel_size, stride=1, padding=0, dilation=1, ceil_mode=False):
    """Check the arguments of a window on an input of `size` and return the `Window`."""
    axes = len(size)
    kernel = per_axis("kernel_size", kernel_size, axes, 1)
    stride = per_axis("stride", stride, axes, 1)
    dilation = per_axis("dilation", dilation, axes, 1)
    padding = pads(padding, kernel, stride, dilation)
    out = tuple(places(*axis, ceil_mode) for axis in zip(size, kernel, stride, padding, dilation, strict=True))
    if min(out) < 1:
        raise ValueError(
            f"kernel_size {kernel} with dilation {dilation} is larger than the input of {tuple(size)} "
            f"with padding {padding}"
        )
    return Window(tuple(size), kernel, stride, padding, dilation, out)


def pooling_window(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """`window_on` with pooling's own rules: stride defaults to the kernel, padding is at most half of it."""
    kernel = per_axis("kernel_size", kernel_size, len(size), 1)
    window = window_on(size, kernel, kernel if stride is None else stride, padding, dilation, ceil_mode)
    if any(max(pair) > k // 2 for pair, k in zip(window.padding, kernel, strict=True)):
        raise ValueError(f"padding {window.padding} must be at most half of kernel_size {kernel} on each side")
    return window


# For layers, which ask again with every batch. Their arguments are tuples of ints, checked when the layer was made:
# equal ones mean the same, while True == 1 == 1.0 would let through what the checks refuse.
known_window = lru_cache(window_on)
known_pooling_window = lru_cache(pooling_window)
