"""Every kernel that the rule can choose against PyTorch, through the public functions, at sizes where it is chosen."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reference
from reference.fast import batch_last, per_image, pointwise, winograd
from reference.fast.rule import conv_implementation
from reference.window import window_on

pytestmark = pytest.mark.oracle
TOLERANCE = {np.float64: 1e-10, np.float32: 1e-5}
integers = st.integers


def shapes(**choices):
    """Draw n, channels, kernels, groups, size, kernel, stride, padding, dilation; 1 or 0 where nothing is said."""
    usual = dict(n=1, channels=1, kernels=1, groups=1, size=(8, 8), kernel=1, stride=1, padding=0, dilation=1)
    return st.fixed_dictionaries({name: choices.get(name, st.just(value)) for name, value in usual.items()})


def sizes(low, high):
    return st.tuples(integers(low, high), integers(low, high))


KERNELS = {
    batch_last: shapes(
        n=integers(16, 20), channels=integers(1, 4), kernels=integers(1, 10), size=sizes(7, 16),
        kernel=sizes(2, 5), stride=sizes(1, 2), padding=sizes(0, 2),
    ),
    winograd: shapes(
        n=integers(1, 3), channels=integers(17, 40), kernels=integers(17, 40), size=sizes(6, 19),
        kernel=st.just(3), padding=sizes(0, 2),
    ),
    per_image: shapes(
        n=integers(1, 3), channels=integers(8, 12), kernels=integers(1, 6), groups=integers(1, 2), size=sizes(50, 60),
        kernel=sizes(2, 4), stride=sizes(1, 2), padding=sizes(0, 2), dilation=sizes(1, 2),
    ),
    pointwise: shapes(
        n=integers(1, 3), channels=integers(1, 20), kernels=integers(1, 20), groups=integers(1, 3), size=sizes(1, 12),
        stride=sizes(1, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda module: module.__name__.split(".")[-1])
def test_fast_kernels(kernel, configurations):
    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(KERNELS[kernel], st.sampled_from([np.float32, np.float64]), integers(0, 2**32))
    def compare(shape, dtype, seed):
        dtype = np.float32 if kernel is winograd else dtype
        groups, channels, kernels = shape["groups"], shape["channels"], shape["kernels"]
        keywords = {name: shape[name] for name in ("stride", "padding", "dilation")}
        window = window_on(shape["size"], shape["kernel"], **keywords)
        chosen = conv_implementation(np.dtype(dtype), shape["n"], groups * channels, groups * kernels, window, groups)
        if chosen is not kernel:
            return
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(shape["n"], groups * channels, *shape["size"])).astype(dtype)
        w = rng.normal(size=(groups * kernels, channels, *window.kernel)).astype(dtype)
        b = rng.normal(size=groups * kernels).astype(dtype)
        dout = rng.normal(size=(shape["n"], groups * kernels, *window.out)).astype(dtype)
        leaves = [torch.tensor(array, requires_grad=True) for array in (x, w, b)]
        theirs = F.conv2d(*leaves, **keywords, groups=groups)
        theirs.backward(torch.tensor(dout))
        ours = (
            reference.conv2d(x, w, b, **keywords, groups=groups),
            *reference.conv2d_backward(dout, x, w, **keywords, groups=groups),
        )
        # A sum may cancel to less than its terms, which is what its rounding is relative to.
        term = np.abs(dout).max()
        for one, other in zip(ours, (theirs, *(leaf.grad for leaf in leaves)), strict=True):
            other = other.detach().numpy()
            assert one.shape == other.shape and one.dtype == dtype
            assert np.abs(one - other).max() <= TOLERANCE[dtype] * np.abs(other).max(initial=term)
        # Transposed: its forward pass is this kernel's dx.
        up = reference.conv_transpose2d(dout, w, **keywords, groups=groups)
        other = F.conv_transpose2d(torch.tensor(dout), torch.tensor(w), **keywords, groups=groups).numpy()
        assert np.abs(up - other).max() <= TOLERANCE[dtype] * np.abs(other).max(initial=term)
        configurations[f"fast {kernel.__name__.split('.')[-1]}, {dtype.__name__}"] += 1

    compare()
