"""What a network costs, counted without running it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference.arguments import Ints, Padding, Shape, integer, shape
from reference.layers import Container, Conv2d, ConvTranspose2d, Layer, Linear, Sequential
from reference.window import window_on


@dataclass(frozen=True)
class Cost:
    """What one layer costs for one example.

    Attributes
    ----------
    name, kind : str
        Its name in the model, and the name of its class.
    output_shape : tuple
    parameters : int
        Learnt numbers, weights and biases.
    multiply_adds : int
        Multiplications by weights, each with its addition; biases and all layers without weights count as none. Some
        authors call a multiply-add two FLOPs, some one.
    activations : int
        Numbers in the output.

    Examples
    --------
    >>> cost = conv_cost((3, 8, 8), 4, 3)
    >>> cost.output_shape, cost.parameters, cost.activations
    ((4, 6, 6), 112, 144)
    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int
    multiply_adds: int
    activations: int


def conv_cost(
    input_shape: Sequence[int],
    out_channels: int,
    kernel_size: Ints,
    stride: Ints = 1,
    padding: Padding = 0,
    dilation: Ints = 1,
    groups: int = 1,
    bias: bool = True,
    name: str = "conv",
) -> Cost:
    """What a convolution costs on one image: each of the F*OH*OW outputs is a sum of C/groups*KH*KW products.

    Parameters
    ----------
    input_shape : (C, H, W)
    out_channels, kernel_size, stride, padding, dilation, groups, bias
        As in `Conv2d`.
    name : str
        The name of the `Cost`.

    Returns
    -------
    cost : Cost

    Examples
    --------
    >>> conv_cost((1, 28, 28), 6, 5, padding=2).multiply_adds
    117600
    """
    channels, *size = input_shape = shape("input_shape", input_shape)
    out_channels = integer("out_channels", out_channels, 1)
    groups = integer("groups", groups, 1)
    if channels % groups or out_channels % groups:
        raise ValueError(
            f"groups={groups} must divide the channels of input_shape {input_shape} and out_channels={out_channels}"
        )
    window = window_on(size, kernel_size, stride, padding, dilation)
    fan_in = channels // groups * math.prod(window.kernel)
    outputs = out_channels * math.prod(window.out)
    return Cost(
        name=name,
        kind="Conv2d",
        output_shape=(out_channels, *window.out),
        parameters=out_channels * fan_in + (out_channels if bias else 0),
        multiply_adds=outputs * fan_in,
        activations=outputs,
    )


def count_cost(model: Layer, input_shape: Sequence[int]) -> list[Cost]:
    """What every layer of a model costs for one example.

    Parameters
    ----------
    model : Layer
        A container counts as its layers, named "block.layer".
    input_shape : (C, H, W) or (D,)
        Of one example.

    Returns
    -------
    costs : list of Cost
        `total_cost` adds it up, `cost_table` writes it down.

    Examples
    --------
    >>> from reference import LeNet5
    >>> costs = count_cost(LeNet5(), (1, 28, 28))
    >>> [(cost.name, cost.multiply_adds) for cost in costs if cost.multiply_adds]
    [('c1', 117600), ('c3', 240000), ('c5', 48000), ('f6', 10080), ('output', 840)]
    """
    return list(_costs(model, "", shape("input_shape", input_shape)))


def total_cost(costs: Sequence[Cost]) -> Cost:
    """The sum of a list of costs, as one `Cost` with the shape of the last.

    Parameters
    ----------
    costs : list of Cost, not empty

    Returns
    -------
    cost : Cost

    Examples
    --------
    >>> total_cost([conv_cost((3, 8, 8), 4, 3), conv_cost((4, 6, 6), 2, 1)]).parameters
    122
    """
    if not costs:
        raise ValueError("costs is empty: there is nothing to add up")
    return Cost(
        name="total",
        kind="",
        output_shape=costs[-1].output_shape,
        parameters=sum(cost.parameters for cost in costs),
        multiply_adds=sum(cost.multiply_adds for cost in costs),
        activations=sum(cost.activations for cost in costs),
    )


def cost_table(costs: Sequence[Cost]) -> str:
    """A list of costs and its total as a Markdown table.

    Parameters
    ----------
    costs : list of Cost, not empty

    Returns
    -------
    table : str

    Examples
    --------
    >>> print(cost_table([conv_cost((1, 28, 28), 6, 5)]))
    | layer | kind | output | parameters | multiply-adds | activations |
    |---|---|---|--:|--:|--:|
    | conv | Conv2d | 6x24x24 | 156 | 86,400 | 3,456 |
    | total |  | 6x24x24 | 156 | 86,400 | 3,456 |
    """
    rows = [
        "| layer | kind | output | parameters | multiply-adds | activations |",
        "|---|---|---|--:|--:|--:|",
    ]
    for cost in (*costs, total_cost(costs)):
        output = "x".join(map(str, cost.output_shape))
        rows.append(
            f"| {cost.name} | {cost.kind} | {output} | {cost.parameters:,} | {cost.multiply_adds:,} "
            f"| {cost.activations:,} |"
        )
    return "\n".join(rows)


def _costs(layer: Layer, name: str, input_shape: Shape) -> Iterator[Cost]:
    if isinstance(layer, Container):
        for key, sublayer in layer.layers.items():
            yield from _costs(sublayer, f"{name}.{key}" if name else key, input_shape)
            if isinstance(layer, Sequential):  # the layers of other containers stand side by side
                input_shape = sublayer.output_shape(input_shape)
        return
    output_shape = layer.output_shape(input_shape)
    yield Cost(
        name=name or type(layer).__name__,
        kind=type(layer).__name__,
        output_shape=output_shape,
        parameters=sum(p.size for p in layer.params.values()),
        multiply_adds=_multiply_adds(layer, input_shape, output_shape),
        activations=math.prod(output_shape),
    )


def _multiply_adds(layer: Layer, input_shape: Shape, output_shape: Shape) -> int:
    match layer:
        case Linear():
            return layer.params["w"].size
        case Conv2d():  # a kernel is used once for each pixel of the output
            return layer.params["w"].size * math.prod(output_shape[1:])
        case ConvTranspose2d():  # and, transposed, once for each pixel of the input
            return layer.params["w"].size * math.prod(input_shape[1:])
    return 0
