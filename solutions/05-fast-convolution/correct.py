"""Correct answers of lesson 05, written differently: none may lose a mark."""


# %% im2col: loop-over-taps
def im2col(x, kernel_size, stride=1, padding=0):
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size, kernel_size)
    kh, kw = kernel_size
    N, C, H, W = x.shape
    OH, OW = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    cols = np.empty((N, C, kh, kw, OH, OW), x.dtype)
    for u in range(kh):
        for v in range(kw):
            bottom, right = u + stride * (OH - 1) + 1, v + stride * (OW - 1) + 1
            cols[:, :, u, v] = padded[:, :, u:bottom:stride, v:right:stride]
    return cols.reshape(N, C * kh * kw, OH * OW)


# %% im2col: view-of-windows
def im2col(x, kernel_size, stride=1, padding=0):
    size = (kernel_size,) * 2 if np.isscalar(kernel_size) else tuple(kernel_size)
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, OH, OW = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * size[0] * size[1], OH * OW)


# %% im2col: index-arrays
def im2col(x, kernel_size, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2).tolist()
    N, C, H, W = x.shape
    OH, OW = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    padded = np.pad(x, ((0,), (0,), (padding,), (padding,)))
    k = np.repeat(np.arange(C), kh * kw).reshape(-1, 1)
    i = np.tile(np.repeat(np.arange(kh), kw), C).reshape(-1, 1) + stride * np.repeat(np.arange(OH), OW)
    j = np.tile(np.arange(kw), kh * C).reshape(-1, 1) + stride * np.tile(np.arange(OW), OH)
    return padded[:, k, i, j]


# %% im2col: seven-loops-over-lists
def im2col(x, kernel_size, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x.shape
    rows = range(-padding, H + padding - kh + 1, stride)
    columns = range(-padding, W + padding - kw + 1, stride)
    pictures = []
    for image in x.tolist():
        picture = []
        for plane in image:
            for u in range(kh):
                for v in range(kw):
                    picture.append(
                        [
                            plane[r + u][q + v] if 0 <= r + u < H and 0 <= q + v < W else 0.0
                            for r in rows
                            for q in columns
                        ]
                    )
        pictures.append(picture)
    return pictures


# %% im2col: strided-memory-in-float32
def im2col(x, kernel_size, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    x = np.pad(x.astype(np.float32), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    N, C, H, W = x.shape
    a, c, r, q = x.strides
    OH, OW = 1 + (H - kh) // stride, 1 + (W - kw) // stride
    windows = np.lib.stride_tricks.as_strided(
        x, (N, C, kh, kw, OH, OW), (a, c, r, q, r * stride, q * stride), writeable=False
    )
    return windows.reshape(N, C * kh * kw, OH * OW).copy()


# %% im2col: columns-gathered-in-a-list
def places_of(length, size, step):
    return range(0, length - size + 1, step)


def im2col(x, kernel_size, stride=1, padding=0):
    try:
        kh, kw = kernel_size
    except TypeError:
        kh = kw = kernel_size
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = [
        x[:, :, h : h + kh, w : w + kw].reshape(len(x), -1)
        for h in places_of(x.shape[2], kh, stride)
        for w in places_of(x.shape[3], kw, stride)
    ]
    return np.stack(columns, axis=-1)


# %% col2im: loop-over-taps
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size, kernel_size)
    kh, kw = kernel_size
    N, C, H, W = x_shape
    OH, OW = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    taps = cols.reshape(N, C, kh, kw, OH, OW)
    padded = np.zeros((N, C, H + 2 * padding + stride - 1, W + 2 * padding + stride - 1), cols.dtype)
    for u in range(kh):
        for v in range(kw):
            padded[:, :, u : u + stride * OH : stride, v : v + stride * OW : stride] += taps[:, :, u, v]
    return padded[:, :, padding : H + padding, padding : W + padding]


# %% col2im: add-at-index-arrays
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    kh, kw = np.broadcast_to(kernel_size, 2).tolist()
    N, C, H, W = x_shape
    OH, OW = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    k = np.repeat(np.arange(C), kh * kw).reshape(-1, 1)
    i = np.tile(np.repeat(np.arange(kh), kw), C).reshape(-1, 1) + stride * np.repeat(np.arange(OH), OW)
    j = np.tile(np.arange(kw), kh * C).reshape(-1, 1) + stride * np.tile(np.arange(OW), OH)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    np.add.at(padded, (slice(None), k, i, j), cols)
    return padded[:, :, padding : H + padding, padding : W + padding].copy()


# %% col2im: counted-bins
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x_shape
    number = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=int)
    number[:, :, padding : padding + H, padding : padding + W] = np.arange(1, N * C * H * W + 1).reshape(x_shape)
    windows = np.lib.stride_tricks.sliding_window_view(number, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    places = windows.transpose(0, 1, 4, 5, 2, 3).reshape(cols.shape)
    return np.bincount(places.ravel(), weights=cols.ravel(), minlength=N * C * H * W + 1)[1:].reshape(x_shape)


# %% col2im: pixel-by-pixel-only-those-inside
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x_shape
    OW = (W + 2 * padding - kw) // stride + 1
    x = np.zeros(x_shape)
    for row in range(cols.shape[1]):
        c, tap = divmod(row, kh * kw)
        u, v = divmod(tap, kw)
        for place in range(cols.shape[2]):
            i, j = divmod(place, OW)
            h, q = i * stride + u - padding, j * stride + v - padding
            if 0 <= h < H and 0 <= q < W:
                x[:, c, h, q] += cols[:, row, place]
    return x


# %% col2im: sum-of-shifted-canvases-in-float32
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    N, C, H, W = x_shape
    OH, OW = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    taps = cols.astype(np.float32).reshape(N, C, kh * kw, OH, OW)
    total = 0
    for t in range(kh * kw):
        u, v = t // kw, t % kw
        canvas = np.zeros((N, C, H + 2 * padding, W + 2 * padding), np.float32)
        canvas[:, :, u : u + stride * (OH - 1) + 1 : stride, v : v + stride * (OW - 1) + 1 : stride] = taps[:, :, t]
        total = total + canvas
    if padding:
        total = total[:, :, padding:-padding, padding:-padding]
    return total


# %% col2im: matrix-of-im2col-transposed
def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    N, C, H, W = x_shape
    units = np.eye(H * W).reshape(H * W, 1, H, W)
    matrix = im2col(units, kernel_size, stride, padding).reshape(H * W, -1)
    return (cols.reshape(N, C, -1) @ matrix.T).reshape(x_shape)


# %% conv2d-columns: einsum-over-columns
def conv2d_columns(x, w, b, stride=1, padding=0):
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride, padding)
    OH = (x.shape[2] + 2 * padding - KH) // stride + 1
    out = np.einsum("fk,nkp->nfp", w.reshape(F, -1), cols) + b.reshape(1, -1, 1)
    return out.reshape(len(x), F, OH, -1)


# %% conv2d-columns: all-images-in-one-product
def conv2d_columns(x, w, b, stride=1, padding=0):
    N, (F, C, KH, KW) = len(x), w.shape
    OH, OW = [(n + 2 * padding - k) // stride + 1 for n, k in zip(x.shape[2:], (KH, KW))]
    cols = im2col(x, (KH, KW), stride, padding).transpose(1, 0, 2).reshape(C * KH * KW, -1)
    out = w.reshape(F, -1) @ cols + b[:, None]
    return out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)


# %% conv2d-columns: image-by-image
def conv2d_columns(x, w, b, stride=1, padding=0):
    images = []
    for image in x:
        cols = im2col(image[None], w.shape[2:], stride, padding)[0]
        rows = cols.T @ w.reshape(len(w), -1).T + b
        OH = (image.shape[1] + 2 * padding - w.shape[2]) // stride + 1
        images.append(rows.T.reshape(len(w), OH, rows.shape[0] // OH))
    return np.array(images)


# %% conv2d-columns: tensordot-over-windows
def conv2d_columns(x, w, b, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.moveaxis(np.tensordot(windows, w, ((1, 4, 5), (1, 2, 3))) + b, -1, 1)


# %% conv2d-columns: columns-of-its-own
def conv2d_columns(x, w, b, stride=1, padding=0):
    F, C, KH, KW = w.shape
    N, _, H, W = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    starts = [
        (h, q) for h in range(0, H + 2 * padding - KH + 1, stride) for q in range(0, W + 2 * padding - KW + 1, stride)
    ]
    rows = np.stack([padded[:, :, h : h + KH, q : q + KW].reshape(N, -1) for h, q in starts], axis=1)
    out = rows @ w.reshape(F, -1).T + b
    OH = 1 + (H + 2 * padding - KH) // stride
    return np.swapaxes(out, 1, 2).reshape(N, F, OH, len(starts) // OH)


# %% conv2d-columns: bias-as-one-more-row-of-columns
def conv2d_columns(x, w, b, stride=1, padding=0):
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, padding=padding)
    N, _, P = cols.shape
    cols = np.concatenate([cols, np.ones((N, 1, P), cols.dtype)], axis=1)
    kernels = np.concatenate([w.reshape(F, -1), b[:, None]], axis=1)
    OW = (x.shape[3] + 2 * padding - KW) // stride + 1
    return (kernels @ cols).reshape(N, F, P // OW, OW)


# %% conv-nd-fft: complex-transforms
def conv_nd_fft(x, w):
    axes = range(2, x.ndim)
    shape = x.shape[2:]
    x_hat = np.fft.fftn(x, axes=axes)[:, None]
    w_hat = np.fft.fftn(w, shape, axes).conj()[None]
    out = np.fft.ifftn((x_hat * w_hat).sum(axis=2), axes=axes).real
    return out[(...,) + tuple(slice(n - k + 1) for n, k in zip(shape, w.shape[2:]))]


# %% conv-nd-fft: flipped-kernel-and-a-full-convolution
def conv_nd_fft(x, w):
    dims = x.ndim - 2
    axes = tuple(range(-dims, 0))
    w = np.flip(w, axes)
    full = [n + k - 1 for n, k in zip(x.shape[2:], w.shape[2:])]
    product = np.einsum("nc...,fc...->nf...", np.fft.rfftn(x, full, axes), np.fft.rfftn(w, full, axes))
    out = np.fft.irfftn(product, full, axes)
    return out[(..., *[slice(k - 1, n) for n, k in zip(x.shape[2:], w.shape[2:])])]


# %% conv-nd-fft: one-axis-after-another
def transform(a, shape):
    for axis, length in enumerate(shape, start=2):
        a = np.fft.fft(a, length, axis)
    return a


def conv_nd_fft(x, w):
    shape = x.shape[2:]
    spectra = transform(x, shape)[:, None] * np.conj(transform(w, shape))
    out = np.sum(spectra, axis=2)
    for axis in range(2, x.ndim):
        out = np.fft.ifft(out, axis=axis)
    for axis, k in enumerate(w.shape[2:], start=2):
        out = np.take(out, np.arange(shape[axis - 2] - k + 1), axis=axis)
    return np.real(out)


# %% conv-nd-fft: loops-over-kernels-and-channels-powers-of-two
def conv_nd_fft(x, w):
    size, kernel = x.shape[2:], w.shape[2:]
    long = [2 ** int(np.ceil(np.log2(n + k))) for n, k in zip(size, kernel)]
    axes = tuple(range(len(size)))
    keep = tuple(slice(0, n - k + 1) for n, k in zip(size, kernel))
    out = np.zeros((len(x), len(w), *[n - k + 1 for n, k in zip(size, kernel)]))
    for n in range(len(x)):
        for f in range(len(w)):
            for c in range(x.shape[1]):
                y = np.fft.ifftn(np.fft.fftn(x[n, c], long, axes) * np.conj(np.fft.fftn(w[f, c], long, axes)))
                out[n, f] += y.real[keep]
    return out


# %% conv-nd-fft: matrix-product-at-every-frequency
def conv_nd_fft(x, w):
    spatial = x.shape[2:]
    axes = tuple(range(2, x.ndim))
    x_hat, w_hat = (np.moveaxis(np.fft.rfftn(a, spatial, axes), (0, 1), (-2, -1)) for a in (x, w))
    out_hat = np.moveaxis(x_hat @ w_hat.conj().swapaxes(-1, -2), (-2, -1), (0, 1))
    out = np.fft.irfftn(out_hat, spatial, axes)
    for axis, (n, k) in enumerate(zip(spatial, w.shape[2:])):
        out = np.delete(out, np.s_[n - k + 1 :], axis=2 + axis)
    return out


# %% conv-nd-fft: conjugate-of-x-read-backwards
def conv_nd_fft(x, w):
    axes = tuple(range(2, x.ndim))
    spatial = x.shape[2:]
    mirrored = np.einsum("nc...,fc...->nf...", np.fft.fftn(x, axes=axes).conj(), np.fft.fftn(w, spatial, axes))
    out = np.fft.ifftn(mirrored, axes=axes).real
    for axis, (n, k) in enumerate(zip(spatial, w.shape[2:]), start=2):
        out = np.take(out, [-place % n for place in range(n - k + 1)], axis=axis)
    return out


# %% conv-nd-fft-backward: complex-transforms
def conv_nd_fft_backward(dout, x, w):
    axes = range(2, x.ndim)
    shape = x.shape[2:]
    d, a, k = (np.fft.fftn(array, shape, axes) for array in (dout, x, w))
    dx = np.fft.ifftn((d[:, :, None] * k[None]).sum(axis=1), axes=axes).real
    dw = np.fft.ifftn((d[:, :, None].conj() * a[:, None]).sum(axis=0), axes=axes).real
    return dx, dw[(...,) + tuple(slice(n) for n in w.shape[2:])]


# %% conv-nd-fft-backward: forward-function-on-other-arrays
def forward(x, w):
    axes = tuple(range(2, x.ndim))
    s = x.shape[2:]
    product = np.einsum("nc...,fc...->nf...", np.fft.rfftn(x, s, axes), np.fft.rfftn(w, s, axes).conj())
    return np.fft.irfftn(product, s, axes)[(..., *[slice(0, n - k + 1) for n, k in zip(s, w.shape[2:])])]


def conv_nd_fft_backward(dout, x, w):
    axes = tuple(range(2, x.ndim))
    around = [(0, 0), (0, 0)] + [(k - 1, k - 1) for k in w.shape[2:]]
    dx = forward(np.pad(dout, around), np.flip(w, axes).swapaxes(0, 1))
    dw = forward(x.swapaxes(0, 1), dout.swapaxes(0, 1)).swapaxes(0, 1)
    return dx, dw


# %% conv-nd-fft-backward: loops-over-images-kernels-and-channels
def conv_nd_fft_backward(dout, x, w):
    size = x.shape[2:]
    axes = tuple(range(len(size)))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    keep = tuple(slice(0, k) for k in w.shape[2:])
    for n in range(len(x)):
        for f in range(len(w)):
            error = np.fft.fftn(dout[n, f], size, axes)
            for c in range(x.shape[1]):
                dx[n, c] += np.fft.ifftn(error * np.fft.fftn(w[f, c], size, axes)).real
                dw[f, c] += np.fft.ifftn(np.conj(error) * np.fft.fftn(x[n, c])).real[keep]
    return [dx, dw]


# %% conv-nd-fft-backward: matrix-products-at-every-frequency
def conv_nd_fft_backward(dout, x, w):
    size = x.shape[2:]
    axes = tuple(range(2, x.ndim))
    d, a, k = (np.moveaxis(np.fft.rfftn(array, size, axes), (0, 1), (-2, -1)) for array in (dout, x, w))
    dx_hat = np.moveaxis(d @ k, (-2, -1), (0, 1))
    dw_hat = np.moveaxis(d.conj().swapaxes(-1, -2) @ a, (-2, -1), (0, 1))
    dx, dw = (np.fft.irfftn(spectrum, size, axes) for spectrum in (dx_hat, dw_hat))
    for axis, length in enumerate(w.shape[2:], start=2):
        dw = np.take(dw, range(length), axis=axis)
    return dx, dw


# %% conv-nd-fft-backward: room-to-spare-powers-of-two-in-float32
def conv_nd_fft_backward(dout, x, w):
    size = x.shape[2:]
    long = [2 ** int(np.ceil(np.log2(2 * n))) for n in size]
    axes = tuple(range(2, x.ndim))
    d, a, k = (np.fft.rfftn(array.astype(np.float32), long, axes) for array in (dout, x, w))
    dx = np.fft.irfftn(np.einsum("nf...,fc...->nc...", d, k), long, axes)
    dw = np.fft.irfftn(np.einsum("nf...,nc...->fc...", d.conj(), a), long, axes)
    inside = tuple(slice(0, n) for n in size)
    return dx[(..., *inside)], dw[(..., *(slice(0, n) for n in w.shape[2:]))]


# %% conv-nd-fft-backward: the-input-s-conjugate-read-backwards
def conv_nd_fft_backward(dout, x, w):
    size = x.shape[2:]
    axes = tuple(range(2, x.ndim))
    d, a, k = (np.fft.fftn(array, size, axes) for array in (dout, x, w))
    dx = np.fft.ifftn(np.einsum("nf...,fc...->nc...", d, k), axes=axes).real
    dw = np.fft.ifftn(np.einsum("nf...,nc...->fc...", d, a.conj()), axes=axes).real
    for axis, (n, length) in enumerate(zip(size, w.shape[2:]), start=2):
        dw = np.take(dw, [-place % n for place in range(length)], axis=axis)
    return dx, dw


# %% turned-mend: slices-of-step-1
def error_through_same(dout, w):
    return convolve(dout, w[tuple(slice(None, None, -1) for _ in w.shape)], "same")


# %% turned-mend: windows-of-the-padded-error
def error_through_same(dout, w):
    padded = np.pad(dout, [(k // 2, k // 2) for k in w.shape])
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape)
    return (windows * w).sum(axis=tuple(range(-w.ndim, 0)))


# %% turned-mend: flat-order-reversed
def error_through_same(dout, w):
    turned = w.ravel()[::-1].reshape(w.shape)
    return convolve(dout, turned, mode="same")


# %% turned-mend: middle-of-the-full-result
def error_through_same(dout, w):
    full = convolve(np.flip(w, axis=tuple(range(w.ndim))), dout, "full")
    return full[tuple(slice(k // 2, k // 2 + n) for n, k in zip(dout.shape, w.shape))]


# %% turned-mend: each-axis-by-itself
def error_through_same(dout, w):
    for axis in range(w.ndim):
        w = np.flip(w, axis=axis)
    return convolve(dout, w, "same")


# %% frame-mend: a-convolution-with-the-kernel-reversed
def error_through_valid(dout, w):
    return convolve(dout, np.flip(w), "full")


# %% frame-mend: padded-error-valid
def error_through_valid(dout, w):
    return correlate(np.pad(dout, [(k - 1, k - 1) for k in w.shape]), w, "valid")


# %% frame-mend: stamps-one-per-output
def error_through_valid(dout, w):
    dx = np.zeros([n + k - 1 for n, k in zip(dout.shape, w.shape)])
    stamp = np.flip(w)
    for place in np.ndindex(dout.shape):
        dx[tuple(slice(p, p + k) for p, k in zip(place, w.shape))] += dout[place] * stamp
    return dx


# %% frame-mend: by-fft
def error_through_valid(dout, w):
    size = [n + k - 1 for n, k in zip(dout.shape, w.shape)]
    axes = tuple(range(dout.ndim))
    product = np.fft.fftn(dout, size, axes) * np.fft.fftn(np.flip(w), size, axes)
    return np.fft.ifftn(product, axes=axes).real


# %% frame-mend: one-weight-after-another
def error_through_valid(dout, w):
    dx = 0
    for place in np.ndindex(w.shape):
        behind = [(k - 1 - p, p) for p, k in zip(place, w.shape)]
        dx = dx + np.pad(w[place] * dout, behind)
    return dx


# %% frozen-mend: products-of-the-other-weights
def chain_step(dout, x, weights, rates):
    total = (dout * x).sum()
    others = [np.prod([w for m, w in enumerate(weights) if m != layer]) for layer in range(len(weights))]
    return weights - rates * total * np.array(others)


# %% frozen-mend: gradients-first-then-all-steps-at-once
def chain_step(dout, x, weights, rates):
    inputs, h = [], x
    for w in weights:
        inputs.append(h)
        h = w * h
    gradients = []
    for w, h in zip(weights[::-1], inputs[::-1]):
        gradients.insert(0, float(dout @ h))
        dout = dout * w
    return weights - np.array(rates) * gradients


# %% frozen-mend: cumulative-products
def chain_step(dout, x, weights, rates):
    below = np.concatenate([[1.0], np.cumprod(weights)[:-1]])
    above = np.concatenate([np.cumprod(weights[::-1])[::-1][1:], [1.0]])
    return weights - rates * (dout @ x) * below * above


# %% frozen-mend: unit-weights
def chain_step(dout, x, weights, rates):
    new = []
    for layer, (w, rate) in enumerate(zip(weights, rates)):
        with_one = np.array(weights)
        with_one[layer] = 1
        out = x
        for factor in with_one:
            out = factor * out
        new.append(w - rate * (dout * out).sum())
    return new


# %% frozen-mend: recursion
def descend(x, weights, rates, dout):
    """New weights, and the error at the bottom."""
    if len(weights) == 0:
        return [], dout
    above, error = descend(weights[0] * x, weights[1:], rates[1:], dout)
    return [weights[0] - rates[0] * np.dot(error, x), *above], weights[0] * error


def chain_step(dout, x, weights, rates):
    return np.array(descend(x, weights, rates, dout)[0])


# %% windows-mend: convolution-with-the-error-reversed
def kernel_gradient(dout, x):
    return np.flip(convolve(x, np.flip(dout), "valid"))


# %% windows-mend: reversed-input
def kernel_gradient(dout, x):
    return convolve(x[(slice(None, None, -1),) * x.ndim], dout, "valid")


# %% windows-mend: window-by-window
def kernel_gradient(dout, x):
    dw = np.zeros([n - m + 1 for n, m in zip(x.shape, dout.shape)])
    for place in np.ndindex(dw.shape):
        window = x[tuple(slice(p, p + m) for p, m in zip(place, dout.shape))]
        dw[place] = (window * dout).sum()
    return dw[tuple(slice(None, None, -1) for _ in dw.shape)]


# %% windows-mend: one-output-after-another
def kernel_gradient(dout, x):
    shape = tuple(n - m + 1 for n, m in zip(x.shape, dout.shape))
    dw = np.zeros(shape)
    for place in np.ndindex(dout.shape):
        dw += dout[place] * np.flip(x[tuple(slice(p, p + k) for p, k in zip(place, shape))])
    return dw


# %% windows-mend: view-and-tensordot
def kernel_gradient(dout, x):
    windows = np.lib.stride_tricks.sliding_window_view(x, dout.shape)
    return np.flip(np.tensordot(windows, dout, axes=dout.ndim))


# %% turned-case: one-1-against-a-corner
def turned_case():
    w = np.zeros((3, 3))
    w[0, 1] = 1
    dout = np.zeros((3, 4))
    dout[1, 1] = 1
    return dout, w


# %% turned-case: random-numbers
def turned_case():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 7)), rng.normal(size=(5, 5))


# %% frame-case: ones-everywhere
def frame_case():
    return np.ones((3, 4)), np.array([[1.0, 2.0]])


# %% frame-case: signal-as-an-image
def frame_case():
    return np.ones((1, 5)), np.ones((1, 3))


# %% frozen-case: rates-below-and-above-one
def frozen_case():
    return np.array([1.0, -2.0]), np.array([3.0, 1.0]), np.array([1.0, 2.0, 0.5]), np.array([0.1, 0.2, 3.0])


# %% frozen-case: large-rate-on-top
def frozen_case():
    return np.ones(2), np.ones(2), np.array([2.0, 3.0]), np.array([1.0, 2.0])


# %% windows-case: corner-of-a-square
def windows_case():
    dout = np.zeros((3, 3))
    dout[0, 0] = 1
    return dout, np.arange(25.0).reshape(5, 5)


# %% windows-case: small-kernel
def windows_case():
    dout = np.zeros((2, 2))
    dout[1, 0] = -1
    return dout, np.arange(9.0).reshape(3, 3)


# %% columns-bytes: number-by-number
columns_bytes = 16 * 16 * 25 * 784 * np.dtype(float).itemsize

# %% columns-bytes: from-the-shape-of-the-output
OH = OW = (28 + 2 * 2 - 5) // 1 + 1
columns_bytes = 8 * 16 * (16 * 5**2) * OH * OW
