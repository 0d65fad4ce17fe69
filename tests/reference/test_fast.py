"""Every kernel of the fast storey against the vectorised storey below it, and the rule that chooses among them."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from reference import conv
from reference.fast import batch_last, pairwise, per_image, pointwise, rule, winograd
from reference.vectorised import conv as vectorised
from reference.vectorised import max_pool as vectorised_max_pool
from reference.window import pooling_window, window_on

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-6}
types = st.sampled_from([np.float64, np.float32])
seeds = st.integers(0, 2**32)


def close(ours, expected, tolerance):
    assert ours.shape == expected.shape
    assert ours.dtype == expected.dtype
    assert np.abs(ours - expected).max(initial=0) <= tolerance * max(1, np.abs(expected).max(initial=0))


def agree_with_vectorised(module, dtype, n, channels, kernels, groups, window, seed, tolerance=None):
    """The three functions of `module` give what `vectorised` gives in float64."""
    rng = np.random.default_rng(seed)
    draw = lambda *shape: rng.normal(size=shape).astype(dtype)
    x, w = draw(n, groups * channels, *window.size), draw(groups * kernels, channels, *window.kernel)
    b, dout = draw(groups * kernels), draw(n, groups * kernels, *window.out)
    exact = lambda function, *arrays: function(
        *(a if a is None else a.astype(np.float64) for a in arrays), window, groups
    ).astype(dtype)
    tolerance = tolerance or TOLERANCE[dtype]
    close(module.conv(x, w, b, window, groups), exact(vectorised.conv, x, w, b), tolerance)
    close(module.conv(x, w, None, window, groups), exact(vectorised.conv, x, w, None), tolerance)
    close(module.conv_dx(dout, w, window, groups), exact(vectorised.conv_dx, dout, w), tolerance)
    close(module.conv_dw(dout, x, window, groups), exact(vectorised.conv_dw, dout, x), tolerance)


@st.composite
def windows(draw, axes, kernel=4, stride=3, padding=3, dilation=2):
    per_axis = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))
    kernel, dilation = per_axis(1, kernel), per_axis(1, dilation)
    pads = tuple(per_axis(0, padding)[:1] + per_axis(0, padding)[:1] for _ in range(axes))
    size = tuple(
        max(1, d * (k - 1) + 1 - sum(pair)) + draw(st.integers(0, 6))
        for k, d, pair in zip(kernel, dilation, pads, strict=True)
    )
    return window_on(size, kernel, per_axis(1, stride), pads, dilation)


@pytest.mark.parametrize("block", [1, 50, 2**20])
@some
@given(st.integers(1, 3).flatmap(windows), types, st.integers(1, 3), st.integers(1, 2), seeds)
def test_per_image(block, window, dtype, n, groups, seed):
    """Any geometry, however finely the columns are cut."""
    standard = per_image.BLOCK, per_image.ROOM
    per_image.BLOCK = per_image.ROOM = block
    try:
        agree_with_vectorised(per_image, dtype, n, 2, 3, groups, window, seed)
        draw = np.random.default_rng(seed).normal
        dout = draw(size=(n, groups * 3, *window.out)).astype(dtype)
        w = draw(size=(groups * 3, 2, *window.kernel)).astype(dtype)
        expected = vectorised.conv_dx(dout.astype("f8"), w.astype("f8"), window, groups).astype(dtype)
        for conv_dx in (per_image.gathered_dx, per_image.scattered_dx):
            close(conv_dx(dout, w, window, groups), expected, TOLERANCE[dtype])
    finally:
        per_image.BLOCK, per_image.ROOM = standard


@pytest.mark.parametrize("channels, kernels, gathered", [(16, 32, True), (15, 16, False), (16, 33, False)])
def test_per_image_gathers_dx_where_the_channels_are_many(channels, kernels, gathered, monkeypatch):
    window = window_on((8, 8), 3, 2, 1)
    rng = np.random.default_rng(0)
    dout, w = rng.normal(size=(2, kernels, *window.out)), rng.normal(size=(kernels, channels, 3, 3))
    other = "scattered_dx" if gathered else "gathered_dx"
    monkeypatch.setattr(per_image, other, None)  # not to be called
    close(per_image.conv_dx(dout, w, window, 1), vectorised.conv_dx(dout, w, window, 1), 1e-12)


@some
@given(windows(2, dilation=1), types, st.integers(1, 3), st.sampled_from([1, 6, 9]), seeds)
def test_batch_last(window, dtype, n, kernels, seed):
    agree_with_vectorised(batch_last, dtype, n, 2, kernels, 1, window, seed)


@some
@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.integers(1, 3), types, st.integers(1, 3), seeds)
def test_pointwise(size, stride, dtype, groups, seed):
    window = window_on(size, 1, stride)
    agree_with_vectorised(pointwise, dtype, 2, 2, 3, groups, window, seed)


def three_by_three(height, width, *pads):
    return window_on((height, width), 3, 1, (pads[:2], pads[2:]))


@pytest.mark.parametrize("block", [1, 7, 200])
@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize(
    "window",
    [
        three_by_three(4, 4, 1, 1, 1, 1),
        three_by_three(6, 6, 0, 0, 0, 0),
        three_by_three(13, 9, 2, 0, 1, 2),
        three_by_three(3, 17, 2, 2, 0, 1),
        three_by_three(20, 31, 1, 1, 1, 1),
    ],
    ids=lambda window: f"{window.size}",
)
def test_winograd(window, n, block, monkeypatch):
    """All remainders of the tiles, all paddings, blocks of some rows, of one image and of several."""
    monkeypatch.setattr(winograd, "BLOCK", block * 5)
    monkeypatch.setattr(winograd, "LEAST", 1)
    agree_with_vectorised(winograd, np.float32, n, 5, 3, 1, window, 0, tolerance=1e-5)


@pytest.mark.parametrize("channels, kernels", [(17, 32), (64, 64), (256, 20), (20, 256), (256, 256)])
@pytest.mark.parametrize("values", ["normal", "positive", "uneven"])
def test_the_error_of_winograd_is_below_the_promise(channels, kernels, values):
    """Where the rule allows it: at most 1e-5 of the largest result, with room to spare."""
    rng = np.random.default_rng(channels + kernels)
    window = three_by_three(14, 14, 1, 1, 1, 1)
    x, w = rng.normal(size=(2, channels, 14, 14)), rng.normal(size=(kernels, channels, 3, 3))
    dout = rng.normal(size=(2, kernels, 14, 14))
    if values == "positive":
        x, w, dout = map(np.abs, (x, w, dout))
    if values == "uneven":
        x, w, dout = (a * 10.0 ** rng.uniform(-3, 3, size=a.shape) for a in (x, w, dout))
    x, w, dout = (a.astype(np.float32) for a in (x, w, dout))
    assert rule.conv_implementation(x.dtype, 2, channels, kernels, window, 1) is winograd
    wide = [a.astype(np.float64) for a in (x, w, dout)]
    for ours, exact in [
        (winograd.conv(x, w, None, window, 1), vectorised.conv(wide[0], wide[1], None, window, 1)),
        (winograd.conv_dx(dout, w, window, 1), vectorised.conv_dx(wide[2], wide[1], window, 1)),
        (winograd.conv_dw(dout, x, window, 1), vectorised.conv_dw(wide[2], wide[0], window, 1)),
    ]:
        assert np.abs(ours - exact).max() <= 0.8e-5 * np.abs(exact).max()


def test_winograd_transforms_are_a_correlation():
    a, g, b = winograd.transforms()
    rng = np.random.default_rng(0)
    kernel, pixels = rng.normal(size=3), rng.normal(size=6)
    np.testing.assert_allclose(a @ ((g @ kernel) * (b @ pixels)), np.correlate(pixels, kernel), rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:(invalid|overflow):RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_winograd_does_not_spread_what_is_not_finite(value):
    """One bad pixel harms the results that see it and no others, as in the storeys below."""
    rng = np.random.default_rng(0)
    window = three_by_three(12, 12, 1, 1, 1, 1)
    x, w = rng.normal(size=(2, 20, 12, 12)).astype("f4"), rng.normal(size=(18, 20, 3, 3)).astype("f4")
    dout = rng.normal(size=(2, 18, 12, 12)).astype("f4")
    x[1, 3, 5, 6] = dout[0, 2, 7, 7] = value
    np.testing.assert_allclose(
        reference.conv2d(x, w, padding=1), vectorised.conv(x, w, None, window, 1), rtol=1e-4, atol=1e-3
    )
    dx, dw, _ = reference.conv2d_backward(dout, x, w, padding=1)
    np.testing.assert_allclose(dx, vectorised.conv_dx(dout, w, window, 1), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(dw, vectorised.conv_dw(dout, x, window, 1), rtol=1e-4, atol=1e-3)


@some
@given(st.integers(2, 9), st.integers(2, 9), st.sampled_from(["ties", "nan", "infinite"]), types, st.booleans(), seeds)
def test_pairwise(height, width, values, dtype, batch_is_last, seed):
    rng = np.random.default_rng(seed)
    choices = {"ties": [0, 1, 2], "nan": [0, 1, np.nan], "infinite": [-np.inf, 0, np.inf]}[values]
    x = rng.choice(choices, size=(2, 3, height, width)).astype(dtype)
    if batch_is_last:
        x = np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0)
    window = pooling_window((height, width), 2)
    expected, winner = vectorised_max_pool.winners(x, window)
    np.testing.assert_array_equal(pairwise.max_pool(x, window), expected)
    out, pairs = pairwise.winners(x, window)
    np.testing.assert_array_equal(out, expected)
    dout = rng.normal(size=out.shape).astype(dtype)
    np.testing.assert_array_equal(pairwise.route(dout, pairs, window), vectorised_max_pool.route(dout, winner, window))


@pytest.mark.parametrize(
    "chosen, dtype, n, channels, kernels, geometry, groups",
    [
        (batch_last, "f4", 64, 1, 6, dict(size=(28, 28), kernel_size=5, padding=2), 1),
        (batch_last, "f8", 64, 6, 16, dict(size=(14, 14), kernel_size=5), 1),
        (winograd, "f4", 32, 64, 64, dict(size=(56, 56), kernel_size=3, padding=1), 1),
        (per_image, "f8", 32, 64, 64, dict(size=(56, 56), kernel_size=3, padding=1), 1),
        (per_image, "f4", 32, 512, 64, dict(size=(56, 56), kernel_size=3, padding=1), 1),
        (per_image, "f4", 32, 64, 128, dict(size=(56, 56), kernel_size=3, stride=2, padding=1), 1),
        (per_image, "f4", 16, 3, 64, dict(size=(224, 224), kernel_size=7, stride=2, padding=3), 1),
        (per_image, "f4", 2, 64, 64, dict(size=(56, 56), kernel_size=3, padding=1), 64),
        (per_image, "f4", 2, 16, 16, dict(size=(9, 30, 30), kernel_size=3), 1),
        (pointwise, "f4", 32, 256, 64, dict(size=(28, 28), kernel_size=1), 1),
        (vectorised, "f4", 2, 3, 4, dict(size=(9, 9), kernel_size=3), 1),
        (vectorised, "f4", 0, 64, 64, dict(size=(56, 56), kernel_size=3), 1),
    ],
)
def test_the_rule(chosen, dtype, n, channels, kernels, geometry, groups):
    window = window_on(**geometry)
    assert rule.conv_implementation(np.dtype(dtype), n, channels, kernels, window, groups) is chosen


def test_the_rule_for_pooling():
    assert rule.max_pool_implementation(pooling_window((9, 8), 2)) is pairwise
    for keywords in [dict(kernel_size=3), dict(kernel_size=2, stride=1), dict(kernel_size=2, padding=1)]:
        assert rule.max_pool_implementation(pooling_window((9, 8), **keywords)) is vectorised_max_pool
    assert rule.max_pool_implementation(pooling_window((9, 8), 2, ceil_mode=True)) is vectorised_max_pool


def test_a_gradient_nobody_needs_is_not_computed():
    rng = np.random.default_rng(0)
    x, w, dout = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(2, 4, 4, 4))
    dx, dw, db = reference.conv2d_backward(dout, x, w, input_gradient=False)
    assert dx is None
    for one, other in zip((dw, db), reference.conv2d_backward(dout, x, w)[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_implementation_needs_three_functions_and_no_name(monkeypatch):
    """Whatever the rule returns is used: with what it remembers, or without."""
    rng = np.random.default_rng(0)
    x, w, dout = rng.normal(size=(2, 3, 6, 6)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(2, 4, 4, 4))
    window = window_on((6, 6), 3)
    plain = SimpleNamespace(conv=vectorised.conv, conv_dx=vectorised.conv_dx, conv_dw=vectorised.conv_dw)
    monkeypatch.setattr(conv, "conv_implementation", lambda *arguments: plain)
    out, gradients = conv.conv_and_gradients(x, w, None, window, 1)
    np.testing.assert_array_equal(out, vectorised.conv(x, w, None, window, 1))
    for ours, expected in zip(gradients(dout), reference.conv2d_backward(dout, x, w), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    plain.conv_and_gradients = lambda *arguments: (out + 1, None)
    np.testing.assert_array_equal(conv.conv_and_gradients(x, w, None, window, 1)[0], out + 1)
