"""The Inception block: windows of several sizes side by side, made cheap by 1x1 convolutions."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from reference.arguments import Rng, Shape
from reference.layers.activation import ReLU
from reference.layers.container import Container, Sequential
from reference.layers.convolution import Conv2d
from reference.layers.layer import needed
from reference.layers.pooling import MaxPool2d


class Inception(Container):
    """Four branches on the same input, stacked along the channels.

        1x1        -> c1
        1x1 (r3)   -> 3x3 -> c3
        1x1 (r5)   -> 5x5 -> c5
        3x3 maximum -> 1x1 -> pool

    Each convolution is followed by ReLU. (N, in_channels, H, W) -> (N, c1 + c3 + c5 + pool, H, W).

    Parameters
    ----------
    in_channels : int
    c1, c3, c5, pool : int
        Channels each branch gives. GoogLeNet's first block, "3a", has 64, 128, 32, 32.
    r3, r5 : int
        Channels the 3x3 and the 5x5 branch are first reduced to (96 and 16 in 3a).
    rng : np.random.Generator, seed or None
    dtype : np.float32 or np.float64

    Notes
    -----
    Szegedy et al. 2015, figure 2b.

    Examples
    --------
    >>> block = Inception(16, c1=8, r3=4, c3=12, r5=2, c5=4, pool=4)
    >>> block.forward(np.ones((2, 16, 7, 7), np.float32)).shape
    (2, 28, 7, 7)
    """

    def __init__(
        self,
        in_channels: int,
        c1: int,
        r3: int,
        c3: int,
        r5: int,
        c5: int,
        pool: int,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        rng = np.random.default_rng(rng)

        def conv(channels: int, out: int, k: int) -> Conv2d:
            return Conv2d(channels, out, k, padding=k // 2, rng=rng, dtype=dtype)

        super().__init__(
            {
                "1x1": Sequential({"conv": conv(in_channels, c1, 1), "relu": ReLU()}),
                "3x3": Sequential(
                    {
                        "reduce": conv(in_channels, r3, 1),
                        "relu_reduce": ReLU(),
                        "conv": conv(r3, c3, 3),
                        "relu": ReLU(),
                    }
                ),
                "5x5": Sequential(
                    {
                        "reduce": conv(in_channels, r5, 1),
                        "relu_reduce": ReLU(),
                        "conv": conv(r5, c5, 5),
                        "relu": ReLU(),
                    }
                ),
                "pool": Sequential(
                    {
                        "pool": MaxPool2d(3, stride=1, padding=1),
                        "conv": conv(in_channels, pool, 1),
                        "relu": ReLU(),
                    }
                ),
            }
        )
        self.split = np.cumsum([c1, c3, c5])

    def forward(self, x: ArrayLike) -> np.ndarray:
        return self._save(np.concatenate([branch.forward(x) for branch in self.layers.values()], axis=1))

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, _ = self._recall(dout)
        parts = np.split(dout, self.split, axis=1)
        return reduce(
            np.add, [needed(branch.backward(part)) for branch, part in zip(self.layers.values(), parts, strict=True)]
        )

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        shapes = [branch.output_shape(input_shape) for branch in self.layers.values()]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])
