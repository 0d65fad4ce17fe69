"""Layers, the loss and whole networks against PyTorch: outputs, all gradients, running statistics."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import reference

pytestmark = pytest.mark.oracle

TOLERANCE = {np.float64: 1e-10, np.float32: 1e-5}
SHAPE = (3, 4, 9, 8)

every_type = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])


def agree(ours, theirs, dtype, what):
    """Same shape and type, and equal relative to the largest entry of the result."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape, what
    assert ours.dtype == theirs.dtype == dtype, what
    scale = np.abs(theirs).max(initial=0)
    assert np.abs(ours - theirs).max(initial=0) <= TOLERANCE[dtype] * max(scale, 1e-3), what


def copy_parameters(ours, theirs):
    """Give PyTorch's module our parameters: both list them in the same order, with the same shapes."""
    with torch.no_grad():
        for (name, p), q in zip(ours.params.items(), theirs.parameters(), strict=True):
            assert p.shape == tuple(q.shape), name
            q.copy_(torch.from_numpy(p))


def compare(ours, theirs, shape, dtype, seed=0):
    """Forward and backward with a random upstream gradient."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape).astype(dtype)
    theirs = theirs.to(torch.float64 if dtype is np.float64 else torch.float32)
    copy_parameters(ours, theirs)
    x_torch = torch.tensor(x, requires_grad=True)
    out, out_torch = ours.forward(x), theirs(x_torch)
    agree(out, out_torch, dtype, "forward")
    dout = rng.standard_normal(out.shape).astype(dtype)
    out_torch.backward(torch.from_numpy(dout))
    agree(ours.backward(dout), x_torch.grad, dtype, "dx")
    for (name, grad), q in zip(ours.grads.items(), theirs.parameters(), strict=True):
        agree(grad, q.grad, dtype, name)


LAYERS = {
    "conv": (
        lambda d: reference.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 3), groups=2, rng=0, dtype=d),
        lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 3), groups=2),
    ),
    "conv-same-no-bias": (
        lambda d: reference.Conv2d(4, 6, (4, 3), padding="same", bias=False, rng=0, dtype=d),
        lambda: nn.Conv2d(4, 6, (4, 3), padding="same", bias=False),
    ),
    "conv-transpose": (
        lambda d: reference.ConvTranspose2d(4, 6, 3, (2, 3), (1, 0), (1, 2), groups=2, dilation=2, rng=0, dtype=d),
        lambda: nn.ConvTranspose2d(4, 6, 3, (2, 3), (1, 0), (1, 2), groups=2, dilation=2),
    ),
    "conv-transpose-no-bias": (
        lambda d: reference.ConvTranspose2d(4, 3, 2, bias=False, rng=0, dtype=d),
        lambda: nn.ConvTranspose2d(4, 3, 2, bias=False),
    ),
    "max-pool": (
        lambda d: reference.MaxPool2d((3, 2), (2, 1), 1, (1, 2), ceil_mode=True),
        lambda: nn.MaxPool2d((3, 2), (2, 1), 1, (1, 2), ceil_mode=True),
    ),
    "max-pool-2": (lambda d: reference.MaxPool2d(2), lambda: nn.MaxPool2d(2)),
    "avg-pool": (
        lambda d: reference.AvgPool2d(3, 2, 1, ceil_mode=True),
        lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True),
    ),
    "avg-pool-without-padding": (
        lambda d: reference.AvgPool2d((3, 2), 2, 1, count_include_pad=False),
        lambda: nn.AvgPool2d((3, 2), 2, 1, count_include_pad=False),
    ),
    "global-avg-pool": (lambda d: reference.GlobalAvgPool2d(), lambda: nn.AdaptiveAvgPool2d(1)),
    "relu": (lambda d: reference.ReLU(), nn.ReLU),
    "sigmoid": (lambda d: reference.Sigmoid(), nn.Sigmoid),
    "tanh": (lambda d: reference.Tanh(), nn.Tanh),
    "flatten": (lambda d: reference.Flatten(), nn.Flatten),
    "dropout-eval": (lambda d: reference.Dropout(0.3).eval(), lambda: nn.Dropout(0.3).eval()),
    "batch-norm": (lambda d: reference.BatchNorm2d(4, dtype=d), lambda: nn.BatchNorm2d(4)),
}


@every_type
def test_relu_of_zeros_infinities_and_nan(dtype):
    x = np.array([[0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, -1e-30]], dtype)
    layer, there = reference.ReLU(), torch.tensor(x, requires_grad=True)
    y = torch.relu(there)
    y.backward(torch.ones_like(y))
    np.testing.assert_array_equal(layer.forward(x), y.detach().numpy())
    np.testing.assert_array_equal(layer.backward(np.ones_like(x)), there.grad.numpy())


@every_type
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    ours, theirs = LAYERS[name]
    compare(ours(dtype), theirs(), SHAPE, dtype)


@every_type
@pytest.mark.parametrize("size_alpha_beta_k", [(3, 0.5, 0.6, 1.5), (4, 2.0), (9, 2.0), (1, 2.0), (5,)])
def test_local_response_norm(size_alpha_beta_k, dtype):
    """Odd and even, wider than the four channels, one channel, and PyTorch's defaults."""
    compare(reference.LocalResponseNorm(*size_alpha_beta_k), nn.LocalResponseNorm(*size_alpha_beta_k), SHAPE, dtype)


@every_type
@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias, dtype):
    compare(reference.Linear(7, 5, bias, rng=0, dtype=dtype), nn.Linear(7, 5, bias), (6, 7), dtype)


@every_type
@pytest.mark.parametrize("momentum", [0.1, 0.7])
def test_batch_norm_follows_the_batches_and_then_stands_still(momentum, dtype):
    ours = reference.BatchNorm2d(4, eps=1e-3, momentum=momentum, dtype=dtype)
    theirs = nn.BatchNorm2d(4, eps=1e-3, momentum=momentum)
    rng = np.random.default_rng(1)
    for name in ours.params:
        ours.params[name][...] = rng.standard_normal(4)
    for seed in range(3):
        compare(ours, theirs, (3, 4, 5, 2), dtype, seed)
        agree(ours.running_mean, theirs.running_mean, dtype, "running_mean")
        agree(ours.running_var, theirs.running_var, dtype, "running_var")
        theirs.zero_grad()
    compare(ours.eval(), theirs.eval(), SHAPE, dtype)
    agree(ours.running_var, theirs.running_var, dtype, "running_var")


class TorchInception(nn.Module):
    def __init__(self, channels, c1, r3, c3, r5, c5, pool):
        super().__init__()
        conv = lambda a, b, k: [nn.Conv2d(a, b, k, padding=k // 2), nn.ReLU()]
        self.branches = nn.ModuleList(
            [
                nn.Sequential(*conv(channels, c1, 1)),
                nn.Sequential(*conv(channels, r3, 1), *conv(r3, c3, 3)),
                nn.Sequential(*conv(channels, r5, 1), *conv(r5, c5, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), *conv(channels, pool, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


@every_type
def test_inception(dtype):
    sizes = (4, 3, 5, 6, 2, 4, 3)
    compare(reference.Inception(*sizes, rng=0, dtype=dtype), TorchInception(*sizes), SHAPE, dtype)


def torch_lenet5(activation=nn.ReLU, pooling=nn.MaxPool2d):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        activation(),
        pooling(2),
        nn.Conv2d(6, 16, 5),
        activation(),
        pooling(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        activation(),
        nn.Linear(120, 84),
        activation(),
        nn.Linear(84, 10),
    )


@every_type
def test_lenet5(dtype):
    compare(reference.LeNet5(dtype=dtype, rng=0), torch_lenet5(), (5, 1, 28, 28), dtype)


@every_type
def test_lenet5_with_tanh_and_averages(dtype):
    ours = reference.LeNet5(activation=reference.Tanh, pooling=reference.AvgPool2d, dtype=dtype, rng=0)
    compare(ours, torch_lenet5(nn.Tanh, nn.AvgPool2d), (5, 1, 28, 28), dtype)


@every_type
def test_alexnet(dtype):
    ours = reference.AlexNet(classes=6, width=1 / 16, image_size=67, dropout=0.0, dtype=dtype, rng=0)
    for name, p in ours.params.items():
        if name.endswith("w"):  # the paper's start values are for full width: at this one, signals would vanish
            p *= 10
    norm = lambda: nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
    theirs = nn.Sequential(
        nn.Conv2d(3, 6, 11, stride=4),
        nn.ReLU(),
        norm(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(6, 16, 5, padding=2, groups=2),
        nn.ReLU(),
        norm(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 24, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(24, 24, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(24, 16, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(16, 256),
        nn.ReLU(),
        nn.Dropout(0.0),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Dropout(0.0),
        nn.Linear(256, 6),
    )
    compare(ours, theirs, (4, 3, 67, 67), dtype)


@every_type
@pytest.mark.parametrize(("n", "classes", "spread"), [(1, 1, 1), (7, 10, 1), (64, 3, 100), (0, 4, 1)])
def test_softmax_cross_entropy(n, classes, spread, dtype):
    rng = np.random.default_rng(0)
    scores = (spread * rng.standard_normal((n, classes))).astype(dtype)
    y = rng.integers(0, classes, n)
    loss, dscores = reference.softmax_cross_entropy(scores, y)
    scores_torch = torch.tensor(scores, requires_grad=True)
    loss_torch = nn.functional.cross_entropy(scores_torch, torch.from_numpy(y))
    loss_torch.backward()
    np.testing.assert_allclose(loss, loss_torch.item(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    agree(dscores, scores_torch.grad, dtype, "dscores")
    agree(reference.softmax(scores), torch.softmax(scores_torch, 1), dtype, "softmax")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("he_normal", "kaiming_normal_"), ("he_uniform", "kaiming_uniform_")]
    + [(f"glorot_{kind}", f"xavier_{kind}_") for kind in ("normal", "uniform")],
)
@pytest.mark.parametrize("shape", [(64, 8, 5, 5), (96, 300), (32, 64, 3)])
def test_initializers_have_pytorchs_spread(ours, theirs, shape):
    w = getattr(reference.initializers, ours)(shape, np.random.default_rng(0), np.float64)
    torch.manual_seed(0)
    options = {"nonlinearity": "relu"} if theirs.startswith("kaiming") else {}
    v = getattr(nn.init, theirs)(torch.empty(shape, dtype=torch.float64), **options)
    assert math.isclose(w.std(), v.std().item(), rel_tol=0.05)
    if theirs.endswith("uniform_"):
        assert math.isclose(np.abs(w).max(), v.abs().max().item(), rel_tol=0.01)
