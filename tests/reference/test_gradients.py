"""Every backward pass against central differences, and every linear operator against its adjoint."""

import numpy as np
import pytest

import reference

rng = np.random.default_rng(7)

CONVOLUTIONS = [
    dict(x=(2, 2, 6), w=(3, 2, 3), keywords=dict(stride=2, padding=((2, 1),))),
    dict(x=(2, 2, 5, 4), w=(3, 2, 3, 2), keywords=dict(padding=1)),
    dict(x=(1, 4, 6, 5), w=(2, 2, 2, 3), keywords=dict(stride=(2, 1), padding=((0, 2), (1, 0)), groups=2)),
    dict(x=(2, 3, 7, 5), w=(3, 1, 3, 2), keywords=dict(dilation=(2, 1), padding="same", groups=3)),
    dict(x=(1, 2, 3, 4, 3), w=(2, 2, 2, 2, 2), keywords=dict(stride=(1, 2, 1), padding=(1, 0, 0))),
]
TRANSPOSED = [
    dict(x=(2, 2, 4), w=(2, 3, 3), keywords=dict(stride=2, padding=1, output_padding=1)),
    dict(x=(2, 2, 3, 4), w=(2, 3, 3, 2), keywords=dict(stride=(2, 1), padding=(1, 0))),
    dict(x=(1, 4, 3, 3), w=(4, 1, 2, 3), keywords=dict(dilation=2, output_padding=1, groups=2)),
    dict(x=(1, 2, 2, 3, 2), w=(2, 2, 2, 1, 2), keywords=dict(stride=(1, 2, 2))),
]
POOLINGS = [
    dict(x=(2, 2, 7), keywords=dict(kernel_size=3, stride=2, padding=1)),
    dict(x=(2, 2, 5, 6), keywords=dict(kernel_size=2)),
    dict(x=(1, 2, 7, 6), keywords=dict(kernel_size=(3, 2), stride=(2, 1), padding=(1, 1), ceil_mode=True)),
    dict(x=(1, 2, 7, 6), keywords=dict(kernel_size=2, stride=1, padding=((0, 1), (1, 0)), dilation=2)),
    dict(x=(1, 1, 4, 3, 4), keywords=dict(kernel_size=(2, 1, 2), stride=1)),
]


def close(ours, expected):
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_conv_backward(case):
    keywords = case["keywords"]
    x, w, b = rng.normal(size=case["x"]), rng.normal(size=case["w"]), rng.normal(size=case["w"][0])
    dout = rng.normal(size=reference.conv_nd(x, w, b, **keywords).shape)
    dx, dw, db = reference.conv_nd_backward(dout, x, w, **keywords)
    numerical = reference.numerical_gradient
    close(dx, numerical(lambda moved: reference.conv_nd(moved, w, b, **keywords), x, dout))
    close(dw, numerical(lambda moved: reference.conv_nd(x, moved, b, **keywords), w, dout))
    close(db, numerical(lambda moved: reference.conv_nd(x, w, moved, **keywords), b, dout))
    dx, dw = reference.conv_nd_fft_backward(dout, x, w, **keywords)
    close(dx, numerical(lambda moved: reference.conv_nd_fft(moved, w, **keywords), x, dout))
    close(dw, numerical(lambda moved: reference.conv_nd_fft(x, moved, **keywords), w, dout))


@pytest.mark.parametrize("case", TRANSPOSED)
def test_conv_transpose_backward(case):
    keywords = case["keywords"]
    x, w = rng.normal(size=case["x"]), rng.normal(size=case["w"])
    b = rng.normal(size=case["w"][1] * keywords.get("groups", 1))
    dout = rng.normal(size=reference.conv_transpose_nd(x, w, b, **keywords).shape)
    dx, dw, db = reference.conv_transpose_nd_backward(dout, x, w, **keywords)
    numerical = reference.numerical_gradient
    close(dx, numerical(lambda moved: reference.conv_transpose_nd(moved, w, b, **keywords), x, dout))
    close(dw, numerical(lambda moved: reference.conv_transpose_nd(x, moved, b, **keywords), w, dout))
    close(db, numerical(lambda moved: reference.conv_transpose_nd(x, w, moved, **keywords), b, dout))


@pytest.mark.parametrize("case", POOLINGS)
def test_pool_backward(case):
    keywords = case["keywords"]
    # Distinct values far apart: no step of the central difference changes which one is largest.
    x = rng.permutation(np.prod(case["x"])).reshape(case["x"]).astype(float)
    for pool, backward, options in [
        (reference.max_pool_nd, reference.max_pool_nd_backward, {}),
        (reference.avg_pool_nd, reference.avg_pool_nd_backward, {}),
        (reference.avg_pool_nd, reference.avg_pool_nd_backward, dict(count_include_pad=False)),
    ]:
        dout = rng.normal(size=pool(x, **keywords, **options).shape)
        dx = backward(dout, x, **keywords, **options)
        close(dx, reference.numerical_gradient(lambda moved: pool(moved, **keywords, **options), x, dout))  # noqa: B023


@pytest.mark.parametrize("case", [(2, 3, 6), (2, 3, 4, 5), (1, 2, 3, 2, 4)])
def test_global_pool_backward(case):
    x = rng.permutation(np.prod(case)).reshape(case).astype(float)
    dout = rng.normal(size=(*case[:2], *[1] * (len(case) - 2)))
    close(
        reference.global_avg_pool_backward(dout, x),
        reference.numerical_gradient(reference.global_avg_pool, x, dout),
    )
    close(
        reference.global_max_pool_backward(dout, x),
        reference.numerical_gradient(reference.global_max_pool, x, dout),
    )


def inner(a, b):
    assert a.shape == b.shape
    return np.sum(a * b)


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_conv_and_its_input_gradient_are_adjoint(case):
    """<conv(x), y> = <x, dx(y)> = <w, dw(y)>"""
    x, w = rng.normal(size=case["x"]), rng.normal(size=case["w"])
    y = rng.normal(size=reference.conv_nd(x, w, **case["keywords"]).shape)
    dx, dw, _ = reference.conv_nd_backward(y, x, w, **case["keywords"])
    product = inner(reference.conv_nd(x, w, **case["keywords"]), y)
    assert inner(x, dx) == pytest.approx(product, rel=1e-10)
    assert inner(w, dw) == pytest.approx(product, rel=1e-10)


@pytest.mark.parametrize("case", TRANSPOSED)
def test_conv_transpose_is_the_adjoint_of_conv(case):
    """<conv(x), y> = <x, conv_transpose(y)> with the same kernel and keywords."""
    keywords = dict(case["keywords"])
    y, w = rng.normal(size=case["x"]), rng.normal(size=case["w"])
    up = reference.conv_transpose_nd(y, w, **keywords)
    keywords.pop("output_padding", None)
    x = rng.normal(size=up.shape)
    down = reference.conv_nd(x, w, **keywords)
    # An output_padding as large as the stride leaves room for one more place, which the transpose never fed.
    down = down[tuple(slice(n) for n in y.shape)]
    assert inner(down, y) == pytest.approx(inner(x, up), rel=1e-10)


@pytest.mark.parametrize("case", [case for case in CONVOLUTIONS if "groups" not in case["keywords"]])
def test_im2col_and_col2im_are_adjoint(case):
    kernel = case["w"][2:]
    x = rng.normal(size=case["x"])
    cols = reference.im2col(x, kernel, **case["keywords"])
    y = rng.normal(size=cols.shape)
    back = reference.col2im(y, x.shape, kernel, **case["keywords"])
    assert inner(cols, y) == pytest.approx(inner(x, back), rel=1e-10)


@pytest.mark.parametrize("case", POOLINGS)
@pytest.mark.parametrize("count_include_pad", [True, False])
def test_avg_pool_and_its_gradient_are_adjoint(case, count_include_pad):
    keywords = dict(case["keywords"], count_include_pad=count_include_pad)
    x = rng.normal(size=case["x"])
    pooled = reference.avg_pool_nd(x, **keywords)
    y = rng.normal(size=pooled.shape)
    assert inner(pooled, y) == pytest.approx(inner(x, reference.avg_pool_nd_backward(y, x, **keywords)), rel=1e-10)


def test_max_pool_gradient_is_routed_whole():
    """<pool(x), y> = <x, dx(y)>: every entry of y meets exactly the value it came from."""
    x, keywords = rng.normal(size=(2, 3, 7, 6)), dict(kernel_size=3, stride=2, padding=1)
    pooled = reference.max_pool_nd(x, **keywords)
    y = rng.normal(size=pooled.shape)
    assert inner(pooled, y) == pytest.approx(inner(x, reference.max_pool_nd_backward(y, x, **keywords)), rel=1e-10)


def test_numerical_gradient_of_known_functions():
    x = rng.normal(size=(2, 3))
    upstream = rng.normal(size=(2, 3))
    close(reference.numerical_gradient(np.sin, x, upstream), np.cos(x) * upstream)
    close(reference.numerical_gradient(np.sum, x, 2.0), np.full_like(x, 2))
    close(reference.numerical_gradient(lambda v: v, x, upstream), upstream)
    assert reference.numerical_gradient(np.sin, x.astype(np.float32), upstream).dtype == np.float64


def test_numerical_gradient_gives_f_an_array_of_its_own():
    x = np.ones(3)

    def squares_in_place(v):
        v *= v
        return v

    close(reference.numerical_gradient(squares_in_place, x, np.ones(3)), np.full(3, 2.0))
    assert np.array_equal(x, np.ones(3))


def test_numerical_gradient_names_what_is_wrong():
    with pytest.raises(ValueError, match=r"upstream has shape \(2,\), but f returns \(3,\)"):
        reference.numerical_gradient(np.sin, np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="h must be positive"):
        reference.numerical_gradient(np.sin, np.ones(3), np.ones(3), h=0)
