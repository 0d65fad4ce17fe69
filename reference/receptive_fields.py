"""How much of the image one output sees."""

from dataclasses import dataclass

from reference.arguments import pads, per_axis
from reference.layers import (
    AvgPool2d,
    Container,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    Sequential,
)


@dataclass(frozen=True)
class ReceptiveField:
    """The rectangle of input pixels that an output pixel depends on; entries are (height, width).

    size : pixels the output sees.
    stride : pixels of the input between the fields of neighbouring outputs.
    start : first row and column that output (0, 0) sees; negative when its field begins in the padding.
    """

    size: tuple
    stride: tuple
    start: tuple


def receptive_field(layers):
    """The `ReceptiveField` of an output of stacked layers.

    Each layer widens the field by dilation * (kernel_size - 1) strides of all layers below it.
    (Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks")

    Parameters
    ----------
    layers : list of dicts with kernel_size and, where they are not 1, 0 and 1, stride, padding and dilation;
        or a Sequential, which counts up to its first Flatten, Linear or GlobalAvgPool2d: from there on, an
        output sees everything. Side by side, as in Inception, the branches see what the widest sees.

    Raises ValueError for a key that is missing or unknown, TypeError for a ConvTranspose2d, whose outputs do
    not all see fields of the same size.
    """
    field = ReceptiveField((1, 1), (1, 1), (0, 0))
    if isinstance(layers, Sequential):
        return _through(layers, field)
    for number, geometry in enumerate(layers):
        if not {"kernel_size"} <= set(geometry) <= {"kernel_size", "stride", "padding", "dilation"}:
            raise ValueError(
                f"layers[{number}] must have kernel_size and may have stride, padding and dilation, "
                f"but has {', '.join(geometry) or 'nothing'}"
            )
        field = _grow(field, **geometry)
    return field


def _grow(field, kernel_size, stride=1, padding=0, dilation=1):
    """The field of an output of one more layer, on top of `field`."""
    kernel = per_axis("kernel_size", kernel_size, 2, 1)
    stride = per_axis("stride", stride, 2, 1)
    dilation = per_axis("dilation", dilation, 2, 1)
    padding = pads(padding, kernel, stride, dilation)
    axes = range(2)
    return ReceptiveField(
        size=tuple(field.size[a] + dilation[a] * (kernel[a] - 1) * field.stride[a] for a in axes),
        stride=tuple(field.stride[a] * stride[a] for a in axes),
        start=tuple(field.start[a] - padding[a][0] * field.stride[a] for a in axes),
    )


def _through(layer, field):
    """The field of an output of `layer`, on top of `field`."""
    match layer:
        case Sequential():
            for sublayer in layer.layers.values():
                if isinstance(sublayer, (Flatten, Linear, GlobalAvgPool2d)):
                    break
                field = _through(sublayer, field)
            return field
        case Container():
            return _union([_through(branch, field) for branch in layer.layers.values()])
        case Conv2d():
            return _grow(field, layer.kernel_size, layer.stride, layer.padding, layer.dilation)
        case MaxPool2d() | AvgPool2d():
            geometry = {key: layer.window[key] for key in ("kernel_size", "padding", "dilation")}
            stride = layer.window["stride"]
            return _grow(field, stride=geometry["kernel_size"] if stride is None else stride, **geometry)
        case ConvTranspose2d():
            raise TypeError("layers has a ConvTranspose2d: its outputs see fields of different sizes")
    return field


def _union(fields):
    """The smallest rectangle around fields that lie side by side."""
    start = tuple(map(min, zip(*(field.start for field in fields), strict=True)))
    ends = [tuple(s + n for s, n in zip(field.start, field.size, strict=True)) for field in fields]
    end = tuple(map(max, zip(*ends, strict=True)))
    return ReceptiveField(
        size=tuple(e - s for e, s in zip(end, start, strict=True)), stride=fields[0].stride, start=start
    )
