"""Convolution and transposed convolution as layers."""

import numpy as np

from reference.arguments import integer, pads, per_axis, spatial
from reference.conv import conv_and_gradients
from reference.conv_transpose import conv_transpose2d, conv_transpose2d_backward
from reference.initializers import he_normal
from reference.layers.layer import Layer
from reference.window import known_window, window_on


class Conv2d(Layer):
    """Cross-correlation with learnt kernels: `reference.conv2d` with w and b of its own.  (LeCun et al. 1989)

    Parameters
    ----------
    in_channels, out_channels : int, C and F.
    kernel_size, stride, padding, dilation, groups : as in `reference.conv2d`.
    bias : bool, whether there is a b.
    init : function (shape, rng, dtype) -> array for w (see `reference.initializers`); b starts at 0.
    rng : np.random.Generator, seed or None.
    dtype : np.float32 or np.float64, type of the parameters, which x must have too.

    `params` are w (F, C/groups, KH, KW) and b (F,). (N, C, H, W) -> (N, F, OH, OW).
    `input_gradient` may be set to False on the first layer of a network: `backward` then returns None and saves
    the work, as PyTorch does for images that require no gradient.
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        init=he_normal,
        rng=None,
        dtype=np.float32,
    ):
        super().__init__()
        _set_geometry(self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.input_gradient = True
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.params["w"] = init(shape, np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_channels, dtype)

    def forward(self, x):
        spatial("x", x, axes=2)
        window = known_window(np.shape(x)[2:], self.kernel_size, self.stride, self.padding, self.dilation)
        return self._save(*conv_and_gradients(x, self.params["w"], self.params.get("b"), window, self.groups))

    def backward(self, dout):
        dout, gradients = self._recall(dout)
        dx, self.grads["w"], db = gradients(dout, self.input_gradient)
        if "b" in self.params:
            self.grads["b"] = db
        return dx

    def output_shape(self, input_shape):
        _, *size = _image_shape(self, input_shape)
        window = window_on(size, self.kernel_size, self.stride, self.padding, self.dilation)
        return (self.out_channels, *window.out)


class ConvTranspose2d(Layer):
    """Transposed convolution with learnt kernels: `reference.conv_transpose2d` with w and b of its own.

    It goes from the shape a convolution gives back to the shape it takes (Dumoulin and Visin 2016, section
    4).

    Parameters
    ----------
    output_padding : int or pair, rows and columns added after the result, to choose among the sizes that the
        convolution maps to the input's.
    The others as in `Conv2d`.

    `params` are w (C, F/groups, KH, KW) and b (F,). (N, C, H, W) -> (N, F, OH, OW).
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        dilation=1,
        groups=1,
        bias=True,
        init=he_normal,
        rng=None,
        dtype=np.float32,
    ):
        super().__init__()
        _set_geometry(self, in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.output_padding = per_axis("output_padding", output_padding, 2, 0)
        shape = (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        self.params["w"] = init(shape, np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_channels, dtype)

    def forward(self, x):
        w, b = self.params["w"], self.params.get("b")
        out = conv_transpose2d(x, w, b, self.stride, self.padding, self.output_padding, self.dilation, self.groups)
        return self._save(out, x)

    def backward(self, dout):
        dout, x = self._recall(dout)
        w = self.params["w"]
        dx, self.grads["w"], db = conv_transpose2d_backward(
            dout, x, w, self.stride, self.padding, self.output_padding, self.dilation, self.groups
        )
        if "b" in self.params:
            self.grads["b"] = db
        return dx

    def output_shape(self, input_shape):
        _, *size = _image_shape(self, input_shape)
        return (
            self.out_channels,
            *(
                (n - 1) * s - before - after + d * (k - 1) + extra + 1
                for n, k, s, (before, after), d, extra in zip(
                    size,
                    self.kernel_size,
                    self.stride,
                    self.padding,
                    self.dilation,
                    self.output_padding,
                    strict=True,
                )
            ),
        )


def _set_geometry(layer, in_channels, out_channels, kernel_size, stride, padding, dilation, groups):
    """Check what the two layers have in common, so that a mistake is found where the layer is built."""
    layer.in_channels = integer("in_channels", in_channels, 1)
    layer.out_channels = integer("out_channels", out_channels, 1)
    layer.kernel_size = per_axis("kernel_size", kernel_size, 2, 1)
    layer.stride = per_axis("stride", stride, 2, 1)
    layer.dilation = per_axis("dilation", dilation, 2, 1)
    layer.padding = pads(padding, layer.kernel_size, layer.stride, layer.dilation)
    layer.groups = integer("groups", groups, 1)
    if layer.in_channels % layer.groups or layer.out_channels % layer.groups:
        raise ValueError(f"groups={groups} must divide in_channels={in_channels} and out_channels={out_channels}")


def _image_shape(layer, input_shape):
    """Return `input_shape` if the layer can take it: (in_channels, H, W)."""
    if len(input_shape) != 3 or input_shape[0] != layer.in_channels:
        raise ValueError(
            f"input_shape is {tuple(input_shape)}, but {type(layer).__name__} needs ({layer.in_channels}, H, W)"
        )
    return input_shape
