"""Convolutional networks in NumPy: the implementation that the lessons' checks are made from."""

from reference.avg_pool import avg_pool2d, avg_pool2d_backward, avg_pool_nd, avg_pool_nd_backward
from reference.conv import conv2d, conv2d_backward, conv_nd, conv_nd_backward
from reference.conv_transpose import (
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose_nd,
    conv_transpose_nd_backward,
)
from reference.gradient_check import numerical_gradient
from reference.max_pool import max_pool2d, max_pool2d_backward, max_pool_nd, max_pool_nd_backward
from reference.window import output_size

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool_nd",
    "avg_pool_nd_backward",
    "conv2d",
    "conv2d_backward",
    "conv_nd",
    "conv_nd_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose_nd",
    "conv_transpose_nd_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool_nd",
    "max_pool_nd_backward",
    "numerical_gradient",
    "output_size",
]
