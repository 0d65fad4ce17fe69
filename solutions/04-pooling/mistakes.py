"""Known mistakes of lesson 04: code that people write, the parts it loses, and the question that leads out of it.

Repeating by the stride, the size H // stride, and = for += stand in published code. `convgrade verify` runs each
mistake through the marked cells.
"""

import numpy as np

from grading.lesson.exercise import mistake

# ---------------------------------------------------------------------------------- max-pool2d-forward

FORWARD = "plain overlap indivisible rectangular"


@mistake("max-pool2d-forward", loses="overlap rectangular")
def size_from_stride(x, kernel_size, stride):
    """The output has the size H // stride, W // stride. That is right when windows tile the input. How many
    places does a window of 3 have on a row of 5 when it moves by 1? Count from the last start that still
    fits."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // stride, W // stride))
    for i in range(H // stride):
        for j in range(W // stride):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def last_place_not_counted(x, kernel_size, stride):
    """Your output is one row and one column short. (H - kh) // stride is the number of steps a window
    makes. At how many places does it stand?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride, (W - kw) // stride))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def last_window_left_out(x, kernel_size, stride):
    """The last row and column of your output stay 0 wherever the last window ends at the edge of the input.
    Does range contain its own end?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(0, H - kh, stride):
        for j in range(0, W - kw, stride):
            out[:, :, i // stride, j // stride] = x[:, :, i : i + kh, j : j + kw].max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="indivisible rectangular")
def rounded_up(x, kernel_size, stride):
    """Your output has a place for a window that reaches beyond the input: the size was rounded up. The
    contract asks only for windows that fit. Which way does that round?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, -(-(H - kh) // stride) + 1, -(-(W - kw) // stride) + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            h, w = min(i * stride, H - 1), min(j * stride, W - 1)
            out[:, :, i, j] = x[:, :, h : h + kh, w : w + kw].max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="plain")
def starts_at_zero(x, kernel_size, stride):
    """Where every value of a window is negative, you return 0. Your maximum starts at 0, which no pixel of
    that window holds. What may it start at, so that any pixel can beat it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, C, OH, OW))
    for u in range(kh):
        for v in range(kw):
            tap = x[:, :, u : u + stride * (OH - 1) + 1 : stride, v : v + stride * (OW - 1) + 1 : stride]
            out = np.maximum(out, tap)
    return out


@mistake("max-pool2d-forward", loses="plain")
def starts_at_a_number(x, kernel_size, stride):
    """Where every value of a window is far below zero, you return a number that no pixel of it holds: the one that
    your maximum starts at. What may it start at, so that any pixel can beat it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for n, c, i, j in np.ndindex(out.shape):
        best = -1000
        for u in range(kh):
            for v in range(kw):
                best = max(best, x[n, c, i * stride + u, j * stride + v])
        out[n, c, i, j] = best
    return out


@mistake("max-pool2d-forward", loses="rectangular")
def height_for_both_sizes(x, kernel_size, stride):
    """Your output has the wrong number of columns: it is computed from the height of the kernel. Which number of the
    pair does the width of x meet?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kh) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(min(out.shape[3], (W - kw) // stride + 1)):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="rectangular", silent="rectangular")
def window_must_be_smaller(x, kernel_size, stride):
    """You refuse a window that is as large as the image. How many places has it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    if kh >= H or kw >= W:
        raise ValueError("the kernel is too large")
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="rectangular")
def kernel_pair_swapped(x, kernel_size, stride):
    """Your windows lie on their side: the pair is (height, width), and the first number was used for the
    width. Which axis of x does each number belong to?"""
    kw, kh = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="rectangular")
def only_first_of_pair(x, kernel_size, stride):
    """Your windows are square: only the first number of the pair is used. Where does the second one go?"""
    k = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - k) // stride + 1, (W - k) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            h, w = i * stride, j * stride
            out[:, :, i, j] = x[:, :, h : h + k, w : w + k].max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="rectangular", silent="rectangular")
def pair_not_supported(x, kernel_size, stride):
    """kernel_size may be a pair (height, width). What does your size formula do with a tuple?"""
    N, C, H, W = x.shape
    OH, OW = (H - kernel_size) // stride + 1, (W - kernel_size) // stride + 1
    out = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            h, w = i * stride, j * stride
            out[:, :, i, j] = x[:, :, h : h + kernel_size, w : w + kernel_size].max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def rows_and_columns_exchanged(x, kernel_size, stride):
    """Your output is transposed: rows and columns have changed places. In what order does the contract list
    OH and OW, and in what order do you index with i and j?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, C, OW, OH))
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, j, i] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def square_output(x, kernel_size, stride):
    """Your output has as many columns as rows. The input need not be square. From which axis of x does the
    number of columns come?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    size = (x.shape[2] - kh) // stride + 1
    out = np.zeros((x.shape[0], x.shape[1], size, size))
    for i in range(size):
        for j in range(size):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def stride_ignored(x, kernel_size, stride):
    """Your window moves by 1 from one output to the next, whatever the stride is. Where in x does the
    window of out[..., i, j] start?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i : i + kh, j : j + kw].max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="overlap rectangular")
def kernel_used_as_stride(x, kernel_size, stride):
    """Your windows lie side by side: they move by the size of the kernel. Which argument says how far they
    move?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = H // kh, W // kw
    return x[:, :, : OH * kh, : OW * kw].reshape(N, C, OH, kh, OW, kw).max(axis=(3, 5))


@mistake("max-pool2d-forward", loses=FORWARD)
def first_image_only(x, kernel_size, stride):
    """Only the first image of the batch is pooled; the others stay 0. Which index runs over the batch?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for c in range(C):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                h, w = i * stride, j * stride
                out[0, c, i, j] = np.max(x[0, c, h : h + kh, w : w + kw])
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def maximum_over_channels(x, kernel_size, stride):
    """Every channel of your output is the same: the maximum is taken over all channels. Pooling treats each
    channel by itself. Which axes does a window have?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                h, w = i * stride, j * stride
                out[n, :, i, j] = x[n, :, h : h + kh, w : w + kw].max()
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def maximum_over_batch(x, kernel_size, stride):
    """Every image of your output is the same: one maximum is taken over the whole batch. Over which axes
    should max run, and which must stay?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            h, w = i * stride, j * stride
            out[:, :, i, j] = x[:, :, h : h + kh, w : w + kw].max()
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def integer_output(x, kernel_size, stride):
    """Your output holds whole numbers: the decimals are cut off. What dtype has the array you write into?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1), dtype=int)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses=FORWARD)
def mean_for_maximum(x, kernel_size, stride):
    """These are means: this is average pooling. Which number of a window does max pooling keep?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("max-pool2d-forward", loses="plain rectangular", silent="plain rectangular")
def float64_only(x, kernel_size, stride):
    """Your function refuses float32. Does anything in pooling need float64?"""
    if x.dtype != np.float64:
        raise TypeError("x must be float64")
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(-2, -1))


@mistake("max-pool2d-forward", loses=FORWARD)
def input_modified(x, kernel_size, stride):
    """You sort each window where it lies, so x itself changes: a slice is a view. The caller still needs x,
    for the backward pass. Which calls give a new array?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            window.sort(axis=2)
            window.sort(axis=3)
            out[:, :, i, j] = window[:, :, -1, -1]
    return out


# --------------------------------------------------------------------------------- max-pool2d-backward

ROUTE = "route ties overlap indivisible rectangular"


@mistake("max-pool2d-backward", loses="overlap rectangular")
def assigned_not_added(dout, x, kernel_size, stride):
    """A pixel that is the maximum of several windows holds the gradient of the last one only. Its total
    effect on the loss is the sum of its effects through each window. If your line has = in it, which operator
    keeps what has already arrived? If it has += with arrays of indices: print a[[1, 1]] += 1 for a small
    array a, and look how often it adds."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    N, C, OH, OW = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(OH):
                for j in range(OW):
                    h, w = i * stride, j * stride
                    u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
                    dx[n, c, h + u, w + v] = dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="ties rectangular")
def ties_all_get_it(dout, x, kernel_size, stride):
    """Every pixel that equals the maximum gets the whole gradient: the sum of dx is larger than the sum of
    dout. The contract gives a tie to one pixel. To which one, and what returns the place of just one
    maximum?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
            window = x[:, :, rows, columns]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, rows, columns] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


@mistake("max-pool2d-backward", loses="ties rectangular")
def ties_share_it(dout, x, kernel_size, stride):
    """Pixels that tie share the gradient evenly. Some libraries do that; the contract here gives all of it
    to one of them. Which one?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
            window = x[:, :, rows, columns]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            share = dout[:, :, i, j][:, :, None, None] / mask.sum(axis=(2, 3), keepdims=True)
            dx[:, :, rows, columns] += mask * share
    return dx


@mistake("max-pool2d-backward", loses="ties rectangular")
def ties_to_the_last(dout, x, kernel_size, stride):
    """A tie goes to the last maximum of its window. The contract names the first in row-major order. Does
    your comparison let an equal value replace the one you have?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best, place = -np.inf, None
        for h in range(i * stride, i * stride + kh):
            for w in range(j * stride, j * stride + kw):
                if x[n, c, h, w] >= best:
                    best, place = x[n, c, h, w], (h, w)
        dx[n, c, place[0], place[1]] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="ties rectangular")
def ties_column_by_column(dout, x, kernel_size, stride):
    """A tie goes to the first maximum as you read down the columns. Row-major order reads along the rows.
    Which of your two inner loops is the outer one?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best, place = -np.inf, None
        for w in range(j * stride, j * stride + kw):
            for h in range(i * stride, i * stride + kh):
                if x[n, c, h, w] > best:
                    best, place = x[n, c, h, w], (h, w)
        dx[n, c, place[0], place[1]] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="rectangular")
def tie_to_the_first_that_has_nothing_yet(dout, x, kernel_size, stride):
    """Where windows overlap, a tie passes over a pixel that another window has chosen already. Each window chooses for
    itself: may what dx holds by then have a say?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window, part = x[n, c, h : h + kh, w : w + kw], dx[n, c, h : h + kh, w : w + kw]
        places = [tuple(place) for place in np.argwhere(window == window.max())]
        free = [place for place in places if part[place] == 0]
        part[(free or places)[0]] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="ties")
def nearly_equal_counts_as_equal(dout, x, kernel_size, stride):
    """Where the largest value leads by very little, your gradient goes to an earlier pixel that is not the maximum.
    Do you compare floats with a tolerance? Which comparison finds exactly the maximum?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window = x[n, c, h : h + kh, w : w + kw]
        u, v = np.argwhere(np.isclose(window, window.max()))[0]
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="route")
def search_starts_at_a_number(dout, x, kernel_size, stride):
    """Where every value of a window is far below zero, the corner of the window gets the gradient: no pixel beats the
    number that your search starts at. What may it start at, so that any pixel can?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best, place = -1000, (i * stride, j * stride)
        for h in range(i * stride, i * stride + kh):
            for w in range(j * stride, j * stride + kw):
                if x[n, c, h, w] > best:
                    best, place = x[n, c, h, w], (h, w)
        dx[n, c, place[0], place[1]] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def written_into_a_copy(dout, x, kernel_size, stride):
    """Your dx stays zero: nothing of dout arrives. Do you write into dx itself, or into a copy of a part of it? Print
    dx after the line that should change it."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        part = dx[n, c, h : h + kh, w : w + kw].copy()
        part.flat[x[n, c, h : h + kh, w : w + kw].argmax()] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="overlap rectangular")
def repeated_by_the_stride(dout, x, kernel_size, stride):
    """You repeat dout by the stride and keep it where a maximum was marked. That sends each entry of dout
    to the pixels of one tile, and a window is a tile only when the stride is the kernel size. Which windows
    does a pixel lie in when they overlap?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    marked = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        marked[n, c, h + u, w + v] = 1
    large = np.repeat(np.repeat(dout, stride, axis=2), stride, axis=3)[:, :, : x.shape[2], : x.shape[3]]
    spread = np.zeros(x.shape)
    spread[:, :, : large.shape[2], : large.shape[3]] = large
    return spread * marked


@mistake("max-pool2d-backward", loses="overlap indivisible rectangular", silent="overlap indivisible rectangular")
def repeated_and_never_fitted(dout, x, kernel_size, stride):
    """dout, repeated by the stride, has not the shape of x. When are OH * stride and H the same number?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    marked = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        marked[n, c, h + u, w + v] = 1
    return np.repeat(np.repeat(dout, stride, axis=2), stride, axis=3) * marked


@mistake("max-pool2d-backward", loses="ties overlap rectangular", silent="ties")
def mask_of_the_enlarged_output(dout, x, kernel_size, stride):
    """You enlarge the output to the size of x and compare the two. A pixel then meets one window only,
    though several may cover it. What would an index of the winner per window change?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    H, W = x.shape[2:]
    dx = np.zeros(x.shape)
    for h in range(min(H, dout.shape[2] * stride)):
        for w in range(min(W, dout.shape[3] * stride)):
            i, j = h // stride, w // stride
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            dx[:, :, h, w] = (x[:, :, h, w] == window.max(axis=(2, 3))) * dout[:, :, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def place_within_window_only(dout, x, kernel_size, stride):
    """All of your gradient lies in the corner of dx: argmax says where in the window the maximum is. Where
    does that window start in x?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, u, v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="rectangular")
def index_divided_by_the_height(dout, x, kernel_size, stride):
    """argmax numbers the pixels of a window along its rows. You turn the number into row and column with a
    window that lies on its side. How long is a row of the window?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = np.unravel_index(x[n, c, h : h + kh, w : w + kw].argmax(), (kw, kh))
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="rectangular")
def kernel_pair_swapped_(dout, x, kernel_size, stride):
    """Your windows lie on their side: the pair is (height, width), and the first number was used for the
    width. Which axis of x does each number belong to?"""
    kw, kh = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window = x[n, c, h : h + kh, w : w + kw]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="rectangular")
def only_first_of_pair_(dout, x, kernel_size, stride):
    """Your windows are square: only the first number of the pair is used. Where does the second one go?"""
    k = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window = x[n, c, h : h + k, w : w + k]
        u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="indivisible rectangular")
def tail_missing(dout, x, kernel_size, stride):
    """Your dx is smaller than x: it ends where the last window ends. Pixels that no window covers are still
    pixels of x. What is their gradient?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, OH, OW = dout.shape
    dx = np.zeros((N, C, (OH - 1) * stride + kh, (OW - 1) * stride + kw))
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def whole_window_gets_it(dout, x, kernel_size, stride):
    """Every pixel of a window gets its gradient. A pixel that is not the maximum can move a little, and the
    output does not change. What is its derivative?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def spread_evenly(dout, x, kernel_size, stride):
    """You spread each entry of dout over its window: that is the backward pass of average pooling. Which
    pixels of a window change its maximum when they move a little?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def upstream_left_out(dout, x, kernel_size, stride):
    """Each maximum gets a 1. That is the derivative of its own output. What does the chain rule multiply it
    with?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += 1
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def multiplied_by_the_input(dout, x, kernel_size, stride):
    """You multiply the gradient by the value of the maximum. The output is the pixel itself: what is the
    derivative of a number with respect to itself?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += x[n, c, h + u, w + v] * dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def stride_ignored_(dout, x, kernel_size, stride):
    """Your window moves by 1 from one entry of dout to the next, whatever the stride is. Where in x does
    the window of dout[..., i, j] start?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        u, v = divmod(int(x[n, c, i : i + kh, j : j + kw].argmax()), kw)
        dx[n, c, i + u, j + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def first_image_only_(dout, x, kernel_size, stride):
    """Only the first image of the batch gets a gradient. Which index runs over the batch?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for c, i, j in np.ndindex(dout.shape[1:]):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[0, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[0, c, h + u, w + v] += dout[0, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def first_channel_only(dout, x, kernel_size, stride):
    """Only channel 0 gets a gradient. Every channel is pooled; which index runs over the channels?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    N, C, OH, OW = dout.shape
    for n, i, j in np.ndindex(N, OH, OW):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, 0, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, 0, h + u, w + v] += dout[n, 0, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def one_winner_for_all_channels(dout, x, kernel_size, stride):
    """One winner is chosen among all channels of a window, and the other channels get nothing. Each channel
    is pooled by itself. Over which axes should argmax look?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    N, C, OH, OW = dout.shape
    for n, i, j in np.ndindex(N, OH, OW):
        h, w = i * stride, j * stride
        window = x[n, :, h : h + kh, w : w + kw]
        c, u, v = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses="route")
def search_starts_at_zero(dout, x, kernel_size, stride):
    """In a window without positive values, the gradient goes to the first pixel and not to the maximum.
    Your search starts at 0, which nothing there beats. What may it start at?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best, place = 0, (i * stride, j * stride)
        for h in range(i * stride, i * stride + kh):
            for w in range(j * stride, j * stride + kw):
                if x[n, c, h, w] > best:
                    best, place = x[n, c, h, w], (h, w)
        dx[n, c, place[0], place[1]] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def integer_gradient(dout, x, kernel_size, stride):
    """Your dx holds whole numbers: the decimals of dout are cut off. What dtype has the array you write
    into?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape, dtype=int)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += int(dout[n, c, i, j])
    return dx


@mistake("max-pool2d-backward", loses="route rectangular", silent="route rectangular")
def float64_only_(dout, x, kernel_size, stride):
    """Your function refuses float32. Does anything in pooling need float64?"""
    if x.dtype != np.float64 or dout.dtype != np.float64:
        raise TypeError("x and dout must be float64")
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("max-pool2d-backward", loses=ROUTE)
def input_modified_(dout, x, kernel_size, stride):
    """You subtract the maximum from each window where it lies, so x itself changes: a slice is a view.
    Which operator gives a new array?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window = x[n, c, h : h + kh, w : w + kw]
        window -= window.max()
        u, v = divmod(int(window.argmax()), kw)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


# --------------------------------------------------------------------------------- max-pool-not-linear


@mistake("max-pool-not-linear", loses="shown", silent="shown")
def bug_not_shown():
    """Here both sides agree: the maxima of your two arrays lie at the same place, so the largest sum lies
    there too. What if each array is large where the other is small?"""
    return np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [2.0, 5.0]])


@mistake("max-pool-not-linear", loses="shown", silent="shown")
def the_same_array_twice():
    """A multiple of an array has its maximum at the same place."""
    a = np.array([[1.0, -2.0], [3.0, 0.5]])
    return a, 2 * a


@mistake("max-pool-not-linear", loses="shown", silent="shown")
def a_constant_array():
    """A constant moves every pixel alike."""
    return np.array([[1.0, -2.0], [3.0, 0.5]]), np.full((2, 2), 7.0)


@mistake("max-pool-not-linear", loses="shown", silent="shown")
def shapes_differ():
    """Both arrays need one shape."""
    return np.ones((2, 2)), np.zeros((3, 3))


# ---------------------------------------------------------------------------------- avg-pool2d-forward


@mistake("avg-pool2d-forward", loses="overlap rectangular")
def size_from_stride_(x, kernel_size, stride):
    """The output has the size H // stride, W // stride. That is right when windows tile the input. How many
    places does a window of 3 have on a row of 5 when it moves by 1? Count from the last start that still
    fits."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // stride, W // stride))
    for i in range(H // stride):
        for j in range(W // stride):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="overlap rectangular")
def divided_by_stride_squared(x, kernel_size, stride):
    """You divide by stride * stride. That is the number of pixels in a window only when the stride is the
    kernel size. How many numbers do you add?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) / (stride * stride)
    return out


@mistake("avg-pool2d-forward", loses="rectangular")
def divided_by_a_square(x, kernel_size, stride):
    """You divide by the square of the window's height. A window may be wider than it is high. How many
    pixels has it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) / kh**2
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def sum_not_divided(x, kernel_size, stride):
    """These are the sums of the windows. What makes a mean of a sum?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def divided_by_number_of_windows(x, kernel_size, stride):
    """You divide by the number of windows. A mean divides by how many numbers were added: how many does one
    window hold?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) / (OH * OW)
    return out


@mistake("avg-pool2d-forward", loses="indivisible rectangular")
def rounded_up_(x, kernel_size, stride):
    """Your output has a place for a window that reaches beyond the input: the size was rounded up. The
    contract asks only for windows that fit. Which way does that round?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, -(-(H - kh) // stride) + 1, -(-(W - kw) // stride) + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            h, w = min(i * stride, H - 1), min(j * stride, W - 1)
            out[:, :, i, j] = x[:, :, h : h + kh, w : w + kw].mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="indivisible rectangular")
def tail_padded_with_zeros(x, kernel_size, stride):
    """You pad the end of x with zeros until the windows divide it: there is one output too many, and it is
    too small. The contract pads nothing. What happens to pixels that no whole window covers?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = -(-(H - kh) // stride) + 1, -(-(W - kw) // stride) + 1
    padded = np.zeros((N, C, (OH - 1) * stride + kh, (OW - 1) * stride + kw))
    padded[:, :, :H, :W] = x[:, :, : padded.shape[2], : padded.shape[3]]
    out = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = padded[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="rectangular")
def kernel_pair_swapped__(x, kernel_size, stride):
    """Your windows lie on their side: the pair is (height, width), and the first number was used for the
    width. Which axis of x does each number belong to?"""
    kw, kh = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="rectangular")
def only_first_of_pair__(x, kernel_size, stride):
    """Your windows are square: only the first number of the pair is used. Where does the second one go?"""
    k = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - k) // stride + 1, (W - k) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            h, w = i * stride, j * stride
            out[:, :, i, j] = x[:, :, h : h + k, w : w + k].mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="rectangular", silent="rectangular")
def pair_not_supported_(x, kernel_size, stride):
    """kernel_size may be a pair (height, width). What does your size formula do with a tuple?"""
    N, C, H, W = x.shape
    OH, OW = (H - kernel_size) // stride + 1, (W - kernel_size) // stride + 1
    out = np.zeros((N, C, OH, OW))
    for i in range(OH):
        for j in range(OW):
            h, w = i * stride, j * stride
            out[:, :, i, j] = x[:, :, h : h + kernel_size, w : w + kernel_size].mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def rows_and_columns_exchanged_(x, kernel_size, stride):
    """Your output is transposed: rows and columns have changed places. In what order does the contract list
    OH and OW, and in what order do you index with i and j?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, C, OW, OH))
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, j, i] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def last_window_left_out_(x, kernel_size, stride):
    """The last row and column of your output stay 0 wherever the last window ends at the edge of the input.
    Does range contain its own end?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(0, H - kh, stride):
        for j in range(0, W - kw, stride):
            out[:, :, i // stride, j // stride] = x[:, :, i : i + kh, j : j + kw].mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def stride_ignored__(x, kernel_size, stride):
    """Your window moves by 1 from one output to the next, whatever the stride is. Where in x does the
    window of out[..., i, j] start?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i : i + kh, j : j + kw].mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses="overlap rectangular")
def kernel_used_as_stride_(x, kernel_size, stride):
    """Your windows lie side by side: they move by the size of the kernel. Which argument says how far they
    move?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = H // kh, W // kw
    return x[:, :, : OH * kh, : OW * kw].reshape(N, C, OH, kh, OW, kw).mean(axis=(3, 5))


@mistake("avg-pool2d-forward", loses=FORWARD)
def first_image_only__(x, kernel_size, stride):
    """Only the first image of the batch is pooled; the others stay 0. Which index runs over the batch?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for c in range(C):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                h, w = i * stride, j * stride
                out[0, c, i, j] = np.mean(x[0, c, h : h + kh, w : w + kw])
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def mean_over_channels(x, kernel_size, stride):
    """Every channel of your output is the same: the mean is taken over all channels. Pooling treats each
    channel by itself. Which axes does a window have?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                h, w = i * stride, j * stride
                out[n, :, i, j] = x[n, :, h : h + kh, w : w + kw].mean()
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def integer_output_(x, kernel_size, stride):
    """Your output holds whole numbers: the decimals are cut off. What dtype has the array you write into?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1), dtype=int)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def divided_by_the_sum_of_the_sides(x, kernel_size, stride):
    """You divide by height + width of the window. How many pixels has a window of 3 by 3?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) / (kh + kw)
    return out


@mistake("avg-pool2d-forward", loses="rectangular")
def height_for_both_sizes_(x, kernel_size, stride):
    """Your output has the wrong number of columns: it is computed from the height of the kernel. Which number of the
    pair does the width of x meet?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kh) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(min(out.shape[3], (W - kw) // stride + 1)):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def divided_with_two_slashes(x, kernel_size, stride):
    """Your means are rounded down to whole numbers. What does // do to floats?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) // (kh * kw)
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def maximum_for_mean(x, kernel_size, stride):
    """These are maxima: this is max pooling. What does average pooling do with the other pixels of a
    window?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out


@mistake("avg-pool2d-forward", loses=FORWARD)
def input_modified__(x, kernel_size, stride):
    """You divide x by the size of the window where it lies, so the caller's x changes. Which operator gives
    a new array?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    x /= kh * kw
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            out[:, :, i, j] = window.sum(axis=(2, 3))
    return out


# --------------------------------------------------------------------------------- avg-pool2d-backward

SPREAD = "spread overlap indivisible rectangular"


@mistake("avg-pool2d-backward", loses="overlap rectangular")
def assigned_not_added_(dout, x, kernel_size, stride):
    """A pixel that lies in several windows holds the share of the last one only. Its total effect on the
    loss is the sum of its effects through each window. If your line has = in it, which operator keeps what
    has already arrived? If it has += for many windows at once, NumPy reads all of them before it writes:
    what does a pixel that lies in two of them keep?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] = dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def written_into_a_copy_(dout, x, kernel_size, stride):
    """Your dx stays zero: nothing of dout arrives. Do you write into dx itself, or into a copy of a part of it? Print
    dx after the line that should change it."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = dx[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw].copy()
            part += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def divided_by_the_sum_of_the_sides_(dout, x, kernel_size, stride):
    """You divide by height + width of the window. How many pixels has a window of 3 by 3?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh + kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def not_divided(dout, x, kernel_size, stride):
    """Every pixel of a window gets the whole of dout[..., i, j]. The output is a mean: by how much does it
    move when one pixel moves by 1?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1]
    return dx


@mistake("avg-pool2d-backward", loses="overlap rectangular")
def divided_by_stride_squared_(dout, x, kernel_size, stride):
    """You divide by stride * stride. That is the number of pixels in a window only when the stride is the
    kernel size. How many pixels share one entry of dout?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (stride * stride)
    return dx


@mistake("avg-pool2d-backward", loses="rectangular")
def divided_by_a_square_(dout, x, kernel_size, stride):
    """You divide by the square of the window's height. A window may be wider than it is high. How many
    pixels has it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / kh**2
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def divided_by_number_of_windows_(dout, x, kernel_size, stride):
    """You divide by the number of windows. One entry of dout is shared among the pixels of its own window:
    how many are they?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    OH, OW = dout.shape[2:]
    dx = np.zeros(x.shape)
    for i in range(OH):
        for j in range(OW):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (OH * OW)
    return dx


@mistake("avg-pool2d-backward", loses="overlap rectangular")
def divided_by_coverage(dout, x, kernel_size, stride):
    """You divide each pixel of dx by the number of windows that cover it. Where several paths lead from a
    pixel to the loss, what does the chain rule do with them: add, or average?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx, covered = np.zeros(x.shape), np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
            covered[:, :, h : h + kh, w : w + kw] += 1
    return dx / np.maximum(covered, 1)


@mistake("avg-pool2d-backward", loses="overlap rectangular")
def repeated_by_the_stride_(dout, x, kernel_size, stride):
    """You repeat each entry of dout over a tile of stride by stride pixels. It belongs to the pixels of its
    window, and a window is such a tile only when the stride is the kernel size. Which pixels does window
    [i, j] cover?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    large = np.repeat(np.repeat(dout, stride, axis=2), stride, axis=3)[:, :, : x.shape[2], : x.shape[3]]
    dx = np.zeros(x.shape)
    dx[:, :, : large.shape[2], : large.shape[3]] = large / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses="indivisible rectangular")
def tail_missing_(dout, x, kernel_size, stride):
    """Your dx is smaller than x: it ends where the last window ends. Pixels that no window covers are still
    pixels of x. What is their gradient?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, OH, OW = dout.shape
    dx = np.zeros((N, C, (OH - 1) * stride + kh, (OW - 1) * stride + kw))
    for i in range(OH):
        for j in range(OW):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses="overlap indivisible rectangular", silent="indivisible")
def kronecker_product(dout, x, kernel_size, stride):
    """The Kronecker product puts the windows side by side: dx then has OH * kh rows. That is right when
    they tile x without a rest. What has dx when windows overlap, or leave a tail?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return np.kron(dout, np.ones((1, 1, kh, kw))) / (kh * kw)


@mistake("avg-pool2d-backward", loses="indivisible rectangular")
def rest_averaged_too(dout, x, kernel_size, stride):
    """Rows or columns at the end of x, which no window covers, get a gradient. Move such a pixel: does any
    output move?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            h_end = H if i == dout.shape[2] - 1 else h + kh
            w_end = W if j == dout.shape[3] - 1 else w + kw
            dx[:, :, h:h_end, w:w_end] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses="rectangular")
def kernel_pair_swapped___(dout, x, kernel_size, stride):
    """Your windows lie on their side: the pair is (height, width), and the first number was used for the
    width. Which axis of x does each number belong to?"""
    kw, kh = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses="rectangular")
def only_first_of_pair___(dout, x, kernel_size, stride):
    """Your windows are square: only the first number of the pair is used. Where does the second one go?"""
    k = kernel_size[0] if isinstance(kernel_size, tuple) else kernel_size
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + k, w : w + k] += dout[:, :, i : i + 1, j : j + 1] / (k * k)
    return dx


@mistake("avg-pool2d-backward", loses="rectangular", silent="rectangular")
def pair_not_supported__(dout, x, kernel_size, stride):
    """kernel_size may be a pair (height, width). What does your code do with a tuple?"""
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            share = dout[:, :, i : i + 1, j : j + 1] / kernel_size**2
            dx[:, :, h : h + kernel_size, w : w + kernel_size] += share
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def routed_to_the_maximum(dout, x, kernel_size, stride):
    """The maximum of each window gets everything: that is the backward pass of max pooling. Which pixels of
    a window move its mean?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        u, v = divmod(int(x[n, c, h : h + kh, w : w + kw].argmax()), kw)
        dx[n, c, h + u, w + v] += dout[n, c, i, j]
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def multiplied_by_the_input_(dout, x, kernel_size, stride):
    """You multiply by x. Average pooling is linear in x: does the derivative of a linear function depend on
    where you take it?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
            dx[:, :, rows, columns] += x[:, :, rows, columns] * dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def averaged_over_the_batch(dout, x, kernel_size, stride):
    """You divide by the number of images. If the loss is a mean over the batch, dout contains that factor
    already. How many times should it be applied?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw * len(x))
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def stride_ignored___(dout, x, kernel_size, stride):
    """Your window moves by 1 from one entry of dout to the next, whatever the stride is. Where in x does
    the window of dout[..., i, j] start?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i : i + kh, j : j + kw] += dout[:, :, i : i + 1, j : j + 1] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def first_image_only___(dout, x, kernel_size, stride):
    """Only the first image of the batch gets a gradient. Which index runs over the batch?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    for c, i, j in np.ndindex(dout.shape[1:]):
        h, w = i * stride, j * stride
        dx[0, c, h : h + kh, w : w + kw] += dout[0, c, i, j] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def first_channel_only_(dout, x, kernel_size, stride):
    """Only channel 0 gets a gradient. Every channel is pooled; which index runs over the channels?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape)
    N, C, OH, OW = dout.shape
    for n, i, j in np.ndindex(N, OH, OW):
        h, w = i * stride, j * stride
        dx[n, 0, h : h + kh, w : w + kw] += dout[n, 0, i, j] / (kh * kw)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def integer_gradient_(dout, x, kernel_size, stride):
    """Your dx holds whole numbers: the decimals of the shares are cut off. What dtype has the array you
    write into?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dx = np.zeros(x.shape, dtype=int)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += (dout[:, :, i : i + 1, j : j + 1] / (kh * kw)).astype(int)
    return dx


@mistake("avg-pool2d-backward", loses=SPREAD)
def input_modified___(dout, x, kernel_size, stride):
    """You divide dout where it lies. The caller's dout changes, and the next layer that reads it gets
    shares. Which operator gives a new array?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    dout /= kh * kw
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += dout[:, :, i : i + 1, j : j + 1]
    return dx


# ---------------------------------------------------------------------------------------- pool-windows

WINDOWS = "square rectangular"


@mistake("pool-windows", loses=WINDOWS)
def stride_not_applied(x, kernel_size, stride):
    """These are the windows of stride 1. Which of them start at a multiple of the stride?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))


@mistake("pool-windows", loses=WINDOWS)
def stride_in_one_direction(x, kernel_size, stride):
    """The stride acts on the rows only. On which axes do the places of a window lie?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    return np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::stride]


@mistake("pool-windows", loses=WINDOWS)
def stride_on_the_pixels(x, kernel_size, stride):
    """The stride acts on the pixels of each window, not on its places: that is dilation. Which axes of your
    array count windows, and which count pixels in a window?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return windows[:, :, :, :, ::stride, ::stride]


@mistake("pool-windows", loses="square rectangular")
def tiles_by_reshape(x, kernel_size, stride):
    """You cut x into tiles. Windows are tiles only when the stride is the kernel size. Where does the
    second window start?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = H // kh, W // kw
    return x[:, :, : OH * kh, : OW * kw].reshape(N, C, OH, kh, OW, kw).transpose(0, 1, 2, 4, 3, 5)


@mistake("pool-windows", loses=WINDOWS)
def axes_not_in_order(x, kernel_size, stride):
    """Your axes are N, C, OH, kh, OW, kw. The contract lists OH, OW, kh, kw. Which two change places?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].transpose(0, 1, 2, 4, 3, 5)


@mistake("pool-windows", loses=WINDOWS)
def window_transposed(x, kernel_size, stride):
    """Each of your windows is transposed: its columns lie in rows. In which order come the last two axes?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].swapaxes(-1, -2)


@mistake("pool-windows", loses="rectangular")
def kernel_pair_swapped____(x, kernel_size, stride):
    """Your windows lie on their side: the pair is (height, width), and the first number was used for the
    width. Which axis of x does each number belong to?"""
    kw, kh = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


@mistake("pool-windows", loses=WINDOWS, silent=WINDOWS)
def contiguous_assumed(x, kernel_size, stride):
    """You compute the byte steps from the shape, as if x were contiguous. x may be a view of something
    larger. Where does an array keep its real steps?"""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    N, C, H, W = x.shape
    OH, OW = (H - kh) // stride + 1, (W - kw) // stride + 1
    row, item = W * x.itemsize, x.itemsize
    if any(step < 0 for step in x.strides):
        raise ValueError("not contiguous")
    steps = (C * H * row, H * row, stride * row, stride * item, row, item)
    return np.lib.stride_tricks.as_strided(x, (N, C, OH, OW, kh, kw), steps)


@mistake("pool-windows", loses=WINDOWS)
def flattened_windows(x, kernel_size, stride):
    """The pixels of a window lie on one axis of length kh * kw. The contract keeps rows and columns apart."""
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.reshape(*windows.shape[:4], kh * kw)


# ------------------------------------------------------------------------------------ pool1d-debug-case


@mistake("pool1d-debug-case", loses="shown", silent="shown")
def bug_not_shown_():
    """On your case the two functions agree. In the buggy line, one place of dx is written for each window.
    When does a second write hit the same place? Look for a sample that is the maximum of two windows."""
    return np.array([1.0, 2.0]), np.array([1.0, 3.0, 2.0, 5.0]), 2, 2


@mistake("pool1d-debug-case", loses="shown", silent="shown")
def gaps_between_windows():
    """With a stride above the kernel size, windows share nothing."""
    return np.array([1.0, 2.0]), np.array([1.0, 3.0, 2.0, 5.0, 4.0]), 2, 3


@mistake("pool1d-debug-case", loses="shown", silent="shown")
def overlap_without_a_shared_maximum():
    """On a rising signal each window has its own maximum."""
    return np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 3, 1


@mistake("pool1d-debug-case", loses="shown", silent="shown")
def nothing_to_pass_down():
    """A gradient of zeros is zero however it is added."""
    return np.zeros(3), np.array([1.0, 2.0, 9.0, 4.0, 5.0]), 3, 1


@mistake("pool1d-debug-case", loses="shown", silent="shown")
def tie_instead():
    """Central differences say nothing at a tie."""
    return np.ones(3), np.ones(5), 3, 1


# ------------------------------------------------------------------------------------ pool1d-debug-mend


@mistake("pool1d-debug-mend", loses="overlap")
def assigned_not_added__(dout, x, kernel_size, stride):
    """A sample that won several windows keeps the gradient of one of them. If your line has = in it, which
    operator keeps what has already arrived? If it has += with an array of indices: print a[[1, 1]] += 1 for
    a small array a, and look how often it adds."""
    starts = stride * np.arange(len(dout))
    windows = x[starts[:, None] + np.arange(kernel_size)]
    winners = starts + windows.argmax(axis=1)
    dx = np.zeros(x.shape)
    dx[winners] = dout
    return dx


@mistake("pool1d-debug-mend", loses="overlap", silent="overlap")
def added_once_per_index(dout, x, kernel_size, stride):
    """The same result as with =: NumPy reads dx at all winners, adds, and writes back, so of equal indices
    one remains."""
    starts = stride * np.arange(len(dout))
    windows = x[starts[:, None] + np.arange(kernel_size)]
    winners = starts + windows.argmax(axis=1)
    dx = np.zeros(x.shape)
    dx[winners] += dout
    return dx


@mistake("pool1d-debug-mend", loses="tiling overlap")
def start_of_window_forgotten(dout, x, kernel_size, stride):
    """All of the gradient lies at the beginning of dx: argmax counts from the start of its window. Where
    does the window start?"""
    starts = stride * np.arange(len(dout))
    winners = x[starts[:, None] + np.arange(kernel_size)].argmax(axis=1)
    dx = np.zeros(x.shape)
    np.add.at(dx, winners, dout)
    return dx


@mistake("pool1d-debug-mend", loses="tiling overlap")
def length_from_the_winners(dout, x, kernel_size, stride):
    """Your dx ends at the last winner. It must be as long as x: which argument of bincount sets the least
    length?"""
    starts = stride * np.arange(len(dout))
    winners = starts + x[starts[:, None] + np.arange(kernel_size)].argmax(axis=1)
    return np.bincount(winners, weights=dout)


@mistake("pool1d-debug-mend", loses="overlap")
def averaged_over_the_wins(dout, x, kernel_size, stride):
    """A sample that won several windows gets the mean of their gradients. What does the chain rule do with
    several paths to the loss: add, or average?"""
    dx, wins = np.zeros(x.shape), np.zeros(x.shape)
    for i in range(len(dout)):
        place = i * stride + int(x[i * stride : i * stride + kernel_size].argmax())
        dx[place] += dout[i]
        wins[place] += 1
    return dx / np.maximum(wins, 1)


@mistake("pool1d-debug-mend", loses="overlap")
def only_the_first_win_counts(dout, x, kernel_size, stride):
    """A sample that won several windows keeps the gradient of the first one only. What should happen to the
    later ones?"""
    dx = np.zeros(x.shape)
    for i in range(len(dout)):
        place = i * stride + int(x[i * stride : i * stride + kernel_size].argmax())
        if dx[place] == 0:
            dx[place] = dout[i]
    return dx


@mistake("pool1d-debug-mend", loses="tiling")
def tied_samples_all_get_it(dout, x, kernel_size, stride):
    """Every sample that equals the maximum of its window gets the gradient. The contract gives a tie to one of them.
    To which one, and what returns the place of just one maximum?"""
    dx = np.zeros(x.shape)
    for i in range(len(dout)):
        window = slice(i * stride, i * stride + kernel_size)
        dx[window] += (x[window] == x[window].max()) * dout[i]
    return dx


@mistake("pool1d-debug-mend", loses="tiling")
def tie_to_the_last_sample(dout, x, kernel_size, stride):
    """A tie goes to the last maximum of its window. The contract names the first. Does your comparison let an equal
    value replace the one you have?"""
    dx = np.zeros(x.shape)
    for i in range(len(dout)):
        best, place = -np.inf, None
        for k in range(i * stride, i * stride + kernel_size):
            if x[k] >= best:
                best, place = x[k], k
        dx[place] += dout[i]
    return dx


@mistake("pool1d-debug-mend", loses="tiling")
def winner_found_by_its_value(dout, x, kernel_size, stride):
    """You look for the maximum of a window by its value in the whole signal, and find the same value in a window
    before. Where may the winner of window i lie?"""
    dx = np.zeros(x.shape)
    samples = x.tolist()
    for i in range(len(dout)):
        dx[samples.index(max(samples[i * stride : i * stride + kernel_size]))] += dout[i]
    return dx


@mistake("pool1d-debug-mend", loses="tiling", silent="tiling")
def kernel_must_be_shorter(dout, x, kernel_size, stride):
    """You refuse a kernel as long as the signal. How many windows are there?"""
    if kernel_size >= len(x):
        raise ValueError("the kernel is too long")
    dx = np.zeros(x.shape)
    for i in range(len(dout)):
        dx[i * stride + int(x[i * stride : i * stride + kernel_size].argmax())] += dout[i]
    return dx
