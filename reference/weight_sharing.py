"""How many weights connect an image to its feature maps: all to all, local, local and shared.

All three have the same outputs, (out_channels, OH, OW), and none counts its biases.  (LeCun et al. 1989;
Goodfellow et al. 2016, "Deep Learning", sections 9.2 and 9.5)
"""

import math

from reference.arguments import shape
from reference.cost import conv_cost


def fully_connected_weights(input_shape, output_shape):
    """Each output has a weight for each input: both shapes are (C, H, W), any number of axes."""
    return math.prod(shape("input_shape", input_shape)) * math.prod(shape("output_shape", output_shape))


def locally_connected_weights(input_shape, out_channels, kernel_size, stride=1, padding=0, dilation=1):
    """Each output has weights of its own for the pixels of its window; arguments as in `conv_cost`.

    As many as a convolution has multiply-adds, since each weight is used once. Weights that would meet only
    padding count too.
    """
    return conv_cost(input_shape, out_channels, kernel_size, stride, padding, dilation).multiply_adds


def convolutional_weights(input_shape, out_channels, kernel_size):
    """One window of weights per map, the same at every place: the size of the image does not matter."""
    return conv_cost(input_shape, out_channels, kernel_size, padding="same", bias=False).parameters
