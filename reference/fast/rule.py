"""The one place that says which implementation computes what.

Each module below is a `Convolution` or a `MaxPooling` (`reference/implementation.py`), and gives the numbers of its
`vectorised` namesake up to rounding. What is used depends on shapes and types only, on no machine and no measurement:
the same input has the same result. The numbers here are measured: see `benchmarks/reference`.
"""

import math
from functools import lru_cache

import numpy as np

from reference.fast import batch_last, pairwise, per_image, pointwise, winograd
from reference.implementation import Convolution, MaxPooling
from reference.vectorised import conv as vectorised_conv
from reference.vectorised import max_pool as vectorised_max_pool
from reference.window import Window

# Winograd's rounding error grows with the channels that are summed. Up to 256 it stays below 1e-5 of the
# largest result, the promise for float32; at 16 and below, the transforms cost more than they save.
WINOGRAD_CHANNELS = range(17, 257)


@lru_cache  # a training step asks the same questions again and again
def conv_implementation(
    dtype: np.dtype, n: int, channels: int, kernels: int, window: Window, groups: int
) -> Convolution:
    """Return the module that convolves n images of so many channels with so many kernels, forwards and
    backwards.
    """
    entries = channels * math.prod(window.kernel)  # height of the columns
    places = math.prod(window.out)
    plain = window.axes == 2 and groups == 1 and window.dilation == (1, 1)
    if n == 0 or 0 in window.size or channels == 0 or kernels == 0:
        return vectorised_conv
    if set(window.kernel) == {1} and not np.any(window.padding) and window.padded == window.size:
        return pointwise
    if plain and n >= 16 and math.prod(window.size) <= 1024 and n * entries * places <= 2**23:
        return batch_last
    if (
        plain
        and dtype == np.float32
        and window.kernel == (3, 3)
        and window.stride == (1, 1)
        and np.max(window.padding) <= 2
        and channels in WINOGRAD_CHANNELS
        and kernels in WINOGRAD_CHANNELS
        and min(window.out) >= 4
    ):
        return winograd
    # Small columns of a whole batch are made at once; large ones would leave the cache.
    if entries * places >= 2**15 and per_image.Grid(window).waste() < 1.5:
        return per_image
    return vectorised_conv


@lru_cache
def max_pool_implementation(window: Window) -> MaxPooling:
    """Return the module that pools."""
    inside = all(2 * out <= n for n, out in zip(window.size, window.out, strict=True))  # not so in ceil_mode
    if window.kernel == window.stride == (2, 2) and window.dilation == (1, 1) and inside and not np.any(window.padding):
        return pairwise
    return vectorised_max_pool
