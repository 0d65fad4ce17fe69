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
from reference.cost import Cost, conv_cost, cost_table, count_cost, total_cost
from reference.fft_conv import conv_nd_fft, conv_nd_fft_backward
from reference.global_pool import (
    global_avg_pool,
    global_avg_pool_backward,
    global_max_pool,
    global_max_pool_backward,
)
from reference.gradient_check import numerical_gradient
from reference.layers import (
    AvgPool2d,
    BatchNorm2d,
    Container,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Inception,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from reference.losses import accuracy, softmax, softmax_cross_entropy
from reference.max_pool import max_pool2d, max_pool2d_backward, max_pool_nd, max_pool_nd_backward
from reference.models import AlexNet, LeNet5
from reference.optimizers import SGD, Adam, Momentum, RMSprop
from reference.receptive_fields import ReceptiveField, receptive_field
from reference.training import History, evaluate, minibatches, train, train_step
from reference.weight_sharing import convolutional_weights, fully_connected_weights, locally_connected_weights
from reference.window import output_size

__all__ = [
    "accuracy",
    "Adam",
    "AlexNet",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool_nd",
    "avg_pool_nd_backward",
    "AvgPool2d",
    "BatchNorm2d",
    "col2im",
    "Container",
    "Conv2d",
    "conv2d",
    "conv2d_backward",
    "conv_cost",
    "conv_nd",
    "conv_nd_backward",
    "conv_nd_fft",
    "conv_nd_fft_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose_nd",
    "conv_transpose_nd_backward",
    "convolutional_weights",
    "ConvTranspose2d",
    "Cost",
    "cost_table",
    "count_cost",
    "Dropout",
    "evaluate",
    "Flatten",
    "fully_connected_weights",
    "global_avg_pool",
    "global_avg_pool_backward",
    "global_max_pool",
    "global_max_pool_backward",
    "GlobalAvgPool2d",
    "History",
    "im2col",
    "Inception",
    "Layer",
    "LeNet5",
    "Linear",
    "locally_connected_weights",
    "LocalResponseNorm",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool_nd",
    "max_pool_nd_backward",
    "MaxPool2d",
    "minibatches",
    "Momentum",
    "numerical_gradient",
    "output_size",
    "receptive_field",
    "ReceptiveField",
    "ReLU",
    "RMSprop",
    "Sequential",
    "SGD",
    "Sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "Tanh",
    "total_cost",
    "train",
    "train_step",
]
