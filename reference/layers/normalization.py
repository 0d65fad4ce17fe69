"""Normalisation: over the batch (BatchNorm2d), or over neighbouring channels (LocalResponseNorm)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from reference.arguments import Real, Shape, float_arrays, integer
from reference.layers.layer import Layer
from reference.sums import add_up, mean, total


class BatchNorm2d(Layer):
    """Per channel: y = gamma * (x - mean) / sqrt(var + eps) + beta.

    In training, mean and var (divided by the count) are those of the batch over N, H and W, and the running
    statistics move towards them: running = (1 - momentum) * running + momentum * batch, with the unbiased
    variance (divided by count - 1). In evaluation, the running statistics take their place and are constants
    for `backward`.

    Parameters
    ----------
    num_features : int
        C of x (N, C, H, W).
    eps : float, at least 0
    momentum : float
    dtype : np.float32 or np.float64

    Attributes
    ----------
    params : dict
        gamma (starts at 1) and beta (starts at 0), both (C,).
    running_mean, running_var : (C,) arrays

    Raises
    ------
    ValueError
        In training, when a channel has only one value: its variance says nothing.

    Notes
    -----
    Ioffe and Szegedy 2015, algorithm 1.

    Examples
    --------
    >>> layer = BatchNorm2d(1, eps=0.0, dtype=np.float64)
    >>> layer.forward(np.array([[[[6.0, 10.0, 6.0, 10.0]]]]))
    array([[[[-1.,  1., -1.,  1.]]]])
    >>> layer.running_mean
    array([0.8])
    """

    eps = Real(least=0)
    momentum = Real()

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__()
        self.num_features = integer("num_features", num_features, 1)
        self.eps = eps
        self.momentum = momentum
        self.params["gamma"] = np.ones(self.num_features, dtype)
        self.params["beta"] = np.zeros(self.num_features, dtype)
        self.running_mean = np.zeros(self.num_features, dtype)
        self.running_var = np.ones(self.num_features, dtype)

    def forward(self, x: ArrayLike) -> np.ndarray:
        _, x, gamma, beta = float_arrays("x, gamma, beta", x, self.params["gamma"], self.params["beta"])
        if x.ndim != 4 or x.shape[1] != self.num_features:
            raise ValueError(f"x has shape {x.shape}, but BatchNorm2d needs (N, {self.num_features}, H, W)")
        if self.training:
            count = x.size // self.num_features
            if count < 2:
                raise ValueError(f"x has shape {x.shape}: in training each channel needs more than one value")
            centred, batch_mean, var = centre(x)
            self.running_mean += self.momentum * (batch_mean - self.running_mean)
            self.running_var += self.momentum * (var * (count / (count - 1)) - self.running_var)
        else:
            centred, var = x - per_channel(self.running_mean), self.running_var
        inv_std = 1 / np.sqrt(var + self.eps)
        x_hat = centred * per_channel(inv_std)
        y = per_channel(gamma) * x_hat + per_channel(beta)
        return self._save(y, x_hat, inv_std, self.training)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x_hat, inv_std, training) = self._recall(dout)
        # In training, x moves mean and var too. Their share is the mean of dout and its projection on x_hat, which is
        # the same with and without the mean, since the sum of x_hat is 0.
        through = dout - per_channel(mean(dout, (0, 2, 3))) if training else dout
        self.grads["gamma"] = total(through * x_hat, (0, 2, 3))
        self.grads["beta"] = total(dout, (0, 2, 3))
        if training:
            through -= x_hat * per_channel(self.grads["gamma"] / (dout.size // self.num_features))
        return per_channel(self.params["gamma"] * inv_std) * through

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        if len(input_shape) != 3 or input_shape[0] != self.num_features:
            raise ValueError(f"input_shape is {tuple(input_shape)}, but BatchNorm2d needs ({self.num_features}, H, W)")
        return tuple(input_shape)


def centre(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x minus its mean per channel, the mean, and the variance.

    The mean is taken off twice: rounded to the type of x it is off by a little, which counts where it is much larger
    than what remains.
    """
    rounded = mean(x, (0, 2, 3))
    centred = x - per_channel(rounded)
    centred -= per_channel(mean(centred, (0, 2, 3)))
    return centred, rounded, mean(centred * centred, (0, 2, 3))


def per_channel(v: np.ndarray) -> np.ndarray:
    """(C,) -> (C, 1, 1), which broadcasts over (N, C, H, W)."""
    return v[:, None, None]


class LocalResponseNorm(Layer):
    """y_c = x_c / (k + alpha / size * s_c)**beta, s_c the sum of x**2 over `size` channels around c.

    The channels are c - size//2 ... c + (size-1)//2, those that exist. x is (N, C, ...) with at least three axes.

    Parameters
    ----------
    size : int
        Number of channels.
    alpha, beta, k : float
        PyTorch's defaults.

    Notes
    -----
    Krizhevsky et al. 2012 (section 3.3) do not divide alpha by size: their alpha = 1e-4 with size 5 is alpha = 5e-4
    here and in PyTorch.

    Examples
    --------
    >>> layer = LocalResponseNorm(3, alpha=3.0, beta=1.0, k=0.0)
    >>> layer.forward(np.array([1.0, 2.0, 2.0]).reshape(1, 3, 1)).ravel().round(3)
    array([0.2  , 0.222, 0.25 ])
    """

    alpha = Real()
    beta = Real()
    k = Real()

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = integer("size", size, 1)
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        if x.ndim < 3:
            raise ValueError(f"x has shape {x.shape}, but LocalResponseNorm needs (N, C, ...), 3 axes or more")
        before, after = self.size // 2, (self.size - 1) // 2
        d = self.k + self.alpha / self.size * channel_sum(x * x, before, after)
        y = (x * d**-self.beta).astype(dtype, copy=False)
        return self._save(y, x, d)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x, d) = self._recall(dout)
        before, after = self.size // 2, (self.size - 1) // 2
        # x_c takes part in the sums of c' = c - after ... c + before: the window of the adjoint is the
        # mirrored one.
        through_sums = channel_sum(dout * x * d ** (-self.beta - 1), after, before)
        dx = dout * d**-self.beta - 2 * self.alpha * self.beta / self.size * x * through_sums
        return dx.astype(dout.dtype, copy=False)


def channel_sum(x: np.ndarray, before: int, after: int) -> np.ndarray:
    """Sum over the channels c - before ... c + after of x (N, C, ...), without those outside."""
    channels = x.shape[1]
    before, after = (max(0, min(reach, channels - 1)) for reach in (before, after))
    padded = np.zeros_like(x, shape=(x.shape[0], before + channels + after, *x.shape[2:]))
    padded[:, before : before + channels] = x
    return add_up(padded[:, start : start + channels] for start in range(before + after + 1))
