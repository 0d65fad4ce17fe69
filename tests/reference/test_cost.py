"""Costs: worked numbers of the course, AlexNet's whole table, and multiply-adds counted by summing ones."""

import numpy as np
import pytest

from reference import (
    AlexNet,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Inception,
    LeNet5,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    conv_cost,
    cost_table,
    count_cost,
    total_cost,
)
from reference.initializers import zeros

# name: output, parameters, multiply-adds. Krizhevsky et al. 2012, section 3.5; 60,965,224 is their "60 million".
ALEXNET = {
    "conv1": ((96, 55, 55), 34_944, 105_415_200),
    "conv2": ((256, 27, 27), 307_456, 223_948_800),
    "conv3": ((384, 13, 13), 885_120, 149_520_384),
    "conv4": ((384, 13, 13), 663_936, 112_140_288),
    "conv5": ((256, 13, 13), 442_624, 74_760_192),
    "fc6": ((4096,), 37_752_832, 37_748_736),
    "fc7": ((4096,), 16_781_312, 16_777_216),
    "fc8": ((1000,), 4_097_000, 4_096_000),
}


def ones(shape, rng, dtype):
    return np.ones(shape, dtype)


def test_direct_3x3_against_a_1x1_bottleneck():
    """Exercise 5-4 of the course's sources: 100 x 100 x 256 -> 3 x 3 -> 100 x 100 x 256."""
    direct = conv_cost((256, 100, 100), 256, 3, padding=1)
    assert direct.multiply_adds == 5_898_240_000
    assert direct.activations == 2_560_000
    squeeze = conv_cost((256, 100, 100), 64, 1)
    expand = conv_cost(squeeze.output_shape, 256, 3, padding=1)
    assert (squeeze.multiply_adds, expand.multiply_adds) == (163_840_000, 1_474_560_000)
    both = total_cost([squeeze, expand])
    assert both.multiply_adds == 1_638_400_000
    assert both.activations == 3_200_000
    assert direct.multiply_adds / both.multiply_adds == 3.6
    assert both.activations / direct.activations == 1.25


def test_googlenet_3a():
    """Weights of plain 1x1, 3x3 and 5x5 branches, and of those with reductions to 96 and 16."""
    plain = [conv_cost((192, 28, 28), maps, k, padding=k // 2, bias=False) for maps, k in ((64, 1), (128, 3), (32, 5))]
    assert [cost.parameters for cost in plain] == [12_288, 221_184, 153_600]
    block = Inception(192, 64, 96, 128, 16, 32, 32, rng=0)
    assert block.output_shape((192, 28, 28)) == (256, 28, 28)
    weights = {name: p.size for name, p in block.params.items() if name.endswith(".w")}
    assert weights == {
        "1x1.conv.w": 12_288,
        "3x3.reduce.w": 18_432,
        "3x3.conv.w": 110_592,
        "5x5.reduce.w": 3_072,
        "5x5.conv.w": 12_800,
        "pool.conv.w": 6_144,
    }
    reduced = sum(weights.values()) - weights["pool.conv.w"]
    assert reduced == 157_184
    assert reduced / sum(cost.parameters for cost in plain) == pytest.approx(0.406, abs=5e-4)


def test_the_branches_of_a_block_see_the_same_input():
    costs = {cost.name: cost for cost in count_cost(Inception(8, 2, 3, 4, 5, 6, 7), (8, 5, 5))}
    assert costs["3x3.conv"].multiply_adds == 25 * 9 * 3 * 4
    assert costs["5x5.reduce"].multiply_adds == 25 * 8 * 5
    assert costs["pool.pool"].output_shape == (8, 5, 5)


def test_alexnets_table():
    costs = count_cost(AlexNet(init=zeros), (3, 227, 227))
    weighted = {c.name: (c.output_shape, c.parameters, c.multiply_adds) for c in costs if c.parameters}
    assert weighted == ALEXNET
    assert {c.name: c.output_shape for c in costs if c.kind == "MaxPool2d"} == {
        "pool1": (96, 27, 27),
        "pool2": (256, 13, 13),
        "pool5": (256, 6, 6),
    }
    total = total_cost(costs)
    assert (total.parameters, total.multiply_adds) == (60_965_224, 724_406_816)
    assert total.output_shape == (1000,)
    # The paper counts the same neurons, but for conv1: its 253,440 is not the 96 * 55 * 55 of its own figure.
    assert [c.activations for c in costs if c.parameters] == [
        290_400,
        186_624,
        64_896,
        64_896,
        43_264,
        4096,
        4096,
        1000,
    ]


def test_lenet5s_table():
    costs = {c.name: (c.parameters, c.multiply_adds) for c in count_cost(LeNet5(), (1, 28, 28)) if c.parameters}
    assert costs == {
        "c1": (156, 117_600),
        "c3": (2_416, 240_000),
        "c5": (48_120, 48_000),
        "f6": (10_164, 10_080),
        "output": (850, 840),
    }


@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(4, 6, 3, init=ones),
        Conv2d(4, 6, (2, 3), (3, 1), dilation=(1, 2), groups=2, init=ones),
        Conv2d(4, 8, 3, groups=4, bias=False, init=ones),
        ConvTranspose2d(4, 6, 3, stride=2, output_padding=1, init=ones),
        ConvTranspose2d(4, 6, (3, 2), dilation=2, groups=2, init=ones),
    ],
)
def test_without_padding_the_outputs_of_all_ones_add_up_to_the_multiply_adds(layer):
    (cost,) = count_cost(layer, (4, 7, 9))
    out = layer.forward(np.ones((1, 4, 7, 9), np.float32))
    assert out.sum() == cost.multiply_adds
    assert out[0].shape == cost.output_shape
    assert cost.activations == out.size
    assert cost.parameters == sum(p.size for p in layer.params.values())


def test_conv_cost_is_the_cost_of_the_layer():
    layer = Conv2d(4, 6, (2, 3), (3, 1), ((1, 0), (2, 2)), (1, 2), groups=2)
    expected = conv_cost((4, 7, 9), 6, (2, 3), (3, 1), ((1, 0), (2, 2)), (1, 2), groups=2, name="Conv2d")
    assert count_cost(layer, (4, 7, 9)) == [expected]


def test_names_follow_the_containers_and_parameters_add_up():
    model = Sequential(
        {"body": Sequential(Conv2d(1, 2, 3), ReLU(), MaxPool2d(2)), "flat": Flatten(), "out": Linear(18, 4)}
    )
    costs = count_cost(model, (1, 8, 8))
    assert [cost.name for cost in costs] == ["body.0", "body.1", "body.2", "flat", "out"]
    assert total_cost(costs).parameters == sum(p.size for p in model.params.values())
    assert cost_table(costs).splitlines()[-1] == "| total |  | 4 | 96 | 720 | 184 |"


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (lambda: count_cost(Linear(3, 2), (4,)), r"input_shape is \(4,\)"),
        (lambda: count_cost(Conv2d(3, 2, 3), (4, 8, 8)), r"input_shape is \(4, 8, 8\)"),
        (lambda: count_cost(Conv2d(3, 2, 9), (3, 8, 8)), "kernel_size"),
        (lambda: conv_cost((3, 8, 8), 4, 3, groups=2), "groups=2"),
        (lambda: conv_cost((3, 8, 8), 0, 3), "out_channels"),
        (lambda: total_cost([]), "costs"),
    ],
)
def test_a_wrong_argument_is_named(count, message):
    with pytest.raises(ValueError, match=message):
        count()
