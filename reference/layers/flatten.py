"""From maps to a vector per example."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Shape, float_arrays
from reference.layers.layer import Layer


class Flatten(Layer):
    """(N, C, H, W) -> (N, C*H*W), channels outermost, columns innermost.

    Examples
    --------
    >>> Flatten().forward(np.ones((8, 16, 5, 5))).shape
    (8, 400)
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays(x=x)
        # A batch that lies last in memory stays there: to turn it round is slow.
        order = "F" if x.strides[0] == min(x.strides) else "C"
        out = np.empty((x.shape[0], math.prod(x.shape[1:])), dtype, order)
        out.reshape(x.shape)[...] = x
        return self._save(out, x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, x = self._recall(dout)
        dx = np.empty_like(x, dout.dtype)  # laid out in memory as x is: the layers below read it in that order
        dx[...] = dout.reshape(x.shape)
        return dx

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        return (math.prod(input_shape),)
