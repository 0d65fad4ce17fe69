"""The training loop, and LeNet-5 learning to read."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import convschool
from reference import (
    SGD,
    Adam,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    LeNet5,
    Linear,
    ReLU,
    Sequential,
    evaluate,
    minibatches,
    train,
    train_step,
)


@pytest.fixture(scope="module")
def digits():
    """The shipped digits as (5000, 1, 28, 28) float32 of about mean 0 and variance 1, and their classes."""
    with np.load(Path(convschool.__file__).with_name("mnist5k.npz")) as file:
        images = file["images"].astype(np.float32)[:, None] / 255
        return (images - 0.13) / 0.31, file["labels"]


def rings(n, seed):
    """Points inside (0) and outside (1) a circle: no straight line parts them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 2)).astype(np.float32)
    return x, ((x**2).sum(axis=1) > 0.5).astype(int)


def net(seed=0):
    return Sequential(Linear(2, 32, rng=seed), ReLU(), Linear(32, 2, rng=seed + 1))


def test_lenet5_learns_the_digits(digits):
    x, y = digits
    model = LeNet5(rng=0)
    optimizer = Adam(model, 0.003)
    validation = (x[4000:], y[4000:])
    first = train(model, optimizer, x[:4000], y[:4000], epochs=2, validation=validation, rng=0, progress=False)
    optimizer.lr = 0.0005
    last = train(model, optimizer, x[:4000], y[:4000], epochs=1, validation=validation, rng=1, progress=False)
    assert first.validation_accuracy[0] > 0.8
    assert last.validation_accuracy[-1] > 0.95
    assert last.loss[-1] < first.loss[1] < first.loss[0] < 1


def test_a_small_net_parts_what_no_line_can():
    model = net()
    history = train(model, Adam(model, 0.01), *rings(1000, 0), epochs=15, rng=0, progress=False)
    assert evaluate(model, *rings(500, 1)) > 0.95
    assert len(history.loss) == len(history.accuracy) == len(history.seconds) == 15
    assert history.validation_accuracy == []
    assert history.loss[-1] < history.loss[0] / 3
    assert history.accuracy[-1] > 0.95
    line = Sequential(Linear(2, 2, rng=0))
    train(line, Adam(line, 0.01), *rings(1000, 0), epochs=15, rng=0, progress=False)
    assert evaluate(line, *rings(500, 1)) < 0.75


def test_the_same_seeds_give_the_same_numbers():
    runs = []
    for _ in range(2):
        model = Sequential(Linear(2, 8, rng=0), ReLU(), Dropout(0.2, rng=5), Linear(8, 2, rng=1))
        history = train(model, SGD(model, 0.1), *rings(200, 0), epochs=3, rng=9, progress=False)
        runs.append((history.loss, history.accuracy, model.params))
    assert runs[0][:2] == runs[1][:2]
    for name, p in runs[0][2].items():
        np.testing.assert_array_equal(p, runs[1][2][name])


def test_the_loss_of_the_history_is_the_mean_over_the_minibatches():
    x, y = rings(100, 0)
    model, twin = net(), net()
    history = train(model, SGD(model, 0.1), x, y, epochs=1, batch_size=32, rng=4, progress=False)
    optimizer, losses = SGD(twin, 0.1), []
    for batch in minibatches(x, y, 32, np.random.default_rng(4)):
        losses.append(train_step(twin, optimizer, *batch)[0])
    assert len(losses) == 4
    assert history.loss == pytest.approx([np.mean(losses, dtype=float)])
    for name, p in model.params.items():
        np.testing.assert_array_equal(p, twin.params[name])


def test_minibatches_see_every_example_once():
    x = np.arange(23.0)
    batches = list(minibatches(x, x.astype(int), 5, np.random.default_rng(0)))
    assert [len(batch) for batch, _ in batches] == [5, 5, 5, 5, 3]
    seen = np.concatenate([batch for batch, _ in batches])
    assert not np.array_equal(seen, x)
    np.testing.assert_array_equal(np.sort(seen), x)
    for batch, classes in batches:
        np.testing.assert_array_equal(batch, classes)
        assert not np.shares_memory(batch, x)


def test_validation_is_scored_but_never_trained_on():
    x, y = rings(100, 0)
    model, twin = (
        Sequential(Conv2d(1, 2, 1, rng=0), BatchNorm2d(2), Flatten(), Dropout(0.5, rng=1), Linear(4, 2, rng=0))
        for _ in range(2)
    )
    x = x[:, None, None]
    history = train(model, SGD(model, 0.1), x, y, epochs=2, validation=(x[:30] + 5, y[:30]), rng=0, progress=False)
    train(twin, SGD(twin, 0.1), x, y, epochs=2, rng=0, progress=False)
    assert len(history.validation_accuracy) == 2
    assert history.validation_accuracy[-1] == evaluate(model, x[:30] + 5, y[:30])
    for name, p in model.params.items():
        np.testing.assert_array_equal(p, twin.params[name])
    np.testing.assert_array_equal(model.layers["1"].running_mean, twin.layers["1"].running_mean)
    assert not model.training


def test_evaluate_counts_all_batches_and_keeps_the_mode():
    x, y = rings(101, 0)
    model = net()
    right = np.mean(model.forward(x).argmax(axis=1) == y)
    assert evaluate(model, x, y, batch_size=10) == pytest.approx(right)
    assert model.training and all(layer.training for layer in model.layers.values())
    model.eval()
    evaluate(model, x, y)
    assert not model.training


def test_divergence_is_reported_before_the_parameters_are_lost():
    x, y = rings(100, 0)
    model = net()
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="smaller lr than 1e"):
        train(model, SGD(model, 1e30), x, y, epochs=10, rng=0, progress=False)


def test_a_loss_that_is_not_finite_changes_nothing():
    model = net()
    before = {name: p.copy() for name, p in model.params.items()}
    with pytest.raises(FloatingPointError):
        train_step(model, SGD(model, 0.1), np.full((4, 2), np.nan, np.float32), np.zeros(4, int))
    for name, p in model.params.items():
        np.testing.assert_array_equal(p, before[name])


def test_the_bar_says_where_training_stands(capsys):
    model = net()
    validation = rings(50, 1)
    train(model, SGD(model, 0.1), *rings(100, 0), epochs=2, validation=validation, rng=0)
    assert "epoch 2/2, validation" in capsys.readouterr().out
    train(model, SGD(model, 0.1), *rings(100, 0), epochs=2, rng=0, progress=False)
    assert capsys.readouterr().out == ""


def test_who_sees_no_bar_does_not_import_one():
    """`rich` takes longer to import than the package."""
    script = """
import sys, numpy as np, reference
model = reference.Linear(2, 2)
reference.train(model, reference.SGD(model, 0.1), np.eye(2, dtype="f4"), [0, 1], epochs=1, progress=False)
assert "rich" not in sys.modules
reference.train(model, reference.SGD(model, 0.1), np.eye(2, dtype="f4"), [0, 1], epochs=1)
assert "rich" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_no_epochs_are_no_training():
    model = net()
    history = train(model, SGD(model, 0.1), *rings(10, 0), epochs=0, progress=False)
    assert history.loss == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.zeros(9, int)}, r"y has shape \(9,\), but x of \(10, 2\)"),
        ({"epochs": -1}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"x": np.zeros((0, 2), np.float32), "y": np.zeros(0, int)}, "nothing to train on"),
    ],
)
def test_a_wrong_argument_is_named(changes, message):
    x, y = rings(10, 0)
    model = net()
    with pytest.raises(ValueError, match=message):
        train(model, SGD(model, 0.1), **{"x": x, "y": y, "epochs": 1, "progress": False, **changes})
