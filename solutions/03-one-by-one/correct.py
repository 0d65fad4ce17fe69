# %% conv1x1-forward: pixel-by-pixel
def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    out = np.zeros((N, w.shape[0], H, W))
    for n in range(N):
        for f in range(w.shape[0]):
            for i in range(H):
                for j in range(W):
                    total = b[f]
                    for c in range(x.shape[1]):
                        total += w[f, c] * x[n, c, i, j]
                    out[n, f, i, j] = total
    return out


# %% conv1x1-forward: einsum
def conv1x1_forward(x, w, b):
    return np.einsum("fc,nchw->nfhw", w, x) + b[None, :, None, None]


# %% conv1x1-forward: tensordot
def conv1x1_forward(x, w, b):
    return (np.tensordot(x, w, axes=([1], [1])) + b).transpose(0, 3, 1, 2)


# %% conv1x1-forward: matrix-product
def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    flat = w @ x.reshape(N, C, H * W) + b.reshape(-1, 1)
    return flat.reshape(N, -1, H, W)


# %% conv1x1-forward: table-of-pixels
def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    F = len(b)
    table = x.transpose(0, 2, 3, 1).reshape(-1, C)
    return (table @ w.T + b).reshape(N, H, W, F).transpose(0, 3, 1, 2)


# %% conv1x1-forward: weighted-sum
def conv1x1_forward(x, w, b):
    out = []
    for image in x:
        maps = []
        for f in range(len(w)):
            maps.append((w[f][:, None, None] * image).sum(axis=0) + b[f])
        out.append(maps)
    return np.array(out)


# %% conv1x1-forward: one-pixel-at-a-time
def linear(pixel, w, b):
    return np.dot(w, pixel) + b


def conv1x1_forward(x, w, b):
    N, C, H, W = x.shape
    out = np.empty((N, len(w), H, W), dtype=np.float32)
    for n, i, j in np.ndindex(N, H, W):
        out[n, :, i, j] = linear(x[n, :, i, j], w, b)
    return out


# %% conv1x1-forward: broadcast
def conv1x1_forward(x, w, b):
    products = x[:, None] * w[None, :, :, None, None]
    return products.sum(axis=2) + b[:, None, None]


# %% merge-1x1: dot
def merge_1x1(w1, b1, w2, b2):
    return np.dot(w2, w1), np.dot(w2, b1) + b2


# %% merge-1x1: einsum
def merge_1x1(w1, b1, w2, b2):
    w = np.einsum("fm,mc->fc", w2, w1)
    b = np.einsum("fm,m->f", w2, b1)
    return [w, b + b2]


# %% merge-1x1: loops
def merge_1x1(w1, b1, w2, b2):
    F, M, C = len(w2), len(w1), w1.shape[1]
    w, b = np.zeros((F, C)), np.zeros(F)
    for f in range(F):
        b[f] = b2[f]
        for m in range(M):
            b[f] += w2[f, m] * b1[m]
            for c in range(C):
                w[f, c] += w2[f, m] * w1[m, c]
    return w, b


# %% merge-1x1: try-it-on-unit-vectors
def merge_1x1(w1, b1, w2, b2):
    def both(v):
        return w2 @ (w1 @ v + b1) + b2

    zero = both(np.zeros(w1.shape[1]))
    columns = [both(unit) - zero for unit in np.eye(w1.shape[1])]
    return np.stack(columns, axis=1), zero


# %% merge-1x1: one-matrix
def merge_1x1(w1, b1, w2, b2):
    joined = w2 @ np.column_stack([w1, b1])
    return joined[:, :-1], joined[:, -1] + b2


# %% conv-cost: size-from-lesson-one
def output_size(n, k, stride, padding):
    return (n + 2 * padding - (k - 1) - 1) // stride + 1


def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    C, H, W = input_shape
    if type(kernel_size) is int:
        kernel_size = (kernel_size, kernel_size)
    kh, kw = kernel_size
    OH = output_size(H, kh, stride, padding)
    OW = output_size(W, kw, stride, padding)
    weights = out_channels * (C // groups) * kh * kw
    return weights + (out_channels if bias else 0), weights * OH * OW, out_channels * OH * OW


# %% conv-cost: counted-places
def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    C, H, W = input_shape
    kh, kw = (kernel_size,) * 2 if np.isscalar(kernel_size) else kernel_size
    places = 1
    for n, k in ((H, kh), (W, kw)):
        places *= len(range(0, n + 2 * padding - k + 1, stride))
    per_group = (out_channels // groups) * (C // groups) * kh * kw
    weights = groups * per_group
    parameters = weights + int(bias) * out_channels
    return parameters, places * weights, places * out_channels


# %% conv-cost: numpy-prod
def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    kernel = np.array([kernel_size, kernel_size] if np.ndim(kernel_size) == 0 else list(kernel_size), dtype=np.int64)
    size = (np.array(input_shape[1:], dtype=np.int64) + 2 * padding - kernel) // stride + 1
    w_shape = (out_channels, input_shape[0] // groups, *kernel)
    activations = np.prod([out_channels, *size])
    parameters = np.prod(w_shape) + out_channels * bias
    return parameters, activations * np.prod(w_shape[1:]), activations


# %% conv-cost: group-by-group
def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    C, H, W = input_shape
    try:
        kh, kw = kernel_size
    except TypeError:
        kh = kw = kernel_size
    OH = 1 + (H - kh + 2 * padding) // stride
    OW = 1 + (W - kw + 2 * padding) // stride
    parameters, multiply_adds, activations = 0, 0, 0
    for _ in range(groups):
        kernels, channels = out_channels // groups, C // groups
        parameters += kernels * channels * kh * kw
        multiply_adds += kernels * OH * OW * channels * kh * kw
        activations += kernels * OH * OW
    if bias:
        parameters += out_channels
    return [parameters, multiply_adds, activations]


# %% conv-cost: shape-of-an-array
import math


def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    C, H, W = input_shape
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    OH = math.floor((H + 2 * padding - kh) / stride) + 1
    OW = math.floor((W + 2 * padding - kw) / stride) + 1
    one_kernel = math.prod((C // groups, kh, kw))
    activations = math.prod((out_channels, OH, OW))
    return out_channels * (one_kernel + bool(bias)), activations * one_kernel, activations


# %% kept-for-backward: shapes-first
def kept_for_backward(input_shape, layers):
    shapes = [input_shape]
    for out_channels, k, s, p in layers:
        _, H, W = shapes[-1]
        shapes.append((out_channels, (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1))
    return sum(C * H * W for C, H, W in shapes[:-1])


# %% kept-for-backward: recursion
def kept_for_backward(input_shape, layers):
    if len(layers) == 0:
        return 0
    C, H, W = input_shape
    out_channels, k, s, p = layers[0]
    below = (out_channels, (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1)
    return C * H * W + kept_for_backward(below, layers[1:])


# %% kept-for-backward: with-conv-cost
def kept_for_backward(input_shape, layers):
    C, H, W = input_shape
    kept = C * H * W
    for out_channels, k, s, p in layers[:-1]:
        H, W = ((n + 2 * p - k) // s + 1 for n in (H, W))
        kept += conv_cost((out_channels, H, W), out_channels, 1)[2]
    return kept


# %% kept-for-backward: numpy
def kept_for_backward(input_shape, layers):
    shape = np.array(input_shape, dtype=np.int64)
    kept = 0
    for out_channels, k, s, p in layers:
        kept += np.prod(shape)
        shape[1:] = (shape[1:] + 2 * p - k) // s + 1
        shape[0] = out_channels
    return kept


# %% kept-for-backward: empty-arrays
def kept_for_backward(input_shape, layers):
    channels = [input_shape[0]] + [layer[0] for layer in layers]
    total = 0
    H, W = input_shape[1:]
    for number in range(len(layers)):
        total = total + channels[number] * H * W
        _, k, s, p = layers[number]
        H = len(range(0, H + 2 * p - k + 1, s))
        W = len(range(0, W + 2 * p - k + 1, s))
    return total


# %% receptive-field: from-the-output-down
def receptive_field(layers):
    first, last, stride = 0, 0, 1
    for k, s, p in reversed(layers):
        first = first * s - p
        last = last * s - p + k - 1
        stride *= s
    return last - first + 1, stride, first


# %% receptive-field: products-of-strides
def receptive_field(layers):
    strides = [1]
    for _, s, _ in layers:
        strides.append(strides[-1] * s)
    size = 1 + sum((k - 1) * j for (k, _, _), j in zip(layers, strides))
    start = -sum(p * j for (_, _, p), j in zip(layers, strides))
    return size, strides[-1], start


# %% receptive-field: follow-two-outputs
def receptive_field(layers):
    def seen(output):
        pixels = {output}
        for k, s, p in layers[::-1]:
            pixels = {i * s - p + u for i in pixels for u in range(k)}
        return min(pixels), max(pixels)

    first, last = seen(0)
    return last - first + 1, seen(1)[0] - first, first


# %% receptive-field: recursion
def receptive_field(layers):
    if not layers:
        return 1, 1, 0
    size, stride, start = receptive_field(layers[:-1])
    k, s, p = layers[-1]
    return size + (k - 1) * stride, stride * s, start - p * stride


# %% receptive-field: first-and-last-pixel
def receptive_field(layers):
    jump, first, last = 1, 0, 0
    for layer in layers:
        first = first - layer[2] * jump
        last = last + (layer[0] - 1 - layer[2]) * jump
        jump = jump * layer[1]
    return [last - first + 1, jump, first]


# %% top-down-mend: recursion
def receptive_size(layers):
    if not layers:
        return 1
    *below, (k, s, p) = layers

    def down(size, rest):
        for kernel, stride, _ in rest[::-1]:
            size = size * stride + kernel - stride
        return size

    return down(k, below)


# %% top-down-mend: last-kernel-first
def receptive_size(layers):
    if len(layers) == 0:
        return 1
    size = layers[-1][0]
    for kernel_size, stride, padding in layers[-2::-1]:
        size = (size - 1) * stride + kernel_size
    return size


# %% top-down-mend: steps-between
def receptive_size(layers):
    steps = 0
    for k, s, p in reversed(layers):
        steps = steps * s + k - 1
    return steps + 1


# %% top-down-mend: from-below
def receptive_size(layers):
    return receptive_field(layers)[0]


# %% top-down-mend: first-and-last
def receptive_size(layers):
    first = last = 0
    for k, s, p in list(layers)[::-1]:
        first, last = first * s - p, last * s - p + k - 1
    return last - first + 1


# %% bottleneck-numbers: computed
direct = conv_cost((256, 100, 100), 256, 3, padding=1)
squeeze = conv_cost((256, 100, 100), 64, 1)
spread = conv_cost((64, 100, 100), 256, 3, padding=1)
bottleneck_numbers = (direct[1], direct[2], squeeze[1] + spread[1], squeeze[2] + spread[2])


# %% bottleneck-numbers: by-hand
bottleneck_numbers = [
    100 * 100 * 3 * 3 * 256 * 256,
    100 * 100 * 256,
    100 * 100 * 256 * 64 + 100 * 100 * 9 * 64 * 256,
    100 * 100 * 64 + 100 * 100 * 256,
]


# %% googlenet-ratio: computed
plain = sum(conv_cost((192, 28, 28), f, k, padding=k // 2, bias=False)[0] for f, k in ((64, 1), (128, 3), (32, 5)))
reduced = (
    conv_cost((192, 28, 28), 64 + 96 + 16, 1, bias=False)[0]
    + conv_cost((96, 28, 28), 128, 3, bias=False)[0]
    + conv_cost((16, 28, 28), 32, 5, bias=False)[0]
)
googlenet_ratio = reduced / plain


# %% googlenet-ratio: three-decimals
googlenet_ratio = 0.406


# %% top-down-case: two-layers
def failing_case_top_down():
    return ([(3, 1, 0), (3, 2, 1)],)


# %% top-down-case: the-published-stack
def failing_case_top_down():
    layers = [(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)]
    return (layers,)
