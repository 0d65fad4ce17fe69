"""Optimizers: two steps by hand, state, in-place updates, what is left alone."""

import numpy as np
import pytest

from reference import SGD, Adam, Momentum, RMSprop


class Bowl:
    """loss = sum(curvature * p**2) / 2: gradients are known, the minimum is 0."""

    def __init__(self, start, curvature=1.0, dtype=np.float64):
        self.params = {"p": np.array(start, dtype)}
        self.curvature = np.array(curvature, dtype)
        self.grads = {}
        self.backward()

    def backward(self):
        self.grads["p"] = self.curvature * self.params["p"]


def two_steps(optimizer, *gradients):
    """p after one step along each gradient, from 1."""
    model, path = optimizer.model, []
    for g in gradients:
        model.grads["p"] = np.array([float(g)])
        optimizer.step()
        path.append(model.params["p"][0])
    return path


def test_sgd_by_hand():
    assert two_steps(SGD(Bowl([1.0]), 0.1), 2, -3) == pytest.approx([0.8, 1.1])


def test_momentum_by_hand():
    # v = 2, then 0.9 * 2 - 3 = -1.2
    assert two_steps(Momentum(Bowl([1.0]), 0.1), 2, -3) == pytest.approx([0.8, 0.92])


def test_nesterov_by_hand():
    # steps 0.1 * (2 + 0.9 * 2) and 0.1 * (-3 + 0.9 * -1.2)
    assert two_steps(Momentum(Bowl([1.0]), 0.1, nesterov=True), 2, -3) == pytest.approx([0.62, 1.028])


def test_rmsprop_by_hand():
    # s = 0.1 * 4 = 0.4, then 0.9 * 0.4 + 0.1 * 9 = 1.26
    path = two_steps(RMSprop(Bowl([1.0]), 0.1, alpha=0.9), 2, -3)
    first = 1 - 0.1 * 2 / np.sqrt(0.4)
    assert path == pytest.approx([first, first + 0.1 * 3 / np.sqrt(1.26)])


def test_adam_by_hand():
    # The first step has length lr, whatever the gradient; then m = 0.9 * 0.2 - 0.3, v = 0.999 * 0.004 + 0.009.
    path = two_steps(Adam(Bowl([1.0]), 0.1), 2, -3)
    m, v = (0.9 * 0.2 - 0.3) / (1 - 0.9**2), (0.999 * 0.004 + 0.009) / (1 - 0.999**2)
    assert path == pytest.approx([0.9, 0.9 - 0.1 * m / np.sqrt(v)])


def test_weight_decay_adds_to_the_gradient():
    assert two_steps(SGD(Bowl([1.0]), 0.1, weight_decay=0.5), 2, 0) == pytest.approx([0.75, 0.75 * 0.95])


EVERY = [
    lambda model: SGD(model, 0.1),
    lambda model: Momentum(model, 0.02),
    lambda model: Momentum(model, 0.02, nesterov=True),
    lambda model: RMSprop(model, 0.01),
    lambda model: Adam(model, 0.05),
]
every_optimizer = pytest.mark.parametrize("build", EVERY, ids=["sgd", "momentum", "nesterov", "rmsprop", "adam"])


@every_optimizer
def test_the_bottom_of_a_bowl_is_found(build):
    model = Bowl([3.0, -2.0], [1.0, 10.0])
    optimizer = build(model)
    for _ in range(500):
        model.backward()
        optimizer.step()
    np.testing.assert_allclose(model.params["p"], 0, atol=0.02)


@every_optimizer
def test_parameters_change_in_place_and_keep_their_type_gradients_do_not_change(build):
    model = Bowl([3.0, -2.0], dtype=np.float32)
    p, g = model.params["p"], model.grads["p"].copy()
    optimizer = build(model)
    for _ in range(3):
        optimizer.step()
    assert model.params["p"] is p and p.dtype == np.float32
    assert (np.abs(p) < [3, 2]).all()
    np.testing.assert_array_equal(model.grads["p"], g)


@every_optimizer
def test_a_parameter_without_a_gradient_is_left_alone(build):
    model = Bowl([3.0])
    model.params["frozen"] = np.array([5.0])
    optimizer = build(model)
    optimizer.step()
    assert model.params["frozen"] == 5 and model.params["p"] < 3
    model.grads.clear()
    before = model.params["p"].copy()
    optimizer.step()
    np.testing.assert_array_equal(model.params["p"], before)


@every_optimizer
def test_each_parameter_has_its_own_state(build):
    together, alone = Bowl([3.0]), Bowl([3.0])
    together.params["other"], together.grads["other"] = np.array([1.0]), np.array([100.0])
    first, second = build(together), build(alone)
    for _ in range(3):
        first.step()
        second.step()
    np.testing.assert_array_equal(together.params["p"], alone.params["p"])


@every_optimizer
def test_lr_may_change_between_steps(build):
    model = Bowl([3.0])
    optimizer = build(model)
    optimizer.lr = 0.0
    optimizer.step()
    assert model.params["p"] == 3


@every_optimizer
def test_a_gradient_of_another_shape_is_refused(build):
    model = Bowl([3.0, 1.0])
    model.grads["p"] = np.array([1.0])
    with pytest.raises(ValueError, match=r"grads\['p'\] has shape \(1,\), but params\['p'\] has \(2,\)"):
        build(model).step()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SGD(Bowl([1.0]), -0.1), "lr"),
        (lambda: SGD(Bowl([1.0]), float("nan")), "lr"),
        (lambda: SGD(Bowl([1.0]), 0.1, weight_decay=-1), "weight_decay"),
        (lambda: Momentum(Bowl([1.0]), 0.1, momentum=1), "momentum"),
        (lambda: RMSprop(Bowl([1.0]), alpha=-0.1), "alpha"),
        (lambda: Adam(Bowl([1.0]), betas=(0.9, 1.0)), "betas"),
    ],
)
def test_a_wrong_argument_is_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
