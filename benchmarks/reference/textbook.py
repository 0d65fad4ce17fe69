"""LeNet-5 as textbooks write it: everything through im2col, by Python loops or by fancy indexing. Written to compare.

Both are correct and count as vectorised: a convolution is one matrix product for the whole batch, a pooling one
argmax. They differ in how the columns come from the images and go back.
"""

import numpy as np

from reference.layers import Flatten, Layer, Linear, ReLU, Sequential


class LoopColumns:
    """One window of one image at a time."""

    @staticmethod
    def im2col(x, k, stride):
        """(N, C, H, W) -> (N, OH, OW, C*K*K)"""
        n, c, h, w = x.shape
        oh, ow = (h - k) // stride + 1, (w - k) // stride + 1
        cols = np.empty((n, oh, ow, c * k * k), x.dtype)
        for image in range(n):
            for i in range(oh):
                for j in range(ow):
                    top, left = stride * i, stride * j
                    cols[image, i, j] = x[image, :, top : top + k, left : left + k].ravel()
        return cols

    @staticmethod
    def col2im(cols, shape, k, stride):
        """The transpose of `im2col`: add every entry of cols to the pixel it came from."""
        x = np.zeros(shape, cols.dtype)
        n, oh, ow, _ = cols.shape
        for image in range(n):
            for i in range(oh):
                for j in range(ow):
                    top, left = stride * i, stride * j
                    x[image, :, top : top + k, left : left + k] += cols[image, i, j].reshape(-1, k, k)
        return x


class FancyColumns:
    """Index arrays for channel, row and column of every entry; np.add.at on the way back."""

    @staticmethod
    def indices(shape, k, stride):
        _, c, h, w = shape
        oh, ow = (h - k) // stride + 1, (w - k) // stride + 1
        top, left, channel, i, j = np.indices((oh, ow, c, k, k)).reshape(5, oh, ow, -1)
        return channel, stride * top + i, stride * left + j

    @classmethod
    def im2col(cls, x, k, stride):
        return x[:, *cls.indices(x.shape, k, stride)]

    @classmethod
    def col2im(cls, cols, shape, k, stride):
        x = np.zeros(shape, cols.dtype)
        np.add.at(x, (slice(None), *cls.indices(shape, k, stride)), cols)
        return x


class Conv(Layer):
    """Stride 1; `columns` is one of the two classes above."""

    def __init__(self, columns, channels, kernels, k, padding, rng):
        super().__init__()
        self.columns, self.k, self.padding = columns, k, padding
        scale = np.sqrt(2 / (channels * k * k))
        self.params["w"] = (scale * rng.normal(size=(kernels, channels, k, k))).astype(np.float32)
        self.params["b"] = np.zeros(kernels, np.float32)

    def forward(self, x):
        w, b, p = self.params["w"], self.params["b"], self.padding
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        self.padded_shape = padded.shape
        cols = self.columns.im2col(padded, self.k, 1)
        self.cols = cols.reshape(-1, cols.shape[-1])
        out = self.cols @ w.reshape(len(w), -1).T + b
        return out.reshape(*cols.shape[:3], len(w)).transpose(0, 3, 1, 2)

    def backward(self, dout):
        w, p = self.params["w"], self.padding
        n, f, oh, ow = dout.shape
        flat = dout.transpose(0, 2, 3, 1).reshape(-1, f)
        self.grads["w"] = (flat.T @ self.cols).reshape(w.shape)
        self.grads["b"] = flat.sum(axis=0)
        dcols = (flat @ w.reshape(f, -1)).reshape(n, oh, ow, -1)
        dx = self.columns.col2im(dcols, self.padded_shape, self.k, 1)
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class MaxPool(Layer):
    """2x2 windows side by side: columns of each map by itself, argmax over them, put_along_axis backwards."""

    def __init__(self, columns):
        super().__init__()
        self.columns = columns

    def forward(self, x):
        n, c, h, w = self.shape = x.shape
        windows = self.columns.im2col(x.reshape(n * c, 1, h, w), 2, 2)
        self.winner = windows.argmax(axis=-1, keepdims=True)
        return np.take_along_axis(windows, self.winner, axis=-1).reshape(n, c, h // 2, w // 2)

    def backward(self, dout):
        n, c, h, w = self.shape
        windows = np.zeros((*self.winner.shape[:3], 4), dout.dtype)
        np.put_along_axis(windows, self.winner, dout.reshape(self.winner.shape), axis=-1)
        return self.columns.col2im(windows, (n * c, 1, h, w), 2, 2).reshape(self.shape)


def lenet5(columns, rng):
    """The layers of `reference.LeNet5`, with `columns` made by one of the two classes."""
    return Sequential(
        Conv(columns, 1, 6, 5, 2, rng), ReLU(), MaxPool(columns),
        Conv(columns, 6, 16, 5, 0, rng), ReLU(), MaxPool(columns),
        Flatten(), Linear(400, 120, rng=rng), ReLU(), Linear(120, 84, rng=rng), ReLU(), Linear(84, 10, rng=rng),
    )  # fmt: skip
