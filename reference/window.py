"""Which input pixels each output pixel sees: the arithmetic that convolution and pooling share."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from reference.arguments import Index, Ints, Padding, Shape, integer, pads, per_axis, several

Pairs = tuple[tuple[int, int], ...]  # (before, after) for each spatial axis


def output_size(
    n: int,
    k: int,
    stride: int = 1,
    padding: Padding | tuple[int, int] = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Number of places that a window has on an axis.

    floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1

    Parameters
    ----------
    n : int
        Pixels on the axis.
    k : int
        Taps of the window.
    stride, dilation : int, at least 1
    padding : int, (before, after) pair, "same" or "valid"
    ceil_mode : bool
        Whether the division is rounded up; but a window may not start in the padding after the input (PyTorch's rule
        for pooling).

    Returns
    -------
    out : int

    Raises
    ------
    ValueError
        When the window is larger than the padded input.

    Notes
    -----
    Dumoulin and Visin 2016, section 2.4 and 5.1.

    Examples
    --------
    >>> output_size(28, 5), output_size(28, 5, padding="same"), output_size(28, 2, stride=2)
    (24, 28, 14)
    >>> output_size(5, 2, stride=2), output_size(5, 2, stride=2, ceil_mode=True)
    (2, 3)
    """
    n = integer("n", n, 0)
    k = integer("k", k, 1)
    stride = integer("stride", stride, 1)
    dilation = integer("dilation", dilation, 1)
    if several(padding) and len(padding) == 2:
        padding = [(padding[0], padding[1])]
    ((before, after),) = pads(padding, (k,), (stride,), (dilation,))
    out = places(n, k, stride, (before, after), dilation, ceil_mode)
    if out < 1:
        raise ValueError(
            f"the window of {dilation * (k - 1) + 1} pixels (k={k}, dilation={dilation}) is larger than the padded "
            f"input of {n + before + after} (n={n}, padding={(before, after)})"
        )
    return out


def transposed_size(
    size: Sequence[int], kernel: Shape, stride: Shape, padding: Pairs, extra: Shape, dilation: Shape
) -> Shape:
    """Size of a transposed convolution's result: that of an input which the convolution maps to `size`, `extra` pixels
    more than the smallest.
    """
    return tuple(
        (n - 1) * s - before - after + d * (k - 1) + e + 1
        for n, k, s, (before, after), e, d in zip(size, kernel, stride, padding, extra, dilation, strict=True)
    )


def places(n: int, k: int, stride: int, padding: tuple[int, int], dilation: int, ceil_mode: bool) -> int:
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

    size: Shape  # of the input, without padding
    kernel: Shape
    stride: Shape
    padding: Pairs
    dilation: Shape
    out: Shape  # number of places the window has

    @property
    def axes(self) -> int:
        return len(self.size)

    @cached_property
    def padded(self) -> Shape:
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
    def inside(self) -> Index:
        """Slices that cut the input out of the padded input."""
        return tuple(slice(before, before + n) for n, (before, _) in zip(self.size, self.padding, strict=True))

    def overlap(self, axis: int | None = None) -> int:
        """How many windows, at most, see the same pixel: along one axis, or of all windows."""
        if axis is None:
            return math.prod(map(self.overlap, range(self.axes)))
        return min(-(-self.kernel[axis] // self.stride[axis]), self.out[axis])

    def along(self, axis: int) -> list[tuple]:
        """The indices of the places of a window's taps along one axis, one index per tap: `padded[index]` is what
        this tap of every window meets. The other axes stay whole.
        """
        k, s, d, out = (entries[axis] for entries in (self.kernel, self.stride, self.dilation, self.out))
        after = (slice(None),) * (self.axes - axis - 1)
        return [(..., slice(t * d, t * d + s * (out - 1) + 1, s), *after) for t in range(k)]

    def taps(self) -> Iterator[tuple[Index, Index]]:
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


def window_on(
    size: Sequence[int],
    kernel_size: Ints,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Window:
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


def pooling_window(
    size: Sequence[int],
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Padding = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
) -> Window:
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
