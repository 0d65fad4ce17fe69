"""Correct answers of lesson 01, each written in another way: the checks must pass every one."""


# %% echo: numpy-convolve
def echo(x, w):
    return np.convolve(x, w)[: len(x)]


# %% echo: scatter
def echo(x, w):
    heard = np.zeros(len(x) + len(w))
    for t, clap in enumerate(x):
        heard[t : t + len(w)] += clap * w
    return heard[: len(x)]


# %% echo: moved-copies
def echo(x, w):
    y = np.zeros(len(x))
    for k, strength in enumerate(w[: len(x)]):
        y[k:] = y[k:] + strength * x[: len(x) - k]
    return y


# %% echo: silence-in-front
def echo(x, w):
    K = len(w)
    before = np.concatenate([np.zeros(K - 1), x])
    return [float(before[t : t + K] @ w[::-1]) for t in range(len(x))]


# %% echo: question-for-each-term
def echo(x, w):
    y = []
    for t in range(len(x)):
        total = 0.0
        for k in range(len(w)):
            if t - k >= 0:
                total += w[k] * x[t - k]
        y.append(total)
    return np.array(y)


# %% cross-correlate2d: four-loops
def cross_correlate2d(x, w):
    H, W = x.shape
    KH, KW = w.shape
    out = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for u in range(KH):
                for v in range(KW):
                    out[i, j] += w[u, v] * x[i + u, j + v]
    return out


# %% cross-correlate2d: kernel-entry-by-entry
def cross_correlate2d(x, w):
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    out = np.zeros((rows, columns), dtype=x.dtype)
    for (u, v), weight in np.ndenumerate(w):
        out = out + weight * x[u : u + rows, v : v + columns]
    return out


# %% cross-correlate2d: windows
def cross_correlate2d(x, w):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijuv,uv->ij", windows, w)


# %% cross-correlate2d: tensordot
from numpy.lib.stride_tricks import sliding_window_view


def cross_correlate2d(x, w):
    return np.tensordot(sliding_window_view(x, w.shape), w, axes=2)


# %% cross-correlate2d: list-comprehension
def cross_correlate2d(x, w):
    (H, W), (KH, KW) = np.shape(x), np.shape(w)
    return [
        [float(np.vdot(np.ascontiguousarray(x[i : i + KH, j : j + KW]), w)) for j in range(W - KW + 1)]
        for i in range(H - KH + 1)
    ]


# %% cross-correlate2d: fourier
def cross_correlate2d(x, w):
    product = np.fft.rfft2(x) * np.conj(np.fft.rfft2(w, x.shape))
    whole = np.fft.irfft2(product, x.shape)
    return whole[: x.shape[0] - w.shape[0] + 1, : x.shape[1] - w.shape[1] + 1]


# %% convolve2d: by-cross-correlation
def convolve2d(x, w):
    return cross_correlate2d(x, w[::-1, ::-1])


# %% convolve2d: turned-twice
def convolve2d(x, w):
    return cross_correlate2d(x, np.rot90(w, 2))


# %% convolve2d: flipped
def convolve2d(x, w):
    kernel = np.flipud(np.fliplr(w))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


# %% convolve2d: four-loops
def convolve2d(x, w):
    H, W = x.shape
    KH, KW = w.shape
    out = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(H - KH + 1):
        for j in range(W - KW + 1):
            for u in range(KH):
                for v in range(KW):
                    out[i, j] += w[KH - 1 - u, KW - 1 - v] * x[i + u, j + v]
    return out


# %% convolve2d: image-turned-and-back
def convolve2d(x, w):
    return np.flip(cross_correlate2d(np.flip(x), w))


# %% convolve2d: middle-of-the-full-one
def convolve2d(x, w):
    (H, W), (KH, KW) = x.shape, w.shape
    full = np.zeros((H + KH - 1, W + KW - 1))
    for i in range(H):
        for j in range(W):
            full[i : i + KH, j : j + KW] += x[i, j] * w
    return full[KH - 1 : H, KW - 1 : W]


# %% wide-convolve2d: pad-and-slide
def wide_convolve2d(x, w):
    KH, KW = w.shape
    padded = np.pad(x, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    turned = w[::-1, ::-1]
    out = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (padded[i : i + KH, j : j + KW] * turned).sum()
    return out


# %% wide-convolve2d: pad-and-convolve
def wide_convolve2d(x, w):
    KH, KW = w.shape
    return convolve2d(np.pad(x, ((KH - 1,), (KW - 1,))), w)


# %% wide-convolve2d: stamps
def wide_convolve2d(x, w):
    (H, W), (KH, KW) = x.shape, w.shape
    y = np.zeros((H + KH - 1, W + KW - 1))
    for (i, j), pixel in np.ndenumerate(x):
        y[i : i + KH, j : j + KW] += pixel * w
    return y


# %% wide-convolve2d: fourier
def wide_convolve2d(x, w):
    size = x.shape[0] + w.shape[0] - 1, x.shape[1] + w.shape[1] - 1
    return np.fft.irfft2(np.fft.rfft2(x, size) * np.fft.rfft2(w, size), size)


# %% wide-convolve2d: rows-by-numpy
def wide_convolve2d(x, w):
    y = np.zeros((x.shape[0] + w.shape[0] - 1, x.shape[1] + w.shape[1] - 1))
    for i, row in enumerate(x):
        for u, taps in enumerate(w):
            y[i + u] += np.convolve(row, taps)
    return y


# %% wide-convolve2d: sum-of-the-formula
def wide_convolve2d(x, w):
    (H, W), (KH, KW) = x.shape, w.shape

    def entry(i, j):
        total = 0.0
        for u in range(KH):
            for v in range(KW):
                if 0 <= i - u < H and 0 <= j - v < W:
                    total += w[u, v] * x[i - u, j - v]
        return total

    return np.array([[entry(i, j) for j in range(W + KW - 1)] for i in range(H + KH - 1)])


# %% two-as-one: other-order
def two_as_one(w1, w2):
    return wide_convolve2d(w2, w1)


# %% two-as-one: fed-with-a-one
def two_as_one(w1, w2):
    return wide_convolve2d(wide_convolve2d(np.ones((1, 1)), w1), w2)


# %% two-as-one: loops
def two_as_one(w1, w2):
    (A, B), (C, D) = w1.shape, w2.shape
    w = np.zeros((A + C - 1, B + D - 1))
    for a in range(A):
        for b in range(B):
            for c in range(C):
                for d in range(D):
                    w[a + c, b + d] += w1[a, b] * w2[c, d]
    return w


# %% two-as-one: narrow-of-padded
def two_as_one(w1, w2):
    above, beside = w2.shape[0] - 1, w2.shape[1] - 1
    return convolve2d(np.pad(w1, ((above, above), (beside, beside))), w2)


# %% two-as-one: fourier
def two_as_one(w1, w2):
    size = [a + c - 1 for a, c in zip(w1.shape, w2.shape)]
    return np.fft.ifft2(np.fft.fft2(w1, size) * np.fft.fft2(w2, size)).real


# %% output-size: one-line
def output_size(n, k, stride=1, padding=0, dilation=1):
    if dilation * (k - 1) + 1 > n + 2 * padding:
        raise ValueError("the kernel does not fit")
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


# %% output-size: counts-windows
def output_size(n, k, stride=1, padding=0, dilation=1):
    count, end = 0, -padding + dilation * (k - 1)
    while end < n + padding:
        count, end = count + 1, end + stride
    if not count:
        raise ValueError(f"no window: n={n}, k={k}")
    return count


# %% output-size: range
def output_size(n, k, stride=1, padding=0, dilation=1):
    starts = range(-padding, n + padding - dilation * (k - 1), stride)
    if len(starts) == 0:
        raise ValueError("larger than the input")
    return len(starts)


# %% output-size: math-floor
import math


def output_size(n, k, stride=1, padding=0, dilation=1):
    last = n + 2 * padding - dilation * (k - 1) - 1
    if last < 0:
        raise ValueError
    return math.floor(last / stride) + 1


# %% output-size: divmod-and-numpy-int
def output_size(n, k, stride=1, padding=0, dilation=1):
    length = np.int64(n + padding + padding)
    span = k + (dilation - 1) * (k - 1)
    if length < span:
        raise ValueError(f"{span} > {length}")
    steps, rest = divmod(length - span, stride)
    return steps + 1


# %% output-size: places-rounded-up
def output_size(n, k, stride=1, padding=0, dilation=1):
    places = n + 2 * padding - dilation * (k - 1)
    if places <= 0:
        raise ValueError("no place")
    return -(-places // stride)


# %% output-size-named: math-ceil
import math


def output_size_named(n, k, stride, mode):
    if mode not in ("same", "valid"):
        raise ValueError(mode)
    return math.ceil((n if mode == "same" else n - k + 1) / stride)


# %% output-size-named: numpy-ceil
def output_size_named(n, k, stride, mode):
    if mode == "same":
        return int(np.ceil(n / stride))
    elif mode == "valid":
        return int(np.ceil((n - k + 1) / stride))
    else:
        raise ValueError("unknown mode")


# %% output-size-named: rounded-down-plus-one
def output_size_named(n, k, stride, mode):
    if mode == "same":
        return (n - 1) // stride + 1
    if mode == "valid":
        return (n - k) // stride + 1
    raise ValueError(mode)


# %% output-size-named: ranges
def output_size_named(n, k, stride, mode):
    places = {"same": n, "valid": n - k + 1}
    if mode not in places:
        raise ValueError(f"{mode!r} is neither same nor valid")
    return len(range(0, places[mode], stride))


# %% output-size-named: match
def output_size_named(n, k, stride, mode):
    match mode:
        case "same":
            places = n
        case "valid":
            places = n - k + 1
        case _:
            raise ValueError(mode)
    return (places + stride - 1) // stride


# %% output-size-named: our-own
def output_size_named(n, k, stride, mode):
    if mode == "same":
        return output_size(n, 1, stride)
    if mode == "valid":
        return output_size(n, k, stride)
    raise ValueError(mode)


# %% conv2d-forward: seven-loops
def conv2d_forward(x, w, b, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    out = np.zeros((N, F, OH, OW))
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    total = b[f]
                    for c in range(C):
                        for u in range(KH):
                            for v in range(KW):
                                row, column = i * stride + u - padding, j * stride + v - padding
                                if 0 <= row < H and 0 <= column < W:
                                    total = total + w[f, c, u, v] * x[n, c, row, column]
                    out[n, f, i, j] = total
    return out


# %% conv2d-forward: window-of-the-batch
def conv2d_forward(x, w, b, stride=1, padding=0):
    p = padding
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], mode="constant")
    F, C, KH, KW = w.shape
    OH = (padded.shape[2] - KH) // stride + 1
    OW = (padded.shape[3] - KW) // stride + 1
    out = np.empty((len(x), F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = padded[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.tensordot(window, w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out


# %% conv2d-forward: windows-and-einsum
def conv2d_forward(x, w, b, stride=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    out = np.einsum("nchwuv,fcuv->nfhw", windows[:, :, ::stride, ::stride], w)
    return out + b.reshape(1, -1, 1, 1)


# %% conv2d-forward: columns-and-matrix-product
def columns_of(image, KH, KW, stride):
    C, H, W = image.shape
    columns = []
    for top in range(0, H - KH + 1, stride):
        for left in range(0, W - KW + 1, stride):
            columns.append(image[:, top : top + KH, left : left + KW].ravel())
    return np.stack(columns, axis=1)


def conv2d_forward(x, w, b, stride=1, padding=0):
    F, C, KH, KW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows = (padded.shape[2] - KH) // stride + 1
    results = [w.reshape(F, -1) @ columns_of(image, KH, KW, stride) + b[:, None] for image in padded]
    return np.stack(results).reshape(len(x), F, rows, -1)


# %% conv2d-forward: kernel-entry-by-entry
def conv2d_forward(x, w, b, stride=1, padding=0):
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for u in range(KH):
        for v in range(KW):
            taps = padded[:, :, u : u + (OH - 1) * stride + 1 : stride, v : v + (OW - 1) * stride + 1 : stride]
            out += np.einsum("nchw,fc->nfhw", taps, w[:, :, u, v])
    return out + b[None, :, None, None]


# %% conv2d-forward: by-one-channel
def conv2d_forward(x, w, b, stride=1, padding=0):
    maps = []
    for image in x:
        for kernel, bias in zip(w, b):
            total = bias
            for plane, piece in zip(image, kernel):
                total = total + np.array(cross_correlate2d(np.pad(plane, padding), piece))[::stride, ::stride]
            maps.append(total)
    return np.array(maps).reshape(len(x), len(w), *maps[0].shape)


# %% conv2d-forward: nested-lists
def conv2d_forward(x, w, b, stride=1, padding=0):
    KH, KW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    tops = range(0, padded.shape[2] - KH + 1, stride)
    lefts = range(0, padded.shape[3] - KW + 1, stride)
    return [
        [
            [[float((image[:, t : t + KH, l : l + KW] * kernel).sum() + bias) for l in lefts] for t in tops]
            for kernel, bias in zip(w, b)
        ]
        for image in padded
    ]


# %% conv2d-forward: all-kernels-at-once
def conv2d_forward(x, w, b, stride=1, padding=0):
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    F, C, KH, KW = w.shape
    OH = 1 + (x.shape[2] + 2 * padding - KH) // stride
    OW = 1 + (x.shape[3] + 2 * padding - KW) // stride
    out = np.zeros((len(x), F, OH, OW))
    for n, image in enumerate(padded):
        for i in range(OH):
            for j in range(OW):
                patch = image[:, i * stride : i * stride + KH, j * stride : j * stride + KW]
                out[n, :, i, j] = (w * patch).sum(axis=(1, 2, 3)) + b
    return out


# %% debug-maps-mend: index-mended
def signal_maps(x, w, b):
    F, K = w.shape
    columns = []
    for f in range(F):
        columns.append(w[f].reshape(K, 1))
    windows = np.stack([x[i : i + K] for i in range(len(x) - K + 1)])
    maps = np.zeros((F, len(windows)))
    for i in range(F):
        maps[i] = (windows @ columns[i])[:, 0] + b[i]
    return maps


# %% debug-maps-mend: matrix-product
def signal_maps(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[1])
    return w @ windows.T + b[:, None]


# %% debug-maps-mend: numpy-correlate
def signal_maps(x, w, b):
    return np.array([np.correlate(x, kernel, "valid") + bias for kernel, bias in zip(w, b)])


# %% debug-maps-mend: loops
def signal_maps(x, w, b):
    F, K = w.shape
    maps = np.zeros((F, len(x) - K + 1))
    for f in range(F):
        for i in range(maps.shape[1]):
            for k in range(K):
                maps[f, i] += w[f, k] * x[i + k]
            maps[f, i] += b[f]
    return maps


# %% debug-maps-mend: by-the-layer
def signal_maps(x, w, b):
    return np.array(conv2d_forward(x[None, None, None], w[:, None, None], b))[0, :, 0]
