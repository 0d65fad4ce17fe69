"""The fully connected layer."""

import numpy as np

from reference.arguments import float_arrays, integer
from reference.initializers import he_normal
from reference.layers.layer import Layer
from reference.sums import product, total


class Linear(Layer):
    """y = x w^T + b for x of shape (N, in_features).

    Parameters
    ----------
    in_features, out_features : int
    bias : bool, whether there is a b.
    init : function (shape, rng, dtype) -> array for w (see `reference.initializers`); b starts at 0.
    rng : np.random.Generator, seed or None.
    dtype : np.float32 or np.float64, type of the parameters, which x must have too.

    `params` are w (out_features, in_features), laid out as in PyTorch, and b (out_features,).
    """

    def __init__(self, in_features, out_features, bias=True, init=he_normal, rng=None, dtype=np.float32):
        super().__init__()
        self.in_features = integer("in_features", in_features, 1)
        self.out_features = integer("out_features", out_features, 1)
        self.params["w"] = init((self.out_features, self.in_features), np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_features, dtype)

    def forward(self, x):
        w, b = self.params["w"], self.params.get("b")
        _, x, w, b = float_arrays(x=x, w=w, b=b)
        if x.ndim != 2 or x.shape[1] != self.in_features:
            raise ValueError(f"x has shape {x.shape}, but w of {w.shape} needs (N, {self.in_features})")
        y = product(x, w.T)
        if b is not None:
            y += b
        return self._save(y, x)

    def backward(self, dout):
        dout, x = self._recall(dout)
        self.grads["w"] = product(dout.T, x)
        if "b" in self.params:
            self.grads["b"] = total(dout, (0,))
        return product(dout, self.params["w"])

    def output_shape(self, input_shape):
        if tuple(input_shape) != (self.in_features,):
            raise ValueError(f"input_shape is {tuple(input_shape)}, but Linear needs ({self.in_features},)")
        return (self.out_features,)
