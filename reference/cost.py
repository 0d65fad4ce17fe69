"""What a network costs, counted without running it."""

import math
from dataclasses import dataclass

from reference.arguments import integer, shape
from reference.layers import Container, Conv2d, ConvTranspose2d, Linear, Sequential
from reference.window import window_on


@dataclass(frozen=True)
class Cost:
    """What one layer costs for one example.

    parameters : learnt numbers, weights and biases.
    multiply_adds : multiplications by weights, each with its addition; biases and all layers without weights
        count as none. Some authors call a multiply-add two FLOPs, some one.
    activations : numbers in the output.
    """

    name: str
    kind: str
    output_shape: tuple
    parameters: int
    multiply_adds: int
    activations: int


def conv_cost(
    input_shape, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, name="conv"
):
    """The `Cost` of a convolution on one image of `input_shape` (C, H, W).

    The other arguments are those of `Conv2d`. Each of the F*OH*OW outputs is a sum of C/groups*KH*KW products.
    """
    channels, *size = input_shape = shape("input_shape", input_shape)
    out_channels = integer("out_channels", out_channels, 1)
    groups = integer("groups", groups, 1)
    if channels % groups or out_channels % groups:
        raise ValueError(
            f"groups={groups} must divide the channels of input_shape {input_shape} and "
            f"out_channels={out_channels}"
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


def count_cost(model, input_shape):
    """List the `Cost` of every layer of `model` for one example of `input_shape` (C, H, W) or (D,).

    A container counts as its layers, named "block.layer"; `total_cost` adds the list up.
    """
    return list(_costs(model, "", shape("input_shape", input_shape)))


def total_cost(costs):
    """The sum of a list of `Cost`, as one `Cost` with the shape of the last."""
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


def cost_table(costs):
    """The list of `Cost` and its total as a Markdown table."""
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


def _costs(layer, name, input_shape):
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


def _multiply_adds(layer, input_shape, output_shape):
    match layer:
        case Linear():
            return layer.params["w"].size
        case Conv2d():  # a kernel is used once for each pixel of the output
            return layer.params["w"].size * math.prod(output_shape[1:])
        case ConvTranspose2d():  # and, transposed, once for each pixel of the input
            return layer.params["w"].size * math.prod(input_shape[1:])
    return 0
