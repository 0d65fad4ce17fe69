"""3x3 convolution with a quarter of the multiplications: Winograd's F(4x4, 3x3).

A tile of 4x4 results needs 6x6 pixels d and a 3x3 kernel g. Both are transformed to 36 numbers; there, a
channel's share of the tile is 36 products instead of 144, and the sum over channels is 36 matrix products
over all tiles:

    V = B d,    U = G g,    M[i] = V[i] @ U[i],    y = A M

The price is rounding, some ten times that of the direct sum, so `rule` allows float32 with few channels only.
A NaN or an infinity would spread over its whole tile: a block that is not finite is computed again without the
trick.

Sources: Lavin and Gray 2016, section 4; points of interpolation: Barabasz et al. 2020, which halve the error
of the usual 0, 1, -1, 2, -2. Results lie in memory with the channels last.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from reference.arguments import Shape
from reference.fast import per_image
from reference.sums import wide
from reference.window import Pairs, Window

POINTS = (0, 1, -1, 1 / 2, -2)  # and infinity
TILE = 4  # results on each axis of a tile
SIDE = 6  # pixels on each axis of a tile
BLOCK = 2**14  # tiles times channels computed at once: they stay in the cache
LEAST = 100  # tiles computed at once, however many the channels: fewer make poor matrix products


def transforms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 1-D transforms: A (4, 6), G (6, 3) and B (6, 6), with `A @ ((G @ g) * (B @ d))` the correlation of
    d with g.

    G evaluates the kernel as a polynomial at the points, A does so transposed (Toom and Cook's scheme), and B
    follows: sum over i of A[r, i] G[i, k] B[i, c] must be 1 where c = r + k, else 0.
    """
    powers = lambda n: np.array([[p**k for k in range(n)] for p in POINTS] + [[0] * (n - 1) + [1]], float)
    a, g = powers(TILE).T, powers(3)
    products = (a[:, None, :] * g.T).reshape(TILE * 3, SIDE)
    correlation = np.array([np.eye(SIDE)[r + k] for r in range(TILE) for k in range(3)])
    b = np.linalg.lstsq(products, correlation)[0]
    return a, g, b


# In two dimensions, the transform of rows and columns at once: (16, 36), (36, 9) and (36, 36).
A, G, B = (np.kron(t, t).astype(np.float32) for t in transforms())


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    channels, kernels = x.shape[1], w.shape[0]
    u = (G @ w.reshape(-1, 9).T).reshape(36, kernels, channels).swapaxes(1, 2)
    tiles = Tiles(x.shape[0], window.out, channels)
    out = np.empty((x.shape[0], *window.out, kernels), x.dtype)
    bias = np.zeros((), x.dtype) if b is None else b
    m, y = tiles.scratch(36, kernels), tiles.scratch(16, kernels)
    with np.errstate(invalid="ignore", over="ignore"):
        for block, v in tiles.pixels(x, window):
            count = v.shape[1]
            np.matmul(v, u, out=m[:, :count])
            np.matmul(A, flat(m[:, :count]), out=flat(y[:, :count]))
            if not np.isfinite(y[:, :count].sum()):
                return per_image.conv(x, w, b, window, groups)
            tiles.write(out, block, y[:, :count], bias)
    return out.transpose(0, 3, 1, 2)


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """A convolution too: of dout, padded to be as large as x, with the kernels turned by half a circle."""
    padding = tuple((2 - before, 2 - after) for before, after in window.padding)
    turned = Window(window.out, window.kernel, window.stride, padding, window.dilation, window.size)
    return conv(dout, w[:, :, ::-1, ::-1].swapaxes(0, 1), None, turned, groups)


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """The transpose of `conv`, step by step: dM = A' dy, dU[i] = V[i]' dM[i], dw = G' dU."""
    channels, kernels = x.shape[1], dout.shape[1]
    tiles = Tiles(x.shape[0], window.out, channels)
    du = np.zeros((36, channels, kernels), wide(x.dtype, len(list(tiles.blocks()))))
    dm = tiles.scratch(36, kernels)
    with np.errstate(invalid="ignore", over="ignore"):
        for (_, v), dy in zip(tiles.pixels(x, window), tiles.results(dout), strict=True):
            count = v.shape[1]
            np.matmul(A.T, dy, out=flat(dm[:, :count]))
            for number in range(36):
                du[number] += v[number].T @ dm[number, :count]
        if not np.isfinite(du.sum()):
            return per_image.conv_dw(dout, x, window, groups)
    dw = (G.T @ flat(du)).reshape(3, 3, channels, kernels)
    return dw.transpose(3, 2, 0, 1).astype(x.dtype, order="C")


def flat(transformed: np.ndarray) -> np.ndarray:
    """(36 or 16, tiles, channels) -> (36 or 16, tiles * channels), a view."""
    return transformed.reshape(len(transformed), -1)


class Tiles:
    """The results of a batch, cut into tiles, and the tiles into blocks: some images, or some rows of one."""

    def __init__(self, n: int, out: Shape, channels: int) -> None:
        self.n = n
        self.out = out
        self.down, self.across = (-(-size // TILE) for size in out)
        tiles = max(LEAST, BLOCK // channels)
        self.images = min(n, max(1, tiles // (self.down * self.across)))
        self.rows = max(1, min(self.down, tiles // self.across))

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Yield `(images, rows of tiles)`, two slices."""
        for n in range(0, self.n, self.images):
            for row in range(0, self.down, self.rows):
                yield slice(n, min(n + self.images, self.n)), slice(row, min(row + self.rows, self.down))

    def scratch(self, numbers: int, channels: int) -> np.ndarray:
        """Room for the largest block: (numbers, tiles, channels)."""
        return np.empty((numbers, self.images * self.rows * self.across, channels), np.float32)

    def pixels(self, x: np.ndarray, window: Window) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
        """Yield `(block, V)`: the transformed pixels (36, tiles, C) of each block; the array is reused."""
        channels = x.shape[1]
        d, v = self.scratch(36, channels), self.scratch(36, channels)
        for (images, rows), strip in self.strips(x, window.padding, overlap=SIDE - TILE):
            n, down, across, c = strip.strides
            shape = (SIDE, SIDE, len(strip), rows.stop - rows.start, self.across, channels)
            tiles = as_strided(strip, shape, (down, across, n, TILE * down, TILE * across, c))
            count = math.prod(shape[2:5])
            np.copyto(d[:, :count].reshape(shape), tiles)
            np.matmul(B, flat(d[:, :count]), out=flat(v[:, :count]))
            yield (images, rows), v[:, :count]

    def results(self, dout: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the tiles of dout, block by block: (16, tiles * F)."""
        for _, strip in self.strips(dout, ((0, 0), (0, 0)), overlap=0):
            tiles = strip.reshape(len(strip), -1, TILE, self.across, TILE, dout.shape[1])
            yield tiles.transpose(2, 4, 0, 1, 3, 5).reshape(16, -1)

    def strips(self, x: np.ndarray, padding: Pairs, overlap: int) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
        """Yield `(block, what its tiles see)`: rows of pixels of some images, channels last, zeros around; reused.

        Tiles are TILE pixels apart and see `overlap` more.
        """
        (top, _), (left, _) = padding
        height, width = x.shape[2:]
        room = np.empty((self.images, TILE * self.rows + overlap, TILE * self.across + overlap, x.shape[1]), x.dtype)
        for images, rows in self.blocks():
            strip = room[: images.stop - images.start, : TILE * (rows.stop - rows.start) + overlap]
            first = TILE * rows.start - top  # row of x that is the strip's first
            start, stop = max(first, 0), min(first + strip.shape[1], height)
            strip.fill(0)
            inside = strip[:, start - first : stop - first, left : left + width]
            inside[...] = x[images, :, start:stop].transpose(0, 2, 3, 1)
            yield (images, rows), strip

    def write(self, out: np.ndarray, block: tuple[slice, slice], y: np.ndarray, bias: np.ndarray) -> None:
        """Put the results (16, tiles, F) of a block, plus bias, where they belong in out (N, *out, F)."""
        images, rows = block
        count, kernels = images.stop - images.start, out.shape[3]
        y = y.reshape(TILE, TILE, count, -1, self.across, kernels).transpose(2, 3, 0, 4, 1, 5)
        part = out[images, TILE * rows.start : TILE * rows.stop]
        height, width = part.shape[1:3]
        if height % TILE or width % TILE:
            y = y.reshape(count, -1, TILE * self.across, kernels)[:, :height, :width]
            np.add(y, bias, out=part)
        else:
            np.add(y, bias, out=part.reshape(count, -1, TILE, self.across, TILE, kernels))
