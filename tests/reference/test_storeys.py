"""The public operators against the loops that read like the formula: random geometry, 1 to 3 axes, float64."""

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import reference
from reference.loops import avg_pool as avg_pool_loops
from reference.loops import conv as conv_loops
from reference.loops import max_pool as max_pool_loops
from reference.window import Window, output_size, pooling_window, window_on

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def close(ours, expected):
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-10)


@st.composite
def geometries(draw, pooling):
    """`(size, keywords)`: a window with every keyword drawn, on an input it fits."""
    axes = draw(st.integers(1, 3))
    largest = {1: 5, 2: 3, 3: 2}[axes]
    per_axis = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))
    kernel, dilation = per_axis(1, largest), per_axis(1, 2)
    limits = [k // 2 if pooling else 2 for k in kernel]
    padding = tuple((draw(st.integers(0, limit)), draw(st.integers(0, limit))) for limit in limits)
    size = tuple(
        max(1, d * (k - 1) + 1 - sum(pair)) + draw(st.integers(0, 3))
        for k, d, pair in zip(kernel, dilation, padding, strict=True)
    )
    keywords = dict(kernel_size=kernel, stride=per_axis(1, 3), padding=padding, dilation=dilation)
    if pooling:
        keywords["ceil_mode"] = draw(st.booleans())
    return size, keywords


counts = st.integers(1, 2)
seeds = st.integers(0, 2**32)


@some
@given(geometries(pooling=False), counts, counts, counts, counts, seeds)
def test_conv_and_gradients(geometry, n, groups, channels, kernels, seed):
    size, keywords = geometry
    kernel = keywords.pop("kernel_size")
    rng = np.random.default_rng(seed)
    window = window_on(size, kernel, **keywords)
    x = rng.normal(size=(n, groups * channels, *size))
    w = rng.normal(size=(groups * kernels, channels, *kernel))
    b = rng.normal(size=groups * kernels)
    out = reference.conv_nd(x, w, b, **keywords, groups=groups)
    close(out, conv_loops.conv(x, w, b, window, groups))

    dout = rng.normal(size=out.shape)
    dx, dw, db = reference.conv_nd_backward(dout, x, w, **keywords, groups=groups)
    close(dx, conv_loops.conv_dx(dout, w, window, groups))
    close(dw, conv_loops.conv_dw(dout, x, window, groups))
    close(db, dout.sum(axis=(0, *range(2, dout.ndim))))
    close(reference.conv_nd_fft(x, w, **keywords, groups=groups), conv_loops.conv(x, w, None, window, groups))
    dx, dw = reference.conv_nd_fft_backward(dout, x, w, **keywords, groups=groups)
    close(dx, conv_loops.conv_dx(dout, w, window, groups))
    close(dw, conv_loops.conv_dw(dout, x, window, groups))


@some
@given(geometries(pooling=False), counts, counts, counts, counts, seeds)
def test_conv_transpose_and_gradients(geometry, n, groups, channels, kernels, seed):
    """The transposed convolution of what a convolution gives comes back to the convolution's input size."""
    size, keywords = geometry
    kernel = keywords.pop("kernel_size")
    rng = np.random.default_rng(seed)
    window = window_on(size, kernel, **keywords)
    # What the stride left over is what output_padding has to put back.
    extra = tuple(
        n + sum(pair) - d * (k - 1) - 1 - s * (out - 1)
        for n, k, s, pair, d, out in zip(
            size, kernel, keywords["stride"], keywords["padding"], keywords["dilation"], window.out, strict=True
        )
    )
    x = rng.normal(size=(n, groups * channels, *window.out))
    w = rng.normal(size=(groups * channels, kernels, *kernel))
    b = rng.normal(size=groups * kernels)
    keywords |= dict(output_padding=extra, groups=groups)
    out = reference.conv_transpose_nd(x, w, b, **keywords)
    close(out, conv_loops.conv_dx(x, w, window, groups) + b.reshape(-1, *[1] * len(size)))

    dout = rng.normal(size=out.shape)
    dx, dw, db = reference.conv_transpose_nd_backward(dout, x, w, **keywords)
    close(dx, conv_loops.conv(dout, w, None, window, groups))
    close(dw, conv_loops.conv_dw(x, dout, window, groups))
    close(db, dout.sum(axis=(0, *range(2, dout.ndim))))


@some
@given(geometries(pooling=True), counts, counts, st.booleans(), seeds)
def test_max_pool_and_gradient(geometry, n, channels, specials, seed):
    size, keywords = geometry
    rng = np.random.default_rng(seed)
    window = pooling_window(size, **keywords)
    values = [-np.inf, np.nan, 0, 1] if specials else [0, 1, 2]
    x = rng.choice(values, size=(n, channels, *size)).astype(float)
    out = reference.max_pool_nd(x, **keywords)
    np.testing.assert_array_equal(out, max_pool_loops.max_pool(x, window))
    dout = rng.normal(size=out.shape)
    close(reference.max_pool_nd_backward(dout, x, **keywords), max_pool_loops.max_pool_dx(dout, x, window))


@some
@given(geometries(pooling=True), counts, counts, st.booleans(), seeds)
def test_avg_pool_and_gradient(geometry, n, channels, count_include_pad, seed):
    size, keywords = geometry
    rng = np.random.default_rng(seed)
    window = pooling_window(size, **keywords)
    x = rng.normal(size=(n, channels, *size))
    out = reference.avg_pool_nd(x, **keywords, count_include_pad=count_include_pad)
    close(out, avg_pool_loops.avg_pool(x, window, count_include_pad))
    dout = rng.normal(size=out.shape)
    dx = reference.avg_pool_nd_backward(dout, x, **keywords, count_include_pad=count_include_pad)
    close(dx, avg_pool_loops.avg_pool_dx(dout, window, count_include_pad))


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 12), st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(0, 3),
    st.integers(1, 3), st.booleans(),
)  # fmt: skip
def test_output_size_counts_the_places(n, k, stride, before, after, dilation, ceil_mode):
    """Walk a window along the axis and count where it may start."""
    assume(not ceil_mode or max(before, after) <= k // 2)  # the rounding rule is pooling's, and so is this limit
    places, start = 0, -before
    while True:
        end = start + dilation * (k - 1)
        fits = end < n + after
        # ceil_mode lets one window hang over the end, if it starts no later than the input's last pixel.
        hangs = ceil_mode and not fits and end - stride < n + after - 1 and start < n
        if not fits and not hangs:
            break
        places, start = places + 1, start + stride
    try:
        out = output_size(n, k, stride, (before, after), dilation, ceil_mode)
    except ValueError:
        out = 0
    assert out == places


def test_window_taps_see_the_pixels_of_the_formula():
    window = window_on((5, 4), (2, 3), (2, 1), ((1, 0), (0, 2)), (2, 1))
    assert isinstance(window, Window)
    padded = np.full(window.padded, -1)
    padded[window.inside] = np.arange(20).reshape(5, 4)
    for tap, places in window.taps():
        for place in np.ndindex(window.out):
            pixel = conv_loops.pixel_at(place, tap, window)
            assert padded[places][place] == (-1 if pixel is None else pixel[0] * 4 + pixel[1])
