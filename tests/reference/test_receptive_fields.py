"""Receptive fields: of known networks, and as what a gradient reaches."""

import numpy as np
import pytest

from reference import (
    AlexNet,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Inception,
    LeNet5,
    ReceptiveField,
    ReLU,
    Sequential,
    receptive_field,
)
from reference.initializers import zeros


def ones(shape, rng, dtype):
    return np.ones(shape, dtype)


def conv(channels, maps, k, **geometry):
    return Conv2d(channels, maps, k, **geometry, init=ones)


STACKS = {
    "one": Sequential(conv(1, 1, 3)),
    "three": Sequential(conv(1, 2, 3), ReLU(), conv(2, 2, 3), ReLU(), conv(2, 1, 3)),
    "strides": Sequential(conv(1, 1, 3, stride=2), conv(1, 1, 2, stride=(3, 1)), conv(1, 1, (3, 2))),
    "padded": Sequential(conv(1, 1, 5, padding=((2, 0), (1, 4))), AvgPool2d(3, 2, 1), conv(1, 1, 3, padding="same")),
    "dilated": Sequential(conv(1, 1, 3, dilation=(2, 3)), AvgPool2d(2), conv(1, 1, 3, dilation=2)),
    "nested": Sequential(Sequential(conv(1, 2, 3), AvgPool2d(2)), conv(2, 1, 3), Flatten()),
}


@pytest.mark.parametrize("name", STACKS)
def test_it_is_the_rectangle_that_a_gradient_reaches(name):
    stack = STACKS[name]
    layers = [layer for layer in stack.layers.values() if not isinstance(layer, Flatten)]
    field = receptive_field(stack)
    image = Sequential(*layers)
    out = image.forward(np.ones((1, 1, 48, 60), np.float32))
    row, column = out.shape[2] // 2, out.shape[3] // 2
    dout = np.zeros_like(out)
    dout[0, :, row, column] = 1
    reached = np.nonzero(image.backward(dout)[0, 0])
    for axis, place in enumerate((row, column)):
        first = field.start[axis] + place * field.stride[axis]
        assert (reached[axis].min(), reached[axis].max()) == (first, first + field.size[axis] - 1)


def test_alexnet_and_lenet5():
    features = AlexNet(init=zeros)
    assert receptive_field(features) == ReceptiveField((195, 195), (32, 32), (-64, -64))
    below_pool5 = {name: layer for name, layer in features.layers.items() if name not in ("pool5", "flatten")}
    del below_pool5["fc6"], below_pool5["fc7"], below_pool5["fc8"]
    assert receptive_field(Sequential(below_pool5)).size == (163, 163)
    assert receptive_field(LeNet5()) == ReceptiveField((16, 16), (4, 4), (-2, -2))


def test_vgg16_from_numbers():
    block = lambda depth: [{"kernel_size": 3, "padding": 1}] * depth + [{"kernel_size": 2, "stride": 2}]
    vgg16 = [*block(2), *block(2), *block(3), *block(3), *block(3)]
    field = receptive_field(vgg16)
    assert (field.size, field.stride) == ((212, 212), (32, 32))


def test_two_3x3_see_what_one_5x5_sees_and_three_what_a_7x7_sees():
    three = {"kernel_size": 3}
    assert receptive_field([three] * 2) == receptive_field([{"kernel_size": 5}])
    assert receptive_field([three] * 3) == receptive_field([{"kernel_size": 7}])
    assert receptive_field([]) == ReceptiveField((1, 1), (1, 1), (0, 0))


def test_side_by_side_the_widest_branch_counts():
    block = Inception(3, 1, 1, 1, 1, 1, 1)
    assert receptive_field(Sequential(block, BatchNorm2d(4))) == ReceptiveField((5, 5), (1, 1), (-2, -2))
    assert receptive_field(Sequential(AvgPool2d(2), block)).size == (10, 10)


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(TypeError, match="ConvTranspose2d"):
        receptive_field(Sequential(ConvTranspose2d(1, 1, 3)))
    with pytest.raises(ValueError, match=r"layers\[1\] must have kernel_size .* but has stride"):
        receptive_field([{"kernel_size": 3}, {"stride": 2}])
    with pytest.raises(ValueError, match=r"layers\[0\].*groups"):
        receptive_field([{"kernel_size": 3, "groups": 2}])
    with pytest.raises(ValueError, match="stride"):
        receptive_field([{"kernel_size": 3, "stride": 0}])
