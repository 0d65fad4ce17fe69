"""Initializers: the spread they promise, and that they keep a signal's variance."""

import math

import numpy as np
import pytest

from reference import Linear, ReLU, Sequential
from reference.initializers import (
    fans,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    normal,
    uniform,
    zeros,
)

SHAPE = (64, 16, 5, 3)  # fan_in 240, fan_out 960


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        (he_normal, 2 / 240),
        (he_uniform, 2 / 240),
        (lecun_normal, 1 / 240),
        (glorot_normal, 2 / 1200),
        (glorot_uniform, 2 / 1200),
        (normal(0.3), 0.09),
        (uniform(0.3), 0.03),
    ],
)
def test_mean_and_variance(init, variance):
    w = init(SHAPE, np.random.default_rng(0), np.float64)
    assert w.shape == SHAPE
    assert w.var() == pytest.approx(variance, rel=0.05)
    assert abs(w.mean()) < 4 * math.sqrt(variance / w.size)
    single = init(SHAPE, np.random.default_rng(0), np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, w.astype(np.float32))


def test_fans_count_the_window():
    assert fans((6, 3, 5, 5)) == (75, 150)
    assert fans((10, 84)) == (84, 10)
    with pytest.raises(ValueError, match="at least two axes"):
        fans((10,))


def test_zeros_draw_nothing():
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(zeros((2, 3), rng, np.float32), np.zeros((2, 3)))
    assert rng.random() == np.random.default_rng(0).random()


def test_he_keeps_a_signal_alive_through_twenty_relu_layers_where_glorot_loses_it():
    x = np.random.default_rng(1).standard_normal((50, 256))

    def power(init):
        rng = np.random.default_rng(2)
        stack = [layer for _ in range(20) for layer in (Linear(256, 256, init=init, rng=rng, dtype=np.float64), ReLU())]
        return (Sequential(*stack).forward(x) ** 2).mean()

    assert 0.2 < power(he_normal) < 5
    assert power(glorot_normal) < 1e-4
