"""Convolution of small images with the batch as the last axis in memory: (C, H, W, N).

An image of 14x14 has rows of 14 numbers, too short to copy well; with the batch last, the run is a whole row
of the whole batch. Few channels make a thin matrix product, so a band of several output rows is one product:
its kernels are the kernel moved down row by row, (F * band, C * taller * KW), which also copies each pixel
less often.

    kernel rows k0 k1 k2, band of 2:    | k0 k1 k2  . |    times 4 rows of pixels gives 2 rows of results
                                        |  . k0 k1 k2 |

Results lie in memory with the batch last, and so the next layer finds them.
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
        self.height = window.kernel[0] + (self.rows - 1) * window.stride[0]

    def kernels(self, w):
        """(F, C, KH, KW) -> (F * rows, C * height * KW): w at every height of the band."""
        f, c, kh, kw = w.shape
        banded = np.zeros((f, self.rows, c, self.height, kw), w.dtype)
        for row, start in enumerate(self.starts()):
            banded[:, row, :, start : start + kh] = w
        return banded.reshape(f * self.rows, -1)

    def fold(self, banded, shape):
        """The transpose of `kernels`: sum what each height of the band gives."""
        f, c, kh, kw = shape
        banded = banded.reshape(f, self.rows, c, self.height, kw)
        return sum(banded[:, row, :, start : start + kh] for row, start in enumerate(self.starts()))

    def starts(self):
        return range(0, self.rows * self.window.stride[0], self.window.stride[0])

    def columns(self, x):
        """x (N, C, H, W) -> (C * height * KW, bands * OW * N)"""
        padded = self.padded(x.transpose(1, 2, 3, 0))
        c, down, across, n = padded.strides
        (sh, sw), kw, ow = self.window.stride, self.window.kernel[1], self.window.out[1]
        shape = (x.shape[1], self.height, kw, self.bands, ow, x.shape[0])
        return as_strided(padded, shape, (c, down, across, self.rows * sh * down, sw * across, n)).reshape(
            x.shape[1] * self.height * kw, -1
        )

    def padded(self, last):
        """(C, H, W, N) -> (C, *padded, N), contiguous; no copy where none is needed."""
        if self.window.padded == self.window.size:
            return np.ascontiguousarray(last)
        padded = np.zeros((last.shape[0], *self.window.padded, last.shape[3]), last.dtype)
        padded[:, *self.window.inside] = last
        return padded

    def results(self, dout):
        """dout (N, F, OH, OW) -> (F * rows, bands * OW * N)"""
        n, f, _, ow = dout.shape
        last = np.ascontiguousarray(dout.transpose(1, 2, 3, 0)).reshape(f, self.bands, self.rows, ow, n)
        return last.swapaxes(1, 2).reshape(f * self.rows, -1)


def conv(x, w, b, window, groups):
    return conv_keeping_columns(x, w, b, window)[0]


def conv_keeping_columns(x, w, b, window):
    """Return the convolution and the columns it was made of, which are all that `dw_from_columns` needs of x."""
    band = Band(window, w.shape[0])
    columns = band.columns(x)
    product = band.kernels(w) @ columns
    product = product.reshape(w.shape[0], band.rows, band.bands, window.out[1], x.shape[0]).swapaxes(1, 2)
    out = np.empty(product.shape, x.dtype)
    np.add(product, np.zeros((), x.dtype) if b is None else b.reshape(-1, 1, 1, 1, 1), out=out)
    return out.reshape(w.shape[0], *window.out, x.shape[0]).transpose(3, 0, 1, 2), columns


def conv_dw(dout, x, window, groups):
    columns = Band(window, dout.shape[1]).columns(x)
    return dw_from_columns(dout, columns, (dout.shape[1], x.shape[1], *window.kernel), window)


def dw_from_columns(dout, columns, shape, window):
    band = Band(window, dout.shape[1])
    return band.fold((columns @ band.results(dout).T).T, shape)


def conv_dx(dout, w, window, groups):
    band = Band(window, w.shape[0])
    (sh, sw), (_, kw), (_, ow) = window.stride, window.kernel, window.out
    n, c = dout.shape[0], w.shape[1]
    kernels = band.kernels(w).reshape(-1, c, band.height, kw)
    results = band.results(dout)
    padded = np.zeros((c, *window.padded, n), dout.dtype)
    # One kernel column at a time: what it gives is still in the cache when it is added.
    for j in range(kw):
        dcols = kernels[..., j].reshape(len(kernels), -1).T @ results
        dcols = dcols.reshape(c, band.height, band.bands, ow, n)
        for i in range(band.height):
            rows = slice(i, i + sh * band.rows * (band.bands - 1) + 1, sh * band.rows)
            padded[:, rows, j : j + sw * (ow - 1) + 1 : sw] += dcols[:, i]
    return padded[:, *window.inside].transpose(3, 0, 1, 2)
