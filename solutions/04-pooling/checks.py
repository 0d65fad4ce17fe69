"""What the marked cells of lesson 04 check.

Each part but the last looks at one thing: ``plain``, ``route`` and ``spread`` at windows that tile their input,
``overlap`` at strides other than the kernel's size, ``indivisible`` at a tail that no window covers. So a learner
who lacks one thing loses one part. ``rectangular`` comes last and mixes everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from grading.lesson.draw import away_from_zero
from grading.lesson.exercise import Call, Debug, Exercise, PartOf
from reference import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward

FORWARD = ("x", "kernel_size", "stride")
BACKWARD = ("dout", "x", "kernel_size", "stride")


@dataclass(frozen=True)
class Windows:
    """Where windows lie, and how the arrays are stored: all of a call but its values."""

    about: str
    shape: tuple[int, int, int, int]
    kernel_size: int | tuple[int, int]
    stride: int
    dtype: str = "float64"
    layout: str = "C"

    @property
    def kernel(self) -> tuple[int, int]:
        return self.kernel_size if isinstance(self.kernel_size, tuple) else (self.kernel_size,) * 2

    @property
    def out_shape(self) -> tuple[int, int, int, int]:
        (kh, kw), (height, width) = self.kernel, self.shape[2:]
        return (*self.shape[:2], (height - kh) // self.stride + 1, (width - kw) // self.stride + 1)


def size(rng: np.random.Generator, least: int, most: int) -> int:
    return int(rng.integers(least, most + 1))


# ------------------------------------------------------------------------------------------ geometry

TILING = [
    Windows("one image, one channel, 4x6, kernel 2, stride 2", (1, 1, 4, 6), 2, 2),
    Windows("batch of 2, 3 channels, 6x9, kernel 3, stride 3", (2, 3, 6, 9), 3, 3),
    Windows("8x6, float32, every second column of a larger array", (2, 2, 8, 6), 2, 2, "float32", "strided"),
    Windows("batch of 2, 3x4, kernel 1, stride 1: a window for each pixel", (2, 2, 3, 4), 1, 1),
]


def tiling(rng: np.random.Generator) -> Iterator[Windows]:
    for k, layout in ((2, "C"), (3, "F"), (4, "strided")):
        rows = size(rng, 2, 3)
        shape = (size(rng, 2, 3), size(rng, 2, 3), rows * k, (rows + size(rng, 1, 2)) * k)
        yield Windows(f"kernel and stride {k}", shape, k, k, layout=layout)
    yield Windows("one image, one channel", (1, 1, 8, 6), 2, 2)
    yield Windows("float32", (2, 3, 4, 10), 2, 2, "float32")
    yield Windows("kernel 1, stride 1", (2, 2, 3, 4), 1, 1)


OVERLAP = [
    Windows("4x5, kernel 3, stride 1", (1, 1, 4, 5), 3, 1),
    Windows("batch of 2, 2 channels, 7x9, kernel 3, stride 2", (2, 2, 7, 9), 3, 2),
    Windows("batch of 2, 8x11, kernel 2, stride 3: gaps between windows", (2, 1, 8, 11), 2, 3),
    Windows("batch of 2, 3x5, kernel 1, stride 2: gaps between pixels", (2, 1, 3, 5), 1, 2),
]


def overlap(rng: np.random.Generator) -> Iterator[Windows]:
    for k, stride in ((3, 1), (4, 2), (3, 2), (5, 3), (2, 1), (2, 3), (1, 2)):
        rows = size(rng, 2, 3)
        height, width = (k + (n - 1) * stride for n in (rows, rows + size(rng, 1, 2)))
        shape = (size(rng, 2, 3), size(rng, 2, 3), height, width)
        yield Windows(f"kernel {k}, stride {stride}", shape, k, stride)


INDIVISIBLE = [
    Windows("3x4, kernel 2, stride 2: a row is left over", (1, 1, 3, 4), 2, 2),
    Windows("batch of 2, 2 channels, 6x11, kernel 3, stride 3: two columns are left over", (2, 2, 6, 11), 3, 3),
    Windows("batch of 2, 7x9, kernel 2, stride 2: both", (2, 1, 7, 9), 2, 2),
]


def indivisible(rng: np.random.Generator) -> Iterator[Windows]:
    for k, rows_left, columns_left in ((2, 1, 0), (3, 0, size(rng, 1, 2)), (4, size(rng, 1, 3), size(rng, 1, 3))):
        rows = size(rng, 2, 3)
        height = rows * k + rows_left
        width = (rows + size(rng, 1, 2)) * k + columns_left
        shape = (size(rng, 2, 3), size(rng, 2, 3), height, width)
        yield Windows(f"kernel and stride {k}, {rows_left} rows and {columns_left} columns left over", shape, k, k)


RECTANGULAR = [
    Windows("5x8, kernel (2, 3), stride 2", (1, 1, 5, 8), (2, 3), 2),
    Windows("batch of 2, 3 channels, 5x4, kernel (3, 1), stride 1", (2, 3, 5, 4), (3, 1), 1),
    Windows("batch of 2, 4x11, kernel (1, 4), stride 3", (2, 2, 4, 11), (1, 4), 3),
    Windows("float32 in Fortran order, kernel (3, 2), stride 2", (2, 2, 8, 7), (3, 2), 2, "float32", "F"),
    Windows("one window, as large as the image: 3x4, kernel (3, 4)", (2, 2, 3, 4), (3, 4), 1),
    Windows("every size is 2", (2, 2, 2, 2), 2, 2),
]


def rectangular(rng: np.random.Generator) -> Iterator[Windows]:
    short = size(rng, 1, 2)
    wide = (short, short + 1)
    # a row and a column more than the windows need, so that a kernel turned on its side still fits
    shape = (2, 2, 2 * 2 + short + 1, 3 * 2 + short + 2)
    yield Windows(f"kernel {wide}, stride 2", shape, wide, 2)
    for kernel, stride in (((3, 2), 1), ((4, 2), 3), ((1, 3), 2), ((2, 5), size(rng, 3, 4))):
        rows = size(rng, 2, 3)
        height = kernel[0] + (rows - 1) * stride + size(rng, 0, stride - 1)
        width = kernel[1] + (rows + size(rng, 0, 2)) * stride + size(rng, 0, stride - 1)
        shape = (size(rng, 1, 3), size(rng, 1, 3), height, width)
        yield Windows(f"kernel {kernel}, stride {stride}", shape, kernel, stride)
    yield Windows("a pair of equal numbers", (2, 2, 7, 10), (2, 2), 2, layout="strided")
    yield Windows("float32 in Fortran order", (2, 3, 7, 12), (2, 3), 2, "float32", "F")
    yield Windows("columns in reverse order in memory", (2, 2, 6, 7), (3, 2), 1, layout="reversed")
    height, width = size(rng, 1, 3), size(rng, 4, 5)
    yield Windows("one window, as large as the image", (2, 3, height, width), (height, width), size(rng, 1, 2))
    every = size(rng, 2, 3)
    yield Windows(f"every size is {every}", (every,) * 4, every, every)
    yield Windows("one row of windows", (2, 2, 3, 7), (3, 2), 2)
    yield Windows("one column of windows, as many as it is wide", (2, 3, 6, 2), (3, 2), 2)


# -------------------------------------------------------------------------------------------- values


def distinct(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Numbers from `low` to `high` in random order: no two are equal, so no window holds a tie."""
    count = int(np.prod(shape))
    return rng.permutation(np.round(np.linspace(low, high, count), 3)).reshape(shape)


def with_peak(x: np.ndarray, windows: Windows) -> np.ndarray:
    """`x` with a pixel, in each plane, that wins every window it lies in: where windows overlap, two at least."""
    kh, kw = windows.kernel
    x[:, :, kh - 1, kw - 1] = np.round(x.max() + 1 + np.arange(x[:, :, 0, 0].size).reshape(x.shape[:2]) / 8, 3)
    return x


def positive(rng: np.random.Generator, windows: Windows) -> np.ndarray:
    """Input of max pooling. What negative numbers do belongs to the parts `plain` and `route` alone."""
    return with_peak(distinct(rng, windows.shape, 0.2, 4.0), windows).astype(windows.dtype)


def between(low: float, high: float):
    """The function (rng, windows) -> x, with `distinct` numbers from `low` to `high`."""
    return lambda rng, windows: distinct(rng, windows.shape, low, high).astype(windows.dtype)


mixed = between(-3.0, 3.0)
averaged = between(-30.0, 30.0)  # means of these, cut off to whole numbers, are seldom 0
negative = between(-5.0, -0.5)
far_below_zero = between(-5e6, -5e5)  # below any -100 or -9999 that a search for the maximum may start at


def upstream(rng: np.random.Generator, windows: Windows) -> np.ndarray:
    """A random dout without zeros, so that no window goes unnoticed."""
    sign = rng.choice([-1.0, 1.0], windows.out_shape)
    return (sign * np.round(rng.uniform(0.3, 2.5, windows.out_shape), 2)).astype(windows.dtype)


def upstream_of_means(rng: np.random.Generator, windows: Windows) -> np.ndarray:
    """The same, so large that shares, cut off to whole numbers, are not all 0."""
    return upstream(rng, windows) * np.prod(windows.kernel).astype(windows.dtype)


def in_whole_numbers(call: Call) -> Call:
    """A call that can be followed by hand: x holds whole numbers without a gap, in the old order.

    No two are equal, and what was negative still is. dout holds small whole numbers, times the size of a window where
    the old ones were so large.
    """
    *douts, x, kernel_size, stride = call.args
    order = np.argsort(np.argsort(x, axis=None)).reshape(x.shape)
    below = int((x < 0).sum())
    whole = np.where(order < below, order - below, order - below + 1).astype(x.dtype)
    area = np.prod(kernel_size) if isinstance(kernel_size, tuple) else kernel_size**2
    unit = area if douts and np.abs(douts[0]).max() > 3 else 1
    return replace(call, args=(*(away_from_zero(dout / unit) * unit for dout in douts), whole, kernel_size, stride))


def pooling_calls(rng, geometry, values, dout=None) -> list[Call]:
    """Calls with x from `values`; with `dout`, the function that makes it, calls of the backward pass."""
    calls = []
    for windows in geometry:
        x = values(rng, windows)
        args = (x, windows.kernel_size, windows.stride)
        args = (dout(rng, windows), *args) if dout else args
        calls.append(Call(windows.about, args, windows.layout))
    return calls


def below_zero(dout=None):
    """Two more calls of max pooling. What negative numbers do belongs to its first part alone."""

    def calls(rng: np.random.Generator) -> list[Call]:
        near, far = (
            Windows(f"every value of x is {where} zero", (2, 2, 4, 6), 2, 2) for where in ("below", "far below")
        )
        return [*pooling_calls(rng, [near], negative, dout), *pooling_calls(rng, [far], far_below_zero, dout)]

    return calls


# ------------------------------------------------------------------------------- ties, for max pooling


def tie_calls(rng: np.random.Generator, level: float, heights: tuple[int, ...]) -> Iterator[Call]:
    """Inputs whose windows hold their maximum several times; the windows tile, so nothing else is asked."""
    windows = Windows(f"every window holds [[0, {level:g}], [{level:g}, 0]]", (1, 1, 4, 6), 2, 2)
    x = np.tile(level * np.array([[0.0, 1.0], [1.0, 0.0]]), (1, 1, 2, 3))
    yield Call(windows.about, (upstream(rng, windows), x, 2, 2))
    windows = Windows("each channel is constant", (2, 2, 4, 6), 2, 2)
    x = np.full(windows.shape, level) + np.arange(2.0).reshape(1, 2, 1, 1)
    yield Call(windows.about, (upstream(rng, windows), x, 2, 2))
    windows = Windows("nearly a tie: one value is larger than the others by 2**-20", (1, 2, 4, 6), 2, 2)
    x = np.full(windows.shape, level)
    x[:, :, 1::2, ::2] += 2.0**-20
    yield Call(windows.about, (upstream(rng, windows), x, 2, 2))
    for height in heights:
        windows = Windows("zeros and ones, kernel 3, stride 3", (2, 2, height, 9), 3, 3)
        x = rng.integers(0, 2, windows.shape).astype(float)
        yield Call(windows.about, (upstream(rng, windows), x, 3, 3))


def hidden_ties(rng: np.random.Generator) -> list[Call]:
    calls = list(tie_calls(rng, float(size(rng, 3, 9)) / 2, (6, 12)))
    windows = Windows("after a ReLU", (2, 3, 8, 6), 2, 2)
    x = np.maximum(mixed(rng, windows), 0)
    more = [overlapping_ties(rng, size(rng, 4, 5), size(rng, 3, 5)) for _ in range(2)]
    return [*calls, Call(windows.about, (upstream(rng, windows), x, 2, 2)), *more]


def overlapping_ties(rng: np.random.Generator, height: int, width: int) -> Call:
    """Ties of windows that overlap.

    Where a pixel wins several windows, only the last dout is large: who does not add up loses another part, not this.
    """
    windows = Windows(f"zeros and ones {height}x{width}, kernel 2, stride 1", (2, 2, height, width), 2, 1)
    x = rng.integers(0, 2, windows.shape).astype(float)
    dout, won = upstream(rng, windows), set()
    for n, c, i, j in reversed(list(np.ndindex(dout.shape))):
        u, v = divmod(int(x[n, c, i : i + 2, j : j + 2].argmax()), 2)
        pixel = n, c, i + u, j + v
        dout[n, c, i, j] *= 2.0**-20 if pixel in won else 1
        won.add(pixel)
    return Call(windows.about, (dout, x, 2, 1))


# --------------------------------------------------------------------------------- the four exercises


def part(name: str, visible: list[Windows], hidden, values, dout=None, also=None, points=1) -> PartOf:
    """A part whose visible calls are frozen from a fixed seed; `also` adds calls to both halves."""
    also = also or (lambda rng: [])
    rng = np.random.default_rng([4, *name.encode()])
    first, *others = pooling_calls(rng, visible, values, dout)
    return PartOf(
        name,
        visible=[in_whole_numbers(first), *others, *also(rng)],
        hidden=lambda rng: [*pooling_calls(rng, hidden(rng), values, dout), *also(rng)],
        points=points,
    )


def parts_for(first: str, values, first_values, dout=None, also_first=None) -> list[PartOf]:
    return [
        part(first, TILING, tiling, first_values, dout, also_first, points=2 if dout else 1),
        part("overlap", OVERLAP, overlap, values, dout),
        part("indivisible", INDIVISIBLE, indivisible, values, dout),
        part("rectangular", RECTANGULAR, rectangular, values, dout),
    ]


tied, *more_ties = tie_calls(np.random.default_rng(44), 2.0, (6,))
tied = replace(tied, args=(away_from_zero(tied.args[0]), *tied.args[1:]))
ties = PartOf("ties", [tied, *more_ties, overlapping_ties(np.random.default_rng(48), 5, 4)], hidden_ties, points=1)
max_backward_parts = parts_for("route", positive, mixed, upstream, below_zero(upstream))
max_backward_parts.insert(1, ties)


# ----------------------------------------------------------------------------- all windows as an array


def all_windows(x: np.ndarray, kernel_size, stride: int) -> np.ndarray:
    """Every window, entry by entry: windows[n, c, i, j, u, v] = x[n, c, i*stride + u, j*stride + v]."""
    (kh, kw) = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    *_, height, width = x.shape
    shape = (*x.shape[:2], (height - kh) // stride + 1, (width - kw) // stride + 1, kh, kw)
    windows = np.empty(shape, x.dtype)
    for i, j, u, v in np.ndindex(shape[2:]):
        windows[:, :, i, j, u, v] = x[:, :, i * stride + u, j * stride + v]
    return windows


# ----------------------------------------------------------------------------- max pooling of a signal


def max_pool1d_backward(dout: np.ndarray, x: np.ndarray, kernel_size: int, stride: int) -> np.ndarray:
    image = max_pool2d_backward(dout[None, None, None], x[None, None, None], (1, kernel_size), stride)
    return image[0, 0, 0]


def signal(rng: np.random.Generator, about: str, length: int, kernel_size: int, stride: int) -> Call:
    x = distinct(rng, (length,), -3.0, 3.0)
    x[kernel_size - 1] = 4.0  # wins each of the windows that it lies in
    count = (length - kernel_size) // stride + 1
    dout = rng.choice([-1.0, 1.0], count) * np.round(rng.uniform(0.3, 2.5, count), 2)
    return Call(about, (dout, x, kernel_size, stride))


def tied_signal(rng: np.random.Generator) -> Call:
    """Ties within windows, and the same maximum in several windows."""
    x = rng.permuted(np.tile([0.0, 2.0, 2.0], (4, 1)), axis=1).ravel()
    dout = np.round(rng.uniform(0.3, 2.5, 4), 2)
    return Call("every window of 3 holds two equal maxima, stride 3", (dout, x, 3, 3))


def tiling_signals(rng: np.random.Generator) -> list[Call]:
    return [
        signal(rng, "8 samples, kernel 2, stride 2", 8, 2, 2),
        signal(rng, "kernel 3, stride 3, two samples left over", 3 * size(rng, 3, 5) + 2, 3, 3),
        signal(rng, "kernel 2, stride 3: gaps between windows", 11, 2, 3),
        signal(rng, "one window: 4 samples, kernel 4", 4, 4, 1),
        tied_signal(rng),
    ]


def overlapping_signals(rng: np.random.Generator) -> list[Call]:
    return [
        signal(rng, "8 samples, kernel 3, stride 1", 8, 3, 1),
        signal(rng, "kernel 3, stride 2", 2 * size(rng, 4, 6) + 1, 3, 2),
        signal(rng, "kernel 5, stride 2, one sample left over", 12, 5, 2),
    ]


def first_whole(calls: list[Call]) -> list[Call]:
    return [in_whole_numbers(calls[0]), *calls[1:]]


EXERCISES = [
    Exercise(
        "max-pool2d-forward",
        "max_pool2d_forward",
        FORWARD,
        max_pool2d,
        parts_for("plain", positive, mixed, also_first=below_zero()),
    ),
    Exercise("max-pool2d-backward", "max_pool2d_backward", BACKWARD, max_pool2d_backward, max_backward_parts),
    Debug("max-pool-not-linear", "not_additive", "sum_of_maxima", "maximum_of_sum", points=1),
    Exercise(
        "avg-pool2d-forward",
        "avg_pool2d_forward",
        FORWARD,
        avg_pool2d,
        parts_for("plain", averaged, averaged),
    ),
    Exercise(
        "avg-pool2d-backward",
        "avg_pool2d_backward",
        BACKWARD,
        avg_pool2d_backward,
        parts_for("spread", mixed, mixed, upstream_of_means),
    ),
    Exercise(
        "pool-windows",
        "pool_windows",
        FORWARD,
        all_windows,
        [
            PartOf(
                "square",
                first_whole(
                    pooling_calls(np.random.default_rng(45), [*TILING, *OVERLAP[:2], OVERLAP[3], INDIVISIBLE[2]], mixed)
                ),
                lambda rng: pooling_calls(rng, [*tiling(rng), *overlap(rng), *indivisible(rng)], mixed),
                points=1,
            ),
            part("rectangular", RECTANGULAR, rectangular, mixed),
        ],
    ),
    Debug("pool1d-debug-case", "failing_case_pool1d", "max_pool1d_backward_buggy", "max_pool1d_slope", points=1),
    Exercise(
        "pool1d-debug-mend",
        "max_pool1d_backward",
        BACKWARD,
        max_pool1d_backward,
        [
            PartOf("tiling", first_whole(tiling_signals(np.random.default_rng(46))), tiling_signals, points=1),
            PartOf(
                "overlap", first_whole(overlapping_signals(np.random.default_rng(47))), overlapping_signals, points=1
            ),
        ],
    ),
    # optional, without marks
    Exercise("max-pool2x2-pairwise", "max_pool2x2_backward_pairwise", ("dout", "x")),
]
