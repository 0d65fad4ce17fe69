"""Average pooling, one tap at a time: sum the taps, divide by how many count."""

import numpy as np

from reference.vectorised.im2col import pad


def counts(window, count_include_pad):
    """How many pixels each window divides by, shape `window.out`.

    The padding counts or not, as `count_include_pad` says; what `ceil_mode` adds beyond the padding never
    counts. A dilated window may miss the input altogether: its sum is 0, and so is its average.
    """
    counted = np.zeros(window.padded, bool)
    if count_include_pad:
        counted[tuple(slice(n + sum(pair)) for n, pair in zip(window.size, window.padding, strict=True))] = True
    else:
        counted[window.inside] = True
    return np.maximum(1, sum(counted[places].astype(int) for _, places in window.taps()))


def avg_pool(x, window, count_include_pad):
    padded = pad(x, window)
    total = np.zeros(x.shape[:2] + window.out, x.dtype)
    for _, places in window.taps():
        total += padded[..., *places]
    return total / counts(window, count_include_pad).astype(x.dtype)


def avg_pool_dx(dout, window, count_include_pad):
    """Each output's gradient is spread evenly over the pixels it averaged."""
    share = dout / counts(window, count_include_pad).astype(dout.dtype)
    padded = np.zeros(dout.shape[:2] + window.padded, dout.dtype)
    for _, places in window.taps():
        padded[..., *places] += share
    return padded[..., *window.inside].copy()
