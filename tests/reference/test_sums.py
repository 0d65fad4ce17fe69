"""Sums of many float32: within 2e-6 of float64 whatever their length and the order in memory, and in little time.

Equal numbers are the worst case: every addition is rounded the same way.
"""

import time

import numpy as np
import pytest

import reference
from reference import BatchNorm2d, Conv2d, ConvTranspose2d, GlobalAvgPool2d, Linear, LocalResponseNorm, sums
from reference.fast import batch_last, per_image, pointwise, rule, winograd
from reference.vectorised import conv as vectorised
from reference.window import window_on

EXACT = 2e-6
ORDERS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "channels last": lambda a: np.moveaxis(np.moveaxis(a, 1, -1).copy(), -1, 1),
    "batch last": lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0),
    "reversed": lambda a: np.flip(np.flip(a).copy()),
}
every_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)


def equal(shape, value=0.1):
    return np.full(shape, value, np.float32)


def off_by(ours, exact):
    """The largest error as a share of the largest result."""
    assert ours.dtype == np.float32
    exact = np.asarray(exact, np.float64)
    return np.abs(ours - exact).max() / np.abs(exact).max()


def seconds(function, *arguments):
    """The shortest of three runs: others use the machine too."""
    times = []
    for _ in range(3):
        began = time.process_time()
        function(*arguments)
        times.append(time.process_time() - began)
    return min(times)


@every_order
def test_linear(order):
    x, dout = order(equal((100_000, 4), 0.7)), order(equal((100_000, 3)))
    layer = Linear(4, 3, rng=0)
    layer.forward(x)
    layer.backward(dout)
    assert off_by(layer.grads["b"], 100_000 * dout[0].astype(float)) < EXACT
    assert off_by(layer.grads["w"], dout.T.astype(float) @ x.astype(float)) < EXACT


def test_linear_with_many_inputs():
    x = equal((2, 100_000))
    layer = Linear(100_000, 3, init=lambda shape, rng, dtype: np.full(shape, 0.3, dtype))
    assert off_by(layer.forward(x), x.astype(float) @ layer.params["w"].T.astype(float)) < EXACT


CONVOLUTIONS = {
    # x, w, keywords, the module that the rule chooses for it
    "a long batch of small images": ((65_536, 1, 4, 4), (4, 1, 3, 3), {}, batch_last),
    "a long batch": ((65_536, 16, 3, 3), (6, 16, 3, 3), {}, vectorised),
    "rows of a batch": ((512, 1, 14, 14), (6, 1, 5, 5), {}, batch_last),
    "large images": ((40, 3, 128, 128), (8, 3, 5, 5), {"stride": 2}, per_image),
    "one pixel": ((64, 8, 64, 64), (4, 8, 1, 1), {}, pointwise),
    "channel by channel": ((300, 2, 40, 40), (2, 1, 3, 3), {"groups": 2}, vectorised),
}


@every_order
@pytest.mark.parametrize("x_shape, w_shape, keywords, module", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_gradients_of_convolution(x_shape, w_shape, keywords, module, order):
    window = window_on(x_shape[2:], w_shape[2:], keywords.get("stride", 1))
    groups = keywords.get("groups", 1)
    assert rule.conv_implementation(np.dtype("f4"), *x_shape[:2], w_shape[0], window, groups) is module
    dout = order(equal((x_shape[0], w_shape[0], *window.out)))
    x, count = order(equal(x_shape, 0.7)), dout[:, 0].size
    _, dw, db = reference.conv2d_backward(dout, x, equal(w_shape), **keywords, input_gradient=False)
    assert off_by(db, np.full(db.shape, count * float(dout.flat[0]))) < EXACT
    assert off_by(dw, np.full(dw.shape, count * float(dout.flat[0]) * float(x.flat[0]))) < 2 * EXACT  # BLAS's chains

    layer = Conv2d(x_shape[1], w_shape[0], w_shape[2:], rng=0, **keywords)
    layer.input_gradient = False
    layer.forward(x)
    layer.backward(dout)
    assert off_by(layer.grads["b"], db) < EXACT
    assert off_by(layer.grads["w"], dw) < 2 * EXACT


def test_winograd_adds_many_blocks():
    """Its own rounding is some ten times larger, but does not grow with the batch."""
    window = window_on((6, 6), 3, padding=1)
    x, dout = equal((8192, 17, 6, 6)), equal((8192, 17, 6, 6))
    dw = winograd.conv_dw(dout, x, window, 1)
    one = vectorised.conv_dw(dout[:1].astype(float), x[:1].astype(float), window, 1)
    assert off_by(dw, 8192 * one) < 1e-5


@every_order
def test_bias_of_transposed_convolution(order):
    layer = ConvTranspose2d(2, 3, 2, stride=2, rng=0)
    out = layer.forward(equal((4096, 2, 4, 4)))
    layer.backward(order(equal(out.shape)))
    assert off_by(layer.grads["b"], np.full(3, out[:, 0].size * float(np.float32(0.1)))) < EXACT


@pytest.mark.parametrize("module", [vectorised, per_image])
def test_a_pixel_under_many_windows(module):
    """dx of a large kernel sums, at a pixel in the middle, over the kernel's 1,600 entries."""
    window = window_on((60, 60), 40, padding=20)
    dout, w = equal((1, 1, *window.out)), equal((1, 1, 40, 40), 0.7)
    exact = module.conv_dx(dout.astype(float), w.astype(float), window, 1)
    assert off_by(module.conv_dx(dout, w, window, 1), exact) < EXACT


@every_order
@pytest.mark.parametrize("mean, std", [(0, 1), (10, 3), (1000, 1)])
def test_batch_norm(order, mean, std):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(32, 4, 32, 32)) * std + mean).astype(np.float32)
    dout = rng.random(x.shape, np.float32)
    layer, exact = BatchNorm2d(4), BatchNorm2d(4, dtype=np.float64)
    assert off_by(layer.forward(order(x)), exact.forward(x.astype(float))) < EXACT
    assert off_by(layer.backward(order(dout)), exact.backward(dout.astype(float))) < EXACT
    for name in ("gamma", "beta"):
        assert off_by(layer.grads[name], exact.grads[name]) < EXACT
    assert off_by(layer.running_mean, exact.running_mean) < EXACT
    assert off_by(layer.running_var, exact.running_var) < EXACT
    layer.eval().forward(order(x))
    layer.backward(order(dout))
    assert off_by(layer.grads["beta"], dout.sum(axis=(0, 2, 3), dtype=float)) < EXACT


def test_local_response_norm_over_many_channels():
    layer = LocalResponseNorm(1001, alpha=1001.0, beta=1.0, k=0.0)
    assert off_by(layer.forward(equal((1, 1001, 1, 1)))[:, 500], [[[1 / (1001 * float(np.float32(0.1)))]]]) < EXACT


@every_order
@pytest.mark.parametrize("size", [224, 512])
def test_global_average(order, size):
    x = order(equal((1, 2, size, size)))
    mean = reference.global_avg_pool(x)
    assert mean.shape == (1, 2, 1, 1) and off_by(mean, x[:, :, :1, :1]) < EXACT
    assert off_by(GlobalAvgPool2d().forward(x), x[:, :, :1, :1]) < EXACT
    assert off_by(reference.avg_pool2d(x, size), x[:, :, :1, :1]) < EXACT
    assert off_by(reference.avg_pool2d(x, size // 2), x[:, :, :2, :2]) < EXACT


def test_average_pooling_with_large_windows():
    x = np.random.default_rng(0).random((1, 2, 96, 80), np.float32)
    geometry = dict(kernel_size=(71, 66), stride=(1, 2), padding=(20, 33))
    out = reference.avg_pool2d(x, **geometry)
    assert off_by(out, reference.avg_pool2d(x.astype(float), **geometry)) < EXACT
    dout = equal(out.shape)
    exact = reference.avg_pool2d_backward(dout.astype(float), x.astype(float), **geometry)
    assert off_by(reference.avg_pool2d_backward(dout, x, **geometry), exact) < EXACT


def test_the_gradient_of_max_pooling_where_one_pixel_wins_everywhere():
    x = np.zeros((1, 1, 120, 120), np.float32)
    x[0, 0, 60, 60] = 1
    dout = equal((1, 1, 61, 61))
    dx = reference.max_pool2d_backward(dout, x, 60, stride=1)
    assert off_by(dx[0, 0, 60, 60], 60 * 60 * float(dout.flat[0])) < EXACT


@pytest.mark.parametrize("pool", ["avg", "max"])
def test_pooling_takes_no_step_in_python_per_pixel(pool):
    """A step per pixel takes seconds."""
    x, one = equal((1, 2, 512, 512)), equal((1, 2, 1, 1))
    assert seconds(getattr(reference, f"global_{pool}_pool"), x) < 0.1
    assert seconds(getattr(reference, f"global_{pool}_pool_backward"), one, x) < 0.1
    assert seconds(getattr(reference, f"{pool}_pool2d"), x, 512) < 0.3
    assert seconds(getattr(reference, f"{pool}_pool2d_backward"), one, x, 512) < 1


@every_order
def test_losses(order):
    scores = order(equal((3, 100_000)))
    assert off_by(reference.softmax(scores), np.full(scores.shape, 1e-5)) < EXACT
    loss, dscores = reference.softmax_cross_entropy(scores, np.array([0, 5, 99_999]))
    assert off_by(loss, np.log(1e5)) < EXACT
    assert off_by(dscores[0, 1], 1e-5 / 3) < EXACT
    scores = order(np.tile(np.array([[0.3, 0.1]], np.float32), (100_000, 1)))
    exact, _ = reference.softmax_cross_entropy(scores.astype(float), np.zeros(100_000, int))
    assert off_by(reference.softmax_cross_entropy(scores, np.zeros(100_000, int))[0], exact) < EXACT


def test_fft_over_a_long_batch():
    x, dout = equal((20_000, 1, 4), 0.7), equal((20_000, 2, 3))
    _, dw = reference.conv_nd_fft_backward(dout, x, equal((2, 1, 2)))
    assert off_by(dw, np.full(dw.shape, 60_000 * float(dout.flat[0]) * float(x.flat[0]))) < EXACT


@pytest.mark.parametrize("n", [1, 2, 32, 33, 100, 10_000])
def test_adding_up(n):
    exact = n * float(np.float32(0.1))
    terms = [equal(3) for _ in range(n)]
    assert off_by(sums.add_up(terms), np.full(3, exact)) < EXACT / 2
    assert all((term == np.float32(0.1)).all() for term in terms)
    assert not np.shares_memory(sums.add_up(terms[:1]), terms[0])
    assert off_by(sums.total(equal((n, 2)), (0,)), np.full(2, exact)) < EXACT / 2
    assert off_by(sums.mean(equal((n, 2)), (0,)), np.full(2, exact / n)) < 1e-7


@pytest.mark.parametrize("length", [0, 1, 128, 129, 4097, 100_000])
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (16, 25), (64, 100)])
def test_products_of_long_rows(length, shape):
    a, b = equal((shape[0], length)), equal((length, shape[1]), 0.7)
    exact = np.full(shape, length * float(np.float32(0.1)) * float(np.float32(0.7)))
    assert np.abs(sums.product(a, b) - exact).max() <= (EXACT if max(shape) < 64 else 2 * EXACT) * exact.max()
    many = sums.product(np.stack([a, 2 * a]), np.stack([b, b]))
    np.testing.assert_allclose(many[1], 2 * many[0], rtol=1e-6)
