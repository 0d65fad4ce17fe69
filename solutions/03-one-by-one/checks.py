"""What the marked cells of lesson 03 check.

Each part looks at one thing, on cases that the simplest code of that step can run: ``plain`` knows no bias,
``parameters`` no stride, ``size`` no padding. ``rectangular`` comes last and mixes everything.
"""

from collections.abc import Callable, Iterator

import numpy as np

import reference
from grading.lesson.draw import nonzero, size
from grading.lesson.exercise import Call, Debug, Exercise, PartOf, Value

LESSON = 3


# ---------------------------------------------------------------------------------------------- oracles


def right_conv1x1(x, w, b):
    return reference.conv2d(x, w[:, :, None, None], b)


def right_merge(w1, b1, w2, b2):
    return w2 @ w1, w2 @ b1 + b2


def right_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    cost = reference.conv_cost(
        input_shape, out_channels, kernel_size, stride=stride, padding=padding, groups=groups, bias=bias
    )
    return cost.parameters, cost.multiply_adds, cost.activations


def right_field(layers):
    field = reference.receptive_field([{"kernel_size": k, "stride": s, "padding": p} for k, s, p in layers])
    return field.size[0], field.stride[0], field.start[0]


def right_size(layers):
    return right_field(layers)[0]


def right_kept(input_shape, layers):
    kept, shape = 0, input_shape
    for out_channels, kernel_size, stride, padding in layers:
        kept += int(np.prod(shape))
        shape = reference.conv_cost(shape, out_channels, kernel_size, stride, padding).output_shape
    return kept


# ---------------------------------------------------------------------------------------------- conv1x1-forward


def conv1x1(rng, about, images, channels, height, width, filters, bias, layout="C", dtype="float64") -> Call:
    x = nonzero(rng, (images, channels, height, width), dtype=dtype)
    w = nonzero(rng, (filters, channels), dtype=dtype)
    b = nonzero(rng, (filters,), dtype=dtype) if bias else np.zeros(filters, dtype)
    return Call(about, (x, w, b), layout=layout)


def conv1x1_by_hand() -> Call:
    """The two channels of 2x2 pixels that the text works out, with three kernels."""
    x = np.array([[[[1.0, 2], [3, 4]], [[0.0, 1], [2, 0]]]])
    return Call("2 channels of 2x2, 3 kernels", (x, np.array([[1.0, 2], [1, -1], [0, 3]]), np.zeros(3)))


def conv1x1_plain() -> list[Call]:
    rng = np.random.default_rng([LESSON, 1])
    x, w, _ = conv1x1_by_hand().args
    return [
        Call("2 channels of 2x2, 2 kernels, small whole numbers", (x, w[:2], np.zeros(2))),
        conv1x1_by_hand(),
        conv1x1(rng, "one image, 3 channels of 4x5, 2 kernels", 1, 3, 4, 5, 2, False),
        conv1x1(rng, "as many kernels as channels: 3 of 3, 3x3 pixels", 1, 3, 3, 3, 3, False),
        conv1x1(rng, "one channel, 4 kernels", 1, 1, 3, 2, 4, False),
        conv1x1(rng, "5 channels, one kernel, in Fortran order", 1, 5, 2, 3, 1, False, "F"),
    ]


def conv1x1_plain_hidden(rng) -> Iterator[Call]:
    channels, filters = size(rng, 4, 5), size(rng, 2, 3)
    yield conv1x1(rng, "all sizes differ", 1, channels, size(rng, 6, 7), size(rng, 8, 9), filters, False)
    same = size(rng, 2, 4)
    yield conv1x1(rng, "as many kernels as channels, rows and columns", 1, same, same, same, same, False)
    yield conv1x1(rng, "one channel", 1, 1, 3, 4, size(rng, 2, 5), False)
    yield conv1x1(rng, "one kernel, in Fortran order", 1, size(rng, 3, 5), 2, 4, 1, False, "F")


def conv1x1_bias() -> list[Call]:
    rng = np.random.default_rng([LESSON, 2])
    x, w, _ = conv1x1_by_hand().args
    return [
        Call("2 channels of 2x2, 2 kernels, biases 10 and 20", (x, w[:2], np.array([10.0, 20]))),
        Call("2 channels of 2x2, 3 kernels, biases 10, 20, 30", (x, w, np.array([10.0, 20, 30]))),
        conv1x1(rng, "one image, 3 channels of 4x5, 2 kernels", 1, 3, 4, 5, 2, True),
        conv1x1(rng, "as many kernels as channels, rows and columns: 3", 1, 3, 3, 3, 3, True),
    ]


def conv1x1_bias_hidden(rng) -> Iterator[Call]:
    yield conv1x1(rng, "all sizes differ", 1, size(rng, 4, 5), 6, size(rng, 7, 8), size(rng, 2, 3), True)
    same = size(rng, 2, 4)
    yield conv1x1(rng, "as many kernels as channels, rows and columns", 1, same, same, same, same, True)


def conv1x1_batch() -> list[Call]:
    rng = np.random.default_rng([LESSON, 3])
    ones = np.arange(1.0, 9).reshape(2, 2, 1, 2)
    return [
        Call("2 images, 2 channels of 1x2, 2 kernels", (ones, np.array([[1.0, 10], [100, 0]]), np.zeros(2))),
        conv1x1(rng, "2 images, 3 channels of 4x5, 6 kernels", 2, 3, 4, 5, 6, True),
        conv1x1(rng, "3 images, 3 channels of 3x3, 3 kernels", 3, 3, 3, 3, 3, True),
        conv1x1(rng, "float32, every second column of a larger array", 2, 4, 3, 5, 3, True, "strided", "float32"),
    ]


def conv1x1_batch_hidden(rng) -> Iterator[Call]:
    yield conv1x1(rng, "all sizes differ", 3, size(rng, 4, 5), 2, size(rng, 6, 7), size(rng, 8, 9), True)
    same = size(rng, 2, 4)
    yield conv1x1(rng, "all sizes are the same", same, same, same, same, same, True)
    yield conv1x1(rng, "float32, every second column", 2, 3, 4, 6, size(rng, 2, 5), True, "strided", "float32")


# ---------------------------------------------------------------------------------------------- merge-1x1


def merge(rng, about, channels, between, filters) -> Call:
    return Call(
        about,
        (
            nonzero(rng, (between, channels)),
            nonzero(rng, (between,)),
            nonzero(rng, (filters, between)),
            nonzero(rng, (filters,)),
        ),
    )


def merges() -> list[Call]:
    rng = np.random.default_rng([LESSON, 4])
    small = np.array([[1.0, 2], [0, 1]]), np.array([1.0, 2]), np.array([[2.0, 0], [1, 3]]), np.array([10.0, 20])
    return [
        Call("2 to 2 to 2 channels, small whole numbers", small),
        merge(rng, "3 to 5 to 2 channels", 3, 5, 2),
        merge(rng, "3 to 3 to 3 channels", 3, 3, 3),
        merge(rng, "4 to 1 to 4 channels", 4, 1, 4),
    ]


def merges_hidden(rng) -> Iterator[Call]:
    yield merge(rng, "all numbers of channels differ", size(rng, 2, 3), size(rng, 4, 5), size(rng, 6, 7))
    same = size(rng, 2, 5)
    yield merge(rng, "all numbers of channels are the same", same, same, same)
    yield merge(rng, "one channel between", size(rng, 2, 4), 1, size(rng, 2, 4))


# ---------------------------------------------------------------------------------------------- conv-cost

NO_BIAS = (1, 0, 1, False)  # stride, padding, groups, bias


ONE_BY_ONE = [
    Call("2 channels of 3x4, 5 kernels of 1x1, no biases", ((2, 3, 4), 5, 1, *NO_BIAS)),
    Call("3 channels of 3x3, 3 kernels of 1x1, no biases", ((3, 3, 3), 3, 1, *NO_BIAS)),
    Call("256 channels of 100x100, 64 kernels of 1x1, no biases", ((256, 100, 100), 64, 1, *NO_BIAS)),
    Call("one channel of 6x5, 7 kernels of 1x1, no biases", ((1, 6, 5), 7, 1, *NO_BIAS)),
]


def one_by_one_hidden(rng) -> Iterator[Call]:
    shape = size(rng, 10, 19), size(rng, 20, 29), size(rng, 30, 39)
    yield Call("all sizes differ", (shape, size(rng, 2, 9), 1, *NO_BIAS))
    same = size(rng, 4, 9)
    yield Call("all sizes are the same", ((same, same, same), same, 1, *NO_BIAS))
    yield Call("large sizes", ((size(rng, 200, 600), 50, 60), size(rng, 100, 900), 1, *NO_BIAS))
    yield Call("one channel", ((1, size(rng, 4, 9), 10), size(rng, 2, 3), 1, *NO_BIAS))


PLAIN = [
    Call("2 channels of 6x7, 4 kernels of 3x3, no biases", ((2, 6, 7), 4, 3, *NO_BIAS)),
    Call("4 channels of 4x4, 4 kernels of 4x4, no biases", ((4, 4, 4), 4, 4, *NO_BIAS)),
    Call("one channel of 28x30, 6 kernels of 5x5, no biases", ((1, 28, 30), 6, 5, *NO_BIAS)),
    Call("64 channels of 56x57, 128 kernels of 2x2, no biases", ((64, 56, 57), 128, 2, *NO_BIAS)),
]


def plain_hidden(rng) -> Iterator[Call]:
    for k in (2, 3, 5):
        shape = size(rng, 6, 9), size(rng, 20, 29), size(rng, 30, 39)
        yield Call(f"all sizes differ, kernel {k}", (shape, size(rng, 10, 19), k, *NO_BIAS))
    same = size(rng, 3, 6)
    yield Call("all sizes are the same", ((same, same, same), same, same, *NO_BIAS))
    yield Call("one channel", ((1, 12, size(rng, 13, 19)), size(rng, 5, 9), 4, *NO_BIAS))


STRIDED = [
    Call("2 channels of 7x9, 4 kernels of 3x3, stride 2", ((2, 7, 9), 4, 3, 2, 0, 1, False)),
    Call("2 channels of 6x7, 4 kernels of 3x3, padding 1", ((2, 6, 7), 4, 3, 1, 1, 1, False)),
    Call("stride 2 that does not divide: 3 channels of 8x10, kernel 3", ((3, 8, 10), 5, 3, 2, 0, 1, False)),
    Call("stride 3, padding 2, kernel 5, 11x12", ((3, 11, 12), 4, 5, 3, 2, 1, False)),
    Call("kernel 1, stride 2: 4 channels of 5x5", ((4, 5, 5), 4, 1, 2, 0, 1, False)),
]


def strided_hidden(rng) -> Iterator[Call]:
    for k, s, p in ((3, 1, 1), (3, 2, 0), (5, 3, 2), (4, 2, 1), (2, 4, 0), (1, 3, 0)):
        shape = size(rng, 2, 5), size(rng, 10, 19), size(rng, 20, 29)
        yield Call(f"kernel {k}, stride {s}, padding {p}", (shape, size(rng, 6, 9), k, s, p, 1, False))


GROUPED = [
    Call("4 channels of 5x6, 6 kernels of 3x3, 2 groups", ((4, 5, 6), 6, 3, 1, 0, 2, False)),
    Call("depthwise: 6 channels of 5x7, 6 kernels of 3x3, 6 groups", ((6, 5, 7), 6, 3, 1, 0, 6, False)),
    Call("9 channels of 4x4, 6 kernels of 1x1, 3 groups", ((9, 4, 4), 6, 1, 1, 0, 3, False)),
    Call("depthwise, two kernels a channel: 3 channels of 6x6, 6 kernels of 2x2", ((3, 6, 6), 6, 2, 1, 0, 3, False)),
    Call("one group: 4 channels of 5x6, 6 kernels of 3x3", ((4, 5, 6), 6, 3, 1, 0, 1, False)),
]


def grouped_hidden(rng) -> Iterator[Call]:
    for groups, k in ((2, 3), (3, 2), (4, 1)):
        shape = groups * size(rng, 2, 3), size(rng, 13, 19), size(rng, 20, 29)
        yield Call(f"{groups} groups, kernel {k}", (shape, groups * size(rng, 4, 5), k, 1, 0, groups, False))
    channels = size(rng, 3, 7)
    yield Call("depthwise", ((channels, 9, 10), channels, 3, 1, 0, channels, False))
    yield Call("depthwise, two kernels a channel", ((channels, 9, 8), 2 * channels, 3, 1, 0, channels, False))


BIASES = [
    Call("biases: 2 channels of 6x7, 4 kernels of 3x3", ((2, 6, 7), 4, 3, 1, 0, 1, True)),
    Call("no biases: 2 channels of 6x7, 4 kernels of 3x3", ((2, 6, 7), 4, 3, 1, 0, 1, False)),
    Call("by default: one channel of 28x28, 6 kernels of 5x5", ((1, 28, 28), 6, 5)),
    Call("by default: 400 channels of 1x1, 120 kernels of 1x1", ((400, 1, 1), 120, 1)),
]


def biases_hidden(rng) -> Iterator[Call]:
    shape = size(rng, 3, 5), size(rng, 10, 19), size(rng, 20, 29)
    for bias in (True, False):
        yield Call(f"bias={bias}", (shape, size(rng, 6, 9), 3, 1, 0, 1, bias))
    yield Call("by default", (shape, size(rng, 6, 9), 2))
    yield Call("by default, one pixel", ((size(rng, 100, 500), 1, 1), size(rng, 10, 99), 1))


RECTANGULAR = [
    Call("one channel of 6x8, 2 kernels of (2, 3)", ((1, 6, 8), 2, (2, 3), *NO_BIAS)),
    Call("(1, 5) with stride 2, padding 1 and biases: 3 channels of 7x10", ((3, 7, 10), 4, (1, 5), 2, 1)),
    Call("a pair of equal numbers, (3, 3)", ((2, 5, 6), 4, (3, 3), *NO_BIAS)),
    Call("as large as the image: 16 channels of 5x4, 120 kernels", ((16, 5, 4), 120, (5, 4))),
    Call("2 groups, (3, 2), stride 3: 4 channels of 9x11", ((4, 9, 11), 6, (3, 2), 3, 1, 2, True)),
]


def rectangular_hidden(rng) -> Iterator[Call]:
    for k, s, p, groups in (((2, 3), 1, 0, 1), ((5, 1), 2, 1, 1), ((3, 4), 3, 1, 2), ((1, 3), 1, 1, 3)):
        shape = groups * size(rng, 2, 3), size(rng, 13, 19), size(rng, 20, 29)
        yield Call(f"kernel {k}, stride {s}, padding {p}, {groups} groups", (shape, groups * 5, k, s, p, groups))
    yield Call("a pair of equal numbers", ((3, 9, size(rng, 10, 19)), 4, (2, 2), *NO_BIAS))
    height, width = size(rng, 3, 5), size(rng, 6, 9)
    yield Call("as large as the image", ((size(rng, 2, 20), height, width), size(rng, 10, 99), (height, width)))


# ---------------------------------------------------------------------------------------------- kept-for-backward

ONE_LAYER = [
    Call("2 channels of 3x4, a 3x3 convolution to 5 channels", ((2, 3, 4), [(5, 3, 1, 1)])),
    Call("4 channels of 4x4, a 1x1 convolution to 4 channels", ((4, 4, 4), [(4, 1, 1, 0)])),
    Call("256 channels of 100x100, a 3x3 convolution to 256", ((256, 100, 100), [(256, 3, 1, 1)])),
]


def one_layer_hidden(rng) -> Iterator[Call]:
    shape = size(rng, 3, 5), size(rng, 10, 19), size(rng, 20, 29)
    yield Call("all sizes differ", (shape, [(size(rng, 6, 9), 3, 1, 1)]))
    yield Call("a 1x1 convolution", (shape, [(size(rng, 6, 9), 1, 1, 0)]))
    yield Call("a convolution that shrinks", (shape, [(size(rng, 6, 9), 5, 2, 0)]))


CHAIN = [
    Call("2 channels of 4x4, then 1x1 to 3, then 3x3 to 5", ((2, 4, 4), [(3, 1, 1, 0), (5, 3, 1, 1)])),
    Call("exercise 5-4: 1x1 to 64, then 3x3 to 256", ((256, 100, 100), [(64, 1, 1, 0), (256, 3, 1, 1)])),
    Call("layers that shrink the map: 3x17x20", ((3, 17, 20), [(8, 3, 2, 0), (16, 5, 1, 1), (4, 2, 2, 0)])),
    Call("four layers alike: 4x4x4", ((4, 4, 4), [(4, 3, 1, 1)] * 4)),
]


def chain_hidden(rng) -> Iterator[Call]:
    shape = size(rng, 2, 4), size(rng, 20, 29), size(rng, 30, 39)
    yield Call("1x1, then 3x3", (shape, [(size(rng, 5, 9), 1, 1, 0), (size(rng, 10, 19), 3, 1, 1)]))
    layers = [(size(rng, 5, 6), 3, 2, 1), (size(rng, 7, 8), 4, 1, 0), (size(rng, 9, 10), 3, 3, 0), (3, 1, 1, 0)]
    yield Call("layers that shrink the map", (shape, layers))
    yield Call("layers alike", ((5, 6, 7), [(5, 3, 1, 1)] * size(rng, 3, 6)))


# ---------------------------------------------------------------------------------------------- receptive-field


def stack(*layers: tuple[int, int, int]) -> Call:
    """One call, and words for it: ``conv 3, conv 3 stride 2``."""
    words = [f"kernel {k}" + (f" stride {s}" if s > 1 else "") + (f" padding {p}" if p else "") for k, s, p in layers]
    return Call(", ".join(words) or "no layers", (list(layers),))


def repeated(draw: Callable, rng, most: int) -> tuple:
    return tuple(draw(rng) for _ in range(size(rng, 3, most)))


STRIDE_ONE = [stack((3, 1, 0)), stack((3, 1, 0), (3, 1, 0), (3, 1, 0)), stack((1, 1, 0), (5, 1, 0), (2, 1, 0))]


def stride_one_hidden(rng) -> Iterator[Call]:
    yield stack((size(rng, 2, 9), 1, 0))
    yield stack(*repeated(lambda r: (size(r, 1, 7), 1, 0), rng, 6))
    yield stack(*repeated(lambda r: (size(r, 1, 7), 1, 0), rng, 6))


STRIDES = [
    stack((3, 1, 0), (2, 2, 0)),
    stack((5, 1, 0), (2, 2, 0), (5, 1, 0), (2, 2, 0)),
    stack((11, 4, 0), (3, 2, 0), (5, 1, 0)),
    stack((1, 1, 0), (3, 2, 0), (4, 3, 0), (2, 1, 0), (6, 1, 0)),
    stack((2, 3, 0), (3, 2, 0)),
]


def strides_hidden(rng) -> Iterator[Call]:
    yield stack((size(rng, 3, 5), 1, 0), (2, 2, 0), (size(rng, 3, 7), 1, 0), (2, 2, 0))
    yield stack((size(rng, 7, 9), 4, 0), (size(rng, 3, 5), 3, 0), (size(rng, 2, 6), 1, 0), (3, 1, 0))
    for _ in range(2):
        yield stack(
            (size(rng, 1, 3), 1, 0),
            (size(rng, 4, 5), size(rng, 2, 3), 0),
            *((size(rng, 2, 5), size(rng, 1, 3), 0) for _ in range(size(rng, 1, 3))),
        )
    yield stack((2, size(rng, 3, 4), 0), (size(rng, 2, 3), 2, 0))


PADDED = [
    stack((3, 1, 1)),
    stack((3, 1, 0), (2, 2, 0)),
    stack((7, 2, 3), (3, 2, 1), (3, 1, 1), (3, 1, 1)),
    stack((3, 2, 0), (5, 1, 2), (4, 3, 1)),
    stack((1, 1, 0), (5, 3, 2), (2, 2, 0), (3, 1, 1)),
]


def padded_hidden(rng) -> Iterator[Call]:
    yield stack((size(rng, 3, 6), 1, size(rng, 1, 2)))
    yield stack((size(rng, 5, 7), 2, size(rng, 1, 3)), (3, 2, 1), (3, 1, 1), (size(rng, 4, 6), 1, 2))
    for _ in range(2):
        yield stack(
            (size(rng, 3, 4), size(rng, 2, 3), size(rng, 0, 1)),
            (size(rng, 5, 6), size(rng, 1, 2), size(rng, 1, 2)),
            (size(rng, 3, 5), size(rng, 2, 4), size(rng, 0, 2)),
            (3, 1, 1),
        )


EMPTY = [stack(), stack((1, 1, 0))]


def empty_hidden(rng) -> Iterator[Call]:
    yield stack()
    yield stack(*((1, 1, 0) for _ in range(size(rng, 1, 4))))


# ---------------------------------------------------------------------------------------------- top-down-mend

SINGLE = [stack((3, 1, 0)), stack((2, 2, 0)), stack((7, 4, 0)), stack((1, 2, 0))]


def single_hidden(rng) -> Iterator[Call]:
    yield stack((size(rng, 2, 9), 1, 0))
    yield stack((size(rng, 2, 9), size(rng, 2, 5), 0))
    yield stack((1, size(rng, 2, 5), 0))


STACKED = [
    stack((3, 1, 0), (3, 1, 0)),
    stack((3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)),
    stack((11, 4, 0), (3, 2, 0), (5, 1, 0), (3, 1, 0)),
    stack((3, 2, 1), (4, 3, 2), (1, 1, 0)),
]


EXERCISES = [
    Exercise(
        id="conv1x1-forward",
        function="conv1x1_forward",
        arguments=("x", "w", "b"),
        oracle=right_conv1x1,
        parts=[
            PartOf("plain", points=5, visible=conv1x1_plain(), hidden=conv1x1_plain_hidden),
            PartOf("bias", points=3, visible=conv1x1_bias(), hidden=conv1x1_bias_hidden),
            PartOf("batch", points=4, visible=conv1x1_batch(), hidden=conv1x1_batch_hidden),
        ],
    ),
    Exercise(
        id="merge-1x1",
        function="merge_1x1",
        arguments=("w1", "b1", "w2", "b2"),
        oracle=right_merge,
        results=("w", "b"),
        parts=[
            PartOf("weights", points=4, visible=merges(), hidden=merges_hidden, compares=("w",)),
            PartOf("biases", points=3, visible=merges(), hidden=merges_hidden, compares=("b",)),
        ],
    ),
    Exercise(
        id="conv-cost",
        function="conv_cost",
        arguments=("input_shape", "out_channels", "kernel_size", "stride", "padding", "groups", "bias"),
        oracle=right_cost,
        results=("parameters", "multiply_adds", "activations"),
        parts=[
            PartOf("one-by-one", points=4, visible=ONE_BY_ONE, hidden=one_by_one_hidden),
            PartOf("parameters", points=4, visible=PLAIN, hidden=plain_hidden, compares=("parameters",)),
            PartOf("multiply-adds", points=5, visible=PLAIN, hidden=plain_hidden, compares=("multiply_adds",)),
            PartOf("activations", points=3, visible=PLAIN, hidden=plain_hidden, compares=("activations",)),
            PartOf(
                "stride-and-padding",
                points=5,
                visible=STRIDED,
                hidden=strided_hidden,
                compares=("multiply_adds", "activations"),
            ),
            PartOf(
                "groups",
                points=4,
                visible=GROUPED,
                hidden=grouped_hidden,
                compares=("parameters", "multiply_adds"),
            ),
            PartOf("biases", points=3, visible=BIASES, hidden=biases_hidden),
            PartOf("rectangular", points=3, visible=RECTANGULAR, hidden=rectangular_hidden),
        ],
    ),
    Value(
        "bottleneck-numbers",
        "bottleneck_numbers",
        (5_898_240_000, 2_560_000, 1_638_400_000, 3_200_000),
        points=6,
        says_not_yet="the four counts of exercise 5-4",
    ),
    Value(
        "googlenet-ratio",
        "googlenet_ratio",
        round(157_184 / 387_072, 3),
        points=4,
        decimals=3,
        says_not_yet="the weights of module 3a with reductions, divided by those without",
    ),
    Exercise(
        id="kept-for-backward",
        function="kept_for_backward",
        arguments=("input_shape", "layers"),
        oracle=right_kept,
        parts=[
            PartOf("one-layer", points=2, visible=ONE_LAYER, hidden=one_layer_hidden),
            PartOf("chain", points=5, visible=CHAIN, hidden=chain_hidden),
        ],
    ),
    Exercise(
        id="receptive-field",
        function="receptive_field",
        arguments=("layers",),
        oracle=right_field,
        results=("size", "stride", "start"),
        parts=[
            PartOf("stride-one", points=4, visible=STRIDE_ONE, hidden=stride_one_hidden, compares=("size",)),
            PartOf("size", points=4, visible=STRIDES, hidden=strides_hidden, compares=("size",)),
            PartOf("stride", points=3, visible=STRIDES, hidden=strides_hidden, compares=("stride",)),
            PartOf("start", points=4, visible=PADDED, hidden=padded_hidden, compares=("start",)),
            PartOf("together", points=2, visible=PADDED, hidden=padded_hidden),
            PartOf("empty", points=1, visible=EMPTY, hidden=empty_hidden),
        ],
    ),
    Debug(
        "top-down-case",
        make_case="failing_case_top_down",
        buggy="receptive_size_buggy",
        truth="receptive_size_by_following",
        points=3,
    ),
    Exercise(
        id="top-down-mend",
        function="receptive_size",
        arguments=("layers",),
        oracle=right_size,
        parts=[
            PartOf("one-layer", points=2, visible=SINGLE, hidden=single_hidden),
            PartOf("stack", points=3, visible=STACKED, hidden=strides_hidden),
            PartOf("empty", points=1, visible=EMPTY, hidden=empty_hidden),
        ],
    ),
    # Optional, without marks: the cell below the answer compares it with a convolution of ones.
    Exercise(
        id="products-on-pixels",
        function="multiply_adds_on_pixels",
        arguments=("input_shape", "out_channels", "kernel_size", "stride", "padding"),
    ),
]
