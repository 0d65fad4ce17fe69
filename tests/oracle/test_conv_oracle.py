"""Convolution and its transpose against PyTorch: random configurations of every keyword, all gradients."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference

pytestmark = pytest.mark.oracle
many = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))

TOLERANCE = {np.float64: 1e-10, np.float32: 1e-5}
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def agree(ours, theirs, dtype, *summed):
    """Same shape and type, and equal relative to the largest result, or to the largest product of entries of
    `summed` where the terms of a sum cancel."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == dtype
    term = math.prod(np.abs(array).max(initial=0) for array in summed)
    largest = np.abs(theirs).max(initial=term)
    assert np.abs(ours - theirs).max(initial=0) <= TOLERANCE[dtype] * largest


def leaf(array):
    return torch.tensor(array, requires_grad=True)


def int_or_ints(draw, values):
    """The values of all axes, as one int when they are equal and the dice say so."""
    return values[0] if len(set(values)) == 1 and draw(st.booleans()) else tuple(values)


@st.composite
def convolutions(draw):
    """`(dtype, rng, x shape, w shape, bias?, keywords, padding for torch)` of a convolution."""
    axes = draw(st.integers(1, 3))
    largest = {1: 9, 2: 5, 3: 3}[axes]
    per_axis = lambda low, high: [draw(st.integers(low, high)) for _ in range(axes)]
    kernel, stride, dilation = per_axis(1, largest), per_axis(1, 3), per_axis(1, 3)
    form = draw(st.sampled_from(["ints", "pairs", "same", "valid"]))
    if form == "same":
        stride = [1] * axes
    before = per_axis(0, 3)
    after = per_axis(0, 3) if form == "pairs" else before
    if form in ("same", "valid"):
        padding, before, after = form, [0] * axes, [0] * axes
        totals = [d * (k - 1) if form == "same" else 0 for k, d in zip(kernel, dilation, strict=True)]
        before, after = [t // 2 for t in totals], [t - t // 2 for t in totals]
    elif form == "pairs":
        padding = tuple(zip(before, after, strict=True))
    else:
        padding = int_or_ints(draw, before)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [max(1, r - p - q) + draw(st.integers(0, 5)) for r, p, q in zip(reach, before, after, strict=True)]
    groups, per_group, kernels = (draw(st.integers(1, 3)) for _ in range(3))
    keywords = dict(
        stride=int_or_ints(draw, stride),
        padding=padding,
        dilation=int_or_ints(draw, dilation),
        groups=groups,
    )
    return (
        draw(st.sampled_from([np.float64, np.float32])),
        np.random.default_rng(draw(st.integers(0, 2**32))),
        (draw(st.integers(0, 3)), groups * per_group, *size),
        (groups * kernels, per_group, *kernel),
        draw(st.booleans()),
        keywords,
        [side for pair in reversed(list(zip(before, after, strict=True))) for side in pair],
    )


@many
@given(convolutions())
def test_conv_and_its_gradients(configurations, configuration):
    dtype, rng, x_shape, w_shape, with_bias, keywords, sides = configuration
    axes = len(x_shape) - 2
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    tx, tw, tb = leaf(x), leaf(w), leaf(b)
    if isinstance(keywords["padding"], str):
        theirs = CONV[axes](tx, tw, tb if with_bias else None, **keywords)
    else:
        unpadded = {name: value for name, value in keywords.items() if name != "padding"}
        theirs = CONV[axes](F.pad(tx, sides), tw, tb if with_bias else None, **unpadded)
    ours = reference.conv_nd(x, w, b if with_bias else None, **keywords)
    agree(ours, theirs, dtype, x, w)

    dout = rng.normal(size=ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dout))
    dx, dw, db = reference.conv_nd_backward(dout, x, w, **keywords)
    agree(dx, tx.grad, dtype, dout, w)
    agree(dw, tw.grad, dtype, dout, x)
    if with_bias:
        agree(db, tb.grad, dtype, dout)
    if axes == 2:
        assert np.array_equal(ours, reference.conv2d(x, w, b if with_bias else None, **keywords))
        for one, other in zip((dx, dw, db), reference.conv2d_backward(dout, x, w, **keywords), strict=True):
            assert np.array_equal(one, other)

    if not with_bias:
        agree(reference.conv_nd_fft(x, w, **keywords), theirs, dtype, x, w)
        dx, dw = reference.conv_nd_fft_backward(dout, x, w, **keywords)
        agree(dx, tx.grad, dtype, dout, w)
        agree(dw, tw.grad, dtype, dout, x)
        configurations[f"conv_nd_fft, {axes} axes, {dtype.__name__}"] += 1
    configurations[f"conv_nd, {axes} axes, {dtype.__name__}"] += 1


@st.composite
def transposed_convolutions(draw):
    """`(dtype, rng, x shape, w shape, bias?, keywords)`; a padding that leaves nothing is drawn down to fit."""
    axes = draw(st.integers(1, 3))
    largest = {1: 7, 2: 4, 3: 3}[axes]
    per_axis = lambda low, high: [draw(st.integers(low, high)) for _ in range(axes)]
    kernel, stride, dilation, size = per_axis(1, largest), per_axis(1, 3), per_axis(1, 3), per_axis(1, 5)
    extra = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    padding = [
        draw(st.integers(0, min(3, ((n - 1) * s + d * (k - 1) + e) // 2)))
        for n, s, d, k, e in zip(size, stride, dilation, kernel, extra, strict=True)
    ]
    groups, per_group, kernels = (draw(st.integers(1, 3)) for _ in range(3))
    keywords = dict(
        stride=int_or_ints(draw, stride),
        padding=int_or_ints(draw, padding),
        output_padding=int_or_ints(draw, extra),
        dilation=int_or_ints(draw, dilation),
        groups=groups,
    )
    return (
        draw(st.sampled_from([np.float64, np.float32])),
        np.random.default_rng(draw(st.integers(0, 2**32))),
        (draw(st.integers(0, 3)), groups * per_group, *size),
        (groups * per_group, kernels, *kernel),
        draw(st.booleans()),
        keywords,
    )


@many
@given(transposed_convolutions())
def test_conv_transpose_and_its_gradients(configurations, configuration):
    dtype, rng, x_shape, w_shape, with_bias, keywords = configuration
    axes = len(x_shape) - 2
    b_shape = (w_shape[1] * keywords["groups"],)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in (x_shape, w_shape, b_shape))
    tx, tw, tb = leaf(x), leaf(w), leaf(b)
    theirs = CONV_TRANSPOSE[axes](tx, tw, tb if with_bias else None, **keywords)
    ours = reference.conv_transpose_nd(x, w, b if with_bias else None, **keywords)
    agree(ours, theirs, dtype, x, w)

    dout = rng.normal(size=ours.shape).astype(dtype)
    theirs.backward(torch.tensor(dout))
    dx, dw, db = reference.conv_transpose_nd_backward(dout, x, w, **keywords)
    agree(dx, tx.grad, dtype, dout, w)
    agree(dw, tw.grad, dtype, dout, x)
    if with_bias:
        agree(db, tb.grad, dtype, dout)
    if axes == 2:
        assert np.array_equal(ours, reference.conv_transpose2d(x, w, b if with_bias else None, **keywords))
        for one, other in zip((dx, dw, db), reference.conv_transpose2d_backward(dout, x, w, **keywords), strict=True):
            assert np.array_equal(one, other)
    configurations[f"conv_transpose_nd, {axes} axes, {dtype.__name__}"] += 1


@many
@given(convolutions())
def test_im2col_and_col2im_are_unfold_and_fold(configurations, configuration):
    dtype, rng, x_shape, w_shape, _, keywords, _ = configuration
    if len(x_shape) != 4 or x_shape[0] == 0 or not isinstance(keywords["padding"], int):
        return
    geometry = {name: value for name, value in keywords.items() if name != "groups"}
    kernel = w_shape[2:]
    x = rng.normal(size=x_shape).astype(dtype)
    theirs = F.unfold(torch.tensor(x), kernel, **geometry)
    ours = reference.im2col(x, kernel, **geometry)
    agree(ours, theirs, dtype)
    agree(
        reference.col2im(ours, x_shape, kernel, **geometry),
        F.fold(theirs, x_shape[2:], kernel, **geometry),
        dtype,
    )
    configurations[f"im2col and col2im, {dtype.__name__}"] += 1
