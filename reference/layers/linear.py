"""The fully connected layer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from reference.arguments import Init, Rng, Shape, integer, kernel_arrays
from reference.initializers import he_normal
from reference.layers.layer import Layer
from reference.sums import product, total


class Linear(Layer):
    """y = x w^T + b for x of shape (N, in_features).

    `params` are w (out_features, in_features), laid out as in PyTorch, and b (out_features,).

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
        Whether there is a b.
    init : function (shape, rng, dtype) -> array
        For w (see `reference.initializers`); b starts at 0.
    rng : np.random.Generator, seed or None
    dtype : np.float32 or np.float64
        The type of the parameters, which x must have too.

    Examples
    --------
    >>> layer = Linear(3, 1, dtype=np.float64)
    >>> layer.params["w"][...] = [[1, 10, 100]]
    >>> layer.forward(np.array([[1.0, 2.0, 3.0]]))
    array([[321.]])
    >>> layer.backward(np.array([[2.0]]))
    array([[  2.,  20., 200.]])
    >>> layer.grads["w"]
    array([[2., 4., 6.]])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        init: Init = he_normal,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        self.in_features = integer("in_features", in_features, 1)
        self.out_features = integer("out_features", out_features, 1)
        self.params["w"] = init((self.out_features, self.in_features), np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_features, dtype)

    def forward(self, x: ArrayLike) -> np.ndarray:
        w, b = self.params["w"], self.params.get("b")
        _, x, w, b = kernel_arrays(x, w, b)
        if x.ndim != 2 or x.shape[1] != self.in_features:
            raise ValueError(f"x has shape {x.shape}, but w of {w.shape} needs (N, {self.in_features})")
        y = product(x, w.T)
        if b is not None:
            y += b
        return self._save(y, x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x,) = self._recall(dout)
        self.grads["w"] = product(dout.T, x)
        if "b" in self.params:
            self.grads["b"] = total(dout, (0,))
        return product(dout, self.params["w"])

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        if tuple(input_shape) != (self.in_features,):
            raise ValueError(f"input_shape is {tuple(input_shape)}, but Linear needs ({self.in_features},)")
        return (self.out_features,)
