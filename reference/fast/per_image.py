"""Convolution by im2col, one image at a time: the columns of one image stay in the cache, those of a batch do
not.

The padded image is split into phases, one per remainder of the stride, and each phase is laid out flat, row
after row. What one kernel entry sees is then one contiguous run of one phase: with grid rows of W pixels,
entry (i, j) meets place (p, q) at `shift(i, j) + p * W + q`. So a column is a plain copy, and col2im a plain
addition. The price is that places between q = out and q = W are computed too, and thrown away.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from reference.arguments import Shape
from reference.sums import add_up, product, wide
from reference.window import Window

# Entries of the columns that are made at once: a few megabytes, so that the product finds them in the cache.
BLOCK = 2**20


class Grid:
    """The flat phases of a window's padded input."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.size = tuple(-(-n // s) for n, s in zip(window.padded, window.stride, strict=True))
        self.pixels = math.prod(self.size)
        self.phases = math.prod(window.stride)
        self.taps = [self.locate(tap) for tap in itertools.product(*map(range, window.kernel))]
        #: Places of one image: whole grid rows, except that the last ends at its last place.
        self.rows = (window.out[0], *self.size[1:])
        self.places = self.flat([n - 1 for n in window.out]) + 1

    def flat(self, pixel: Sequence[int]) -> int:
        """Row-major number of a grid pixel."""
        return int(np.ravel_multi_index(tuple(pixel), self.size))

    def locate(self, tap: Shape) -> tuple[int, int]:
        """Which phase a kernel entry reads, and from which grid pixel on."""
        window, phase, shift = self.window, 0, []
        for t, d, s in zip(tap, window.dilation, window.stride, strict=True):
            phase = phase * s + t * d % s
            shift.append(t * d // s)
        return phase, self.flat(shift)

    def blocks(self, entries: int) -> list[tuple[int, int]]:
        """Cut the places into runs whose columns, `entries` high, are about BLOCK entries in all."""
        count = max(1, round(self.places * entries / BLOCK))
        step = -(-self.places // count)
        return [(start, min(start + step, self.places)) for start in range(0, self.places, step)]

    def waste(self) -> float:
        """How many times more places are computed than kept."""
        return self.places / math.prod(self.window.out)

    def new_padded(self, channels: int, dtype: np.dtype) -> np.ndarray:
        """Zeros of the padded input, its sides multiples of the stride."""
        sides = tuple(n * s for n, s in zip(self.size, self.window.stride, strict=True))
        return np.zeros((channels, *sides), dtype)

    def split(self, padded: np.ndarray) -> np.ndarray:
        """(C, *padded) -> phases (C, phase, pixel); a view when the stride is 1."""
        axes = self.window.axes
        interleaved = [side for pair in zip(self.size, self.window.stride, strict=True) for side in pair]
        order = (0, *range(2, 2 * axes + 1, 2), *range(1, 2 * axes + 1, 2))
        return padded.reshape(-1, *interleaved).transpose(order).reshape(-1, self.phases, self.pixels)

    def join(self, phases: np.ndarray) -> np.ndarray:
        """The inverse of `split`."""
        axes = self.window.axes
        order = [0] + [
            axis for pair in zip(range(axes + 1, 2 * axes + 1), range(1, axes + 1), strict=True) for axis in pair
        ]
        sides = tuple(n * s for n, s in zip(self.size, self.window.stride, strict=True))
        return phases.reshape(-1, *self.window.stride, *self.size).transpose(order).reshape(-1, *sides)


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    grid = Grid(window)
    kernels, entries = w.shape[0] // groups, math.prod(w.shape[1:])
    matrix = w.reshape(groups, kernels, entries)
    out = np.empty((x.shape[0], w.shape[0], *window.out), x.dtype)
    result = np.empty((groups, kernels, math.prod(grid.rows)), x.dtype)
    kept = result.reshape(w.shape[0], *grid.rows)[:, *(slice(n) for n in window.out)]
    bias = np.zeros((), x.dtype) if b is None else b.reshape(-1, *(1,) * window.axes)
    for image, phases in zip(out, each_image(x, grid), strict=True):
        for start, stop, cols in each_block(phases, grid, groups):
            np.matmul(matrix, cols, out=result[..., start:stop])
        np.add(kept, bias, out=image)
    return out


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    grid = Grid(window)
    channels = x.shape[1] // groups
    dw = add_up(
        product(flat[..., start:stop], cols.swapaxes(1, 2))
        for phases, flat in zip(each_image(x, grid), each_flat(dout, grid, groups), strict=True)
        for start, stop, cols in each_block(phases, grid, groups)
    )
    return dw.reshape(dout.shape[1], channels, *window.kernel)


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    grid = Grid(window)
    kernels, entries = w.shape[0] // groups, math.prod(w.shape[1:])
    channels = w.shape[1] * groups
    transposed = w.reshape(groups, kernels, entries).swapaxes(1, 2)
    dx = np.empty((dout.shape[0], channels, *window.size), dout.dtype)
    phases = np.empty((channels, grid.phases, grid.pixels), wide(dout.dtype, window.overlap()))
    blocks = grid.blocks(channels * len(grid.taps))
    widest = max(stop - start for start, stop in blocks)
    scratch = np.empty((groups, entries, widest), dout.dtype)
    for image, flat in zip(dx, each_flat(dout, grid, groups), strict=True):
        phases.fill(0)
        for start, stop in blocks:
            dcols = scratch[..., : stop - start]
            np.matmul(transposed, flat[..., start:stop], out=dcols)
            dcols = dcols.reshape(channels, len(grid.taps), stop - start)
            for number, (phase, shift) in enumerate(grid.taps):
                phases[:, phase, shift + start : shift + stop] += dcols[:, number]
        image[...] = grid.join(phases)[:, *window.inside]
    return dx


def each_image(x: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
    """Yield the phases of each image of x; the array is reused."""
    padded = grid.new_padded(x.shape[1], x.dtype)
    inside = padded[:, *grid.window.inside]
    for image in x:
        inside[...] = image
        yield grid.split(padded)


def each_flat(dout: np.ndarray, grid: Grid, groups: int) -> Iterator[np.ndarray]:
    """Yield each image of dout as (G, F/G, places), zero where places are thrown away; the array is
    reused.
    """
    flat = np.zeros((dout.shape[1], *grid.rows), dout.dtype)
    kept = flat[:, *(slice(n) for n in grid.window.out)]
    flat = flat.reshape(groups, dout.shape[1] // groups, math.prod(grid.rows))
    for image in dout:
        kept[...] = image
        yield flat


def each_block(phases: np.ndarray, grid: Grid, groups: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield `(start, stop, columns)`, the columns (G, C/G*K, stop - start) of these places; the array is
    reused.
    """
    channels = phases.shape[0]
    blocks = grid.blocks(channels * len(grid.taps))
    scratch = np.empty((channels, len(grid.taps), blocks[0][1]), phases.dtype)
    for start, stop in blocks:
        cols = scratch[..., : stop - start]
        for number, (phase, shift) in enumerate(grid.taps):
            cols[:, number] = phases[:, phase, shift + start : shift + stop]
        yield start, stop, cols.reshape(groups, channels // groups * len(grid.taps), stop - start)
