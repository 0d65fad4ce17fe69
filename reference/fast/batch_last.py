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
from numpy.lib.stride_tricks import as_strided


class Band:
    """How many rows of results are one product, and how that changes the kernel."""

    def __init__(self, window, kernels):
        self.window = window
        wanted = 4 if kernels <= 8 else 2
        #: Rows of results in a band: they must divide the output.
        self.rows = max(rows for rows in range(1, wanted + 1) if window.out[0] % rows == 0)
        self.bands = window.out[0] // self.rows
        #: Rows of pixels that a band sees, and between one band and the next.
        self.height = window.kernel[0] + (self.rows - 1) * window.stride[0]
        self.step = self.rows * window.stride[0]

    def kernels(self, w):
        """(F, C, KH, KW) -> (rows * F, height * C * KW): w at every height of the band."""
        f, c, kh, kw = w.shape
        banded = np.zeros((self.rows, f, self.height, c, kw), w.dtype)
        for row, start in enumerate(self.starts()):
            banded[row, :, start : start + kh] = w.swapaxes(1, 2)
        return banded.reshape(self.rows * f, -1)

    def fold(self, banded, shape):
        """The transpose of `kernels`: sum what each height of the band gives."""
        f, c, kh, kw = shape
        banded = banded.reshape(self.rows, f, self.height, c, kw).swapaxes(2, 3)
        return sum(banded[row, :, :, start : start + kh] for row, start in enumerate(self.starts()))

    def starts(self):
        return range(0, self.step, self.window.stride[0])

    def columns(self, x):
        """x (N, C, H, W) -> what each band sees, (bands, height * C * KW, OW * N), a view in which bands overlap."""
        padded = self.padded(x.transpose(2, 1, 3, 0))
        (rows, c, _, n), (down, channel, across, pixel) = padded.shape, padded.strides
        (_, sw), (_, kw), (_, ow) = self.window.stride, self.window.kernel, self.window.out
        unfolded = as_strided(padded, (rows, c, kw, ow, n), (down, channel, across, sw * across, pixel)).copy()
        strides = (self.step * unfolded.strides[0], unfolded.strides[2], pixel)
        return as_strided(unfolded, (self.bands, self.height * c * kw, ow * n), strides)

    def padded(self, last):
        """(H, C, W, N) -> (padded H, C, padded W, N), contiguous; no copy where none is needed."""
        (height, width), (down, across) = self.window.padded, self.window.inside
        if self.window.padded == self.window.size:
            return np.ascontiguousarray(last)
        padded = np.zeros((height, last.shape[1], width, last.shape[3]), last.dtype)
        padded[down, :, across] = last
        return padded

    def results(self, dout):
        """dout (N, F, OH, OW) -> (bands, rows * F, OW * N)"""
        n, f, _, ow = dout.shape
        return np.ascontiguousarray(dout.transpose(2, 1, 3, 0)).reshape(self.bands, self.rows * f, ow * n)


def conv(x, w, b, window, groups):
    return conv_keeping_columns(x, w, b, window)[0]


def conv_keeping_columns(x, w, b, window):
    """Return the convolution and the columns it was made of, which are all that `dw_and_db` needs of x."""
    band = Band(window, w.shape[0])
    columns, kernels = band.columns(x), band.kernels(w)
    out = np.empty((band.bands, len(kernels), columns.shape[2]), x.dtype)
    bias = None if b is None else np.tile(b, band.rows).reshape(-1, 1)
    # One band at a time: it is still in the cache when the bias is added.
    for seen, results in zip(columns, out, strict=True):
        np.matmul(kernels, seen, out=results)
        if b is not None:
            results += bias
    return out.reshape(window.out[0], w.shape[0], window.out[1], x.shape[0]).transpose(3, 1, 0, 2), columns


def conv_dw(dout, x, window, groups):
    columns = Band(window, dout.shape[1]).columns(x)
    return dw_and_db(dout, columns, (dout.shape[1], x.shape[1], *window.kernel), window)[0]


def dw_and_db(dout, columns, shape, window):
    band = Band(window, dout.shape[1])
    results = band.results(dout)
    products = columns @ results.swapaxes(1, 2)
    db = (results @ np.ones(results.shape[2], dout.dtype)).reshape(-1, dout.shape[1]).sum(axis=0)
    return band.fold(products.sum(axis=0).T, shape), db


def conv_dx(dout, w, window, groups):
    band = Band(window, w.shape[0])
    c, (_, kw), (_, ow), sw, n = w.shape[1], window.kernel, window.out, window.stride[1], dout.shape[0]
    height, width = window.padded
    kernels = np.ascontiguousarray(band.kernels(w).T)
    padded = np.zeros((height, c, width, n), dout.dtype)
    # What each line of pixels gets from a row of results through kernel column j, then kw - 1 pixels of zeros.
    products = np.empty((band.height * c, kw, (ow + kw - 1) * n), dout.dtype)
    products[:, :, ow * n :] = 0
    scratch = products.reshape(-1, products.shape[2])[:, : ow * n]
    moved = each_moved_right(products, n)
    # One band at a time: its products are still in the cache when they are added.
    for number, results in enumerate(band.results(dout)):
        np.matmul(kernels, results, out=scratch)
        rows = padded[number * band.step :][: band.height]
        if sw == 1:
            rows += moved.sum(axis=1).reshape(rows.shape)
        else:
            for j in range(kw):
                rows[:, :, j : j + sw * (ow - 1) + 1 : sw] += products[:, j, : ow * n].reshape(-1, c, ow, n)
    down, across = window.inside
    return padded[down, :, across].transpose(3, 1, 0, 2)


def each_moved_right(products, n):
    """A view of products (lines, kw, pixels * n) in which row j of each line lies j pixels further to the right.

    Its sum over the rows is one pass through memory, where adding row by row would be kw. Each row ends in kw - 1
    pixels of zeros and is followed in memory by the next: the view's rows are one pixel shorter, so that each begins
    with zeros of the row before:

        a b c 0 0           a b c 0 0
        d e f 0 0    ->     0 d e f 0
        g h i 0 0           0 0 g h i
    """
    line, row, number = products.strides
    return as_strided(products, strides=(line, row - n * number, number))
