"""What the marked cells of lesson 01 check.

Each part looks at one thing: a part about squares has square images and square kernels, the parts of
`conv2d-forward` on stride and on padding have one image and one channel. ``rectangular`` comes last and mixes
everything, so a learner who lacks one thing loses one part, and the mixed one.
"""

from collections.abc import Iterator

import numpy as np

from grading.lesson.draw import eighths, nonzero, size
from grading.lesson.exercise import Call, Debug, Exercise, PartOf, Value
from reference import conv2d, conv_nd
from reference import output_size as reference_output_size

seeded = np.random.default_rng


# ------------------------------------------------------------------------------------------ echo


def right_echo(x, w):
    """A wide convolution, cut where the signal ends."""
    return conv_nd(x[None, None], w[None, None, ::-1], padding=len(w) - 1)[0, 0, : len(x)]


def signals(rng: np.random.Generator, about: str, length: int, taps: int, dtype: str = "float64", **how) -> Call:
    return Call(about, (nonzero(rng, (length,), dtype=dtype), nonzero(rng, (taps,), dtype=dtype)), **how)


def hidden_echo(rng: np.random.Generator) -> Iterator[Call]:
    for taps in (2, 3, size(rng, 4, 6)):
        length = taps + size(rng, 1, 5)
        yield signals(rng, f"{length} samples, filter of {taps}", length, taps)
    yield signals(rng, "filter as long as the signal", 5, 5)
    yield signals(rng, "float32, samples in reverse order in memory", size(rng, 6, 9), 3, "float32", layout="reversed")
    yield signals(rng, "filter of one entry", size(rng, 3, 6), 1)


def hidden_long_echo(rng: np.random.Generator) -> Iterator[Call]:
    for length in (2, 3, size(rng, 4, 6)):
        taps = length + size(rng, 1, 5)
        yield signals(rng, f"{length} samples, filter of {taps}", length, taps)
    yield signals(rng, "one sample", 1, size(rng, 2, 5))


ECHO = Exercise(
    id="echo",
    function="echo",
    arguments=("x", "w"),
    oracle=right_echo,
    parts=[
        PartOf(
            "plain",
            points=2,
            visible=[
                Call("three claps, filter [4, 2, 1]", (np.array([1.0, 0, 0, 2, 1, 0, 0]), np.array([4.0, 2, 1]))),
                signals(seeded([1, 1]), "8 samples, filter of 3", 8, 3),
                signals(seeded([1, 2]), "5 samples, filter of 5", 5, 5),
                signals(seeded([1, 3]), "4 samples, filter of one entry", 4, 1),
                signals(
                    seeded([1, 4]), "float32, every second sample of a longer one", 6, 2, "float32", layout="strided"
                ),
            ],
            hidden=hidden_echo,
        ),
        PartOf(
            "long-filter",
            points=2,
            visible=[
                Call("3 samples, filter of 5", (np.array([1.0, 2, 3]), np.array([1.0, 10, 100, 1000, 2000]))),
                signals(seeded([1, 5]), "4 samples, filter of 7", 4, 7),
                signals(seeded([1, 6]), "one sample, filter of 3", 1, 3),
            ],
            hidden=hidden_long_echo,
        ),
    ],
)


# ------------------------------------------------------------------------------------------ one image, one kernel


def right_cross_correlate2d(x, w):
    return conv2d(x[None, None], w[None, None])[0, 0]


def right_convolve2d(x, w):
    return right_cross_correlate2d(x, w[::-1, ::-1])


def right_wide_convolve2d(x, w):
    padding = w.shape[0] - 1, w.shape[1] - 1
    return conv2d(x[None, None], w[None, None, ::-1, ::-1], padding=padding)[0, 0]


def planes(rng: np.random.Generator, about: str, image: tuple, kernel: tuple, dtype: str = "float64", **how) -> Call:
    return Call(about, (eighths(rng, image, dtype=dtype), nonzero(rng, kernel, dtype=dtype)), **how)


SMALL_X = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 1]])
SMALL_W = np.array([[1.0, 2], [0, -1]])


def square_planes(n: int) -> list[Call]:
    """Visible squares; `n` keeps the exercises' numbers apart."""
    return [
        Call("3x3 image, 2x2 kernel", (SMALL_X, SMALL_W)),
        planes(seeded([1, n, 1]), "5x5 image, 3x3 kernel", (5, 5), (3, 3)),
        planes(seeded([1, n, 2]), "4x4 image, 4x4 kernel", (4, 4), (4, 4)),
        planes(seeded([1, n, 3]), "3x3 image, 1x1 kernel", (3, 3), (1, 1)),
        planes(seeded([1, n, 4]), "float32, in Fortran order", (6, 6), (2, 2), "float32", layout="F"),
    ]


def hidden_square_planes(rng: np.random.Generator) -> Iterator[Call]:
    for k in (1, 2, 3, 4):
        n = k + size(rng, 1, 4)
        yield planes(rng, f"{n}x{n} image, {k}x{k} kernel", (n, n), (k, k))
    n = size(rng, 2, 4)
    yield planes(rng, f"{n}x{n} image, {n}x{n} kernel", (n, n), (n, n))
    yield planes(rng, "float32, columns in reverse order in memory", (6, 6), (3, 3), "float32", layout="reversed")


def rectangular_planes(n: int) -> list[Call]:
    return [
        Call(
            "2x4 image, 1x2 kernel",
            (np.array([[1.0, 0, 2, 1], [3, 1, 0, 2]]), np.array([[1.0, -2]])),
        ),
        planes(seeded([1, n, 5]), "7x5 image, 3x2 kernel", (7, 5), (3, 2)),
        planes(seeded([1, n, 6]), "4x9 image, 2x3 kernel", (4, 9), (2, 3)),
        planes(seeded([1, n, 7]), "5x5 image, 4x1 kernel", (5, 5), (4, 1)),
        planes(seeded([1, n, 8]), "3x6 image, 2x2 kernel", (3, 6), (2, 2)),
        planes(seeded([1, n, 9]), "every second column of a larger image", (3, 4), (3, 4), layout="strided"),
    ]


def hidden_rectangular_planes(rng: np.random.Generator) -> Iterator[Call]:
    for kernel in ((2, 3), (4, 2), (1, 4), (3, 1), (2, 2)):
        image = kernel[0] + size(rng, 1, 2), kernel[1] + size(rng, 3, 5)
        yield planes(rng, f"image {image}, kernel {kernel}", image, kernel)
    image = 5 + size(rng, 1, 3), 4
    yield planes(rng, f"image {image}, kernel (2, 3)", image, (2, 3), layout="F")
    yield planes(rng, "square image, kernel (3, 2)", (6, 6), (3, 2))
    yield planes(rng, "kernel as large as the image", (4, 2), (4, 2), "float32")


CROSS_CORRELATE = Exercise(
    id="cross-correlate2d",
    function="cross_correlate2d",
    arguments=("x", "w"),
    oracle=right_cross_correlate2d,
    parts=[
        PartOf("square", points=5, visible=square_planes(10), hidden=hidden_square_planes),
        PartOf("rectangular", points=3, visible=rectangular_planes(10), hidden=hidden_rectangular_planes),
    ],
)

CONVOLVE = Exercise(
    id="convolve2d",
    function="convolve2d",
    arguments=("x", "w"),
    oracle=right_convolve2d,
    parts=[
        PartOf("square", points=3, visible=square_planes(11), hidden=hidden_square_planes),
        PartOf("rectangular", points=2, visible=rectangular_planes(11), hidden=hidden_rectangular_planes),
    ],
)


def hidden_larger_kernels(rng: np.random.Generator) -> Iterator[Call]:
    for image, more in (((2, 3), (1, 2)), ((1, 4), (2, 0)), ((3, 1), (0, 3)), ((2, 2), (2, 1))):
        kernel = image[0] + more[0] + size(rng, 0, 2), image[1] + more[1] + size(rng, 0, 2)
        yield planes(rng, f"image {image}, kernel {kernel}", image, kernel)
    yield planes(rng, "higher kernel, narrower too", (3, 5), (4 + size(rng, 0, 1), 2))
    yield planes(rng, "one pixel", (1, 1), (size(rng, 2, 3), 4))


WIDE = Exercise(
    id="wide-convolve2d",
    function="wide_convolve2d",
    arguments=("x", "w"),
    oracle=right_wide_convolve2d,
    parts=[
        PartOf("square", points=5, visible=square_planes(12), hidden=hidden_square_planes),
        PartOf("rectangular", points=3, visible=rectangular_planes(12), hidden=hidden_rectangular_planes),
        PartOf(
            "larger-kernel",
            points=2,
            visible=[
                Call("1x2 image, 2x3 kernel", (np.array([[1.0, 10]]), np.array([[1.0, 2, 3], [4, 5, 6]]))),
                planes(seeded([1, 12, 20]), "3x3 image, 5x4 kernel", (3, 3), (5, 4)),
                planes(seeded([1, 12, 21]), "2x6 image, 4x3 kernel: higher, and narrower", (2, 6), (4, 3)),
                planes(seeded([1, 12, 22]), "one pixel, 3x4 kernel", (1, 1), (3, 4)),
                planes(seeded([1, 12, 23]), "2x3 image, 4x4 kernel", (2, 3), (4, 4)),
                planes(seeded([1, 12, 24]), "4x2 image, 3x5 kernel: lower, and wider", (4, 2), (3, 5)),
            ],
            hidden=hidden_larger_kernels,
        ),
    ],
)


# ------------------------------------------------------------------------------------------ two in a row


def kernels(rng: np.random.Generator, first: tuple, second: tuple, dtype: str = "float64", **how) -> Call:
    about = f"{first[0]}x{first[1]} kernel, then {second[0]}x{second[1]}"
    return Call(about, (nonzero(rng, first, dtype=dtype), nonzero(rng, second, dtype=dtype)), **how)


def hidden_square_pairs(rng: np.random.Generator) -> Iterator[Call]:
    for first, second in ((3, 2), (2, 4), (3, 3), (1, size(rng, 2, 4)), (size(rng, 4, 5), 2)):
        yield kernels(rng, (first, first), (second, second))
    yield kernels(rng, (2, 2), (2, 2), "float32", layout="F")


def hidden_rectangular_pairs(rng: np.random.Generator) -> Iterator[Call]:
    for first, second in (((2, 3), (4, 1)), ((1, 4), (3, 1)), ((3, 2), (2, 5)), ((2, 4), (2, 4))):
        first = first[0] + size(rng, 0, 1), first[1]
        yield kernels(rng, first, second)
    yield kernels(rng, (1, 5), (2, 3), layout="strided")


TWO_AS_ONE = Exercise(
    id="two-as-one",
    function="two_as_one",
    arguments=("w1", "w2"),
    oracle=right_wide_convolve2d,
    parts=[
        PartOf(
            "square",
            points=3,
            visible=[
                Call("2x2 kernel, then 2x2", (np.array([[1.0, 2], [0, -1]]), np.array([[1.0, 0], [3, 1]]))),
                kernels(seeded([1, 30]), (3, 3), (2, 2)),
                kernels(seeded([1, 31]), (2, 2), (4, 4)),
                kernels(seeded([1, 32]), (3, 3), (3, 3)),
                kernels(seeded([1, 33]), (1, 1), (3, 3), "float32"),
            ],
            hidden=hidden_square_pairs,
        ),
        PartOf(
            "rectangular",
            points=2,
            visible=[
                Call("1x2 kernel, then 2x1", (np.array([[1.0, -1]]), np.array([[1.0], [2]]))),
                kernels(seeded([1, 34]), (2, 3), (4, 1)),
                kernels(seeded([1, 35]), (3, 2), (1, 5)),
                kernels(seeded([1, 36]), (2, 4), (2, 4), layout="F"),
            ],
            hidden=hidden_rectangular_pairs,
        ),
    ],
)


# ------------------------------------------------------------------------------------------ sizes


def right_output_size(n, k, stride=1, padding=0, dilation=1):
    return reference_output_size(n, k, stride, padding, dilation)


def sizes(*settings: tuple[int, ...], raises: str = "") -> list[Call]:
    """Calls with these arguments, each described by its numbers."""
    words = ("n", "k", "stride", "padding", "dilation")
    return [
        Call(
            ", ".join(f"{word} {number}" for word, number in zip(words, numbers, strict=False)), numbers, raises=raises
        )
        for numbers in settings
    ]


def hidden_plain_sizes(rng: np.random.Generator) -> Iterator[Call]:
    k = size(rng, 2, 7)
    yield from sizes((k + size(rng, 3, 20), k), (2 * k + 1, k + 1), (k, k), (size(rng, 5, 30), 1))


def hidden_strides(rng: np.random.Generator) -> Iterator[Call]:
    for stride in (2, 3, size(rng, 4, 6)):
        for rest in range(stride):  # every rest, so that every rounding is seen
            k = size(rng, 1, 5)
            yield from sizes((k + stride * size(rng, 2, 6) + rest, k, stride))
    yield from sizes((4, 3, 5), (6, 6, 2))


def hidden_paddings(rng: np.random.Generator) -> Iterator[Call]:
    for padding in (1, 2, size(rng, 3, 5)):
        k = size(rng, 2, 6)
        yield from sizes((k + size(rng, 1, 9), k, 1, padding))
    yield from sizes((3, 5, 1, 2), (4, 6, 1, 1))


def hidden_dilations(rng: np.random.Generator) -> Iterator[Call]:
    for dilation in (2, 3, size(rng, 4, 5)):
        k = size(rng, 2, 4)
        yield from sizes((dilation * (k - 1) + 1 + size(rng, 1, 9), k, 1, 0, dilation))
    yield from sizes((size(rng, 4, 9), 1, 1, 0, 3))


def hidden_all(rng: np.random.Generator) -> Iterator[Call]:
    for stride, dilation in ((2, 2), (3, 2), (2, 3), (4, 1), (3, 3)):
        for rest in range(stride):
            k, padding = size(rng, 2, 4), size(rng, 1, 3)
            room = stride * size(rng, 2, 5) + rest
            yield from sizes((room + dilation * (k - 1) + 1 - 2 * padding + 2 * stride, k, stride, padding, dilation))


def hidden_too_large(rng: np.random.Generator) -> Iterator[Call]:
    n = size(rng, 3, 8)
    yield from sizes((n, n + 1), (n, n + size(rng, 2, 4), 2), (n, n + 3, 3, 1), raises="ValueError")
    yield from sizes((5, 3, 1, 0, 3), (n, 3, n, 1, n + 2), (4, 4, 4, 0, 2), raises="ValueError")
    yield from sizes((n, n), (n, n, 2), (9, 3, 1, 0, 4))


OUTPUT_SIZE = Exercise(
    id="output-size",
    function="output_size",
    arguments=("n", "k", "stride", "padding", "dilation"),
    oracle=right_output_size,
    parts=[
        PartOf(
            "plain",
            points=2,
            visible=sizes((5, 3), (28, 5), (7, 2), (9, 1), (6, 6)),
            hidden=hidden_plain_sizes,
        ),
        PartOf(
            "stride",
            points=3,
            visible=sizes(
                (7, 3, 2),
                (8, 3, 2),
                (10, 3, 2),
                (11, 3, 3),
                (12, 3, 3),
                (13, 3, 3),
                (15, 4, 4),
                (14, 4, 4),
                (4, 3, 5),
                (5, 5, 2),
            ),
            hidden=hidden_strides,
        ),
        PartOf(
            "padding",
            points=2,
            visible=sizes((5, 3, 1, 1), (8, 3, 1, 2), (6, 4, 1, 3), (3, 5, 1, 2), (4, 5, 1, 1)),
            hidden=hidden_paddings,
        ),
        PartOf(
            "dilation",
            points=2,
            visible=sizes((9, 3, 1, 0, 2), (10, 2, 1, 0, 3), (12, 4, 1, 0, 2), (6, 1, 1, 0, 4)),
            hidden=hidden_dilations,
        ),
        PartOf(
            "all",
            points=3,
            visible=sizes(
                (10, 3, 2, 1, 2),
                (11, 3, 2, 1, 2),
                (8, 3, 2, 1, 2),
                (9, 2, 3, 2, 3),
                (10, 2, 3, 2, 3),
                (11, 2, 3, 2, 3),
                (15, 2, 4, 1, 2),
                (32, 5, 2, 2, 1),
            ),
            hidden=hidden_all,
        ),
        PartOf(
            "too-large",
            points=2,
            visible=[
                *sizes((3, 5), (4, 6, 2), (2, 7, 3, 2), (5, 3, 1, 0, 3), (4, 3, 5, 1, 3), raises="ValueError"),
                *sizes((5, 5), (4, 4, 3), (7, 3, 1, 0, 3)),
            ],
            hidden=hidden_too_large,
        ),
    ],
)


def right_output_size_named(n, k, stride, mode):
    if mode == "same":
        return len(range(0, n, stride))
    if mode == "valid":
        return reference_output_size(n, k, stride)
    raise ValueError(mode)


def named(mode: str, *settings: tuple[int, int, int], raises: str = "") -> list[Call]:
    return [
        Call(f'n {n}, k {k}, stride {stride}, mode "{mode}"', (n, k, stride, mode), raises=raises)
        for n, k, stride in settings
    ]


def drawn_names(mode: str):
    def hidden(rng: np.random.Generator) -> Iterator[Call]:
        for stride in (1, 2, 3, size(rng, 4, 6)):
            for rest in range(stride):
                k = size(rng, 1, 5)
                yield from named(mode, (max(k, stride * size(rng, 2, 6) + rest), k, stride))
        n = size(rng, 3, 6)
        yield from named(mode, (n, n, 2), (n, 2, n), (n, n - 1, n + 2))

    return hidden


def hidden_other_modes(rng: np.random.Generator) -> Iterator[Call]:
    for mode in ("full", "SAME", "Same", "VALID", "Valid", "", "sam", "reflect"):
        yield from named(mode, (size(rng, 5, 9), 3, 2), raises="ValueError")
    yield from named("same", (size(rng, 7, 9), 1, 1))
    yield from named("valid", (size(rng, 7, 9), 1, 1))


OUTPUT_SIZE_NAMED = Exercise(
    id="output-size-named",
    function="output_size_named",
    arguments=("n", "k", "stride", "mode"),
    oracle=right_output_size_named,
    parts=[
        PartOf(
            "same",
            points=3,
            visible=named(
                "same", (7, 3, 2), (7, 4, 2), (6, 3, 2), (8, 3, 3), (9, 2, 3), (10, 5, 3), (5, 3, 1), (4, 2, 7)
            ),
            hidden=drawn_names("same"),
        ),
        PartOf(
            "valid",
            points=3,
            visible=named(
                "valid", (7, 3, 2), (7, 4, 2), (6, 3, 2), (9, 3, 3), (10, 3, 3), (11, 3, 3), (5, 3, 1), (4, 4, 3)
            ),
            hidden=drawn_names("valid"),
        ),
        PartOf(
            "other-mode",
            points=1,
            visible=[
                *named("full", (7, 3, 2), raises="ValueError"),
                *named("SAME", (7, 3, 2), raises="ValueError"),
                *named("Valid", (7, 3, 2), raises="ValueError"),
                *named("", (7, 3, 2), raises="ValueError"),
                *named("same", (5, 1, 1)),
                *named("valid", (5, 1, 1)),
            ],
            hidden=hidden_other_modes,
        ),
    ],
)


# ------------------------------------------------------------------------------------------ the layer


def right_conv2d_forward(x, w, b, stride=1, padding=0):
    return conv2d(x, w, b, stride, padding)


def layer(
    rng: np.random.Generator,
    about: str,
    image: tuple[int, int, int, int],
    kernel: tuple[int, int, int],
    *settings: int,
    dtype: str = "float64",
    **how,
) -> Call:
    """`image` is (N, C, H, W), `kernel` (F, KH, KW), `settings` the stride and the padding, if given."""
    filters, *window = kernel
    x = eighths(rng, image, dtype=dtype)
    w = nonzero(rng, (filters, image[1], *window), dtype=dtype)
    return Call(about, (x, w, nonzero(rng, (filters,), dtype=dtype), *settings), **how)


SMALL_LAYER = SMALL_X[None, None], SMALL_W[None, None]


def hidden_channel(rng: np.random.Generator) -> Iterator[Call]:
    for k in (1, 2, 3, size(rng, 4, 5)):
        n = k + size(rng, 1, 4)
        yield layer(rng, f"{n}x{n} image, {k}x{k} kernel", (1, 1, n, n), (1, k, k))
    yield layer(rng, "one window", (1, 1, 3, 3), (1, 3, 3))
    yield layer(rng, "float32, columns in reverse order", (1, 1, 6, 6), (1, 3, 3), dtype="float32", layout="reversed")


def hidden_channels(rng: np.random.Generator) -> Iterator[Call]:
    for channels, filters in ((2, 3), (3, 2), (4, 1), (1, 3), (3, 3)):
        k = size(rng, 1, 3)
        n = k + size(rng, 1, 3)
        yield layer(rng, f"channels: {channels}, kernels: {filters}", (1, channels, n, n), (filters, k, k))
    yield layer(rng, "float32, in Fortran order", (1, 3, 5, 5), (2, 2, 2), dtype="float32", layout="F")


def hidden_batch(rng: np.random.Generator) -> Iterator[Call]:
    for images, channels, filters in ((2, 3, 4), (3, 1, 2), (4, 2, 1), (2, 2, 2), (3, 4, 3)):
        k = size(rng, 1, 3)
        n = k + size(rng, 1, 2)
        about = f"images: {images}, channels: {channels}, kernels: {filters}"
        yield layer(rng, about, (images, channels, n, n), (filters, k, k))
    yield layer(rng, "float32, every second column", (2, 2, 4, 4), (3, 2, 2), dtype="float32", layout="strided")


def hidden_stride(rng: np.random.Generator) -> Iterator[Call]:
    for stride, k in ((2, 2), (2, 3), (3, 2), (3, 1), (4, size(rng, 2, 3))):
        for rest in sorted({0, 1, stride - 1}):
            n = k + stride * size(rng, 1, 2) + rest
            yield layer(rng, f"{n}x{n} image, {k}x{k} kernel, stride {stride}", (1, 1, n, n), (1, k, k), stride)
    yield layer(rng, "stride larger than the image", (1, 1, 4, 4), (1, 2, 2), 5)


def hidden_padding(rng: np.random.Generator) -> Iterator[Call]:
    for padding, k in ((1, 3), (2, 3), (1, 2), (2, 4), (3, size(rng, 4, 5))):
        n = k + size(rng, 0, 3)
        yield layer(rng, f"{n}x{n} image, {k}x{k} kernel, padding {padding}", (1, 1, n, n), (1, k, k), 1, padding)
    yield layer(rng, "more padding than the kernel is wide", (1, 1, 3, 3), (1, 2, 2), 1, 3)
    yield layer(rng, "the kernel fits by its padding only", (1, 1, 2, 2), (1, 4, 4), 1, 1 + size(rng, 0, 1))


def hidden_mixed(rng: np.random.Generator) -> Iterator[Call]:
    for window, stride, padding in (((2, 3), 2, 1), ((3, 1), 1, 0), ((1, 4), 3, 2), ((4, 2), 2, 2), ((3, 2), 3, 1)):
        height = window[0] + stride * size(rng, 1, 2) + size(rng, 0, stride - 1)
        width = window[1] + stride * size(rng, 1, 2) + size(rng, 0, stride - 1) + 1
        shape = size(rng, 1, 3), size(rng, 1, 3), height, width
        about = f"x {shape}, kernel {window}, stride {stride}, padding {padding}"
        yield layer(rng, about, shape, (size(rng, 1, 4), *window), stride, padding)
    yield layer(rng, "wide image, square kernel", (2, 3, 4, 8), (4, 3, 3), 2, 1)
    yield layer(rng, "high image, kernel (2, 3)", (2, 2, 8, 4), (3, 2, 3), 1, 1, layout="F")
    yield layer(rng, "square image, kernel (3, 2)", (2, 2, 6, 6), (2, 3, 2), 2, 0, dtype="float32")
    yield layer(rng, "all sizes equal", (2, 2, 2, 2), (2, 2, 2), 2, 2)


CONV2D_FORWARD = Exercise(
    id="conv2d-forward",
    function="conv2d_forward",
    arguments=("x", "w", "b", "stride", "padding"),
    oracle=right_conv2d_forward,
    parts=[
        PartOf(
            "channel",
            points=5,
            visible=[
                Call("3x3 image, 2x2 kernel, bias 10", (*SMALL_LAYER, np.array([10.0]))),
                layer(seeded([1, 40]), "5x5 image, 3x3 kernel", (1, 1, 5, 5), (1, 3, 3)),
                layer(seeded([1, 41]), "4x4 image, 1x1 kernel", (1, 1, 4, 4), (1, 1, 1)),
                layer(seeded([1, 42]), "4x4 image, 4x4 kernel: one window", (1, 1, 4, 4), (1, 4, 4)),
                layer(
                    seeded([1, 43]), "float32, in Fortran order", (1, 1, 6, 6), (1, 2, 2), dtype="float32", layout="F"
                ),
            ],
            hidden=hidden_channel,
        ),
        PartOf(
            "channels",
            points=4,
            visible=[
                Call(
                    "2 channels of one pixel, 3 kernels",
                    (
                        np.array([1.0, 10]).reshape(1, 2, 1, 1),
                        np.array([[1.0, 2], [3, 4], [5, 6]]).reshape(3, 2, 1, 1),
                        np.array([100.0, 200, 300]),
                    ),
                ),
                layer(seeded([1, 44]), "3 channels, 2 kernels of 3x3", (1, 3, 5, 5), (2, 3, 3)),
                layer(seeded([1, 45]), "2 channels, 4 kernels of 2x2", (1, 2, 3, 3), (4, 2, 2)),
                layer(seeded([1, 46]), "one channel, 3 kernels", (1, 1, 4, 4), (3, 2, 2)),
                layer(seeded([1, 47]), "3 channels, one kernel", (1, 3, 4, 4), (1, 3, 3)),
                layer(seeded([1, 48]), "as many channels as kernels", (1, 3, 4, 4), (3, 3, 3), layout="strided"),
            ],
            hidden=hidden_channels,
        ),
        PartOf(
            "batch",
            points=4,
            visible=[
                Call(
                    "2 images of one pixel",
                    (np.array([1.0, 10]).reshape(2, 1, 1, 1), np.array([[[[3.0]]]]), np.array([0.5])),
                ),
                layer(seeded([1, 49]), "2 images, 3 channels, 4 kernels", (2, 3, 5, 5), (4, 2, 2)),
                layer(seeded([1, 50]), "3 images, 2 channels, one kernel", (3, 2, 4, 4), (1, 3, 3)),
                layer(seeded([1, 51]), "2 images, 2 channels, 2 kernels", (2, 2, 3, 3), (2, 2, 2), layout="F"),
                layer(seeded([1, 52]), "float32", (3, 1, 3, 3), (2, 2, 2), dtype="float32"),
            ],
            hidden=hidden_batch,
        ),
        PartOf(
            "stride",
            points=4,
            visible=[
                Call(
                    "3x3 image, 1x1 kernel, stride 2", (SMALL_X[None, None], np.array([[[[2.0]]]]), np.array([1.0]), 2)
                ),
                layer(seeded([1, 53]), "7x7 image, 3x3 kernel, stride 2", (1, 1, 7, 7), (1, 3, 3), 2),
                layer(seeded([1, 54]), "8x8 image, 3x3 kernel, stride 2: 1 left over", (1, 1, 8, 8), (1, 3, 3), 2),
                layer(seeded([1, 55]), "10x10 image, 2x2 kernel, stride 3: 2 left over", (1, 1, 10, 10), (1, 2, 2), 3),
                layer(seeded([1, 56]), "6x6 image, 2x2 kernel, stride 3: 1 left over", (1, 1, 6, 6), (1, 2, 2), 3),
                layer(
                    seeded([1, 57]), "5x5 image, 2x2 kernel, stride 4", (1, 1, 5, 5), (1, 2, 2), 4, layout="reversed"
                ),
                layer(seeded([1, 65]), "5x5 image, 3x3 kernel, stride 6: one window", (1, 1, 5, 5), (1, 3, 3), 6),
            ],
            hidden=hidden_stride,
        ),
        PartOf(
            "padding",
            points=4,
            visible=[
                Call("3x3 image, 2x2 kernel, padding 1", (*SMALL_LAYER, np.array([0.5]), 1, 1)),
                layer(seeded([1, 58]), "5x5 image, 3x3 kernel, padding 1", (1, 1, 5, 5), (1, 3, 3), 1, 1),
                layer(seeded([1, 59]), "4x4 image, 3x3 kernel, padding 2", (1, 1, 4, 4), (1, 3, 3), 1, 2),
                layer(seeded([1, 60]), "3x3 image, 2x2 kernel, padding 3", (1, 1, 3, 3), (1, 2, 2), 1, 3),
                layer(seeded([1, 61]), "2x2 image, 4x4 kernel, padding 1", (1, 1, 2, 2), (1, 4, 4), 1, 1),
            ],
            hidden=hidden_padding,
        ),
        PartOf(
            "rectangular",
            points=4,
            visible=[
                Call(
                    "2x3 image, 1x2 kernel",
                    (
                        np.array([[1.0, 2, 4], [0, 3, 1]])[None, None],
                        np.array([[1.0, -1]])[None, None],
                        np.array([10.0]),
                    ),
                ),
                layer(
                    seeded([1, 62]),
                    "2 images, 3 channels, 4 kernels of 2x3, stride 2, padding 1",
                    (2, 3, 6, 9),
                    (4, 2, 3),
                    2,
                    1,
                ),
                layer(seeded([1, 63]), "4x8 image, kernel 3x1, stride 3", (2, 2, 4, 8), (3, 3, 1), 3),
                layer(seeded([1, 64]), "7x4 image, kernel 1x4, padding 2", (1, 2, 7, 4), (2, 1, 4), 1, 2),
                layer(
                    seeded([1, 66]), "6x6 image, kernel 3x2, stride 2", (2, 2, 6, 6), (2, 3, 2), 2, 0, dtype="float32"
                ),
                layer(
                    seeded([1, 67]),
                    "4x7 image, square kernel, stride 2, padding 1",
                    (2, 3, 4, 7),
                    (2, 3, 3),
                    2,
                    1,
                    layout="F",
                ),
                layer(seeded([1, 68]), "all sizes equal", (2, 2, 2, 2), (2, 2, 2), 2, 2),
            ],
            hidden=hidden_mixed,
        ),
    ],
)


# ------------------------------------------------------------------------------------------ debug


def right_signal_maps(x, w, b):
    return conv_nd(x[None, None], w[:, None], b)[0]


def bank_of(rng: np.random.Generator, about: str, length: int, kernels: int, taps: int, **how) -> Call:
    return Call(about, (nonzero(rng, (length,)), nonzero(rng, (kernels, taps)), nonzero(rng, (kernels,))), **how)


def hidden_maps(rng: np.random.Generator) -> Iterator[Call]:
    for kernels, taps in ((2, 3), (4, 2), (8, 3), (3, 1), (1, 4), (3, 3)):
        length = taps + size(rng, 1, 6)
        yield bank_of(rng, f"{length} samples, kernels: {kernels}, entries of each: {taps}", length, kernels, taps)
    yield bank_of(rng, "one place", 4, size(rng, 2, 3), 4)


SIGNAL_MAPS = Exercise(
    id="debug-maps-mend",
    function="signal_maps",
    arguments=("x", "w", "b"),
    oracle=right_signal_maps,
    parts=[
        PartOf(
            "maps",
            points=3,
            visible=[
                Call(
                    "3 samples, 2 kernels of one entry",
                    (np.array([1.0, 2, 4]), np.array([[1.0], [3.0]]), np.array([0.0, 10])),
                ),
                bank_of(seeded([1, 70]), "7 samples, 8 kernels of 3", 7, 8, 3),
                bank_of(seeded([1, 71]), "6 samples, one kernel of 4", 6, 1, 4),
                bank_of(seeded([1, 72]), "3 samples, 3 kernels of 3: one place", 3, 3, 3, layout="reversed"),
            ],
            hidden=hidden_maps,
        )
    ],
)

EXERCISES = [
    ECHO,
    CROSS_CORRELATE,
    CONVOLVE,
    WIDE,
    TWO_AS_ONE,
    Debug("narrow-order", make_case="narrow_case", buggy="narrow_swapped", truth="narrow", points=2),
    Debug(
        "correlation-order",
        make_case="correlation_case",
        buggy="wide_correlation_swapped",
        truth="wide_correlation",
        points=2,
    ),
    OUTPUT_SIZE,
    Value("unread-pixels", "pixels_unread", expected=9, points=2),
    Debug("debug-rounding", make_case="failing_size", buggy="size_ported", truth="size_counted", points=3),
    OUTPUT_SIZE_NAMED,
    CONV2D_FORWARD,
    Debug("debug-maps-case", make_case="failing_maps", buggy="signal_maps_buggy", truth="signal_maps_numpy", points=2),
    SIGNAL_MAPS,
    # optional, without marks
    Exercise("conv2d-windows", "conv2d_windows", ("x", "w", "b", "stride", "padding")),
]
