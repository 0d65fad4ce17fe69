"""Elementwise non-linearities: ReLU, sigmoid, tanh. Any shape in, the same shape out."""

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import float_arrays
from reference.layers.layer import Layer


class ReLU(Layer):
    """y = max(x, 0). The slope at 0 is taken as 0.

    Notes
    -----
    Nair and Hinton 2010.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    >>> layer.backward(np.ones(3))
    array([0., 0., 1.])
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        self._forget()
        y = np.clip(x, 0, np.inf).astype(dtype, copy=False)  # max(x, 0), twice as fast as np.maximum(x, 0)
        return self._save(y, y != 0)  # the same as y > 0 and faster, except that a NaN passes its gradient on

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (passed,) = self._recall(dout)
        dx = passed.astype(dout.dtype)
        dx *= dout  # of equal types: with the mask itself, NumPy would convert block by block
        return dx


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), without overflow for any x.

    Examples
    --------
    >>> layer = Sigmoid()
    >>> layer.forward(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> layer.backward(np.ones(3))
    array([0.  , 0.25, 0.  ])
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        z = np.exp(-np.abs(x))
        y = (np.where(x >= 0, 1, z) / (1 + z)).astype(dtype, copy=False)
        return self._save(y, y)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (y,) = self._recall(dout)
        return dout * y * (1 - y)


class Tanh(Layer):
    """y = tanh(x).

    Examples
    --------
    >>> layer = Tanh()
    >>> layer.forward(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    >>> layer.backward(np.ones(3))
    array([0., 1., 0.])
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        y = np.tanh(x).astype(dtype, copy=False)
        return self._save(y, y)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (y,) = self._recall(dout)
        return dout * (1 - y * y)
