"""The loss at the end of a classifier."""

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import float_arrays, plain_array
from reference.sums import mean, total


def softmax(scores: ArrayLike) -> np.ndarray:
    """Probabilities of scores: exp(scores), each row divided by its sum.

    The row's maximum is taken off first, which changes nothing but keeps exp from overflowing.

    Parameters
    ----------
    scores : (N, K) array

    Returns
    -------
    probabilities : (N, K) array

    Examples
    --------
    >>> softmax([[0.0, 0.0], [1000.0, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    dtype, scores = float_arrays("scores", scores)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return (e / total(e, (-1,), keepdims=True)).astype(dtype, copy=False)


def softmax_cross_entropy(scores: ArrayLike, y: ArrayLike) -> tuple[np.floating, np.ndarray]:
    """Mean over the batch of -log softmax(scores)[y], and its gradient.

    Parameters
    ----------
    scores : (N, K) array, K >= 1
        Unnormalised log probabilities.
    y : (N,) array of integers in 0 ... K-1
        The true classes.

    Returns
    -------
    loss : scalar of the type of scores
        nan for an empty batch, as in PyTorch.
    dscores : (N, K) array
        (softmax(scores) - onehot(y)) / N.

    Raises
    ------
    ValueError
        When the shapes do not fit or a class does not exist.
    TypeError
        When y is not of integers.

    Notes
    -----
    Goodfellow et al. 2016, "Deep Learning", section 6.2.2.3.

    Examples
    --------
    Of four classes with equal scores, each has probability 1/4:

    >>> loss, dscores = softmax_cross_entropy([[1.0, 1.0, 1.0, 1.0]], [2])
    >>> loss == np.log(4)
    np.True_
    >>> dscores
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """
    dtype, scores = float_arrays("scores", scores)
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


def accuracy(scores: ArrayLike, y: ArrayLike) -> float:
    """Share of rows whose largest entry, the first if there are several, is that of the true class.

    Parameters
    ----------
    scores : (N, K) array
    y : (N,) array of integers
        The true classes.

    Returns
    -------
    share : float

    Examples
    --------
    >>> accuracy([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.5, 0.5]], [1, 0, 0, 0])
    0.75
    """
    scores, y = plain_array("scores", scores), plain_array("y", y)
    if scores.ndim != 2 or y.shape != scores.shape[:1]:
        raise ValueError(f"y has shape {y.shape}, but scores of {scores.shape} needs {scores.shape[:1]}")
    return float(np.mean(scores.argmax(axis=1) == y))
