"""Convolution of small images with the rows first and the batch last in memory: (H, C, W, N).

An image of 14x14 has rows of 14 numbers, too short to copy well; with the batch last, the run is a row of the
whole batch. With the rows first, the columns of KH rows of pixels lie one below the other. So each row of
pixels is unfolded once, sideways only, and what a row of results sees is a view: KH rows of the columns.

Few kernels make a thin matrix product, so a band of several rows of results is one product: its kernels are the
kernel moved down row by row, (rows * F, height * C * KW). With a kernel of two rows k0 and k1:

    band of 3:    | k0 k1  .  . |    times 4 rows of columns gives 3 rows of results,
                  |  . k0 k1  . |    which lie as the next layer wants them: (OH, F, OW, N)
                  |  .  . k0 k1 |
"""

import numpy as np

from reference.arguments import Shape
from reference.implementation import Gradients
from reference.sums import product, total
from reference.window import Window

CHAIN = 2**9  # as many equal float32 may be added by BLAS, and the sum is off by less than 1e-6


def view(array: np.ndarray, shape: Shape, strides: tuple[int, ...]) -> np.ndarray:
    """`as_strided` of a contiguous array, made ten times faster and never reaching beyond the array."""
    return np.ndarray(shape, array.dtype, array, strides=strides)


class Band:
    """How many rows of results are one product, and how that changes the kernel."""

    def __init__(self, window: Window, kernels: int) -> None:
        self.window = window
        wanted = 4 if kernels <= 8 else 2
        #: Rows of results in a band: they must divide the output.
        self.rows = max(rows for rows in range(1, wanted + 1) if window.out[0] % rows == 0)
        self.bands = window.out[0] // self.rows
        #: Rows of pixels that a band sees, and between one band and the next.
        self.height = window.kernel[0] + (self.rows - 1) * window.stride[0]
        self.step = self.rows * window.stride[0]

    def kernels(self, w: np.ndarray) -> np.ndarray:
        """(F, C, KH, KW) -> (rows * F, height * C * KW): w at every height of the band."""
        f, c, _, kw = w.shape
        banded = np.zeros((self.rows * f, self.height * c * kw), w.dtype)
        self.diagonal(banded, w.shape)[...] = w
        return banded

    def fold(self, banded: np.ndarray, shape: Shape) -> np.ndarray:
        """The transpose of `kernels`: sum what each height of the band gives to the kernel of that `shape`."""
        return self.diagonal(np.ascontiguousarray(banded), shape).sum(axis=0)

    def diagonal(self, banded: np.ndarray, shape: Shape) -> np.ndarray:
        """The view (rows, F, C, KH, KW) of banded kernels: where each row of results has its kernel."""
        f, c, kh, kw = shape
        down, across = banded.strides
        line = c * kw * across  # from one row of pixels to the next
        move = f * down + self.window.stride[0] * line
        return view(banded, (self.rows, f, c, kh, kw), (move, down, kw * across, line, across))

    def columns(self, x: np.ndarray) -> np.ndarray:
        """x (N, C, H, W) -> what each band sees, (bands, height * C * KW, OW * N), a view in which bands overlap."""
        padded = self.padded(x.transpose(2, 1, 3, 0))
        (rows, c, _, n), (down, channel, across, pixel) = padded.shape, padded.strides
        (_, sw), (_, kw), (_, ow) = self.window.stride, self.window.kernel, self.window.out
        unfolded = view(padded, (rows, c, kw, ow, n), (down, channel, across, sw * across, pixel)).copy()
        strides = (self.step * unfolded.strides[0], unfolded.strides[2], pixel)
        return view(unfolded, (self.bands, self.height * c * kw, ow * n), strides)

    def padded(self, last: np.ndarray) -> np.ndarray:
        """(H, C, W, N) -> (padded H, C, padded W, N), contiguous; no copy where none is needed."""
        (height, width), (down, across) = self.window.padded, self.window.inside
        if self.window.padded == self.window.size:
            return np.ascontiguousarray(last)
        padded = np.zeros((height, last.shape[1], width, last.shape[3]), last.dtype)
        padded[down, :, across] = last
        return padded

    def results(self, dout: np.ndarray) -> np.ndarray:
        """dout (N, F, OH, OW) -> (bands, rows * F, OW * N)"""
        n, f, _, ow = dout.shape
        return np.ascontiguousarray(dout.transpose(2, 1, 3, 0)).reshape(self.bands, self.rows * f, ow * n)


def conv(x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int) -> np.ndarray:
    return conv_and_gradients(x, w, b, window, groups)[0]


def conv_dx(dout: np.ndarray, w: np.ndarray, window: Window, groups: int) -> np.ndarray:
    band = Band(window, w.shape[0])
    return dx_of_bands(band.results(dout), band.kernels(w), band, w.shape)


def conv_dw(dout: np.ndarray, x: np.ndarray, window: Window, groups: int) -> np.ndarray:
    band = Band(window, dout.shape[1])
    return dw_of_bands(band.results(dout), band.columns(x), band, (dout.shape[1], x.shape[1], *window.kernel))


def conv_and_gradients(
    x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int
) -> tuple[np.ndarray, Gradients]:
    """Return the convolution and `gradients(dout, input_gradient)` -> dx, dw, db.

    `gradients` keeps the columns and the banded kernels: neither is made again on the way back.
    """
    band = Band(window, w.shape[0])
    columns, kernels = band.columns(x), band.kernels(w)
    out = kernels @ columns
    if b is not None:
        rows = out.reshape(window.out[0], -1)
        rows += np.repeat(b, out.shape[2])  # one run as long as a row: NumPy adds it faster than broadcast b

    def gradients(dout: np.ndarray, input_gradient: bool) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        results = band.results(dout)
        dx = dx_of_bands(results, kernels, band, w.shape) if input_gradient else None
        db = db_of_bands(results, w.shape[0], x.shape[0])  # first: it brings the results into the cache for dw
        return dx, dw_of_bands(results, columns, band, w.shape), db

    return out.reshape(window.out[0], w.shape[0], window.out[1], x.shape[0]).transpose(3, 1, 0, 2), gradients


def dw_of_bands(results: np.ndarray, columns: np.ndarray, band: Band, shape: Shape) -> np.ndarray:
    return band.fold(total(product(columns, results.swapaxes(1, 2)), (0,)).T, shape)


def db_of_bands(results: np.ndarray, kernels: int, n: int) -> np.ndarray:
    """The sum per kernel: BLAS adds pieces of rows, as long as they may be one chain."""
    width = results.shape[2] // n
    piece = max(
        (n * pixels for pixels in range(1, width + 1) if width % pixels == 0 and n * pixels <= CHAIN), default=1
    )
    sums = results.reshape(-1, piece) @ np.ones(piece, results.dtype)
    return total(sums.reshape(-1, kernels, results.shape[2] // piece), (0, 2))


def dx_of_bands(results: np.ndarray, kernels: np.ndarray, band: Band, shape: Shape) -> np.ndarray:
    _, c, _, kw = shape
    (height, width), (_, ow), (_, sw) = band.window.padded, band.window.out, band.window.stride
    n = results.shape[2] // ow
    padded = np.zeros((height, c, width, n), results.dtype)
    # What each line of pixels gets from a row of results through kernel column j, then kw pixels of zeros.
    products = np.empty((band.height * c, kw, (ow + kw) * n), results.dtype)
    products[:, :, ow * n :] = 0
    scratch = products.reshape(-1, products.shape[2])[:, : ow * n]
    moved, ones = each_moved_right(products, n), np.ones((1, kw), results.dtype)
    # One band at a time: its products are still in the cache when they are added.
    for number, seen in enumerate(results):
        np.matmul(kernels.T, seen, out=scratch)
        rows = padded[number * band.step :][: band.height]
        if sw == 1:
            rows += (ones @ moved).reshape(rows.shape)  # their sum, by the faster matrix product
        else:
            for j in range(kw):
                rows[:, :, j : j + sw * (ow - 1) + 1 : sw] += products[:, j, : ow * n].reshape(-1, c, ow, n)
    down, across = band.window.inside
    return padded[down, :, across].transpose(3, 1, 0, 2)


def each_moved_right(products: np.ndarray, n: int) -> np.ndarray:
    """A view of products (lines, kw, pixels * n) in which row j of each line lies j pixels further to the right.

    Each row ends in kw pixels of zeros. The view's rows are one pixel shorter, so each begins with zeros that are the
    end of the row before. Its sum over the rows is one pass through memory, where adding row by row would be kw:

        a b c 0 0 0         a b c 0 0
        d e f 0 0 0    ->   0 d e f 0
        g h i 0 0 0         0 0 g h i
    """
    lines, kw, numbers = products.shape
    return products.reshape(lines, -1)[:, : kw * (numbers - n)].reshape(lines, kw, numbers - n)
