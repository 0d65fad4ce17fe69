"""Correct answers of lesson 04, written differently. Each entry is the whole source of an answer cell."""

import numpy as np


# %% max-pool2d-forward: six-loops
def max_pool2d_forward(x, kernel_size, stride):
    if type(kernel_size) is int:
        kernel_size = (kernel_size, kernel_size)
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - kernel_size[0]) // stride + 1, (W - kernel_size[1]) // stride + 1))
    for n in range(N):
        for c in range(C):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    best = x[n, c, i * stride, j * stride]
                    for u in range(kernel_size[0]):
                        for v in range(kernel_size[1]):
                            value = x[n, c, i * stride + u, j * stride + v]
                            if value > best:
                                best = value
                    out[n, c, i, j] = best
    return out


# %% max-pool2d-forward: sliding-windows
def max_pool2d_forward(x, kernel_size, stride):
    size = (kernel_size,) * 2 if np.isscalar(kernel_size) else tuple(kernel_size)
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(-2, -1))
    return view[..., ::stride, ::stride, :, :].max(axis=(-1, -2))


# %% max-pool2d-forward: strided-memory
def max_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    a, b, r, s = x.strides
    OH, OW = (H - kh + stride) // stride, (W - kw + stride) // stride
    windows = np.lib.stride_tricks.as_strided(
        x, shape=(N, C, OH, OW, kh, kw), strides=(a, b, r * stride, s * stride, r, s), writeable=False
    )
    return np.amax(windows, axis=(4, 5))


# %% max-pool2d-forward: one-tap-after-another
def max_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    best = None
    for u in range(kh):
        for v in range(kw):
            tap = x[:, :, u : H - kh + u + 1 : stride, v : W - kw + v + 1 : stride]
            best = tap.copy() if best is None else np.maximum(best, tap)
    return best


# %% max-pool2d-forward: separable-in-float32
def max_pool2d_forward(x, kernel_size, stride):
    kh, kw = np.broadcast_to(kernel_size, 2).tolist()
    x = x.astype(np.float32)
    rows = np.stack([x[:, :, i : i + kh].max(axis=2) for i in range(0, x.shape[2] - kh + 1, stride)], axis=2)
    return np.stack([rows[:, :, :, j : j + kw].max(axis=3) for j in range(0, x.shape[3] - kw + 1, stride)], axis=3)


# %% max-pool2d-forward: nested-lists
def places_of(length, size, step):
    """The starts of all windows that fit."""
    return range(0, length - size + 1, step)


def max_pool2d_forward(x, kernel_size, stride):
    try:
        kh, kw = kernel_size
    except TypeError:
        kh = kw = kernel_size
    return [
        [
            [
                [float(plane[h : h + kh, w : w + kw].max()) for w in places_of(plane.shape[1], kw, stride)]
                for h in places_of(plane.shape[0], kh, stride)
            ]
            for plane in image
        ]
        for image in x
    ]


# %% max-pool2d-forward: im2col-columns
def max_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    OH, OW = 1 + (H - kh) // stride, 1 + (W - kw) // stride
    cols = np.zeros((N, C, kh, kw, OH, OW), dtype=x.dtype)
    for u in range(kh):
        for v in range(kw):
            cols[:, :, u, v] = x[:, :, u : u + stride * OH : stride, v : v + stride * OW : stride][:, :, :OH, :OW]
    rows = cols.transpose(0, 4, 5, 1, 2, 3).reshape(-1, kh * kw)
    return rows.max(axis=1).reshape(N, OH, OW, C).transpose(0, 3, 1, 2)


# %% max-pool2d-forward: sorted-copies
def max_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = np.shape(x)
    rows = (stride * np.arange((H - kh) // stride + 1))[:, None] + np.arange(kh)
    columns = (stride * np.arange((W - kw) // stride + 1))[:, None] + np.arange(kw)
    picked = x[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    return np.sort(picked.reshape(*picked.shape[:4], kh * kw), axis=-1)[..., -1]


# %% max-pool2d-backward: four-loops-argmax
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    dx = np.zeros_like(x)
    N, C, OH, OW = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(OH):
                for j in range(OW):
                    window = x[n, c, i * stride : i * stride + kh, j * stride : j * stride + kw]
                    u, v = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * stride + u, j * stride + v] += dout[n, c, i, j]
    return dx


# %% max-pool2d-backward: first-place-that-equals
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        window = x[n, c, h : h + kh, w : w + kw]
        rows, columns = np.where(window == window.max())
        dx[n, c, h + rows[0], w + columns[0]] += dout[n, c, i, j]
    return dx


# %% max-pool2d-backward: add-at-winners
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    winner = windows.reshape(*dout.shape, kh * kw).argmax(axis=-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape, dout.dtype)
    np.add.at(dx, (n, c, i * stride + winner // kw, j * stride + winner % kw), dout)
    return dx


# %% max-pool2d-backward: counted-bins
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    number = np.arange(N * C * H * W).reshape(x.shape)
    view = np.lib.stride_tricks.sliding_window_view
    values = view(x, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride].reshape(dout.size, kh * kw)
    numbers = view(number, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride].reshape(dout.size, kh * kw)
    winners = numbers[np.arange(dout.size), values.argmax(axis=1)]
    return np.bincount(winners, weights=dout.ravel(), minlength=x.size).reshape(x.shape)


# %% max-pool2d-backward: masks-tap-by-tap
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    OH, OW = dout.shape[2:]
    taps = [
        (slice(u, u + stride * (OH - 1) + 1, stride), slice(v, v + stride * (OW - 1) + 1, stride))
        for u in range(kh)
        for v in range(kw)
    ]
    best = np.max([x[:, :, rows, columns] for rows, columns in taps], axis=0)
    dx = np.zeros(x.shape)
    free = np.ones(dout.shape, dtype=bool)
    for rows, columns in taps:
        wins = free & (x[:, :, rows, columns] == best)
        dx[:, :, rows, columns] += np.where(wins, dout, 0)
        free &= ~wins
    return dx


# %% max-pool2d-backward: one-hot-einsum-in-float32
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = np.broadcast_to(kernel_size, 2).tolist()
    N, C, OH, OW = dout.shape
    windows = np.empty((N, C, OH, OW, kh * kw), np.float32)
    for t in range(kh * kw):
        u, v = divmod(t, kw)
        windows[..., t] = x[:, :, u : u + stride * (OH - 1) + 1 : stride, v : v + stride * (OW - 1) + 1 : stride]
    one_hot = np.eye(kh * kw, dtype=np.float32)[windows.argmax(axis=-1)]
    shares = np.einsum("ncij,ncijt->tncij", dout.astype(np.float32), one_hot)
    dx = np.zeros(x.shape, np.float32)
    for t in range(kh * kw):
        u, v = divmod(t, kw)
        dx[:, :, u : u + stride * (OH - 1) + 1 : stride, v : v + stride * (OW - 1) + 1 : stride] += shares[t]
    return dx


# %% max-pool2d-backward: plain-lists-and-a-class
class Winner:
    """The first maximum of a window, as a place in the image."""

    def __init__(self, image, top, left, height, width):
        self.value, self.place = -float("inf"), None
        for row in range(top, top + height):
            for column in range(left, left + width):
                if image[row][column] > self.value:
                    self.value, self.place = image[row][column], (row, column)


def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    result = []
    for image, errors in zip(x.tolist(), dout.tolist(), strict=True):
        result.append([])
        for plane, error in zip(image, errors, strict=True):
            dplane = [[0.0] * len(plane[0]) for _ in plane]
            for i, row in enumerate(error):
                for j, value in enumerate(row):
                    r, c = Winner(plane, i * stride, j * stride, kh, kw).place
                    dplane[r][c] += value
            result[-1].append(dplane)
    return result


# %% max-pool2d-backward: images-as-rows-of-a-matrix
def max_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    planes = x.reshape(N * C, H, W)
    errors = dout.reshape(N * C, *dout.shape[2:])
    dx = np.zeros((N * C, H * W))
    every = np.arange(N * C)
    for i in range(errors.shape[1]):
        for j in range(errors.shape[2]):
            window = planes[:, i * stride : i * stride + kh, j * stride : j * stride + kw].reshape(N * C, kh * kw)
            u, v = np.divmod(window.argmax(axis=1), kw)
            # one winner per plane, so no index is repeated
            dx[every, (i * stride + u) * W + j * stride + v] += errors[:, i, j]
    return dx.reshape(N, C, H, W)


# %% max-pool-not-linear: opposite-corners
def not_additive():
    return np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 1.0]])


# %% max-pool-not-linear: a-pair-as-lists
def not_additive():
    return [[1, 0, 2]], [[3, 0, 0]]


# %% max-pool-not-linear: an-array-and-its-negative
def not_additive():
    a = np.arange(6.0).reshape(2, 3)
    return a, -a


# %% max-pool-not-linear: a-random-pair
def not_additive():
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=(2, 4, 4)))


# %% max-pool-not-linear: one-dimension
def not_additive():
    return np.array([0.0, 5.0]), np.array([2.0, -1.0])


# %% avg-pool2d-forward: four-loops
def avg_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1))
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, i * stride : i * stride + kh, j * stride : j * stride + kw].mean()
    return out


# %% avg-pool2d-forward: sliding-windows
def avg_pool2d_forward(x, kernel_size, stride):
    size = (kernel_size,) * 2 if np.isscalar(kernel_size) else tuple(kernel_size)
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return view[:, :, ::stride, ::stride].mean(axis=(4, 5))


# %% avg-pool2d-forward: tap-sums
def avg_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    out = 0.0
    for u in range(kh):
        for v in range(kw):
            out = out + x[:, :, u : H - kh + u + 1 : stride, v : W - kw + v + 1 : stride] / (kh * kw)
    return out


# %% avg-pool2d-forward: integral-image
def avg_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    sums = np.pad(x, ((0, 0), (0, 0), (1, 0), (1, 0))).astype(float).cumsum(axis=2).cumsum(axis=3)
    top, left = sums[:, :, :-kh, :], None
    rows = sums[:, :, kh:, :] - top
    left = rows[:, :, :, :-kw]
    return ((rows[:, :, :, kw:] - left) / (kh * kw))[:, :, ::stride, ::stride]


# %% avg-pool2d-forward: two-matrices-in-float32
def avg_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    down = np.zeros(((H - kh) // stride + 1, H), np.float32)
    across = np.zeros(((W - kw) // stride + 1, W), np.float32)
    for i in range(len(down)):
        down[i, i * stride : i * stride + kh] = 1 / kh
    for j in range(len(across)):
        across[j, j * stride : j * stride + kw] = 1 / kw
    return np.einsum("ih,nchw,jw->ncij", down, x.astype(np.float32), across)


# %% avg-pool2d-forward: rows-then-columns
def means_along(x, axis, size, step):
    """Means of windows along one axis."""
    x = np.moveaxis(x, axis, 0)
    means = [x[start : start + size].mean(axis=0) for start in range(0, len(x) - size + 1, step)]
    return np.moveaxis(np.array(means), 0, axis)


def avg_pool2d_forward(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return means_along(means_along(x, 2, kh, stride), 3, kw, stride)


# %% avg-pool2d-backward: windows-one-by-one
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        h, w = i * stride, j * stride
        dx[n, c, h : h + kh, w : w + kw] += dout[n, c, i, j] / (kh * kw)
    return dx


# %% avg-pool2d-backward: taps-one-by-one
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    dx = np.zeros(x.shape)
    for u in range(kh):
        for v in range(kw):
            dx[:, :, u : H - kh + u + 1 : stride, v : W - kw + v + 1 : stride] += dout
    return dx / (kh * kw)


# %% avg-pool2d-backward: add-at-every-pixel
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, OH, OW = dout.shape
    n, c, i, j, u, v = np.indices((N, C, OH, OW, kh, kw))
    dx = np.zeros(x.shape)
    share = np.broadcast_to(dout[..., None, None] / (kh * kw), n.shape)
    np.add.at(dx, (n, c, i * stride + u, j * stride + v), share)
    return dx


# %% avg-pool2d-backward: transposed-matrices-in-float32
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    down = np.zeros((dout.shape[2], H), np.float32)
    across = np.zeros((dout.shape[3], W), np.float32)
    for i in range(len(down)):
        down[i, i * stride : i * stride + kh] = 1 / kh
    for j in range(len(across)):
        across[j, j * stride : j * stride + kw] = 1 / kw
    return down.T @ dout.astype(np.float32) @ across


# %% avg-pool2d-backward: dilated-and-summed
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    OH, OW = dout.shape[2:]
    wide = np.zeros((N, C, H + kh - 1, W + kw - 1))
    top, left = kh - 1, kw - 1
    wide[:, :, top : top + stride * OH : stride, left : left + stride * OW : stride][:, :, :OH, :OW] = dout
    return np.lib.stride_tricks.sliding_window_view(wide, (kh, kw), axis=(2, 3)).mean(axis=(4, 5))


# %% avg-pool2d-backward: kron-where-windows-tile
def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    share = dout / (kh * kw)
    dx = np.zeros(x.shape)
    if kh == stride and kw == stride:
        tiles = np.kron(share, np.ones((kh, kw)))
        dx[:, :, : tiles.shape[2], : tiles.shape[3]] = tiles
        return dx
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            h, w = i * stride, j * stride
            dx[:, :, h : h + kh, w : w + kw] += share[:, :, i, j, None, None]
    return dx


# %% avg-pool2d-backward: columns-then-rows
def scatter_along(errors, axis, length, size, step):
    """The transpose of a windowed sum along one axis."""
    errors = np.moveaxis(errors, axis, 0)
    total = np.zeros((length, *errors.shape[1:]))
    for i, error in enumerate(errors):
        total[i * step : i * step + size] += error
    return np.moveaxis(total, 0, axis)


def avg_pool2d_backward(dout, x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    wide = scatter_along(dout, 3, x.shape[3], kw, stride)
    return scatter_along(wide, 2, x.shape[2], kh, stride) / kh / kw


# %% pool-windows: numpys-own-view
def pool_windows(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    return np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]


# %% pool-windows: own-strides
def pool_windows(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    a, b, r, s = x.strides
    shape = (N, C, (H - kh) // stride + 1, (W - kw) // stride + 1, kh, kw)
    return np.lib.stride_tricks.as_strided(x, shape, (a, b, stride * r, stride * s, r, s))


# %% pool-windows: index-arrays
def pool_windows(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    rows = stride * np.arange((H - kh) // stride + 1)[:, None] + np.arange(kh)
    columns = stride * np.arange((W - kw) // stride + 1)[:, None] + np.arange(kw)
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]]


# %% pool-windows: copied-tap-by-tap
def pool_windows(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    H, W = x.shape[2:]
    taps = [[x[:, :, u : H - kh + u + 1 : stride, v : W - kw + v + 1 : stride] for v in range(kw)] for u in range(kh)]
    return np.transpose(np.array(taps, dtype=np.float32), (2, 3, 4, 5, 0, 1))


# %% pool-windows: loops-over-places
def pool_windows(x, kernel_size, stride):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    windows = np.empty((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1, kh, kw))
    for i in range(windows.shape[2]):
        for j in range(windows.shape[3]):
            windows[:, :, i, j] = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
    return windows


# %% pool1d-debug-case: peak-in-the-middle
def failing_case_pool1d():
    return np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 9.0, 4.0, 5.0]), 3, 1


# %% pool1d-debug-case: lists-of-ints
def failing_case_pool1d():
    return [1, 1], [0, 3, 1], 2, 1


# %% pool1d-debug-case: falling-then-rising
def failing_case_pool1d():
    return np.array([0.5, -2.0]), np.array([0.0, 1.0, 5.0, 2.0, 3.0]), 3, 2


# %% pool1d-debug-case: random-signal
def failing_case_pool1d():
    rng = np.random.default_rng(1)
    return rng.normal(size=18), rng.normal(size=20), 3, 1


# %% pool1d-debug-case: a-sample-left-over
def failing_case_pool1d():
    return np.array([1.0, 1.0]), np.array([3.0, 4.0, 8.0, 1.0, 2.0, 7.0]), 3, 2


# %% pool1d-debug-mend: np-add-at
def max_pool1d_backward(dout, x, kernel_size, stride):
    starts = stride * np.arange(len(dout))
    winners = starts + x[starts[:, None] + np.arange(kernel_size)].argmax(axis=1)
    dx = np.zeros(x.shape)
    np.add.at(dx, winners, dout)
    return dx


# %% pool1d-debug-mend: bincount-with-weights
def max_pool1d_backward(dout, x, kernel_size, stride):
    starts = stride * np.arange(len(dout))
    winners = starts + x[starts[:, None] + np.arange(kernel_size)].argmax(axis=1)
    return np.bincount(winners, weights=dout, minlength=len(x))


# %% pool1d-debug-mend: a-loop
def max_pool1d_backward(dout, x, kernel_size, stride):
    dx = np.zeros(len(x))
    for i, error in enumerate(dout):
        start = i * stride
        dx[start + np.argmax(x[start : start + kernel_size])] += error
    return dx


# %% pool1d-debug-mend: one-hot-matrix
def max_pool1d_backward(dout, x, kernel_size, stride):
    starts = stride * np.arange(len(dout))
    winners = starts + x[starts[:, None] + np.arange(kernel_size)].argmax(axis=1)
    return dout @ np.eye(len(x))[winners]


# %% pool1d-debug-mend: offsets-one-by-one
def max_pool1d_backward(dout, x, kernel_size, stride):
    starts = stride * np.arange(len(dout))
    offset = np.argmax([x[starts + u] for u in range(kernel_size)], axis=0)
    dx = np.zeros(x.shape, np.float32)
    for u in range(kernel_size):
        # for one offset, the starts differ, so no index is repeated
        dx[starts[offset == u] + u] += dout[offset == u].astype(np.float32)
    return dx
