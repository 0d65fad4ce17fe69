"""Pooling as layers: no parameters, the channels stay apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Ints, Padding, Shape, pads, per_axis, spatial
from reference.avg_pool import avg_pool2d, avg_pool2d_backward
from reference.global_pool import global_avg_pool, global_avg_pool_backward
from reference.layers.layer import Layer
from reference.max_pool import max_pool_and_route
from reference.window import known_pooling_window, pooling_window


class MaxPool2d(Layer):
    """The largest value in each window: `reference.max_pool2d`. (N, C, H, W) -> (N, C, OH, OW).

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        As in `reference.max_pool2d`; stride=None means kernel_size.

    Examples
    --------
    >>> layer = MaxPool2d(2)
    >>> layer.forward(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    >>> layer.backward(np.ones((1, 1, 2, 2)))[0, 0]
    array([[0., 0., 0., 0.],
           [0., 1., 0., 1.],
           [0., 0., 0., 0.],
           [0., 1., 0., 1.]])
    """

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Padding = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.window = _window_arguments(kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, x: ArrayLike) -> np.ndarray:
        spatial("x", x, axes=2)
        self._forget()
        return self._save(*max_pool_and_route(x, known_pooling_window(np.shape(x)[2:], **self.window)))

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (route,) = self._recall(dout)
        return route(dout)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        channels, *size = input_shape
        return (channels, *pooling_window(size, **self.window).out)


class AvgPool2d(Layer):
    """The mean of each window: `reference.avg_pool2d`. (N, C, H, W) -> (N, C, OH, OW).

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode, count_include_pad
        As in `reference.avg_pool2d`.

    Examples
    --------
    >>> AvgPool2d(2).forward(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def __init__(
        self,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Padding = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.window = _window_arguments(kernel_size, stride, padding, dilation, ceil_mode)
        self.count_include_pad = bool(count_include_pad)

    def forward(self, x: ArrayLike) -> np.ndarray:
        return self._save(avg_pool2d(x, **self.window, count_include_pad=self.count_include_pad), x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x,) = self._recall(dout)
        return avg_pool2d_backward(dout, x, **self.window, count_include_pad=self.count_include_pad)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        channels, *size = input_shape
        return (channels, *pooling_window(size, **self.window).out)


class GlobalAvgPool2d(Layer):
    """The mean of each map: `reference.global_avg_pool`. (N, C, H, W) -> (N, C, 1, 1).

    Examples
    --------
    >>> GlobalAvgPool2d().forward(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """

    def forward(self, x: ArrayLike) -> np.ndarray:
        return self._save(global_avg_pool(x), x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x,) = self._recall(dout)
        return global_avg_pool_backward(dout, x)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        return (input_shape[0], 1, 1)


def _window_arguments(
    kernel_size: Ints, stride: Ints | None, padding: Padding, dilation: Ints, ceil_mode: bool
) -> dict:
    """Check what the two layers have in common, so that a mistake is found where the layer is built."""
    kernel_size = per_axis("kernel_size", kernel_size, 2, 1)
    stride = kernel_size if stride is None else per_axis("stride", stride, 2, 1)
    dilation = per_axis("dilation", dilation, 2, 1)
    return {
        "kernel_size": kernel_size,
        "stride": stride,
        "padding": pads(padding, kernel_size, stride, dilation),
        "dilation": dilation,
        "ceil_mode": bool(ceil_mode),
    }
