"""How many weights connect an image to its feature maps: all to all, local, local and shared.

All three have the same outputs, (out_channels, OH, OW), and none counts its biases.  (LeCun et al. 1989;
Goodfellow et al. 2016, "Deep Learning", sections 9.2 and 9.5)
"""

import math
from collections.abc import Sequence

from reference.arguments import Ints, Padding, shape
from reference.cost import conv_cost


def fully_connected_weights(input_shape: Sequence[int], output_shape: Sequence[int]) -> int:
    """Each output has a weight for each input.

    Parameters
    ----------
    input_shape, output_shape : (C, H, W), or any number of axes

    Returns
    -------
    count : int

    Examples
    --------
    >>> fully_connected_weights((1, 28, 28), (6, 24, 24))
    2709504
    """
    return math.prod(shape("input_shape", input_shape)) * math.prod(shape("output_shape", output_shape))


def locally_connected_weights(
    input_shape: Sequence[int],
    out_channels: int,
    kernel_size: Ints,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
) -> int:
    """Each output has weights of its own for the pixels of its window.

    As many as a convolution has multiply-adds, since each weight is used once. Weights that would meet only
    padding count too.

    Parameters
    ----------
    input_shape, out_channels, kernel_size, stride, padding, dilation
        As in `conv_cost`.

    Returns
    -------
    count : int

    Examples
    --------
    >>> locally_connected_weights((1, 28, 28), 6, 5)
    86400
    """
    return conv_cost(input_shape, out_channels, kernel_size, stride, padding, dilation).multiply_adds


def convolutional_weights(input_shape: Sequence[int], out_channels: int, kernel_size: Ints) -> int:
    """One window of weights per map, the same at every place: the size of the image does not matter.

    Parameters
    ----------
    input_shape, out_channels, kernel_size
        As in `conv_cost`.

    Returns
    -------
    count : int

    Examples
    --------
    >>> convolutional_weights((1, 28, 28), 6, 5)
    150
    """
    return conv_cost(input_shape, out_channels, kernel_size, padding="same", bias=False).parameters
