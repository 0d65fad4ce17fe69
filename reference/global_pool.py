"""Global pooling: one value per image and channel, whatever the size of the map."""

import numpy as np

from reference.arguments import spatial
from reference.avg_pool import avg_pool_nd, avg_pool_nd_backward
from reference.max_pool import max_pool_nd, max_pool_nd_backward


def global_avg_pool(x):
    """The mean over all spatial axes: (N, C, *size) -> (N, C, 1, ...).  (Lin, Chen and Yan 2014, section 3.2)"""
    return avg_pool_nd(x, _whole(x))


def global_avg_pool_backward(dout, x):
    """Gradient of `sum(dout * global_avg_pool(x))`: each pixel gets the same share."""
    return avg_pool_nd_backward(dout, x, _whole(x))


def global_max_pool(x):
    """The maximum over all spatial axes: (N, C, *size) -> (N, C, 1, ...)."""
    return max_pool_nd(x, _whole(x))


def global_max_pool_backward(dout, x):
    """Gradient of `sum(dout * global_max_pool(x))`: the first maximum gets it all."""
    return max_pool_nd_backward(dout, x, _whole(x))


def _whole(x):
    """The kernel size that covers all of x."""
    spatial("x", x)
    size = np.shape(x)[2:]
    if 0 in size:
        raise ValueError(f"x has shape {np.shape(x)}: there is nothing to pool")
    return size
