"""LeNet-5 as textbooks write it: im2col by Python loops or by fancy indexing, pooling by argmax. Written to compare.

Both are correct and count as vectorised: the convolution itself is one matrix product for the whole batch.
"""

import numpy as np

from reference.layers import Flatten, Layer, Linear, ReLU, Sequential


class Conv(Layer):
    """Stride 1. Subclasses say how columns (N, OH, OW, C*K*K) come from padded images, and go back."""

    def __init__(self, channels, kernels, k, padding, rng):
        super().__init__()
        self.k, self.padding = k, padding
        scale = np.sqrt(2 / (channels * k * k))
        self.params["w"] = (scale * rng.normal(size=(kernels, channels, k, k))).astype(np.float32)
        self.params["b"] = np.zeros(kernels, np.float32)

    def forward(self, x):
        w, b, p = self.params["w"], self.params["b"], self.padding
        self.padded_shape = (*x.shape[:2], x.shape[2] + 2 * p, x.shape[3] + 2 * p)
        cols = self.im2col(np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))))
        self.cols = cols.reshape(-1, cols.shape[-1])
        out = self.cols @ w.reshape(len(w), -1).T + b
        return out.reshape(*cols.shape[:3], len(w)).transpose(0, 3, 1, 2)

    def backward(self, dout):
        w, p = self.params["w"], self.padding
        n, f, oh, ow = dout.shape
        flat = dout.transpose(0, 2, 3, 1).reshape(-1, f)
        self.grads["w"] = (flat.T @ self.cols).reshape(w.shape)
        self.grads["b"] = flat.sum(axis=0)
        dx = self.col2im((flat @ w.reshape(f, -1)).reshape(n, oh, ow, -1))
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class LoopConv(Conv):
    """One window of one image at a time."""

    def im2col(self, x):
        n, c, h, w = x.shape
        k, oh, ow = self.k, h - self.k + 1, w - self.k + 1
        cols = np.empty((n, oh, ow, c * k * k), x.dtype)
        for image in range(n):
            for i in range(oh):
                for j in range(ow):
                    cols[image, i, j] = x[image, :, i : i + k, j : j + k].ravel()
        return cols

    def col2im(self, cols):
        x = np.zeros(self.padded_shape, cols.dtype)
        n, oh, ow, _ = cols.shape
        k = self.k
        for image in range(n):
            for i in range(oh):
                for j in range(ow):
                    x[image, :, i : i + k, j : j + k] += cols[image, i, j].reshape(-1, k, k)
        return x


class FancyConv(Conv):
    """Index arrays for channel, row and column of every entry; np.add.at on the way back."""

    def indices(self):
        _, c, h, w = self.padded_shape
        k, oh, ow = self.k, h - self.k + 1, w - self.k + 1
        channel, i, j = (index.reshape(1, 1, -1) for index in np.indices((c, k, k)))
        return channel, i + np.arange(oh).reshape(-1, 1, 1), j + np.arange(ow).reshape(1, -1, 1)

    def im2col(self, x):
        return x[:, *self.indices()]

    def col2im(self, cols):
        x = np.zeros(self.padded_shape, cols.dtype)
        np.add.at(x, (slice(None), *self.indices()), cols)
        return x


class ArgmaxPool(Layer):
    """2x2 windows side by side, flattened; argmax forwards, put_along_axis backwards."""

    def forward(self, x):
        n, c, h, w = x.shape
        windows = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
        self.winner = windows.argmax(axis=-1, keepdims=True)
        return np.take_along_axis(windows, self.winner, axis=-1)[..., 0]

    def backward(self, dout):
        n, c, h, w = dout.shape
        windows = np.zeros((n, c, h, w, 4), dout.dtype)
        np.put_along_axis(windows, self.winner, dout[..., None], axis=-1)
        return windows.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, 2 * h, 2 * w)


def lenet5(conv, rng):
    """The layers of `reference.LeNet5` with convolutions of class `conv`."""
    return Sequential(
        conv(1, 6, 5, 2, rng), ReLU(), ArgmaxPool(),
        conv(6, 16, 5, 0, rng), ReLU(), ArgmaxPool(),
        Flatten(), Linear(400, 120, rng=rng), ReLU(), Linear(120, 84, rng=rng), ReLU(), Linear(84, 10, rng=rng),
    )  # fmt: skip
