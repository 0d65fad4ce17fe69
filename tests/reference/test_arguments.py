"""Wrong arguments get an error that names them; degenerate but right ones get a result."""

import re

import numpy as np
import pytest

import reference

x, w, b = np.ones((2, 4, 6, 5)), np.ones((6, 2, 3, 3)), np.ones(6)
wt = np.ones((4, 3, 3, 3))
inf, nan = np.inf, np.nan

WRONG_VALUES = [
    # what is called, and what the message must contain
    (lambda: reference.conv2d(x[0], w), "x has shape (4, 6, 5), but needs 4 axes"),
    (lambda: reference.conv_nd(x[0, 0], w), "x has shape (6, 5), but needs 3 or 4 or 5 axes"),
    (lambda: reference.conv_nd(x, w[0]), "w has shape (2, 3, 3), but needs 4 axes like x (2, 4, 6, 5)"),
    (lambda: reference.conv2d(x, w), "w has shape (6, 2, 3, 3): its kernels see 2 channels, but x (2, 4, 6, 5)"),
    (lambda: reference.conv2d(x, w, groups=3), "groups=3 must divide the channels of x (2, 4, 6, 5)"),
    (lambda: reference.conv2d(x, w[:5], groups=2), "groups=2 must divide"),
    (lambda: reference.conv2d(x, w[:, :, :0], groups=2), "w has shape (6, 2, 0, 3): a kernel needs at least one"),
    (lambda: reference.conv2d(x, w, b[:5], groups=2), "b has shape (5,), but w (6, 2, 3, 3) needs (6,)"),
    (lambda: reference.conv2d(x, w, stride=0, groups=2), "stride must be at least 1, not 0"),
    (lambda: reference.conv2d(x, w, stride=(1, 2, 3), groups=2), "stride must be an int or 2 ints"),
    (lambda: reference.conv2d(x, w, dilation=(1, 0), groups=2), "dilation must be at least 1"),
    (lambda: reference.conv2d(x, w, padding=-1, groups=2), "padding must be at least 0, not -1"),
    (lambda: reference.conv2d(x, w, padding=(1, 1, 1), groups=2), "padding must be an int, 2 ints or 2 (before,"),
    (lambda: reference.conv2d(x, w, padding=((1, 1, 1), 0), groups=2), "padding must be"),
    (lambda: reference.conv2d(x, w, padding="full", groups=2), 'padding must be "same", "valid"'),
    (lambda: reference.conv2d(x, w, padding="same", stride=2, groups=2), 'padding "same" needs stride 1'),
    (lambda: reference.conv2d(x, w, dilation=3, groups=2), "kernel_size (3, 3) with dilation (3, 3) is larger"),
    (lambda: reference.conv2d(x, w, groups=0), "groups must be at least 1"),
    (
        lambda: reference.conv2d_backward(x, x, w, groups=2),
        "dout has shape (2, 4, 6, 5), but x (2, 4, 6, 5) with w (6, 2, 3, 3) needs (2, 6, 4, 3)",
    ),
    (lambda: reference.conv_nd_fft(x, w), "w has shape"),
    (lambda: reference.conv_nd_fft_backward(x, x, w, groups=2), "dout has shape (2, 4, 6, 5)"),
    (
        lambda: reference.conv_transpose2d(x, w),
        "w has shape (6, 2, 3, 3), but its first axis must be the channels",
    ),
    (lambda: reference.conv_transpose2d(x, wt, groups=3), "groups=3 must divide the channels of x"),
    (lambda: reference.conv_transpose2d(x, wt, b, groups=3 - 2), "b has shape (6,), but w (4, 3, 3, 3)"),
    (lambda: reference.conv_transpose2d(x, wt, output_padding=1), "output_padding (1, 1) must be smaller than"),
    (lambda: reference.conv_transpose2d(x, wt, padding=4), "padding ((4, 4), (4, 4)) leaves nothing"),
    (lambda: reference.conv_transpose2d(x, wt[0]), "w has shape (3, 3, 3), but needs 4 axes"),
    (lambda: reference.conv_transpose2d(x, wt[:, :, :, :0]), "w has shape (4, 3, 3, 0)"),
    (lambda: reference.conv_transpose2d_backward(x, x, wt), "dout has shape (2, 4, 6, 5), but x"),
    (
        lambda: reference.max_pool2d(x, 7),
        "kernel_size (7, 7) with dilation (1, 1) is larger than the input of (6, 5)",
    ),
    (lambda: reference.max_pool2d(x, 0), "kernel_size must be at least 1"),
    (
        lambda: reference.max_pool2d(x, 3, padding=2),
        "padding ((2, 2), (2, 2)) must be at most half of kernel_size",
    ),
    (
        lambda: reference.max_pool2d(x, 3, padding=((1, 2), 0)),
        "padding ((1, 2), (0, 0)) must be at most half of kernel_size (3, 3)",
    ),
    (lambda: reference.max_pool2d(x, 2, padding=2, dilation=3), "padding ((2, 2), (2, 2)) must be at most half"),
    (lambda: reference.avg_pool2d(x, (2, 3), padding=(1, 2)), "padding ((1, 1), (2, 2)) must be at most half"),
    (lambda: reference.avg_pool_nd(x[0], 1, padding=1), "padding ((1, 1),) must be at most half of kernel_size (1,)"),
    (lambda: reference.MaxPool2d(3, padding=2).forward(x), "padding ((2, 2), (2, 2)) must be at most half"),
    (lambda: reference.AvgPool2d(3, padding=2).output_shape((4, 6, 5)), "padding ((2, 2), (2, 2)) must be at most"),
    (lambda: reference.max_pool2d(x[0], 2), "x has shape (4, 6, 5), but needs 4 axes"),
    (
        lambda: reference.max_pool2d_backward(x, x, 2),
        "dout has shape (2, 4, 6, 5), but x (2, 4, 6, 5) with kernel_",
    ),
    (lambda: reference.avg_pool2d(x, 2, 0), "stride must be at least 1"),
    (
        lambda: reference.avg_pool2d_backward(x, x, 2),
        "dout has shape (2, 4, 6, 5), but x (2, 4, 6, 5) with kernel_",
    ),
    (lambda: reference.global_avg_pool(x[0, 0]), "x has shape (6, 5)"),
    (lambda: reference.global_max_pool(x[:, :, :0]), "x has shape (2, 4, 0, 5): there is nothing to pool"),
    (lambda: reference.im2col(x, 9), "kernel_size (9, 9) with dilation"),
    (lambda: reference.col2im(x[0, 0], (2, 4, 6, 5), 2), "cols has shape (6, 5), but x_shape (2, 4, 6, 5)"),
    (lambda: reference.col2im(x[0], (6, 5), 2), "x_shape (6, 5) needs"),
    (lambda: reference.output_size(3, 5), "the window of 5 pixels (k=5, dilation=1) is larger"),
    (lambda: reference.output_size(-1, 1), "n must be at least 0"),
    (lambda: reference.output_size(3, 0), "k must be at least 1"),
]

WRONG_TYPES = [
    (lambda: reference.conv2d(x, w, stride=1.5, groups=2), "stride must be an int, not 1.5"),
    (lambda: reference.conv2d(x, w, stride="2", groups=2), "stride must be an int or 2 ints, not '2'"),
    (lambda: reference.conv2d(x, w, groups=True), "groups must be an int, not True"),
    (lambda: reference.conv2d(x, w, padding=None, groups=2), "padding must be an int, not None"),
    (lambda: reference.conv2d(x, w, padding=(1.0, 1), groups=2), "padding must be an int, not 1.0"),
    (lambda: reference.max_pool2d(x, 2.0), "kernel_size must be an int, not 2.0"),
    (lambda: reference.output_size(5.0, 3), "n must be an int, not 5.0"),
    (lambda: reference.conv_nd(None, w), "x must be float16, float32 or float64"),
]


@pytest.mark.parametrize("call, message", WRONG_VALUES)
def test_a_wrong_value_is_named(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("call, message", WRONG_TYPES)
def test_a_wrong_type_is_named(call, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        call()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_pixel(dtype):
    pixel, kernel = np.full((1, 1, 1, 1), 3, dtype), np.full((1, 1, 1, 1), 2, dtype)
    assert reference.conv2d(pixel, kernel).item() == 6
    assert [g.item() for g in reference.conv2d_backward(pixel, pixel, kernel)] == [6, 9, 3]
    assert reference.conv_transpose2d(pixel, kernel).item() == 6
    for pool in (reference.max_pool2d, reference.avg_pool2d):
        assert pool(pixel, 1).item() == 3


def test_a_kernel_as_large_as_the_input_is_a_dot_product():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(2, 3, 5, 4)), rng.normal(size=(2, 3, 5, 4))
    np.testing.assert_allclose(
        reference.conv2d(image, kernel)[..., 0, 0], image.reshape(2, -1) @ kernel.reshape(2, -1).T
    )


def test_a_stride_beyond_the_kernel_leaves_pixels_without_gradient():
    image, kernel = np.ones((1, 1, 7, 7)), np.ones((1, 1, 2, 2))
    dx, _, _ = reference.conv2d_backward(np.ones((1, 1, 2, 2)), image, kernel, stride=4)
    seen = np.isin(np.arange(7), [0, 1, 4, 5])
    np.testing.assert_array_equal(dx[0, 0], np.outer(seen, seen))
    dx = reference.avg_pool2d_backward(np.ones((1, 1, 2, 2)), image, 2, 4)
    np.testing.assert_array_equal(dx[0, 0], np.outer(seen, seen) / 4)


def test_the_forms_of_padding_agree():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(1, 2, 6, 7)), rng.normal(size=(1, 2, 3, 3))
    expected = reference.conv2d(image, kernel, padding=1)
    for padding in [(1, 1), [1, 1], np.array([1, 1]), ((1, 1), (1, 1)), np.int64(1), "same"]:
        np.testing.assert_array_equal(reference.conv2d(image, kernel, padding=padding), expected)
    np.testing.assert_array_equal(reference.conv2d(image, kernel, padding="valid"), reference.conv2d(image, kernel))
    even = reference.conv2d(image, kernel[..., :2, :2], padding="same")
    np.testing.assert_array_equal(even, reference.conv2d(image, kernel[..., :2, :2], padding=((0, 1), (0, 1))))


def test_same_and_valid_output_sizes():
    assert [reference.output_size(n, 3, padding="same") for n in (3, 4, 5)] == [3, 4, 5]
    assert [reference.output_size(n, 3, 2, padding="valid") for n in (3, 4, 5)] == [1, 1, 2]
    assert reference.output_size(5, 2, 2, ceil_mode=True) == 3
    assert reference.output_size(5, 3, 2, (1, 0)) == 2


def test_the_maximum_of_ties_nan_and_infinities():
    row = lambda *values: np.array(values, float).reshape(1, 1, 1, -1)
    route = lambda *values: reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), row(*values), (1, len(values)))
    np.testing.assert_array_equal(route(1, 2, 2).ravel(), [0, 1, 0])
    np.testing.assert_array_equal(route(-inf, -inf).ravel(), [1, 0])
    np.testing.assert_array_equal(route(5, nan, 7, nan, inf).ravel(), [0, 0, 0, 1, 0])
    assert np.isnan(reference.max_pool2d(row(5, nan, 7), (1, 3))).all()
    # A dilated window whose taps all miss the input: nothing wins, nobody gets a gradient.
    image = np.ones((1, 1, 2, 2))
    keywords = dict(kernel_size=2, stride=1, padding=1, dilation=3)
    assert reference.max_pool2d(image, **keywords).item() == -inf
    assert not reference.max_pool2d_backward(np.ones((1, 1, 1, 1)), image, **keywords).any()
    assert reference.avg_pool2d(image, **keywords, count_include_pad=False).item() == 0


def test_the_worked_run_of_a_convolution_layer():
    """A 3x5x5 input and two 3x3x3 kernels, padding 1, stride 2: whole numbers that can be followed by hand."""
    image = np.array(
        [
            [[0, 1, 1, 0, 2], [2, 2, 2, 2, 1], [1, 0, 0, 2, 0], [0, 1, 1, 0, 0], [1, 2, 0, 0, 2]],
            [[1, 0, 2, 2, 0], [0, 0, 0, 2, 0], [1, 2, 1, 2, 1], [1, 0, 0, 0, 0], [1, 2, 1, 1, 1]],
            [[2, 1, 2, 0, 0], [1, 0, 0, 1, 0], [0, 2, 1, 0, 1], [0, 1, 2, 2, 2], [2, 1, 0, 0, 1]],
        ],
        float,
    )[None]
    kernels = np.array(
        [
            [
                [[-1, 1, 0], [0, 1, 0], [0, 1, 1]],
                [[-1, -1, 0], [0, 0, 0], [0, -1, 0]],
                [[0, 0, -1], [0, 1, 0], [1, -1, -1]],
            ],
            [
                [[1, 1, -1], [-1, -1, 1], [0, -1, 1]],
                [[0, 1, 0], [-1, 0, -1], [-1, 1, 0]],
                [[-1, 0, 0], [-1, 0, 1], [-1, 0, 0]],
            ],
        ],
        float,
    )
    keywords = dict(stride=2, padding=1)
    out = reference.conv2d(image, kernels, np.array([1.0, 0.0]), **keywords)
    np.testing.assert_array_equal(out[0, 0], [[6, 7, 5], [3, -1, -1], [2, -1, 4]])
    np.testing.assert_array_equal(out[0, 1], [[2, -5, -8], [1, -4, -4], [0, -5, -5]])

    dout = np.array([[[0, 1, 1], [2, 2, 2], [1, 0, 0]], [[1, 0, 2], [0, 0, 0], [1, 2, 1]]], float)[None]
    dx, dw, db = reference.conv2d_backward(dout, image, kernels, **keywords)
    passed_down = [[-1, 1, 1, -2, -1], [1, -1, 3, -1, 1], [2, 0, 2, 0, 2], [4, 3, 4, 1, 3], [0, -1, -2, 1, -1]]
    np.testing.assert_array_equal(dx[0, 0], passed_down)
    stepped = kernels - 0.001 * dw
    np.testing.assert_allclose(stepped[0, 0], [[-1.008, 0.99, -0.009], [-0.005, 0.994, -0.006], [-0.006, 0.995, 0.996]])
    np.testing.assert_allclose(
        stepped[1, 2], [[-1.004, -0.006, -0.005], [-1.002, -0.005, 0.998], [-1.002, -0.001, 0]], atol=1e-15
    )
    np.testing.assert_allclose(np.array([1, 0]) - 0.001 * db, [0.991, -0.007])
