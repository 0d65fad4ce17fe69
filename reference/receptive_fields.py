"""How much of the image one output sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reference.arguments import Ints, Padding, Shape, pads, per_axis
from reference.layers import (
    AvgPool2d,
    Container,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    Sequential,
)


@dataclass(frozen=True)
class ReceptiveField:
    """The rectangle of input pixels that an output pixel depends on; entries are (height, width).

    Attributes
    ----------
    size : tuple
        Pixels the output sees.
    stride : tuple
        Pixels of the input between the fields of neighbouring outputs.
    start : tuple
        First row and column that output (0, 0) sees; negative when its field begins in the padding.

    Examples
    --------
    >>> field = receptive_field([dict(kernel_size=5, padding=2), dict(kernel_size=2, stride=2)])
    >>> field.size, field.stride, field.start
    ((6, 6), (2, 2), (-2, -2))
    """

    size: Shape
    stride: Shape
    start: Shape


def receptive_field(layers: Sequential | Sequence[Mapping]) -> ReceptiveField:
    """What an output of stacked layers sees of the image.

    Each layer widens the field by dilation * (kernel_size - 1) strides of all layers below it.

    Parameters
    ----------
    layers : list of dicts, or Sequential
        A dict has kernel_size and, where they are not 1, 0 and 1, stride, padding and dilation. A Sequential counts up
        to its first Flatten, Linear or GlobalAvgPool2d: from there on, an output sees everything. Side by side, as in
        Inception, the branches see what the widest sees.

    Returns
    -------
    field : ReceptiveField

    Raises
    ------
    ValueError
        For a key that is missing or unknown.
    TypeError
        For a ConvTranspose2d, whose outputs do not all see fields of the same size.

    Notes
    -----
    Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks".

    Examples
    --------
    Two kernels of 3 see as much as one of 5:

    >>> receptive_field([dict(kernel_size=3), dict(kernel_size=3)]).size
    (5, 5)
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


def _grow(
    field: ReceptiveField, kernel_size: Ints, stride: Ints = 1, padding: Padding = 0, dilation: Ints = 1
) -> ReceptiveField:
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


def _through(layer: Layer, field: ReceptiveField) -> ReceptiveField:
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


def _union(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """The smallest rectangle around fields that lie side by side."""
    start = tuple(map(min, zip(*(field.start for field in fields), strict=True)))
    ends = [tuple(s + n for s, n in zip(field.start, field.size, strict=True)) for field in fields]
    end = tuple(map(max, zip(*ends, strict=True)))
    return ReceptiveField(
        size=tuple(e - s for e, s in zip(end, start, strict=True)), stride=fields[0].stride, start=start
    )
