"""Convolution and transposed convolution as layers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from reference.arguments import Init, Ints, Padding, Rng, Shape, integer, pads, per_axis, spatial
from reference.conv import conv_and_gradients
from reference.conv_transpose import conv_transpose2d, conv_transpose2d_backward
from reference.initializers import he_normal
from reference.layers.layer import Layer
from reference.window import known_window, transposed_size, window_on


class _Geometry(Layer):
    """What the two layers have in common, checked so that a mistake is found where the layer is built."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints,
        padding: Padding,
        dilation: Ints,
        groups: int,
    ) -> None:
        super().__init__()
        self.in_channels = integer("in_channels", in_channels, 1)
        self.out_channels = integer("out_channels", out_channels, 1)
        self.kernel_size = per_axis("kernel_size", kernel_size, 2, 1)
        self.stride = per_axis("stride", stride, 2, 1)
        self.dilation = per_axis("dilation", dilation, 2, 1)
        self.padding = pads(padding, self.kernel_size, self.stride, self.dilation)
        self.groups = integer("groups", groups, 1)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(f"groups={groups} must divide in_channels={in_channels} and out_channels={out_channels}")

    def _image_shape(self, input_shape: Sequence[int]) -> Shape:
        """Return `input_shape` if the layer can take it: (in_channels, H, W)."""
        if len(input_shape) != 3 or input_shape[0] != self.in_channels:
            raise ValueError(
                f"input_shape is {tuple(input_shape)}, but {type(self).__name__} needs ({self.in_channels}, H, W)"
            )
        return tuple(input_shape)


class Conv2d(_Geometry):
    """Cross-correlation with learnt kernels: `reference.conv2d` with w and b of its own.

    (N, C, H, W) -> (N, F, OH, OW). `params` are w (F, C/groups, KH, KW) and b (F,).

    Parameters
    ----------
    in_channels, out_channels : int
        C and F.
    kernel_size, stride, padding, dilation, groups
        As in `reference.conv2d`.
    bias : bool
        Whether there is a b.
    init : function (shape, rng, dtype) -> array
        For w (see `reference.initializers`); b starts at 0.
    rng : np.random.Generator, seed or None
    dtype : np.float32 or np.float64
        The type of the parameters, which x must have too.

    Attributes
    ----------
    input_gradient : bool
        May be set to False on the first layer of a network: `backward` then returns None and saves the work, as PyTorch
        does for images that require no gradient.

    Notes
    -----
    LeCun et al. 1989.

    Examples
    --------
    >>> layer = Conv2d(3, 8, kernel_size=5, padding=2, rng=0)
    >>> x = np.ones((2, 3, 16, 16), np.float32)
    >>> out = layer.forward(x)
    >>> dx = layer.backward(np.ones_like(out))
    >>> out.shape, dx.shape, layer.grads["w"].shape
    ((2, 8, 16, 16), (2, 3, 16, 16), (8, 3, 5, 5))
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Padding = 0,
        dilation: Ints = 1,
        groups: int = 1,
        bias: bool = True,
        init: Init = he_normal,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.input_gradient = True
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.params["w"] = init(shape, np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_channels, dtype)

    def forward(self, x: ArrayLike) -> np.ndarray:
        spatial("x", x, axes=2)
        self._forget()
        window = known_window(np.shape(x)[2:], self.kernel_size, self.stride, self.padding, self.dilation)
        return self._save(*conv_and_gradients(x, self.params["w"], self.params.get("b"), window, self.groups))

    def backward(self, dout: ArrayLike) -> np.ndarray | None:
        dout, (gradients,) = self._recall(dout)
        dx, self.grads["w"], db = gradients(dout, self.input_gradient)
        if "b" in self.params:
            self.grads["b"] = db
        return dx

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        _, *size = self._image_shape(input_shape)
        window = window_on(size, self.kernel_size, self.stride, self.padding, self.dilation)
        return (self.out_channels, *window.out)


class ConvTranspose2d(_Geometry):
    """Transposed convolution with learnt kernels: `reference.conv_transpose2d` with w and b of its own.

    It goes from the shape a convolution gives back to the shape it takes: (N, C, H, W) -> (N, F, OH, OW). `params` are
    w (C, F/groups, KH, KW) and b (F,).

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, init, rng, dtype
        As in `Conv2d`.
    output_padding : int or pair
        Rows and columns added after the result, to choose among the sizes that the convolution maps to the input's.

    Notes
    -----
    Dumoulin and Visin 2016, section 4.

    Examples
    --------
    >>> layer = ConvTranspose2d(8, 3, kernel_size=4, stride=2, padding=1)
    >>> layer.forward(np.ones((2, 8, 7, 7), np.float32)).shape
    (2, 3, 14, 14)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Ints,
        stride: Ints = 1,
        padding: Padding = 0,
        output_padding: Ints = 0,
        dilation: Ints = 1,
        groups: int = 1,
        bias: bool = True,
        init: Init = he_normal,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.output_padding = per_axis("output_padding", output_padding, 2, 0)
        shape = (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        self.params["w"] = init(shape, np.random.default_rng(rng), dtype)
        if bias:
            self.params["b"] = np.zeros(self.out_channels, dtype)

    def forward(self, x: ArrayLike) -> np.ndarray:
        w, b = self.params["w"], self.params.get("b")
        out = conv_transpose2d(x, w, b, self.stride, self.padding, self.output_padding, self.dilation, self.groups)
        return self._save(out, x)

    def backward(self, dout: ArrayLike) -> np.ndarray:
        dout, (x,) = self._recall(dout)
        w = self.params["w"]
        dx, self.grads["w"], db = conv_transpose2d_backward(
            dout, x, w, self.stride, self.padding, self.output_padding, self.dilation, self.groups
        )
        if "b" in self.params:
            self.grads["b"] = db
        return dx

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        _, *size = self._image_shape(input_shape)
        geometry = self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation
        return (self.out_channels, *transposed_size(size, *geometry))
