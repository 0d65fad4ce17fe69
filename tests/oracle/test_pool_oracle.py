"""Pooling against PyTorch: random configurations of every keyword, ties, NaN, infinities, gradients."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from reference.window import pooling_window

pytestmark = pytest.mark.oracle
many = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))

TOLERANCE = {np.float64: 1e-10, np.float32: 1e-5}
MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
GLOBAL_AVG = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}


def agree(ours, theirs, dtype):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == dtype
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(ours[~finite], theirs[~finite])
    largest = np.abs(theirs[finite]).max(initial=0)
    assert np.abs(ours[finite] - theirs[finite]).max(initial=0) <= TOLERANCE[dtype] * largest


@st.composite
def poolings(draw, dilated):
    """`(dtype, rng, x shape, keywords)` of a pooling whose every window meets the input."""
    axes = draw(st.integers(1, 3))
    largest = {1: 6, 2: 4, 3: 3}[axes]
    per_axis = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))
    kernel = per_axis(1, largest)
    dilation = per_axis(1, 3) if dilated else (1,) * axes
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    # avg_pool3d refuses, in its backward pass, an input smaller than the kernel however much it is padded.
    trimmed = [0 if axes == 3 and not dilated else 2 * p for p in padding]
    size = tuple(
        max(1, d * (k - 1) + 1 - p) + draw(st.integers(0, 6)) for k, d, p in zip(kernel, dilation, trimmed, strict=True)
    )
    stride = draw(st.sampled_from(["none", "ints"]))
    keywords = dict(
        kernel_size=kernel,
        stride=None if stride == "none" else per_axis(1, 4),
        padding=padding,
        ceil_mode=draw(st.booleans()),
    )
    if dilated:
        keywords["dilation"] = dilation
    else:
        keywords["count_include_pad"] = draw(st.booleans())
    return (
        draw(st.sampled_from([np.float64, np.float32])),
        np.random.default_rng(draw(st.integers(0, 2**32))),
        (draw(st.integers(0, 3)), draw(st.integers(1, 3)), *size),
        keywords,
    )


def meets_the_input(x_shape, keywords):
    """Whether every window has a tap on the input: PyTorch's answer is not defined where one has none."""
    window = pooling_window(x_shape[2:], **keywords)
    hits = np.zeros(window.out, int)
    inside = np.zeros(window.padded, bool)
    inside[window.inside] = True
    for _, places in window.taps():
        hits += inside[places]
    return hits.all()


@many
@given(poolings(dilated=True), st.sampled_from(["ties", "distinct", "specials"]))
def test_max_pool_and_its_gradient(configurations, configuration, values):
    dtype, rng, x_shape, keywords = configuration
    if not meets_the_input(x_shape, keywords):
        return
    axes = len(x_shape) - 2
    if values == "distinct":
        x = rng.permutation(np.prod(x_shape, dtype=int)).reshape(x_shape).astype(dtype)
    else:
        choices = [-1, 0, 1] if values == "ties" else [-np.inf, np.nan, 0, 1, np.inf]
        x = rng.choice(choices, size=x_shape).astype(dtype)
    tx = torch.tensor(x, requires_grad=True)
    theirs = MAX_POOL[axes](tx, **keywords)
    ours = reference.max_pool_nd(x, **keywords)
    agree(ours, theirs, dtype)

    dout = rng.normal(size=ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dout))
    dx = reference.max_pool_nd_backward(dout, x, **keywords)
    agree(dx, tx.grad, dtype)
    if axes == 2:
        np.testing.assert_array_equal(ours, reference.max_pool2d(x, **keywords))
        np.testing.assert_array_equal(dx, reference.max_pool2d_backward(dout, x, **keywords))
    configurations[f"max_pool_nd, {axes} axes, {dtype.__name__}, {values}"] += 1


@many
@given(poolings(dilated=False))
def test_avg_pool_and_its_gradient(configurations, configuration):
    dtype, rng, x_shape, keywords = configuration
    axes = len(x_shape) - 2
    x = rng.normal(size=x_shape).astype(dtype)
    tx = torch.tensor(x, requires_grad=True)
    theirs = AVG_POOL[axes](tx, **keywords)
    ours = reference.avg_pool_nd(x, **keywords)
    agree(ours, theirs, dtype)

    dout = rng.normal(size=ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dout))
    dx = reference.avg_pool_nd_backward(dout, x, **keywords)
    agree(dx, tx.grad, dtype)
    if axes == 2:
        np.testing.assert_array_equal(ours, reference.avg_pool2d(x, **keywords))
        np.testing.assert_array_equal(dx, reference.avg_pool2d_backward(dout, x, **keywords))
    configurations[f"avg_pool_nd, {axes} axes, {dtype.__name__}"] += 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", [(7,), (5, 1), (3, 4, 5)])
def test_global_pooling(configurations, size, dtype):
    axes = len(size)
    x = np.random.default_rng(0).normal(size=(2, 3, *size)).astype(dtype)
    tx = torch.tensor(x, requires_grad=True)
    theirs = GLOBAL_AVG[axes](tx, 1)
    ours = reference.global_avg_pool(x)
    agree(ours, theirs, dtype)
    theirs.sum().backward()
    agree(reference.global_avg_pool_backward(np.ones_like(ours), x), tx.grad, dtype)

    tx = torch.tensor(x, requires_grad=True)
    theirs = tx.amax(dim=tuple(range(2, 2 + axes)), keepdim=True)
    agree(reference.global_max_pool(x), theirs, dtype)
    theirs.sum().backward()
    agree(reference.global_max_pool_backward(np.ones_like(ours), x), tx.grad, dtype)
    configurations[f"global pooling, {axes} axes, {dtype.__name__}"] += 1
