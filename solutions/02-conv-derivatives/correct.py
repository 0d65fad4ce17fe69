"""Correct answers of lesson 02, written differently. Each entry is the whole source of an answer cell."""

import numpy as np


# %% numerical-gradient: fresh-copies
def numerical_gradient(f, x, upstream, h=1e-05):
    x = np.array(x, dtype=np.float64)
    grad = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum((f(up) - f(down)) * upstream) / (2 * h)
    return grad


# %% numerical-gradient: one-copy-restored
def numerical_gradient(f, x, upstream, h=1e-05):
    work = np.array(x, dtype=np.float64)
    grad = np.empty_like(work)
    it = np.nditer(work, flags=["multi_index"])
    while not it.finished:
        i = it.multi_index
        saved = work[i]
        work[i] = saved + h
        above = float(np.sum(np.array(f(work)) * upstream))
        work[i] = saved - h
        below = float(np.sum(np.array(f(work)) * upstream))
        work[i] = saved
        grad[i] = (above - below) / (2 * h)
        it.iternext()
    return grad


# %% numerical-gradient: unit-directions
def numerical_gradient(f, x, upstream, h=1e-05):
    x = x.astype(float)
    slopes = []
    for direction in np.eye(x.size).reshape(x.size, *x.shape):
        difference = f(x + h * direction) - f(x - h * direction)
        slopes.append(np.vdot(difference, upstream) / (2 * h))
    return np.array(slopes).reshape(x.shape)


# %% numerical-gradient: flat-list
def numerical_gradient(f, x, upstream, h=1e-05):
    flat = [float(v) for v in np.ravel(x)]
    grad = []
    for i, v in enumerate(flat):
        up = np.array(flat[:i] + [v + h] + flat[i + 1 :]).reshape(np.shape(x))
        down = np.array(flat[:i] + [v - h] + flat[i + 1 :]).reshape(np.shape(x))
        grad.append(((f(up) * upstream).sum() - (f(down) * upstream).sum()) / (2.0 * h))
    return np.reshape(grad, np.shape(x)).tolist()


# %% numerical-gradient: with-a-loss-function
def loss_at(f, x, upstream):
    return np.tensordot(f(x), upstream, np.ndim(upstream))


def numerical_gradient(f, x, upstream, h=1e-05):
    x = np.asarray(x, "float64")
    grad = np.zeros_like(x)
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        grad.flat[i] = 0.5 * (loss_at(f, x + step, upstream) - loss_at(f, x - step, upstream)) / h
    return grad


# %% conv2d-backward: windows
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    p, s = padding, stride
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    rows, columns = slice(i * s, i * s + KH), slice(j * s, j * s + KW)
                    dw[f] += dout[n, f, i, j] * xp[n, :, rows, columns]
                    dxp[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    return dxp[:, :, p : p + H, p : p + W], dw, dout.sum(axis=(0, 2, 3))


# %% conv2d-backward: one-multiplication-at-a-time
def conv2d_backward(dout, x, w, stride=1, padding=0):
    dx = np.zeros(x.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(w.shape[0])
    _, C, H, W = x.shape
    _, _, KH, KW = w.shape
    for (n, f, i, j), error in np.ndenumerate(dout):
        db[f] += error
        for k in range(KH):
            for l in range(KW):
                r, c = i * stride + k - padding, j * stride + l - padding
                if r < 0 or r >= H or c < 0 or c >= W:
                    continue
                for channel in range(C):
                    dw[f, channel, k, l] += error * x[n, channel, r, c]
                    dx[n, channel, r, c] += error * w[f, channel, k, l]
    return [dx, dw, db]


# %% conv2d-backward: loops-over-taps
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    xp[:, :, padding : padding + H, padding : padding + W] = x
    dxp = np.zeros(xp.shape)
    dw = np.zeros((F, C, KH, KW))
    for k in range(KH):
        for l in range(KW):
            where = (..., slice(k, k + stride * (OH - 1) + 1, stride), slice(l, l + stride * (OW - 1) + 1, stride))
            dw[:, :, k, l] = np.tensordot(dout, xp[where], axes=([0, 2, 3], [0, 2, 3]))
            dxp[where] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, np.einsum("nfij->f", dout)


# %% conv2d-backward: sliding-windows-and-flip
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    view = np.lib.stride_tricks.sliding_window_view(xp, (KH, KW), axis=(2, 3))
    dw = np.einsum("nfij,ncijkl->fckl", dout, view[:, :, ::stride, ::stride])
    # dx: dilate the error, pad it, correlate it with the kernel turned by 180 degrees
    wide = np.zeros((N, F, H + 2 * padding + KH - 1, W + 2 * padding + KW - 1), dout.dtype)
    inner = wide[:, :, KH - 1 :, KW - 1 :]
    inner[:, :, : stride * OH : stride, : stride * OW : stride] = dout
    wide = wide[:, :, padding : padding + H + KH - 1, padding : padding + W + KW - 1]
    seen = np.lib.stride_tricks.sliding_window_view(wide, (KH, KW), axis=(2, 3))
    dx = np.einsum("nfijkl,fckl->ncij", seen, np.rot90(w, 2, axes=(2, 3)))
    return dx, dw, dout.sum((0, 2, 3))


# %% conv2d-backward: columns-and-add-at
def patch_indices(channels, kernel, out, stride):
    c = np.repeat(np.arange(channels), kernel[0] * kernel[1])
    k = np.tile(np.repeat(np.arange(kernel[0]), kernel[1]), channels)
    l = np.tile(np.arange(kernel[1]), kernel[0] * channels)
    i = stride * np.repeat(np.arange(out[0]), out[1])
    j = stride * np.tile(np.arange(out[1]), out[0])
    return c[:, None], k[:, None] + i, l[:, None] + j


def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, W = x.shape
    F = w.shape[0]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    c, r, s = patch_indices(C, w.shape[2:], dout.shape[2:], stride)
    columns = xp[:, c, r, s]
    flat = dout.reshape(N, F, -1)
    dw = (flat @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dxp = np.zeros_like(xp)
    np.add.at(dxp, (slice(None), c, r, s), w.reshape(F, -1).T @ flat)
    H2, W2 = xp.shape[2:]
    return dxp[:, :, padding : H2 - padding, padding : W2 - padding], dw, flat.sum(axis=(0, 2))


# %% conv2d-backward: fourier-transforms
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    size = (H + 2 * padding + KH, W + 2 * padding + KW)
    spread = np.zeros((N, F, (OH - 1) * stride + 1, (OW - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = dout
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    error = np.fft.rfft2(spread, size)
    full = np.fft.irfft2(np.einsum("nfuv,fcuv->ncuv", error, np.fft.rfft2(w, size)), size)
    kernels = np.fft.irfft2(np.einsum("nfuv,ncuv->fcuv", error.conj(), np.fft.rfft2(xp, size)), size)
    return full[:, :, padding : padding + H, padding : padding + W], kernels[:, :, :KH, :KW], dout.sum((0, 2, 3))


# %% conv2d-backward: float32-inside
def conv2d_backward(dout, x, w, stride=1, padding=0):
    d, a, v = (np.ascontiguousarray(array, dtype=np.float32) for array in (dout, x, w))
    N, C, H, W = a.shape
    F, _, KH, KW = v.shape
    out = d.shape[2:]
    ap = np.pad(a, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    da, dv = np.zeros_like(ap), np.zeros_like(v)
    for i, j in np.ndindex(*out):
        top, left = stride * i, stride * j
        error = d[:, :, i, j]
        patch = ap[:, :, top : top + KH, left : left + KW].reshape(N, -1)
        dv += (error.T @ patch).reshape(v.shape)
        da[:, :, top : top + KH, left : left + KW] += (error @ v.reshape(F, -1)).reshape(N, C, KH, KW)
    if padding > 0:
        da = da[:, :, padding:-padding, padding:-padding]
    return da, dv, d.sum(axis=3).sum(axis=2).sum(axis=0)


# %% conv2d-backward: one-unit-at-a-time
def conv2d_backward(dout, x, w, stride=1, padding=0):
    b = np.zeros(len(w), w.dtype)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for pixel in np.ndindex(x.shape[1:]):
        unit = np.zeros_like(x[:1])
        unit[0][pixel] = 1
        dx[(..., *pixel)] = np.sum(dout * conv2d_forward(unit, w, b, stride, padding), axis=(1, 2, 3))
    for weight in np.ndindex(w.shape[1:]):
        unit = np.zeros_like(w[:1])
        unit[0][weight] = 1
        dw[(..., *weight)] = np.sum(dout * conv2d_forward(x, unit, b[:1], stride, padding), axis=(0, 2, 3))
    return dx, dw, dout.sum(axis=(0, 2, 3))


# %% unflipped-case: kernel-with-a-corner
def unflipped_case():
    return np.array([[1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])


# %% unflipped-case: ascending-kernel
def unflipped_case():
    return np.arange(6.0).reshape(2, 3) + 1, np.arange(4.0).reshape(2, 2)


# %% unflipped-case: edge-detector
def unflipped_case():
    return np.ones((3, 4)), np.array([[-1.0, 1.0]])


# %% unflipped-case: random-arrays
def unflipped_case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 4)), rng.normal(size=(3, 2))


# %% unflipped-case: nested-lists
def unflipped_case():
    return [[2.0, 0.0], [0.0, 1.0]], [[1.0, 2.0, 3.0]]


# %% unflipped-mend: turned-by-180-degrees
def input_gradient(dout, w):
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    turned = np.rot90(w, 2)
    dx = np.zeros((dout.shape[0] + KH - 1, dout.shape[1] + KW - 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * turned)
    return dx


# %% unflipped-mend: stamps
def input_gradient(dout, w):
    dx = np.zeros((dout.shape[0] + w.shape[0] - 1, dout.shape[1] + w.shape[1] - 1))
    for (i, j), error in np.ndenumerate(dout):
        dx[i : i + w.shape[0], j : j + w.shape[1]] += error * w
    return dx


# %% unflipped-mend: shifted-errors
def input_gradient(dout, w):
    KH, KW = w.shape
    return sum(w[k, l] * np.pad(dout, ((k, KH - 1 - k), (l, KW - 1 - l))) for k in range(KH) for l in range(KW))


# %% unflipped-mend: fourier-transforms
def input_gradient(dout, w):
    size = (dout.shape[0] + w.shape[0] - 1, dout.shape[1] + w.shape[1] - 1)
    return np.fft.irfft2(np.fft.rfft2(dout, size) * np.fft.rfft2(w, size), size)


# %% unflipped-mend: rows-by-np-convolve
def input_gradient(dout, w):
    dx = np.zeros((len(dout) + len(w) - 1, dout.shape[1] + w.shape[1] - 1))
    for i, errors in enumerate(dout):
        for k, row in enumerate(w):
            dx[i + k] += np.convolve(errors, row)
    return dx


# %% unflipped-mend: given-forward-pass
def input_gradient(dout, w):
    reach = ((w.shape[0] - 1,) * 2, (w.shape[1] - 1,) * 2)
    image = np.pad(dout, reach)[None, None]
    return conv2d_forward(image, np.flip(w)[None, None], np.zeros(1, w.dtype))[0, 0]


# %% conv-matrix: entry-by-entry
def conv_matrix(w, input_shape, stride=1, padding=0):
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = (H + 2 * padding - KH) // stride + 1
    OW = (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F * OH * OW, C * H * W))
    for f in range(F):
        for i in range(OH):
            for j in range(OW):
                row = (f * OH + i) * OW + j
                for c in range(C):
                    for k in range(KH):
                        for l in range(KW):
                            r, s = i * stride + k - padding, j * stride + l - padding
                            if 0 <= r < H and 0 <= s < W:
                                matrix[row, (c * H + r) * W + s] = w[f, c, k, l]
    return matrix


# %% conv-matrix: units-through-the-forward-pass
def conv_matrix(w, input_shape, stride=1, padding=0):
    size = int(np.prod(input_shape))
    b = np.zeros(len(w), w.dtype)
    columns = []
    for i in range(size):
        unit = np.zeros(size, w.dtype)
        unit[i] = 1
        columns.append(conv2d_forward(unit.reshape(1, *input_shape), w, b, stride, padding).ravel())
    return np.stack(columns, axis=1)


# %% conv-matrix: windows-on-padded-images
def conv_matrix(w, input_shape, stride=1, padding=0):
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    HP, WP = H + 2 * padding, W + 2 * padding
    rows = []
    for f in range(F):
        for i in range(0, HP - KH + 1, stride):
            for j in range(0, WP - KW + 1, stride):
                image = np.zeros((C, HP, WP))
                image[:, i : i + KH, j : j + KW] = w[f]
                rows.append(image[:, padding : padding + H, padding : padding + W].ravel())
    return np.array(rows)


# %% conv-matrix: products-of-toeplitz-factors
def conv_matrix(w, input_shape, stride=1, padding=0):
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    down = np.stack([np.eye(H + 2 * padding, k=k)[:, : H + 2 * padding] for k in range(KH)])
    down = down[:, : H + 2 * padding - KH + 1 : stride, padding : padding + H]
    across = np.stack([np.eye(W + 2 * padding, k=l) for l in range(KW)])
    across = across[:, : W + 2 * padding - KW + 1 : stride, padding : padding + W]
    blocks = np.einsum("fckl,kih,ljv->fijchv", w, down, across)
    return blocks.reshape(F * down.shape[1] * across.shape[1], C * H * W)


# %% conv-matrix: numbered-pixels
def conv_matrix(w, input_shape, stride=1, padding=0):
    F, C, KH, KW = w.shape
    number = np.arange(np.prod(input_shape)).reshape(input_shape)
    number = np.pad(number, ((0, 0), (padding, padding), (padding, padding)), constant_values=-1)
    patches = np.lib.stride_tricks.sliding_window_view(number, (KH, KW), axis=(1, 2))[:, ::stride, ::stride]
    OH, OW = patches.shape[1:3]
    matrix = np.zeros((F * OH * OW, int(np.prod(input_shape)) + 1))  # padding goes to one more column
    for f in range(F):
        for i in range(OH):
            for j in range(OW):
                np.add.at(matrix[f * OH * OW + i * OW + j], patches[:, i, j].ravel(), w[f].ravel())
    return matrix[:, :-1]


# %% conv-transpose2d: stamps
def conv_transpose2d(y, w, stride=1, padding=0):
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    H, W = (OH - 1) * stride + KH, (OW - 1) * stride + KW
    x = np.zeros((N, C, H, W))
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += y[n, f, i, j] * w[f]
    return x[:, :, padding : H - padding, padding : W - padding]


# %% conv-transpose2d: loops-over-taps
def conv_transpose2d(y, w, stride=1, padding=0):
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), dtype=y.dtype)
    for k in range(KH):
        for l in range(KW):
            share = np.tensordot(y, w[:, :, k, l], axes=(1, 0)).transpose(0, 3, 1, 2)
            x[:, :, k : k + stride * OH : stride, l : l + stride * OW : stride][:, :, :OH, :OW] += share
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


# %% conv-transpose2d: dilated-and-correlated-with-the-flipped-kernel
def conv_transpose2d(y, w, stride=1, padding=0):
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    spread = np.zeros((N, F, (OH - 1) * stride + 1, (OW - 1) * stride + 1), y.dtype)
    spread[..., ::stride, ::stride] = y
    above, beside = KH - 1 - padding, KW - 1 - padding
    spread = np.pad(spread, ((0, 0), (0, 0), (above, above), (beside, beside)))
    turned = np.ascontiguousarray(w[:, :, ::-1, ::-1].swapaxes(0, 1))
    return conv2d_forward(spread, turned, np.zeros(C, w.dtype))


# %% conv-transpose2d: transposed-matrix
def conv_transpose2d(y, w, stride=1, padding=0):
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    H, W = (OH - 1) * stride + KH - 2 * padding, (OW - 1) * stride + KW - 2 * padding
    matrix = np.zeros((F, OH, OW, C, H, W), np.float32)
    for i, j, k, l in np.ndindex(OH, OW, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if r in range(H) and s in range(W):
            matrix[:, i, j, :, r, s] = w[:, :, k, l]
    matrix = matrix.reshape(F * OH * OW, C * H * W)
    return (matrix.T @ y.reshape(N, -1).T).T.reshape(N, C, H, W)


# %% conv-transpose2d: fourier-transforms
def full_convolution(a, b):
    size = (a.shape[0] + b.shape[0] - 1, a.shape[1] + b.shape[1] - 1)
    return np.fft.ifft2(np.fft.fft2(a, size) * np.fft.fft2(b, size)).real


def conv_transpose2d(y, w, stride=1, padding=0):
    result = []
    for image in y:
        channels = []
        for c in range(w.shape[1]):
            total = 0
            for f in range(w.shape[0]):
                spread = np.zeros([(n - 1) * stride + 1 for n in image[f].shape])
                spread[::stride, ::stride] = image[f]
                total = total + full_convolution(spread, w[f, c])
            H, W = total.shape
            channels.append(total[padding : H - padding, padding : W - padding])
        result.append(channels)
    return result


# %% learning-rate-case: two-layers-of-ones
def learning_rate_case():
    return np.ones((1, 1, 1, 1)), np.arange(9.0).reshape(1, 1, 3, 3), np.ones((2, 1, 1, 2, 2)), 0.1


# %% learning-rate-case: kernels-of-one-entry
def learning_rate_case():
    return np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2)), np.full((3, 1, 1, 1, 1), 2.0), 0.5


# %% learning-rate-case: random-stack
def learning_rate_case():
    rng = np.random.default_rng(1)
    return rng.normal(size=(2, 2, 2, 3)), rng.normal(size=(2, 2, 4, 5)), rng.normal(size=(2, 2, 2, 2, 2)), 0.25


# %% learning-rate-case: large-learning-rate
def learning_rate_case():
    return np.ones((1, 1, 2, 2)), np.eye(4)[None, None], np.ones((2, 1, 1, 2, 2)), 3


# %% learning-rate-case: nested-lists
def learning_rate_case():
    return [[[[1.0]]]], [[[[1.0, 2.0, 3.0]]]], [[[[[1.0, 2.0]]]], [[[[3.0, 4.0]]]]], 0.1


# %% learning-rate-mend: layer-by-layer
def descend(dout, x, kernels, lr):
    KH, KW = kernels.shape[3:]
    inputs = [x]
    for w in kernels[:-1]:
        view = np.lib.stride_tricks.sliding_window_view(inputs[-1], (KH, KW), axis=(2, 3))
        inputs.append(np.einsum("ncijkl,fckl->nfij", view, w))
    updated = kernels.copy()
    for layer in range(len(kernels) - 1, -1, -1):
        view = np.lib.stride_tricks.sliding_window_view(inputs[layer], (KH, KW), axis=(2, 3))
        updated[layer] -= lr * np.einsum("nfij,ncijkl->fckl", dout, view)
        below = np.zeros_like(inputs[layer])
        OH, OW = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                share = np.einsum("nfij,fc->ncij", dout, kernels[layer][:, :, k, l])
                below[:, :, k : k + OH, l : l + OW] += share
        dout = below
    return updated


# %% learning-rate-mend: gradients-first-steps-last
def two_gradients(dout, x, w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    KH, KW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        dw[f] += dout[n, f, i, j] * x[n, :, i : i + KH, j : j + KW]
        dx[n, :, i : i + KH, j : j + KW] += dout[n, f, i, j] * w[f]
    return dx, dw


def descend(dout, x, kernels, lr):
    inputs = [x]
    for w in kernels[:-1]:
        inputs.append(conv2d_forward(inputs[-1], w, np.zeros(len(w))))
    gradients = []
    for image, w in zip(reversed(inputs), reversed(kernels), strict=True):
        dout, dw = two_gradients(dout, image, w)
        gradients.insert(0, dw)
    return [w - lr * dw for w, dw in zip(kernels, gradients, strict=True)]


# %% learning-rate-mend: recursion
def two_gradients(dout, x, w):
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    KH, KW = w.shape[2:]
    for n, f, i, j in np.ndindex(dout.shape):
        dw[f] += dout[n, f, i, j] * x[n, :, i : i + KH, j : j + KW]
        dx[n, :, i : i + KH, j : j + KW] += dout[n, f, i, j] * w[f]
    return dx, dw


def descend(dout, x, kernels, lr):
    def down(x, layer):
        """Returns the error of this layer's input."""
        if layer == len(kernels):
            return dout
        out = conv2d_forward(x, kernels[layer], np.zeros(kernels.shape[1]))
        dx, dw = two_gradients(down(out, layer + 1), x, kernels[layer])
        steps[layer] = lr * dw
        return dx

    steps = np.zeros(kernels.shape)
    down(x, 0)
    return kernels - steps


# %% learning-rate-mend: one-unit-at-a-time
def descend(dout, x, kernels, lr):
    L, C = kernels.shape[:2]
    b = np.zeros(C)
    gradient = np.zeros(kernels.shape)
    for index in np.ndindex(kernels.shape):
        signal = x
        for layer in range(L):
            w = kernels[layer]
            if layer == index[0]:
                w = np.zeros(w.shape)
                w[index[1:]] = 1.0
            signal = conv2d_forward(signal, w, b)
        gradient[index] = np.sum(signal * dout)
    return kernels - lr * gradient


# %% learning-rate-mend: errors-scaled-once-at-the-end
def descend(dout, x, kernels, lr):
    KH, KW = kernels.shape[3:]
    inputs = [x]
    for w in kernels[:-1]:
        inputs.append(conv2d_forward(inputs[-1], w, np.zeros(len(w))))
    error = lr * dout
    updated = []
    for image, w in zip(inputs[::-1], kernels[::-1], strict=True):
        OH, OW = error.shape[2:]
        dw, dx = np.empty(w.shape), np.zeros(image.shape)
        for k, l in np.ndindex(KH, KW):
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", error, image[:, :, k : k + OH, l : l + OW])
            dx[:, :, k : k + OH, l : l + OW] += np.einsum("nfij,fc->ncij", error, w[:, :, k, l])
        updated.append(w - dw)
        error = dx
    return np.stack(updated[::-1])


# %% conv2d-backward-pair: loops-over-taps
def conv2d_backward_pair(dout, x, w, stride, padding):
    H, W = x.shape[2:]
    F, C, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(KH):
        for l in range(KW):
            rows, columns = slice(k, k + sh * (OH - 1) + 1, sh), slice(l, l + sw * (OW - 1) + 1, sw)
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dout, xp[:, :, rows, columns])
            dxp[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


# %% conv2d-backward-pair: windows
def conv2d_backward_pair(dout, x, w, stride, padding):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    sh, sw = stride
    ph, pw = padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(F)
    for (n, f, i, j), error in np.ndenumerate(dout):
        top, left = i * sh, j * sw
        dw[f] += error * xp[n, :, top : top + KH, left : left + KW]
        dxp[n, :, top : top + KH, left : left + KW] += error * w[f]
        db[f] += error
    return dxp[:, :, ph : H + ph, pw : W + pw], dw, db


# %% conv2d-backward-pair: sliding-windows
def conv2d_backward_pair(dout, x, w, stride, padding):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    patches = np.lib.stride_tricks.sliding_window_view(xp, (KH, KW), axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    dw = np.einsum("nfij,ncijkl->fckl", dout, patches, optimize=True)
    full = np.zeros((N, C, H + 2 * padding[0], W + 2 * padding[1]), x.dtype)
    shares = np.einsum("nfij,fckl->ncijkl", dout, w, optimize=True)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride[0], j * stride[1]
            full[:, :, top : top + KH, left : left + KW] += shares[:, :, i, j]
    return full[:, :, padding[0] : padding[0] + H, padding[1] : padding[1] + W], dw, dout.sum((0, 2, 3))


# %% conv2d-backward-pair: fourier-transforms
def conv2d_backward_pair(dout, x, w, stride, padding):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    (sh, sw), (ph, pw) = stride, padding
    spread = np.zeros((N, F, (dout.shape[2] - 1) * sh + 1, (dout.shape[3] - 1) * sw + 1))
    spread[:, :, ::sh, ::sw] = dout
    size = (H + 2 * ph + KH, W + 2 * pw + KW)
    error = np.fft.fft2(spread, size)
    image = np.fft.fft2(np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))), size)
    dx = np.fft.ifft2((error[:, :, None] * np.fft.fft2(w, size)).sum(axis=1)).real
    dw = np.fft.ifft2((error.conj()[:, :, None] * image[:, None]).sum(axis=0)).real
    return dx[:, :, ph : ph + H, pw : pw + W], dw[:, :, :KH, :KW], dout.sum(axis=(0, 2, 3))


# %% conv2d-backward-pair: one-matrix-per-axis
def axis_matrix(size, kernel, out, stride, padding):
    """taps[k, i, h] is 1 where tap k of window i meets pixel h."""
    taps = np.zeros((kernel, out, size), np.float32)
    for k in range(kernel):
        for i in range(out):
            h = i * stride + k - padding
            if 0 <= h < size:
                taps[k, i, h] = 1
    return taps


def conv2d_backward_pair(dout, x, w, stride, padding):
    geometry = zip(x.shape[2:], w.shape[2:], dout.shape[2:], stride, padding, strict=True)
    down, across = (axis_matrix(*axis) for axis in geometry)
    dx = np.einsum("nfij,fckl,kih,ljv->nchv", dout, w, down, across, optimize=True)
    dw = np.einsum("nfij,nchv,kih,ljv->fckl", dout, x, down, across, optimize=True)
    return dx, dw, np.add.reduce(dout, axis=(0, 2, 3))
