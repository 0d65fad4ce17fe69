"""Start values of weights: drawn so wide that signals neither vanish nor explode from layer to layer.

An initializer is a function (shape, rng, dtype) -> array. Numbers are drawn in float64 and then rounded, so
that a seed gives the same network in every precision. A kernel of shape (F, C/groups, KH, KW) sums fan_in =
C/groups*KH*KW products in each output; a weight matrix has the shape (F, C), so the same rule holds.
"""

import math

import numpy as np

from reference.arguments import real


def fans(shape):
    """Return (fan_in, fan_out) of weights of `shape` (F, C, *kernel), counted as PyTorch counts them."""
    if len(shape) < 2:
        raise ValueError(f"shape must be (F, C, *kernel), at least two axes, not {tuple(shape)}")
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


def normal(std, mean=0.0):
    """An initializer that draws from N(mean, std**2)."""
    std, mean = real("std", std), real("mean", mean)
    return lambda shape, rng, dtype: (mean + std * rng.standard_normal(shape)).astype(dtype)


def uniform(bound):
    """An initializer that draws evenly from [-bound, bound)."""
    bound = real("bound", bound)
    return lambda shape, rng, dtype: rng.uniform(-bound, bound, shape).astype(dtype)


def zeros(shape, rng, dtype):
    """All zero: for biases, and for weights that are only counted, never run. Draws nothing from `rng`."""
    return np.zeros(shape, dtype)


def he_normal(shape, rng, dtype):
    """N(0, 2 / fan_in): keeps the variance of a signal through ReLU layers.  (He et al. 2015, equation 10)"""
    return normal(math.sqrt(2 / fans(shape)[0]))(shape, rng, dtype)


def he_uniform(shape, rng, dtype):
    """Evenly from +-sqrt(6 / fan_in): the variance of `he_normal`, without tails."""
    return uniform(math.sqrt(6 / fans(shape)[0]))(shape, rng, dtype)


def lecun_normal(shape, rng, dtype):
    """N(0, 1 / fan_in): keeps the variance through linear layers.  (LeCun et al. 1998, Efficient BackProp)"""
    return normal(math.sqrt(1 / fans(shape)[0]))(shape, rng, dtype)


def glorot_normal(shape, rng, dtype):
    """N(0, 2 / (fan_in + fan_out)): a compromise between forward and backward.  (Glorot and Bengio 2010)"""
    return normal(math.sqrt(2 / sum(fans(shape))))(shape, rng, dtype)


def glorot_uniform(shape, rng, dtype):
    """Evenly from +-sqrt(6 / (fan_in + fan_out)).  (Glorot and Bengio 2010, equation 16)"""
    return uniform(math.sqrt(6 / sum(fans(shape))))(shape, rng, dtype)
