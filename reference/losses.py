"""The loss at the end of a classifier."""

import numpy as np

from reference.arguments import float_arrays, plain_array
from reference.sums import mean, total


def softmax(scores):
    """Probabilities (N, K) of scores (N, K): exp(scores), each row divided by its sum.

    The row's maximum is taken off first, which changes nothing but keeps exp from overflowing.
    """
    dtype, scores = float_arrays(scores=scores)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return (e / total(e, (-1,), keepdims=True)).astype(dtype, copy=False)


def softmax_cross_entropy(scores, y):
    """Mean over the batch of -log softmax(scores)[y], and its gradient.

    Parameters
    ----------
    scores : (N, K) array, K >= 1, unnormalised log probabilities.
    y : (N,) integers in 0 ... K-1, the true classes.

    Returns
    -------
    loss : scalar of scores' type; nan for an empty batch, as in PyTorch.
    dscores : (N, K), (softmax(scores) - onehot(y)) / N.

    Raises ValueError when the shapes do not fit or a class does not exist, TypeError when y is not of
    integers. (Goodfellow et al. 2016, "Deep Learning", section 6.2.2.3)
    """
    dtype, scores = float_arrays(scores=scores)
    y = plain_array("y", y)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise ValueError(f"scores has shape {scores.shape}, but must be (N, K) with K >= 1")
    if y.shape != scores.shape[:1]:
        raise ValueError(f"y has shape {y.shape}, but scores of {scores.shape} needs ({len(scores)},)")
    if y.dtype.kind not in "iu":
        raise TypeError(f"y must be of integers, not {y.dtype}")
    n, classes = scores.shape
    if n == 0:
        return dtype.type(np.nan), np.zeros((0, classes), dtype)
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"y must lie in 0 ... {classes - 1}, but reaches from {y.min()} to {y.max()}")
    rows = np.arange(n)
    shifted = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    sums = total(e, (1,))
    loss = mean(np.log(sums) - shifted[rows, y], (0,))
    dscores = e / sums[:, None]
    dscores[rows, y] -= 1
    dscores /= n
    return dtype.type(loss), dscores.astype(dtype, copy=False)


def accuracy(scores, y):
    """Share of rows of scores (N, K) whose largest entry, the first if there are several, is at y (N,)."""
    scores, y = plain_array("scores", scores), plain_array("y", y)
    if scores.ndim != 2 or y.shape != scores.shape[:1]:
        raise ValueError(f"y has shape {y.shape}, but scores of {scores.shape} needs {scores.shape[:1]}")
    return float(np.mean(scores.argmax(axis=1) == y))
