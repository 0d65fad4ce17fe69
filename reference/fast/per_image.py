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

from reference.arguments import Index, Shape
from reference.sums import RUN, add_up, product, wide
from reference.window import Window

# Entries of the columns that are made at once: a few megabytes, so that the product finds them in the cache.
BLOCK = 2**20
# Entries of an image's gradient that are summed at once, for the same reason.
ROOM = 2**17


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

    def exchange(self) -> list[tuple[int, Index, Index]]:
        """Which pixels of an image lie where: `(phase, grid slices, image slices)` for each phase.

        Copied so, from or to a slice with steps, each pixel moves once, and along the rows.
        """
        window, places = self.window, list[tuple[int, Index, Index]]()
        for number, remainders in enumerate(itertools.product(*map(range, window.stride))):
            inside, pixels = [], []
            for remainder, s, n, (before, _) in zip(
                remainders, window.stride, window.size, window.padding, strict=True
            ):
                first = max(0, -((remainder - before) // s))  # grid pixel; in the image, number s * first + ...
                start = s * first + remainder - before
                inside.append(slice(first, first + max(0, -(-(n - start) // s))))
                pixels.append(slice(start, n, s))
            places.append((number, tuple(inside), tuple(pixels)))
        return places


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
    single = x.dtype == np.float32  # the columns are the better first matrix, but not so in float64
    dw = add_up(
        product(cols, flat[..., start:stop].swapaxes(1, 2))
        if single
        else product(flat[..., start:stop], cols.swapaxes(1, 2))
        for phases, flat in zip(each_image(x, grid), each_flat(dout, grid, groups), strict=True)
        for start, stop, cols in each_block(phases, grid, groups)
    )
    if single:
        dw = np.ascontiguousarray(dw.swapaxes(1, 2))
    return dw.reshape(dout.shape[1], channels, *window.kernel)


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    few = w.shape[1] >= 16 and w.shape[0] // groups <= 2 * w.shape[1]
    return (gathered_dx if few and window.overlap() <= RUN else scattered_dx)(dout, w, window, groups)


def gathered_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """Each phase of dx by itself, from the kernel entries that read this phase: no columns at all.

    An entry that reads grid pixel `shift` from the first place reads pixel `shift` + q from place q. So pixel q gets
    what place q - `shift` has: a matrix product with dout, moved by `shift`.
    """
    grid = Grid(window)
    kernels, channels = w.shape[0] // groups, w.shape[1]
    furthest, places = max(shift for _, shift in grid.taps), math.prod(grid.rows)
    moved = np.zeros((dout.shape[1], furthest + max(places, grid.pixels)), dout.dtype)
    kept = moved[:, furthest : furthest + places].reshape(-1, *grid.rows)[:, *(slice(n) for n in window.out)]
    moved = moved.reshape(groups, kernels, -1)
    matrices = np.ascontiguousarray(w.reshape(groups, kernels, channels, -1).transpose(3, 0, 2, 1))
    summed = np.empty((groups, channels, grid.pixels), dout.dtype)
    step = min(grid.pixels, max(1, ROOM // (channels * groups)))
    scratch = np.empty((groups, channels, step), dout.dtype)
    dx = np.empty((dout.shape[0], channels * groups, *window.size), dout.dtype)
    exchange = grid.exchange()
    for image, dimage in zip(dx, dout, strict=True):
        kept[...] = dimage
        for phase, inside, pixels in exchange:
            readers = [(matrices[n], furthest - shift) for n, (reads, shift) in enumerate(grid.taps) if reads == phase]
            if not readers:
                image[:, *pixels] = 0
                continue
            for start in range(0, grid.pixels, step):
                share, rest = summed[..., start : start + step], readers[1:]
                matrix, back = readers[0]
                stop = start + share.shape[2]
                np.matmul(matrix, moved[..., back + start : back + stop], out=share)
                for matrix, back in rest:
                    other = scratch[..., : stop - start]
                    np.matmul(matrix, moved[..., back + start : back + stop], out=other)
                    share += other
            image[:, *pixels] = summed.reshape(-1, *grid.size)[:, *inside]
    return dx


def scattered_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """The transpose of `conv`, step by step: products for all columns, added where the columns came from."""
    grid = Grid(window)
    kernels, entries = w.shape[0] // groups, math.prod(w.shape[1:])
    channels = w.shape[1] * groups
    transposed = w.reshape(groups, kernels, entries).swapaxes(1, 2)
    dx = np.empty((dout.shape[0], channels, *window.size), dout.dtype)
    phases = np.empty((channels, grid.phases, grid.pixels), wide(dout.dtype, window.overlap()))
    gridded = phases.reshape(channels, grid.phases, *grid.size)
    exchange = grid.exchange()
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
        for phase, inside, pixels in exchange:
            image[:, *pixels] = gridded[:, phase, *inside]
    return dx


def each_image(x: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
    """Yield the phases (C, phase, grid pixels) of each image of x; the array is reused."""
    phases = np.zeros((x.shape[1], grid.phases, *grid.size), x.dtype)
    exchange = grid.exchange()
    for image in x:
        for phase, inside, pixels in exchange:
            phases[:, phase, *inside] = image[:, *pixels]
        yield phases.reshape(x.shape[1], grid.phases, grid.pixels)


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
