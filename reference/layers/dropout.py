"""Dropout: in training, leave out units at random."""

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Real, Rng, float_arrays
from reference.layers.layer import Layer


class Dropout(Layer):
    """In training, entries become 0 with probability p, the others x / (1 - p); in evaluation, y = x.

    So the expected output is the same in both modes: "inverted" dropout, as in PyTorch.

    Parameters
    ----------
    p : float in [0, 1]
        Probability of an entry to be dropped.
    rng : np.random.Generator, seed or None
        Source of the masks.

    Notes
    -----
    Srivastava et al. 2014 scale the weights at test time instead, and name this variant in section 10.

    Examples
    --------
    >>> layer = Dropout(0.5, rng=0)
    >>> np.unique(layer.forward(np.ones((10, 10))))
    array([0., 2.])
    >>> np.unique(layer.eval().forward(np.ones((10, 10))))
    array([1.])
    """

    p = Real(least=0, most=1)

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        super().__init__()
        self.p = p
        self.rng = np.random.default_rng(rng)

    def forward(self, x: ArrayLike) -> np.ndarray:
        dtype, x = float_arrays("x", x)
        if not self.training:
            return self._save(x.astype(dtype, copy=True), np.ones((), dtype))
        mask = np.empty_like(x, dtype)  # in x's order in memory
        mask[...] = self.rng.random(x.shape) >= self.p
        if self.p < 1:
            mask /= 1 - self.p
        return self._save((x * mask).astype(dtype, copy=False), mask)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (mask,) = self._recall(dout)
        return dout * mask
