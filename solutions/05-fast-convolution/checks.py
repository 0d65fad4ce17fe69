"""What the marked cells of lesson 05 check.

Each part but the last looks at one thing, on cases that need nothing else: ``batch`` has one channel, ``channels``
has one image, ``stride`` and ``padding`` have one plane, and windows overlap in ``overlap`` and in the last part
alone. So who lacks one thing loses one part, and the last, which mixes everything. For FFTs the last axis is even
but where ``odd``, ``volume`` and ``whole`` say otherwise.
"""

import numpy as np

from grading.lesson.draw import nonzero, size
from grading.lesson.exercise import Call, Debug, Exercise, PartOf, Prediction, Value
from reference import col2im, conv2d, conv_nd, conv_nd_fft, conv_nd_fft_backward, im2col


def rng_of(*numbers):
    return np.random.default_rng([5, *numbers])


def part_of_sizes(name, points, number, calls, *compares, least=4):
    """Visible cases at the least sizes; the hidden ones are of the same kinds, at sizes and with numbers drawn."""

    def hidden(rng):
        a = size(rng, least, least + 2)
        return calls(rng, a, a + size(rng, 1, 2))

    return PartOf(name, calls(rng_of(number), least, least + 1), hidden, compares, points)


def whole(shape):
    """Small whole numbers, all different: 1, 2, 3, ..."""
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


def small(shape, start=0):
    """Small whole numbers, none of them 0, in no way symmetric."""
    return np.resize(np.roll([1.0, -2, 3, -1, 2, 4, -3], -start), shape)


def by(sizes):
    return "x".join(map(str, sizes))


def some(count, word):
    return f"{count} {word}{'s' * (count != 1)}"


def where(shape, kernel, stride, padding, dtype="float64", layout="C"):
    """What a case is about, in words."""
    n, c, *plane = shape
    about = f"{some(n, 'image')}, {some(c, 'channel')}, {by(plane)}, kernel {kernel}"
    if (stride, padding) != (1, 0):
        about += f", stride {stride}, padding {padding}"
    return about + how(dtype, layout)


def how(dtype, layout):
    return ", float32" * (dtype == "float32") + ", not contiguous" * (layout != "C")


# ---------------------------------------------------------------------------------------------- im2col


def gather(rng, shape, kernel, stride=1, padding=0, dtype="float64", layout="C", first=False):
    x = whole(shape) if first else nonzero(rng, shape, dtype=dtype)
    geometry = () if (stride, padding) == (1, 0) else (stride, padding)
    return Call(where(shape, kernel, stride, padding, dtype, layout), (x, kernel, *geometry), layout)


def gather_image(rng, a, b):
    return [
        gather(rng, (1, 1, 3, a), 2, first=True),
        gather(rng, (1, 1, a, b), 3),
        gather(rng, (1, 1, b, a), 2, layout="F"),
        gather(rng, (1, 1, 4, 4), 3),
    ]


def gather_batch(rng, a, b):
    return [
        gather(rng, (2, 1, 3, a), 2, first=True),
        gather(rng, (3, 1, a, b), 2, layout="strided"),
        gather(rng, (2, 1, 4, 4), 3),
    ]


def gather_channels(rng, a, b):
    return [
        gather(rng, (1, 2, 3, a), 2, first=True),
        gather(rng, (1, 3, a, b), 2, dtype="float32"),
        gather(rng, (1, 2, b, a), 3, layout="F"),
        gather(rng, (1, 4, 3, 3), 2),
    ]


def gather_stride(rng, a, b):
    return [
        gather(rng, (1, 1, 5, 7), 3, 2, first=True),
        gather(rng, (1, 1, 5, 6), 2, 2),
        gather(rng, (1, 1, a + 3, b + 4), 3, 3),
        gather(rng, (1, 1, 7, b + 3), 2, 3),
    ]


def gather_padding(rng, a, b):
    return [
        gather(rng, (1, 1, 3, a), 2, 1, 1, first=True),
        gather(rng, (1, 1, a, 3), 3, 1, 1),
        gather(rng, (1, 1, 2, a - 1), 3, 1, 2),
        gather(rng, (1, 1, 2, a), 4, 1, 1),
        gather(rng, (1, 1, 2, 3), 2, 1, 3),
    ]


def gather_pair(rng, a, b):
    return [
        gather(rng, (1, 1, a, b), (2, 3), first=True),
        gather(rng, (2, 3, 4, 6), (1, 5)),
        gather(rng, (2, 2, a, b + 1), (2, 4), 2, 2),
        gather(rng, (3, 2, 4, 6), (1, 3), 3, 1, layout="reversed"),
        gather(rng, (1, 2, b, a), (3, 2), dtype="float32", layout="F"),
        gather(rng, (1, 2, 5, 6), (2, 2), 2, 0),
        gather(rng, (2, 2, 3, 4), (3, 4)),
        gather(rng, (3, 3, 3, 3), (3, 3), 1, 1),  # every size is equal
    ]


IM2COL = Exercise(
    "im2col",
    "im2col",
    ("x", "kernel_size", "stride", "padding"),
    im2col,
    [
        part_of_sizes("image", 3, 1, gather_image),
        part_of_sizes("batch", 3, 2, gather_batch),
        part_of_sizes("channels", 3, 3, gather_channels),
        part_of_sizes("stride", 3, 4, gather_stride),
        part_of_sizes("padding", 3, 5, gather_padding),
        part_of_sizes("pair", 3, 6, gather_pair),
    ],
)


# ---------------------------------------------------------------------------------------------- col2im


def scatter(rng, shape, kernel, stride=1, padding=0, dtype="float64", layout="C", first=False):
    pair = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    places = [(n + 2 * padding - k) // stride + 1 for n, k in zip(shape[2:], pair, strict=True)]
    sizes = shape[0], shape[1] * pair[0] * pair[1], places[0] * places[1]
    cols = whole(sizes) if first else nonzero(rng, sizes, dtype=dtype)
    geometry = () if (stride, padding) == (1, 0) else (stride, padding)
    return Call(where(shape, kernel, stride, padding, dtype, layout), (cols, shape, kernel, *geometry), layout)


def scatter_tiles(rng, a, b):
    return [
        scatter(rng, (1, 1, 4, 6), 2, 2, first=True),
        scatter(rng, (1, 1, 6, 9), 3, 3),
        scatter(rng, (1, 1, 2 * b, 2 * a), 2, 2, layout="F"),
        scatter(rng, (1, 1, 2 * a, 4), 2, 2, layout="strided"),
    ]


def scatter_overlap(rng, a, b):
    return [
        scatter(rng, (1, 1, 3, 4), 2, first=True),
        scatter(rng, (1, 1, a, b), 3),
        scatter(rng, (1, 1, b, a), 2),
    ]


def scatter_channels(rng, a, b):
    return [
        scatter(rng, (1, 2, 2, 4), 2, 2, first=True),
        scatter(rng, (2, 3, 4, 6), 2, 2),
        scatter(rng, (3, 1, 2 * (a - 2), 4), 2, 2, dtype="float32"),
        scatter(rng, (2, 4, 3, 3 * (b - 3)), 3, 3, layout="F"),
    ]


def scatter_stride(rng, a, b):
    return [
        scatter(rng, (1, 1, 5, 8), 2, 3, first=True),
        scatter(rng, (1, 1, 5, 2 * b), 2, 2),
        scatter(rng, (1, 1, 2 * a, 7), 2, 2),
        scatter(rng, (1, 1, a + 4, b + 7), 3, 4),
    ]


def scatter_padding(rng, a, b):
    return [
        scatter(rng, (1, 1, 4, 6), 2, 2, 1, first=True),
        scatter(rng, (1, 1, 4, 7), 3, 3, 1),
        scatter(rng, (1, 1, 2 * b, 2 * a), 2, 2, 1),
        scatter(rng, (1, 1, 4, 8), 4, 4, 2),
        scatter(rng, (1, 1, 2, 6), 4, 4, 3),
        scatter(rng, (1, 1, 2, 3), 1, 1, 3),
    ]


def scatter_pair(rng, a, b):
    return [
        scatter(rng, (1, 1, a, b), (2, 3), first=True),
        scatter(rng, (2, 3, 4, 6), (1, 5)),
        scatter(rng, (2, 2, a, b + 1), (2, 4), 2, 2),
        scatter(rng, (3, 2, 4, 6), (1, 3), 3, 1, layout="reversed"),
        scatter(rng, (1, 2, b, a), (3, 2), dtype="float32", layout="F"),
        scatter(rng, (1, 2, 5, 7), (3, 3), 2, 0),
        scatter(rng, (2, 2, 3, 4), (3, 4)),
        scatter(rng, (3, 3, 3, 3), (3, 3), 3, 3),  # every size is equal
    ]


COL2IM = Exercise(
    "col2im",
    "col2im",
    ("cols", "x_shape", "kernel_size", "stride", "padding"),
    col2im,
    [
        part_of_sizes("tiles", 3, 11, scatter_tiles),
        part_of_sizes("overlap", 4, 12, scatter_overlap),
        part_of_sizes("channels", 3, 13, scatter_channels),
        part_of_sizes("stride", 3, 14, scatter_stride),
        part_of_sizes("padding", 3, 15, scatter_padding),
        part_of_sizes("pair", 2, 16, scatter_pair),
    ],
)


# -------------------------------------------------------------------------------------- conv2d-columns


def layer(rng, shape, kernels, kernel, *geometry, bias=False, dtype="float64", layout="C", first=False):
    pair = kernel if isinstance(kernel, tuple) else (kernel, kernel)
    stride, padding = geometry or (1, 0)
    about = where(shape, kernel, stride, padding) + f", {some(kernels, 'kernel')}"
    about += ("" if bias else ", biases 0") + how(dtype, layout)
    x = whole(shape) if first else nonzero(rng, shape, dtype=dtype)
    sizes = kernels, shape[1], *pair
    w = small(sizes) if first else nonzero(rng, sizes, dtype=dtype)
    b = nonzero(rng, (kernels,), dtype=dtype) if bias else np.zeros(kernels, dtype)
    return Call(about, (x, w, b, *geometry), layout)


def layer_image(rng, a, b):
    return [
        layer(rng, (1, 1, 3, 4), 1, 2, first=True),
        layer(rng, (1, 1, a, b), 1, 3),
        layer(rng, (1, 1, b, b), 1, 3, layout="F"),
    ]


def layer_kernels(rng, a, b):
    return [
        layer(rng, (1, 1, 3, 4), 2, 2, first=True),
        layer(rng, (1, 1, a, b), 3, 2),
        layer(rng, (1, 1, a, a), 4, 2, layout="strided"),
    ]


def layer_bias(rng, a, b):
    return [
        layer(rng, (1, 1, 3, 4), 1, 2, bias=True, first=True),
        layer(rng, (1, 1, a, b), 3, 3, bias=True),
        layer(rng, (1, 1, 3, 3), 4, 2, bias=True),
    ]


def layer_channels(rng, a, b):
    return [
        layer(rng, (1, 2, 3, 4), 1, 2, first=True),
        layer(rng, (1, 3, a, b), 1, 2),
        layer(rng, (1, 2, b, a), 3, 3, dtype="float32"),
        layer(rng, (1, 3, a, b), 3, 3, layout="F"),
    ]


def layer_batch(rng, a, b):
    return [
        layer(rng, (2, 1, 3, 4), 1, 2, first=True),
        layer(rng, (2, 1, a, b), 3, 3),
        layer(rng, (3, 2, b, a), 2, 3),
    ]


def layer_stride(rng, a, b):
    return [
        layer(rng, (1, 1, 5, 7), 1, 3, 2, 0, first=True),
        layer(rng, (1, 1, 5, 2 * a), 2, 2, 2, 0),
        layer(rng, (1, 1, a + 3, b + 4), 2, 3, 3, 0),
    ]


def layer_padding(rng, a, b):
    return [
        layer(rng, (1, 1, 3, 4), 1, 2, 1, 1, first=True),
        layer(rng, (1, 1, a, 3), 2, 3, 1, 1),
        layer(rng, (1, 1, 2, a - 1), 2, 3, 1, 2),
    ]


def layer_pair(rng, a, b):
    return [
        layer(rng, (1, 1, a, b), 1, (2, 3), first=True),
        layer(rng, (2, 3, 4, 6), 7, (1, 5), bias=True),
        layer(rng, (2, 2, a, b + 1), 3, (2, 4), 2, 1, bias=True),
        layer(rng, (3, 2, 4, 6), 2, (3, 1), 3, 1, bias=True, layout="reversed"),
        layer(rng, (1, 2, b, a), 4, (3, 2), bias=True, dtype="float32", layout="F"),
        layer(rng, (2, 2, 3, 4), 2, (3, 4), bias=True),
        layer(rng, (3, 3, 3, 3), 3, (3, 3), 1, 1),  # every size is equal
    ]


CONV2D_COLUMNS = Exercise(
    "conv2d-columns",
    "conv2d_columns",
    ("x", "w", "b", "stride", "padding"),
    conv2d,
    [
        part_of_sizes("image", 2, 21, layer_image),
        part_of_sizes("kernels", 2, 22, layer_kernels),
        part_of_sizes("bias", 1, 23, layer_bias),
        part_of_sizes("channels", 2, 24, layer_channels),
        part_of_sizes("batch", 2, 25, layer_batch),
        part_of_sizes("stride", 1, 26, layer_stride),
        part_of_sizes("padding", 1, 27, layer_padding),
        part_of_sizes("pair", 1, 28, layer_pair),
    ],
)

COLUMNS_BYTES = Value("columns-bytes", "columns_bytes", 16 * 400 * 784 * 8, points=3)


# --------------------------------------------------------------------------------- conv-nd-fft, both ways


def spectral_about(n, c, sizes, kernels, kernel, dtype, layout):
    samples = {1: f"{sizes[0]} samples", 2: by(sizes), 3: by(sizes)}[len(sizes)]
    things = some(n, {1: "signal", 2: "image", 3: "volume"}[len(sizes)])
    size_of_kernel = some(kernels, "kernel") + f" of {by(kernel)}"
    return f"{things}, {some(c, 'channel')}, {samples}, {size_of_kernel}" + how(dtype, layout)


def forth(rng, n, c, sizes, kernels, kernel, dtype="float64", layout="C", first=False):
    x = whole((n, c, *sizes)) if first else nonzero(rng, (n, c, *sizes), dtype=dtype)
    w = small((kernels, c, *kernel)) if first else nonzero(rng, (kernels, c, *kernel), dtype=dtype)
    return Call(spectral_about(n, c, sizes, kernels, kernel, dtype, layout), (x, w), layout)


def back(rng, n, c, sizes, kernels, kernel, dtype="float64", layout="C", first=False):
    places = [length - k + 1 for length, k in zip(sizes, kernel, strict=True)]
    shape = n, kernels, *places
    dout = small(shape, 3) if first else nonzero(rng, shape, dtype=dtype)
    call = forth(rng, n, c, sizes, kernels, kernel, dtype, layout, first)
    return Call(call.about, (dout, *call.args), layout)


def even(n):
    return n + n % 2


def of_signals(make):
    def calls(rng, a, b):
        return [
            make(rng, 1, 1, (6,), 1, (2,), first=True),
            make(rng, 1, 1, (even(a + 4),), 1, (3,)),
            make(rng, 1, 1, (even(b + 7),), 1, (a,)),
            make(rng, 1, 1, (8,), 1, (1,)),
        ]

    return calls


def of_odd(make, planes=False):
    def calls(rng, a, b):
        more = [make(rng, 1, 1, (a, b + 1 - b % 2), 1, (2, 3))] if planes else []
        return [
            make(rng, 1, 1, (7,), 1, (3,), first=True),
            make(rng, 1, 1, (even(a + 4) + 1,), 1, (2,)),
            make(rng, 1, 1, (even(b + 7) + 1,), 1, (a,)),
            *more,
        ]

    return calls


def of_images(rng, a, b):
    return [
        forth(rng, 1, 1, (3, 4), 1, (2, 2), first=True),
        forth(rng, 1, 1, (a, even(b)), 1, (3, 2)),
        forth(rng, 1, 1, (b, even(a)), 1, (2, 3), layout="F"),
        forth(rng, 1, 1, (6, 6), 1, (3, 3), dtype="float32", layout="strided"),
    ]


def of_volumes(make):
    def calls(rng, a, b):
        return [
            make(rng, 1, 1, (2, 3, 4), 1, (2, 2, 2), first=True),
            make(rng, 1, 1, (a, b, even(b + 1)), 1, (2, 3, 4)),
            make(rng, 2, 2, (3, a, 4), 1, (1, 3, 2)),
        ]

    return calls


def of_channels(rng, a, b):
    return [
        forth(rng, 2, 1, (6,), 1, (2,), first=True),
        forth(rng, 2, 3, (even(a),), 4, (3,)),
        forth(rng, 2, 3, (a, even(b)), 4, (3, 2)),
        forth(rng, 3, 2, (b, 4), 3, (2, 3), dtype="float32", layout="reversed"),
        forth(rng, 2, 2, (4, 4), 2, (2, 2), layout="F"),
    ]


def of_whole(make):
    def calls(rng, a, b):
        return [
            make(rng, 1, 1, (4,), 1, (4,), first=True),
            make(rng, 2, 3, (a, b), 4, (a, b)),
            make(rng, 2, 2, (3, b), 3, (3, 2), layout="F"),
            make(rng, 1, 2, (2, 3, 5), 2, (2, 3, 5)),
            make(rng, 3, 3, (3, 3), 3, (3, 3)),
            make(rng, 2, 2, (2, 2, 2), 2, (2, 2, 2)),  # every size is equal
        ]

    return calls


CONV_ND_FFT = Exercise(
    "conv-nd-fft",
    "conv_nd_fft",
    ("x", "w"),
    conv_nd_fft,
    [
        part_of_sizes("signal", 3, 31, of_signals(forth)),
        part_of_sizes("odd", 2, 32, of_odd(forth)),
        part_of_sizes("image", 3, 33, of_images),
        part_of_sizes("volume", 2, 34, of_volumes(forth), least=3),
        part_of_sizes("channels", 3, 35, of_channels),
        part_of_sizes("whole", 2, 36, of_whole(forth), least=3),
    ],
)


def images_back(rng, a, b):
    return [
        back(rng, 1, 1, (3, 4), 1, (2, 2), first=True),
        back(rng, 1, 1, (a, even(b)), 1, (3, 2)),
        back(rng, 3, 1, (a, 6), 1, (2, 3)),
        back(rng, 2, 3, (a, even(b)), 4, (3, 2)),
        back(rng, 2, 2, (b, 4), 3, (2, 3), dtype="float32", layout="reversed"),
        back(rng, 2, 2, (4, 4), 2, (2, 2), layout="F"),
    ]


CONV_ND_FFT_BACKWARD = Exercise(
    "conv-nd-fft-backward",
    "conv_nd_fft_backward",
    ("dout", "x", "w"),
    conv_nd_fft_backward,
    [
        part_of_sizes("signal-dx", 2, 41, of_signals(back), "dx"),
        part_of_sizes("signal-dw", 2, 42, of_signals(back), "dw"),
        part_of_sizes("images-dx", 3, 43, images_back, "dx"),
        part_of_sizes("images-dw", 3, 44, images_back, "dw"),
        part_of_sizes("odd", 2, 45, of_odd(back, planes=True)),
        part_of_sizes("volume", 2, 46, of_volumes(back), least=3),
        part_of_sizes("whole", 2, 47, of_whole(back), least=3),
    ],
    results=("dx", "dw"),
)


# ------------------------------------------------------------------------------- the layer from a forum


def correlation(a, b, padding=0):
    """Cross-correlation of two arrays without channels."""
    return conv_nd(a[None, None], b[None, None], None, 1, padding)[0, 0]


def error_through_same(dout, w):
    return correlation(dout, w, tuple(k // 2 for k in w.shape))


def error_through_valid(dout, w):
    return correlation(dout, w, tuple(k - 1 for k in w.shape))


def kernel_gradient(dout, x):
    return np.flip(correlation(x, dout)).copy()


def chain_step(dout, x, weights, rates):
    new = weights.copy()
    for layer in range(len(weights)):
        new[layer] -= rates[layer] * (dout * x).sum() * np.prod(np.delete(weights, layer))
    return new


def two(rng, names, one, other, layout="C", first=False):
    """A call with two arrays."""
    arrays = (whole(one), small(other)) if first else (nonzero(rng, one), nonzero(rng, other))
    return Call(f"{names[0]} {by(one)}, {names[1]} {by(other)}" + how("", layout), arrays, layout)


def same_image(rng, a, b):
    names = ("dout", "w")
    return [
        two(rng, names, (3, 4), (3, 3), first=True),
        two(rng, names, (a + 4, b + 4), (3, 3)),
        two(rng, names, (b, a), (3, 1), layout="F"),
        two(rng, names, (b, b), (3, 5)),
    ]


def same_axes(rng, a, b):
    names = ("dout", "w")
    return [
        two(rng, names, (5,), (3,), first=True),
        two(rng, names, (b + 60,), (5,)),
        two(rng, names, (3, a, b), (3, 1, 3)),
        two(rng, names, (a, 3, 5), (1, 3, 5), layout="reversed"),
    ]


def valid_odd(rng, a, b):
    names = ("dout", "w")
    return [
        two(rng, names, (2, 3), (3, 3), first=True),
        two(rng, names, (a + 4, b + 4), (3, 3)),
        two(rng, names, (a, b), (5, 3), layout="F"),
        two(rng, names, (a, 2), (1, 5)),
    ]


def valid_any(rng, a, b):
    names = ("dout", "w")
    return [
        two(rng, names, (3, 2), (2, 2), first=True),
        two(rng, names, (b + 60,), (4,)),
        two(rng, names, (a, b), (2, 4)),
        two(rng, names, (2, 3, a), (3, 2, 2)),
        two(rng, names, (1, 1), (a, b), layout="strided"),
    ]


def gradient_image(rng, a, b):
    names = ("dout", "x")
    return [
        two(rng, names, (2, 3), (3, 5), first=True),
        two(rng, names, (a, b), (a + 4, b + 4)),
        two(rng, names, (b, 2), (b + 3, 3), layout="F"),
        two(rng, names, (4, 4), (5, 5)),
    ]


def gradient_axes(rng, a, b):
    names = ("dout", "x")
    return [
        two(rng, names, (3,), (5,), first=True),
        two(rng, names, (a,), (b + 60,)),
        two(rng, names, (2, a, 3), (3, a + 1, 5)),
        two(rng, names, (3, 2, a), (4, 5, a), layout="reversed"),
    ]


def chain(rng, samples, weights, rates, first=False):
    def values(start):
        return small(samples, start) if first else nonzero(rng, (samples,))

    rates = np.array(rates)
    about = f"{some(weights, 'layer')}, rates {', '.join(f'{rate:g}' for rate in rates)}"
    w = rng.choice([-2.0, -1.5, -0.5, 0.5, 1.5, 2.0], weights)
    return Call(about, (values(0), values(2), w, rates))


def chain_single(rng, a, b):
    return [
        chain(rng, 2, 1, [0.5], first=True),
        chain(rng, a + 60, 1, [0.25]),
        chain(rng, b, 1, [0.0]),
    ]


def chain_several(rng, a, b):
    return [
        chain(rng, 2, 2, [0.5, 0.5], first=True),
        chain(rng, a, 3, [0.125, 0.25, 0.0]),
        chain(rng, a + 60, 3, [0.0, 0.25, 0.5]),
        chain(rng, a, 4, [0.5, 0.0, 0.25, 0.5]),
        chain(rng, b, a, rng.choice([0.25, 0.5, 2.0], a)),
    ]


def mend(id, function, arguments, oracle, *parts):
    return Exercise(id, function, arguments, oracle, list(parts))


EXERCISES = [
    IM2COL,
    COL2IM,
    CONV2D_COLUMNS,
    COLUMNS_BYTES,
    CONV_ND_FFT,
    CONV_ND_FFT_BACKWARD,
    Prediction("my-order", "my_order"),
    Debug("turned-case", "turned_case", "error_same_buggy", "error_same_slow", points=1),
    mend(
        "turned-mend",
        "error_through_same",
        ("dout", "w"),
        error_through_same,
        part_of_sizes("image", 1, 51, same_image, least=5),
        part_of_sizes("axes", 1, 52, same_axes),
    ),
    Debug("frame-case", "frame_case", "error_valid_buggy", "error_valid_slow", points=1),
    mend(
        "frame-mend",
        "error_through_valid",
        ("dout", "w"),
        error_through_valid,
        part_of_sizes("odd", 1, 53, valid_odd),
        part_of_sizes("any", 1, 54, valid_any),
    ),
    Debug("frozen-case", "frozen_case", "chain_step_buggy", "chain_step_slow", points=1),
    mend(
        "frozen-mend",
        "chain_step",
        ("dout", "x", "weights", "rates"),
        chain_step,
        part_of_sizes("single", 1, 55, chain_single),
        part_of_sizes("chain", 1, 56, chain_several),
    ),
    Debug("windows-case", "windows_case", "kernel_gradient_buggy", "kernel_gradient_slow", points=1),
    mend(
        "windows-mend",
        "kernel_gradient",
        ("dout", "x"),
        kernel_gradient,
        part_of_sizes("image", 1, 57, gradient_image),
        part_of_sizes("axes", 1, 58, gradient_axes),
    ),
    Exercise("winograd", "winograd_tile", ("d", "g")),  # optional: no marks
]
