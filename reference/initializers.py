"""Start values of weights: drawn so wide that signals neither vanish nor explode from layer to layer.

An initializer is a function (shape, rng, dtype) -> array. Numbers are drawn in float64 and then rounded, so
that a seed gives the same network in every precision. A kernel of shape (F, C/groups, KH, KW) sums fan_in =
C/groups*KH*KW products in each output; a weight matrix has the shape (F, C), so the same rule holds.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from reference.arguments import Init, Shape, real


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Number of inputs of an output and of outputs of an input, counted as PyTorch counts them.

    Parameters
    ----------
    shape : (F, C, *kernel)
        Of the weights.

    Returns
    -------
    fan_in, fan_out : int

    Examples
    --------
    >>> fans((16, 6, 5, 5))
    (150, 400)
    """
    if len(shape) < 2:
        raise ValueError(f"shape must be (F, C, *kernel), at least two axes, not {tuple(shape)}")
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def normal(std: float, mean: float = 0.0) -> Init:
    """An initializer that draws from N(mean, std**2).

    Parameters
    ----------
    std, mean : float

    Returns
    -------
    init : function (shape, rng, dtype) -> array

    Examples
    --------
    >>> w = normal(0.01)((1000, 100), np.random.default_rng(0), np.float32)
    >>> w.dtype, round(float(w.std()), 3)
    (dtype('float32'), 0.01)
    """
    std, mean = real("std", std), real("mean", mean)
    return lambda shape, rng, dtype: (mean + std * rng.standard_normal(shape)).astype(dtype)


def uniform(bound: float) -> Init:
    """An initializer that draws evenly from [-bound, bound).

    Parameters
    ----------
    bound : float

    Returns
    -------
    init : function (shape, rng, dtype) -> array

    Examples
    --------
    >>> w = uniform(0.1)((1000, 100), np.random.default_rng(0), np.float64)
    >>> bool((-0.1 <= w).all() and (w < 0.1).all())
    True
    """
    bound = real("bound", bound)
    return lambda shape, rng, dtype: rng.uniform(-bound, bound, shape).astype(dtype)


def zeros(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """All zero: for biases, and for weights that are only counted, never run. Draws nothing from `rng`.

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Examples
    --------
    >>> zeros((2, 3), None, np.float32)
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    return np.zeros(shape, dtype)


def he_normal(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """N(0, 2 / fan_in): keeps the variance of a signal through ReLU layers.

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Notes
    -----
    He et al. 2015, equation 10.

    Examples
    --------
    The standard deviation is sqrt(2 / 200):

    >>> w = he_normal((200, 8, 5, 5), np.random.default_rng(0), np.float64)
    >>> round(float(w.std()), 3)
    0.1
    """
    return normal(math.sqrt(2 / fans(shape)[0]))(shape, rng, dtype)


def he_uniform(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """Evenly from +-sqrt(6 / fan_in): the variance of `he_normal`, without tails.

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Examples
    --------
    >>> w = he_uniform((200, 8, 5, 5), np.random.default_rng(0), np.float64)
    >>> round(float(w.std()), 3)
    0.1
    """
    return uniform(math.sqrt(6 / fans(shape)[0]))(shape, rng, dtype)


def lecun_normal(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """N(0, 1 / fan_in): keeps the variance through linear layers.

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Notes
    -----
    LeCun et al. 1998, Efficient BackProp.

    Examples
    --------
    >>> w = lecun_normal((200, 8, 5, 5), np.random.default_rng(0), np.float64)
    >>> round(float(w.std()), 3)
    0.071
    """
    return normal(math.sqrt(1 / fans(shape)[0]))(shape, rng, dtype)


def glorot_normal(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """N(0, 2 / (fan_in + fan_out)): a compromise between forward and backward.

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Notes
    -----
    Glorot and Bengio 2010.

    Examples
    --------
    >>> w = glorot_normal((200, 8, 5, 5), np.random.default_rng(0), np.float64)
    >>> round(float(w.std()), 3)
    0.02
    """
    return normal(math.sqrt(2 / sum(fans(shape))))(shape, rng, dtype)


def glorot_uniform(shape: Shape, rng: np.random.Generator, dtype: DTypeLike) -> np.ndarray:
    """Evenly from +-sqrt(6 / (fan_in + fan_out)).

    Parameters
    ----------
    shape, rng, dtype
        Of the array, of its numbers, of its type.

    Returns
    -------
    w : array

    Notes
    -----
    Glorot and Bengio 2010, equation 16.

    Examples
    --------
    >>> w = glorot_uniform((200, 8, 5, 5), np.random.default_rng(0), np.float64)
    >>> round(float(w.std()), 3)
    0.02
    """
    return uniform(math.sqrt(6 / sum(fans(shape))))(shape, rng, dtype)
