"""Convolutional networks in NumPy: the implementation that the lessons' checks are made from."""

from reference.avg_pool import avg_pool2d, avg_pool2d_backward, avg_pool_nd, avg_pool_nd_backward
from reference.columns import col2im, im2col
from reference.conv import conv2d, conv2d_backward, conv_nd, conv_nd_backward
from reference.conv_transpose import (
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose_nd,
    conv_transpose_nd_backward,
)
from reference.fft_conv import conv_nd_fft, conv_nd_fft_backward
from reference.global_pool import (
    global_avg_pool,
    global_avg_pool_backward,
    global_max_pool,
    global_max_pool_backward,
)
from reference.gradient_check import numerical_gradient
from reference.max_pool import max_pool2d, max_pool2d_backward, max_pool_nd, max_pool_nd_backward
from reference.window import output_size

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool_nd",
    "avg_pool_nd_backward",
    "col2im",
    "conv2d",
    "conv2d_backward",
    "conv_nd",
    "conv_nd_backward",
    "conv_nd_fft",
    "conv_nd_fft_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose_nd",
    "conv_transpose_nd_backward",
    "global_avg_pool",
    "global_avg_pool_backward",
    "global_max_pool",
    "global_max_pool_backward",
    "im2col",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool_nd",
    "max_pool_nd_backward",
    "numerical_gradient",
    "output_size",
]
