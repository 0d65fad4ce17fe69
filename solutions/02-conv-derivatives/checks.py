"""Cases and oracles of lesson 02: what the checks call, and what a correct answer returns."""

import numpy as np

from convschool.functions import cube, neighbour_products, row_exponentials, sine, square_sum
from grading.lesson.draw import eighths, first_in_whole_numbers
from grading.lesson.exercise import Call, Debug, Exercise, PartOf
from reference import conv2d, conv2d_backward, conv_transpose2d, numerical_gradient, output_size


def visible_rng(number):
    """The cases that learners see are the same for everyone."""
    return np.random.default_rng([2, number])


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


# ---------------------------------------------------------------- numerical-gradient


def away_from_zero(rng, shape, dtype=np.float64):
    """Values of both signs between 0.4 and 1.5, so that no slope is lost in the tolerance."""
    return (rng.choice([-1.0, 1.0], shape) * rng.uniform(0.4, 1.5, shape)).astype(dtype)


def difference_call(rng, about, f, shape, *step, dtype=np.float64, layout="C", near=0):
    x = near + away_from_zero(rng, shape, dtype)
    upstream = away_from_zero(rng, np.shape(f(x)), dtype)
    return Call(about, (f, x, upstream, *step), layout)


def elementwise_calls(rng, a, b):
    return [
        difference_call(rng, f"f(x) = x**3 on x of shape ({a}, {b})", cube, (a, b)),
        difference_call(rng, f"f(x) = x**3 on x of shape ({a}, {b}), step h = 0.1", cube, (a, b), 0.1),
        difference_call(rng, f"f(x) = sin(x) on x of shape (2, {a}, {b}), step h = 0.25", sine, (2, a, b), 0.25),
        difference_call(rng, f"f(x) = x**3 on x of shape ({a * b},)", cube, (a * b,)),
        difference_call(rng, f"f(x) = x**3 on x of shape (2, 1, {a}, {b})", cube, (2, 1, a, b)),
    ]


def coupled_calls(rng, a, b):
    return [
        difference_call(
            rng, f"f(x) = x[:, :-1] * x[:, 1:] on x of shape ({a}, {b}), h = 0.1", neighbour_products, (a, b), 0.1
        ),
        difference_call(rng, f"f(x) = sum of squares of x of shape ({a}, {b}), h = 0.2", square_sum, (a, b), 0.2),
        difference_call(
            rng, f"f(x) = exp of row sums, x of shape ({a}, {b}, 2), h = 0.1", row_exponentials, (a, b, 2), 0.1
        ),
    ]


def float32_calls(rng, a, b):
    return [
        # a product, because float32 sines differ in the last digit from processor to processor
        difference_call(
            rng,
            f"f(x) = x[:, :-1] * x[:, 1:] on float32 x of shape ({a}, {b})",
            neighbour_products,
            (a, b),
            dtype=np.float32,
        ),
        difference_call(
            rng,
            f"f(x) = x[:, :-1] * x[:, 1:] on float32 x of shape ({b}, {a}), not contiguous",
            neighbour_products,
            (b, a),
            dtype=np.float32,
            layout="strided",
        ),
        difference_call(
            rng,
            f"f(x) = x[:, :-1] * x[:, 1:] on x of shape ({a}, {b}), in Fortran order",
            neighbour_products,
            (a, b),
            layout="F",
        ),
        # between 1000 and the next float32 lie 6e-5, more than the step
        difference_call(
            rng,
            f"f(x) = x[:, :-1] * x[:, 1:] on float32 x near 1000, shape ({a}, {b})",
            neighbour_products,
            (a, b),
            dtype=np.float32,
            near=1000,
        ),
    ]


def difference_part(name, number, calls):
    def hidden(rng):
        return calls(rng, int(rng.integers(2, 4)), int(rng.integers(4, 6)))

    return PartOf(name, first_in_whole_numbers(calls(visible_rng(number), 2, 3)), hidden, points=1)


NUMERICAL_GRADIENT = Exercise(
    "numerical-gradient",
    "numerical_gradient",
    ("f", "x", "upstream", "h"),
    numerical_gradient,
    [
        difference_part("elementwise", 1, elementwise_calls),
        difference_part("coupled", 2, coupled_calls),
        difference_part("float32", 3, float32_calls),
    ],
)


# ---------------------------------------------------------------- conv2d-backward and its pair form


def values(rng, shape, dtype=np.float64):
    """Random eighths: readable in a picture, in no way symmetric, and exact in sums of products."""
    return eighths(rng, shape, 4.0, dtype)


def shape_text(n, c, size, f, kernel):
    images = f"{n} image{'s' * (n > 1)}"
    channels = f"{c} channel{'s' * (c > 1)}"
    return f"{images}, {channels}, input {size[0]}x{size[1]}, {f} kernel{'s' * (f > 1)} {kernel[0]}x{kernel[1]}"


def backward_call(rng, n, c, size, f, kernel, stride=1, padding=0, dtype=np.float64, layout="C", plain=False):
    """A call of a backward pass with a random upstream gradient; `plain` leaves stride and padding out."""
    axes = zip(size, kernel, pair(stride), pair(padding), strict=True)
    out = [output_size(length, k, s, p) for length, k, s, p in axes]
    about = shape_text(n, c, size, f, kernel)
    if not plain:
        about += f", stride {stride}, padding {padding}"
    if dtype is np.float32:
        about += ", float32"
    if layout != "C":
        about += ", arrays not contiguous"
    arrays = (
        values(rng, (n, f, *out), dtype),
        values(rng, (n, c, *size), dtype),
        values(rng, (f, c, *kernel), dtype),
    )
    return Call(about, arrays if plain else (*arrays, stride, padding), layout)


def plain_calls(rng, a, b):
    """Stride 1, no padding: from one channel to batches, from square to rectangular, even and single-row kernels."""
    return [
        backward_call(rng, 1, 1, (a, b), 1, (3, 3), plain=True),
        backward_call(rng, 3, 2, (a, b + 1), 4, (3, 3), plain=True),
        backward_call(rng, 2, 3, (a + 1, b), 2, (2, 3), plain=True),
        backward_call(rng, 2, 2, (b, a), 3, (2, 2), dtype=np.float32, plain=True, layout="strided"),
        backward_call(rng, 1, 3, (b, a), 2, (3, 2), plain=True, layout="F"),
        backward_call(rng, 2, 1, (a, b), 3, (1, 3), plain=True),
        backward_call(rng, 2, 3, (b, a), 1, (1, 1), plain=True),
    ]


def bias_calls(rng, a, b):
    """For db alone: the other lines of a simple loop run, too. Kernels are 3x3, no input is higher than wide."""
    return [
        backward_call(rng, 1, 1, (a, a), 1, (3, 3), plain=True),
        backward_call(rng, 3, 2, (b, b), 4, (3, 3), plain=True),
        backward_call(rng, 2, 3, (a, b), 2, (3, 3), dtype=np.float32, plain=True, layout="strided"),
        backward_call(rng, 1, 3, (a, b + 1), 2, (3, 3), plain=True, layout="F"),
        backward_call(rng, 2, 1, (b, b), 3, (3, 3), plain=True),
    ]


def padded_calls(rng, a, b):
    return [
        backward_call(rng, 1, 1, (a, b), 1, (3, 3), 1, 1),
        backward_call(rng, 2, 3, (a, b), 2, (3, 3), 1, 2),
        backward_call(rng, 3, 2, (b, a), 4, (2, 3), 1, 1),
        backward_call(rng, 2, 2, (a, b), 3, (2, 2), 1, 1, dtype=np.float32, layout="strided"),
        backward_call(rng, 2, 2, (b, a), 3, (4, 3), 1, 1, layout="F"),
        backward_call(rng, 1, 2, (a, b), 3, (5, 5), 1, 4),
        backward_call(rng, 3, 3, (3, 3), 3, (3, 3), 1, 1),  # every size is equal
    ]


def strided_calls(rng, a, b):
    return [
        backward_call(rng, 1, 1, (5, 7), 1, (3, 3), 2, 0),
        backward_call(rng, 2, 3, (2 * a, 2 * b + 1), 2, (3, 3), 2, 0),
        backward_call(rng, 2, 3, (3 * a + 1, 3 * b), 2, (2, 4), 3, 0),
        backward_call(rng, 3, 2, (2 * a, 2 * b + 1), 4, (3, 2), 2, 1),
        backward_call(rng, 1, 2, (3 * a, 3 * b + 1), 3, (4, 4), 3, 2, dtype=np.float32, layout="strided"),
        backward_call(rng, 2, 2, (2 * b, 2 * a), 3, (2, 3), 2, 1, layout="F"),
        # stride beyond the kernel's width, and more rows and columns that no window sees than there is padding
        backward_call(rng, 2, 1, (3 * a, 3 * b), 3, (3, 2), 3, 1),
    ]


def part_of_sizes(name, number, calls, *compares, least=4, points=1):
    """Visible cases at the least size; the hidden ones are of the same kinds, at sizes and with values drawn."""

    def hidden(rng):
        a = int(rng.integers(least, least + 3))
        return calls(rng, a, a + int(rng.integers(1, 3)))

    visible = first_in_whole_numbers(calls(visible_rng(number), least, least + 1))
    return PartOf(name, visible, hidden, compares, points)


CONV2D_BACKWARD = Exercise(
    "conv2d-backward",
    "conv2d_backward",
    ("dout", "x", "w", "stride", "padding"),
    conv2d_backward,
    [
        part_of_sizes("db", 11, bias_calls, "db"),
        part_of_sizes("dw", 12, plain_calls, "dw", points=2),
        part_of_sizes("dx", 13, plain_calls, "dx", points=3),
        part_of_sizes("padding", 14, padded_calls, "dx", "dw", points=2),
        part_of_sizes("stride", 15, strided_calls, "dx", "dw", least=3, points=3),
    ],
    results=("dx", "dw", "db"),
)


def pair_stride_calls(rng, a, b):
    return [
        backward_call(rng, 1, 1, (5, 7), 1, (3, 3), (1, 2), (0, 0)),
        backward_call(rng, 2, 3, (2 * a, 3 * b + 1), 2, (3, 3), (2, 3), (0, 0)),
        backward_call(rng, 2, 2, (3 * a, 2 * b), 3, (2, 4), (3, 1), (0, 0)),
        backward_call(rng, 2, 2, (3 * a, 2 * b), 3, (4, 2), (3, 2), (0, 0), dtype=np.float32, layout="strided"),
    ]


def pair_padding_calls(rng, a, b):
    return [
        backward_call(rng, 1, 1, (a, b), 1, (3, 3), (1, 1), (1, 2)),
        backward_call(rng, 2, 3, (a, b), 2, (3, 3), (1, 1), (2, 0)),
        backward_call(rng, 2, 2, (b, a), 3, (2, 4), (1, 1), (0, 3)),
        backward_call(rng, 2, 2, (b, a), 3, (4, 3), (1, 1), (3, 1), dtype=np.float32, layout="strided"),
        backward_call(rng, 3, 3, (3, 3), 3, (3, 3), (1, 1), (1, 1)),  # every size is equal
    ]


def pair_both_calls(rng, a, b):
    return [
        backward_call(rng, 1, 1, (a + 1, b - 1), 1, (3, 3), (2, 1), (0, 1)),
        backward_call(rng, 2, 3, (2 * a, 3 * b + 1), 2, (3, 3), (2, 3), (1, 2)),
        backward_call(rng, 3, 2, (3 * a, 2 * b), 4, (2, 3), (3, 1), (1, 0), layout="F"),
        backward_call(rng, 2, 1, (2 * a, 3 * b), 3, (1, 2), (2, 3), (0, 1)),
        backward_call(rng, 2, 1, (3 * a, 2 * b), 3, (3, 1), (3, 2), (1, 0)),
    ]


CONV2D_BACKWARD_PAIR = Exercise(
    "conv2d-backward-pair",
    "conv2d_backward_pair",
    ("dout", "x", "w", "stride", "padding"),
    conv2d_backward,
    [
        part_of_sizes("stride", 21, pair_stride_calls),
        part_of_sizes("padding", 22, pair_padding_calls),
        part_of_sizes("both", 23, pair_both_calls),
    ],
    results=("dx", "dw", "db"),
)


# ---------------------------------------------------------------- conv-matrix


def matrix_of_convolution(w, input_shape, stride=1, padding=0):
    """Column after column is the convolution of one unit image."""
    size = int(np.prod(input_shape))
    units = np.eye(size, dtype=w.dtype).reshape(size, *input_shape)
    return conv2d(units, w, None, stride, padding).reshape(size, -1).T


def matrix_call(rng, c, size, f, kernel, *geometry, dtype=np.float64, layout="C"):
    about = f"input shape {(c, *size)}, w of shape {(f, c, *kernel)}"
    for name, value in zip(("stride", "padding"), geometry, strict=False):
        about += f", {name} {value}"
    if dtype is np.float32:
        about += ", float32"
    return Call(about, (values(rng, (f, c, *kernel), dtype), (c, *size), *geometry), layout)


def matrix_plane_calls(rng, a, b):
    return [
        matrix_call(rng, 1, (3, 3), 1, (2, 2)),
        matrix_call(rng, 1, (a, b), 1, (3, 3)),
        matrix_call(rng, 1, (b, a), 1, (2, 3), layout="strided"),
    ]


def matrix_channels_calls(rng, a, b):
    return [
        matrix_call(rng, 2, (3, 4), 3, (2, 2)),
        matrix_call(rng, 3, (a, b), 2, (2, 3), layout="F"),
        matrix_call(rng, 2, (b, a), 1, (3, 2), dtype=np.float32),
    ]


def matrix_geometry_calls(rng, a, b):
    return [
        matrix_call(rng, 1, (a, b), 1, (3, 3), 1, 1),
        matrix_call(rng, 1, (a, b + 1), 1, (3, 3), 2, 0),
        matrix_call(rng, 2, (a, b), 3, (2, 3), 2, 1),
        matrix_call(rng, 2, (b, a), 3, (4, 3), 3, 2),
        matrix_call(rng, 1, (b, 2 * a), 2, (1, 2), 3, 0),
        matrix_call(rng, 1, (a - 2, b - 3), 1, (5, 5), 2, 4),
    ]


CONV_MATRIX = Exercise(
    "conv-matrix",
    "conv_matrix",
    ("w", "input_shape", "stride", "padding"),
    matrix_of_convolution,
    [
        part_of_sizes("plane", 31, matrix_plane_calls),
        part_of_sizes("channels", 32, matrix_channels_calls),
        part_of_sizes("stride-padding", 33, matrix_geometry_calls),
    ],
)


# ---------------------------------------------------------------- conv-transpose2d


def transpose_of_convolution(y, w, stride=1, padding=0):
    return conv_transpose2d(y, w, None, stride, padding)


def transpose_call(rng, n, f, size, c, kernel, *geometry, dtype=np.float64, layout="C"):
    about = f"y of shape {(n, f, *size)}, w of shape {(f, c, *kernel)}"
    for name, value in zip(("stride", "padding"), geometry, strict=False):
        about += f", {name} {value}"
    if dtype is np.float32:
        about += ", float32"
    if layout != "C":
        about += ", arrays not contiguous"
    return Call(about, (values(rng, (n, f, *size), dtype), values(rng, (f, c, *kernel), dtype), *geometry), layout)


def transpose_plain_calls(rng, a, b):
    return [
        transpose_call(rng, 1, 1, (3, 4), 1, (3, 3)),
        transpose_call(rng, 2, 2, (a, b), 3, (3, 3)),
        transpose_call(rng, 2, 3, (b, a), 2, (2, 3), dtype=np.float32, layout="strided"),
        transpose_call(rng, 3, 2, (a, b), 4, (3, 2), layout="F"),
    ]


def transpose_padding_calls(rng, a, b):
    return [
        transpose_call(rng, 1, 1, (a, b), 1, (3, 3), 1, 1),
        transpose_call(rng, 2, 2, (a, b), 2, (3, 3), 1, 2),
        transpose_call(rng, 2, 3, (b, a), 2, (2, 4), 1, 1, dtype=np.float32, layout="strided"),
        transpose_call(rng, 3, 2, (a, b), 4, (4, 3), 1, 2),
        transpose_call(rng, 2, 2, (a + 2, b + 2), 3, (5, 5), 1, 4),
        transpose_call(rng, 3, 3, (3, 3), 3, (3, 3), 1, 1),  # every size is equal
    ]


def transpose_stride_calls(rng, a, b):
    return [
        transpose_call(rng, 1, 1, (3, 4), 1, (3, 3), 2, 0),
        transpose_call(rng, 2, 2, (a, b), 2, (3, 3), 2, 0),
        transpose_call(rng, 2, 3, (b, a), 2, (4, 2), 3, 1, dtype=np.float32, layout="strided"),
        transpose_call(rng, 3, 2, (a, b), 4, (2, 3), 2, 1),
        transpose_call(rng, 2, 3, (a, b), 1, (1, 2), 3, 0),
    ]


CONV_TRANSPOSE2D = Exercise(
    "conv-transpose2d",
    "conv_transpose2d",
    ("y", "w", "stride", "padding"),
    transpose_of_convolution,
    [
        part_of_sizes("plain", 41, transpose_plain_calls, least=3),
        part_of_sizes("padding", 42, transpose_padding_calls, least=3),
        part_of_sizes("stride", 43, transpose_stride_calls, least=3),
    ],
)


# ---------------------------------------------------------------- debug: the unflipped kernel


def plane_input_gradient(dout, w):
    """dx of one image with one channel, stride 1, no padding."""
    size = [length + k - 1 for length, k in zip(dout.shape, w.shape, strict=True)]
    x = np.zeros((1, 1, *size), w.dtype)
    return conv2d_backward(dout[None, None], x, w[None, None])[0][0, 0]


def plane_call(rng, size, kernel, dtype=np.float64, layout="C"):
    about = f"dout {size[0]}x{size[1]}, w {kernel[0]}x{kernel[1]}"
    if dtype is np.float32:
        about += ", float32"
    if layout != "C":
        about += ", arrays not contiguous"
    return Call(about, (values(rng, size, dtype), values(rng, kernel, dtype)), layout)


def square_plane_calls(rng, a, b):
    return [plane_call(rng, (a, a), (3, 3)), plane_call(rng, (b, b), (2, 2)), plane_call(rng, (2, 2), (4, 4))]


def rectangular_plane_calls(rng, a, b):
    return [
        plane_call(rng, (a, b), (2, 3)),
        plane_call(rng, (b, a), (4, 2)),
        plane_call(rng, (a, b), (1, 3), dtype=np.float32, layout="strided"),
    ]


UNFLIPPED_CASE = Debug("unflipped-case", "unflipped_case", "input_gradient_with_bug", "input_gradient_truth", points=1)
UNFLIPPED_MEND = Exercise(
    "unflipped-mend",
    "input_gradient",
    ("dout", "w"),
    plane_input_gradient,
    [
        part_of_sizes("square", 51, square_plane_calls),
        part_of_sizes("rectangular", 52, rectangular_plane_calls),
    ],
)


# ---------------------------------------------------------------- debug: the learning rate in the error


def one_descent_step(dout, x, kernels, lr):
    """kernels - lr * gradient, for a stack of convolutions; the error goes down unscaled."""
    inputs = [x]
    for w in kernels[:-1]:
        inputs.append(conv2d(inputs[-1], w))
    updated = np.empty_like(kernels)
    for layer in reversed(range(len(kernels))):
        dout, dw, _ = conv2d_backward(dout, inputs[layer], kernels[layer])
        updated[layer] = kernels[layer] - lr * dw
    return updated


def descent_call(rng, n, c, size, layers, kernel, lr, layout="C"):
    about = f"{layers} layer{'s' * (layers > 1)}, x {(n, c, *size)}, kernels {kernel[0]}x{kernel[1]}, lr {lr}"
    out = [length - layers * (k - 1) for length, k in zip(size, kernel, strict=True)]
    arrays = values(rng, (n, c, *out)), values(rng, (n, c, *size)), values(rng, (layers, c, c, *kernel))
    return Call(about, (*arrays, lr), layout)


def single_layer_calls(rng, a, b):
    return [
        descent_call(rng, 1, 1, (a, b), 1, (2, 2), 0.1),
        descent_call(rng, 2, 2, (b, a), 1, (2, 3), 0.5),
    ]


def stack_calls(rng, a, b):
    return [
        descent_call(rng, 1, 1, (a, b), 2, (2, 2), 0.1),
        descent_call(rng, 2, 2, (a, b + 2), 3, (2, 3), 0.5, layout="strided"),
        descent_call(rng, 2, 2, (b + 2, a + 2), 3, (3, 2), 0.01),
        descent_call(rng, 1, 1, (a, b), 2, (2, 2), 0.0),
    ]


LEARNING_RATE_CASE = Debug("learning-rate-case", "learning_rate_case", "descend_with_bug", "descend_truth", points=1)
LEARNING_RATE_MEND = Exercise(
    "learning-rate-mend",
    "descend",
    ("dout", "x", "kernels", "lr"),
    one_descent_step,
    [
        part_of_sizes("single", 61, single_layer_calls),
        part_of_sizes("stack", 62, stack_calls),
    ],
)

EXERCISES = [
    NUMERICAL_GRADIENT,
    CONV2D_BACKWARD,
    UNFLIPPED_CASE,
    UNFLIPPED_MEND,
    CONV_MATRIX,
    CONV_TRANSPOSE2D,
    LEARNING_RATE_CASE,
    LEARNING_RATE_MEND,
    CONV2D_BACKWARD_PAIR,
    # optional, without marks
    Exercise("double-backward", "double_backward", ("v", "dout", "w", "stride", "padding")),
]
