"""From maps to a vector per example."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Shape, float_arrays
from reference.fast.flatten import flatten, unflatten
from reference.layers.layer import Layer


class Flatten(Layer):
    """(N, C, H, W) -> (N, C*H*W), channels outermost, columns innermost.

    Examples
    --------
    >>> Flatten().forward(np.ones((8, 16, 5, 5))).shape
    (8, 400)
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        return self._save(flatten(x).astype(dtype, copy=False), x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x,) = self._recall(dout)
        return unflatten(dout, x)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        return (math.prod(input_shape),)
