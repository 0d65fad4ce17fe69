"""Layers: one kind in each file; `layer.py` says what all have in common."""

from reference.layers.activation import ReLU, Sigmoid, Tanh
from reference.layers.container import Container, Sequential
from reference.layers.convolution import Conv2d, ConvTranspose2d
from reference.layers.dropout import Dropout
from reference.layers.flatten import Flatten
from reference.layers.inception import Inception
from reference.layers.layer import Layer
from reference.layers.linear import Linear
from reference.layers.normalization import BatchNorm2d, LocalResponseNorm
from reference.layers.pooling import AvgPool2d, GlobalAvgPool2d, MaxPool2d

__all__ = [
    "AvgPool2d",
    "BatchNorm2d",
    "Container",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2d",
    "Inception",
    "Layer",
    "Linear",
    "LocalResponseNorm",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
