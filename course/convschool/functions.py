"""Functions that a check hands to a learner's function, as `f` in ``numerical_gradient(f, x, ...)``.

Each maps an array to an array, is smooth where the checks use it, and says nothing about convolution.
"""

import numpy as np


def cube(x: np.ndarray) -> np.ndarray:
    """x**3, elementwise: the slope depends on x."""
    return x**3


def sine(x: np.ndarray) -> np.ndarray:
    """sin(x), elementwise."""
    return np.sin(x)


def neighbour_products(x: np.ndarray) -> np.ndarray:
    """x[..., i] * x[..., i+1]: each input reaches two outputs, and the output is narrower."""
    return x[..., :-1] * x[..., 1:]


def square_sum(x: np.ndarray) -> np.ndarray:
    """The sum of squares, of shape (): many inputs reach one output."""
    return np.asarray((x**2).sum())


def row_exponentials(x: np.ndarray) -> np.ndarray:
    """exp of each row's sum: the result has one axis less."""
    return np.exp(x.sum(axis=-1))


FUNCTIONS = {f.__name__: f for f in (cube, sine, neighbour_products, square_sum, row_exponentials)}
