"""Correct answers of lesson 06, written differently. `convgrade verify` runs each through the marked cells."""


# %% linear-layer: einsum
class Linear:
    def __init__(self, w, b):
        self.params, self.grads = dict(w=w, b=b), dict(w=None, b=None)

    def forward(self, x):
        self.saved = x
        return np.einsum("nj,ij->ni", x, self.params["w"]) + self.params["b"]

    def backward(self, dout):
        self.grads = {"w": np.einsum("ni,nj->ij", dout, self.saved), "b": np.einsum("ni->i", dout)}
        return np.einsum("ni,ij->nj", dout, self.params["w"])


# %% linear-layer: loops
class Linear:
    def __init__(self, w, b):
        self.params = {"w": w, "b": b}
        self.grads = {"w": np.zeros(w.shape), "b": np.zeros(b.shape)}

    def forward(self, x):
        self.x = x
        w, b = self.params["w"], self.params["b"]
        out = np.zeros((x.shape[0], w.shape[0]))
        for n in range(x.shape[0]):
            for i in range(w.shape[0]):
                out[n, i] = b[i]
                for j in range(w.shape[1]):
                    out[n, i] += x[n, j] * w[i, j]
        return out

    def backward(self, dout):
        w = self.params["w"]
        dw, db, dx = np.zeros(w.shape), np.zeros(w.shape[0]), np.zeros(self.x.shape)
        for n in range(dout.shape[0]):
            for i in range(w.shape[0]):
                db[i] += dout[n, i]
                for j in range(w.shape[1]):
                    dw[i, j] += dout[n, i] * self.x[n, j]
                    dx[n, j] += dout[n, i] * w[i, j]
        self.grads["w"], self.grads["b"] = dw, db
        return dx


# %% linear-layer: outer-products
class Linear:
    def __init__(self, w, b):
        self.params = {"w": w, "b": b}
        self.grads = {}

    def forward(self, x):
        self.x = x.copy()
        return np.array([self.params["w"].dot(one) + self.params["b"] for one in x])

    def backward(self, dout):
        self.grads["w"] = sum(np.outer(d, one) for d, one in zip(dout, self.x))
        self.grads["b"] = sum(dout)
        return np.stack([self.params["w"].T.dot(d) for d in dout])


# %% linear-layer: written-into-kept-arrays
class Linear:
    def __init__(self, w, b):
        self.params = {"w": w, "b": b}
        self.grads = {"w": np.empty(w.shape), "b": np.empty(b.shape)}

    def forward(self, x):
        self._x = x
        out = np.tensordot(x, self.params["w"], axes=(1, 1))
        out += self.params["b"]
        return out

    def backward(self, dout):
        self.grads["w"][...] = np.tensordot(dout, self._x, axes=(0, 0))
        np.sum(dout, axis=0, out=self.grads["b"])
        return np.tensordot(dout, self.params["w"], axes=(1, 0))


# %% linear-layer: ones-column
class Linear:
    def __init__(self, w, b):
        self.params = {"w": w, "b": b}
        self.grads = {}

    def forward(self, x):
        self.widened = np.hstack([x, np.ones((len(x), 1))])
        return self.widened @ np.column_stack([self.params["w"], self.params["b"]]).T

    def backward(self, dout):
        both = dout.T @ self.widened
        self.grads.update(w=both[:, :-1], b=both[:, -1])
        return np.matmul(dout, self.params["w"])


# %% relu-layer: maximum
class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * (self.x > 0)


# %% relu-layer: with-empty-dicts
class ReLU:
    def __init__(self):
        self.params, self.grads = {}, {}
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = np.array(dout)
        dx[self.mask] = 0
        return dx


# %% relu-layer: from-the-output
class ReLU:
    def forward(self, x):
        self.out = x * (x > 0)
        return self.out

    def backward(self, dout):
        return np.where(self.out != 0, dout, 0.0)


# %% relu-layer: half-of-the-sum
class ReLU:
    def forward(self, x):
        self.slope = np.heaviside(x, 0.0)
        return (x + np.abs(x)) / 2

    def backward(self, dout):
        return self.slope * dout


# %% relu-layer: loops
class ReLU:
    def forward(self, x):
        self.x = x
        out = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            if x[place] > 0:
                out[place] = x[place]
        return out

    def backward(self, dout):
        dx = np.zeros(dout.shape)
        for place in np.ndindex(dout.shape):
            if self.x[place] > 0:
                dx[place] = dout[place]
        return dx


# %% conv-layer: windows-and-einsum
class Conv2d:
    def __init__(self, w, b, stride=1, padding=0):
        self.params = {"w": w, "b": b}
        self.grads = {}
        self.stride, self.padding = stride, padding

    def forward(self, x):
        p, s = self.padding, self.stride
        w = self.params["w"]
        self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        view = np.lib.stride_tricks.sliding_window_view(self.padded, w.shape[2:], axis=(2, 3))
        self.windows = view[:, :, ::s, ::s]
        out = np.einsum("ncijuv,fcuv->nfij", self.windows, w)
        return out + self.params["b"][None, :, None, None]

    def backward(self, dout):
        p, s = self.padding, self.stride
        w = self.params["w"]
        self.grads["w"] = np.einsum("nfij,ncijuv->fcuv", dout, self.windows)
        self.grads["b"] = np.einsum("nfij->f", dout)
        dx = np.zeros(self.padded.shape)
        OH, OW = dout.shape[2:]
        for u in range(w.shape[2]):
            for v in range(w.shape[3]):
                dx[:, :, u : u + s * OH : s, v : v + s * OW : s] += np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


# %% conv-layer: one-tall-matrix
class Conv2d:
    def __init__(self, w, b, stride=1, padding=0):
        self.params = {"w": w, "b": b}
        self.grads = {}
        self.geometry = stride, padding

    def forward(self, x):
        w = self.params["w"]
        stride, padding = self.geometry
        kernel = w.shape[2:]
        self.shape = x.shape
        cols = im2col(x, kernel, stride, padding)
        N, K, P = cols.shape
        self.rows = cols.transpose(0, 2, 1).reshape(N * P, K)
        out = self.rows @ w.reshape(len(w), -1).T + self.params["b"]
        OH = (x.shape[2] + 2 * padding - kernel[0]) // stride + 1
        return out.reshape(N, OH, P // OH, len(w)).transpose(0, 3, 1, 2)

    def backward(self, dout):
        w = self.params["w"]
        N, F, OH, OW = dout.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, F)
        self.grads["w"] = (rows.T @ self.rows).reshape(w.shape)
        self.grads["b"] = rows.sum(axis=0)
        back = rows @ w.reshape(F, -1)
        cols = back.reshape(N, OH * OW, -1).transpose(0, 2, 1)
        return col2im(cols, self.shape, w.shape[2:], *self.geometry)


# %% conv-layer: loops-over-places
class Conv2d:
    def __init__(self, w, b, stride=1, padding=0):
        self.params, self.grads = {"w": w, "b": b}, {}
        self.stride, self.padding = stride, padding

    def forward(self, x):
        w, b = self.params["w"], self.params["b"]
        p, s = self.padding, self.stride
        N, C, H, W = x.shape
        F, _, kh, kw = w.shape
        self.padded = np.zeros((N, C, H + 2 * p, W + 2 * p))
        self.padded[:, :, p : p + H, p : p + W] = x
        out = np.zeros((N, F, (H + 2 * p - kh) // s + 1, (W + 2 * p - kw) // s + 1))
        for n, f, i, j in np.ndindex(out.shape):
            window = self.padded[n, :, i * s : i * s + kh, j * s : j * s + kw]
            out[n, f, i, j] = (window * w[f]).sum() + b[f]
        return out

    def backward(self, dout):
        w = self.params["w"]
        p, s = self.padding, self.stride
        kh, kw = w.shape[2:]
        dw, dpadded = np.zeros(w.shape), np.zeros(self.padded.shape)
        for n, f, i, j in np.ndindex(dout.shape):
            here = n, slice(None), slice(i * s, i * s + kh), slice(j * s, j * s + kw)
            dw[f] += dout[n, f, i, j] * self.padded[here]
            dpadded[here] += dout[n, f, i, j] * w[f]
        self.grads = {"w": dw, "b": dout.sum(axis=(0, 2, 3))}
        H, W = dpadded.shape[2] - 2 * p, dpadded.shape[3] - 2 * p
        return dpadded[:, :, p : p + H, p : p + W]


# %% conv-layer: accumulate-over-taps
class Conv2d:
    def __init__(self, w, b, stride=1, padding=0):
        self.params = {"w": w, "b": b}
        self.grads = {}
        self.stride, self.padding = stride, padding

    def taps(self, array, OH, OW):
        s = self.stride
        kh, kw = self.params["w"].shape[2:]
        for u in range(kh):
            for v in range(kw):
                yield u, v, array[:, :, u : u + s * (OH - 1) + 1 : s, v : v + s * (OW - 1) + 1 : s]

    def forward(self, x):
        w, p, s = self.params["w"], self.padding, self.stride
        self.padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        OH, OW = [(size - k) // s + 1 for size, k in zip(self.padded.shape[2:], w.shape[2:])]
        out = np.zeros((len(x), OH, OW, len(w)))
        for u, v, tap in self.taps(self.padded, OH, OW):
            out += np.tensordot(tap, w[:, :, u, v], axes=(1, 1))
        return np.moveaxis(out + self.params["b"], -1, 1)

    def backward(self, dout):
        w, p = self.params["w"], self.padding
        dw, dpadded = np.zeros(w.shape), np.zeros(self.padded.shape)
        for u, v, tap in self.taps(self.padded, *dout.shape[2:]):
            dw[:, :, u, v] = np.tensordot(dout, tap, axes=((0, 2, 3), (0, 2, 3)))
        for u, v, tap in self.taps(dpadded, *dout.shape[2:]):
            tap += np.moveaxis(np.tensordot(dout, w[:, :, u, v], axes=(1, 0)), -1, 1)
        self.grads["w"], self.grads["b"] = dw, np.add.reduce(dout, axis=(0, 2, 3))
        return dpadded[..., p:-p, p:-p] if p else dpadded


# %% conv-layer: image-by-image
class Conv2d:
    def __init__(self, w, b, stride=1, padding=0):
        self.params = {"w": w, "b": b}
        self.grads = {}
        self.stride, self.padding = stride, padding

    def forward(self, x):
        self.x = x
        return np.stack([self.one(image) for image in x])

    def one(self, image):
        w, b = self.params["w"], self.params["b"]
        cols = im2col(image[None], w.shape[2:], self.stride, self.padding)[0]
        OH = (image.shape[1] + 2 * self.padding - w.shape[2]) // self.stride + 1
        return (w.reshape(len(w), -1).dot(cols) + b.reshape(-1, 1)).reshape(len(w), OH, -1)

    def backward(self, dout):
        w = self.params["w"]
        flat = w.reshape(len(w), -1)
        dw, db, dx = np.zeros(flat.shape), np.zeros(len(w)), []
        for image, error in zip(self.x, dout):
            cols = im2col(image[None], w.shape[2:], self.stride, self.padding)[0]
            rows = error.reshape(len(w), -1)
            dw += rows.dot(cols.T)
            db += rows.sum(axis=1)
            back = flat.T.dot(rows)[None]
            dx.append(col2im(back, (1, *image.shape), w.shape[2:], self.stride, self.padding)[0])
        self.grads["w"], self.grads["b"] = dw.reshape(w.shape), db
        return np.array(dx)


# %% sequential: loops
class Sequential:
    def __init__(self, layers):
        self.layers = layers

    @property
    def params(self):
        found = {}
        for i in range(len(self.layers)):
            if hasattr(self.layers[i], "params"):
                for key in self.layers[i].params:
                    found[str(i) + "." + key] = self.layers[i].params[key]
        return found

    @property
    def grads(self):
        found = {}
        for i in range(len(self.layers)):
            if hasattr(self.layers[i], "grads"):
                for key in self.layers[i].grads:
                    found[str(i) + "." + key] = self.layers[i].grads[key]
        return found

    def forward(self, x):
        out = x
        for i in range(len(self.layers)):
            out = self.layers[i].forward(out)
        return out

    def backward(self, dout):
        for i in range(len(self.layers) - 1, -1, -1):
            dout = self.layers[i].backward(dout)
        return dout


# %% sequential: dicts-filled-once
class Sequential:
    def __init__(self, layers):
        self.layers = layers
        self.params, self.grads = {}, {}
        for number, layer in enumerate(layers):
            for name, array in getattr(layer, "params", {}).items():
                self.params[f"{number}.{name}"] = array

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for number in reversed(range(len(self.layers))):
            layer = self.layers[number]
            dout = layer.backward(dout)
            for name, array in getattr(layer, "grads", {}).items():
                self.grads[f"{number}.{name}"] = array
        return dout


# %% sequential: reduce
from functools import reduce


class Sequential:
    def __init__(self, layers):
        self.layers = list(layers)

    def _gathered(self, which):
        gathered = {}
        for number, layer in enumerate(self.layers):
            held = getattr(layer, which, None) or {}
            gathered.update({"%d.%s" % (number, name): array for name, array in held.items()})
        return gathered

    @property
    def params(self):
        return self._gathered("params")

    @property
    def grads(self):
        return self._gathered("grads")

    def forward(self, x):
        return reduce(lambda value, layer: layer.forward(value), self.layers, x)

    def backward(self, dout):
        return reduce(lambda value, layer: layer.backward(value), self.layers[::-1], dout)


# %% sequential: recursion
class Sequential:
    def __init__(self, layers):
        self.layers = layers

    params = property(lambda self: named_arrays(self.layers, "params"))
    grads = property(lambda self: named_arrays(self.layers, "grads"))

    def forward(self, x, first=0):
        if first == len(self.layers):
            return x
        return self.forward(self.layers[first].forward(x), first + 1)

    def backward(self, dout, left=None):
        left = len(self.layers) if left is None else left
        return dout if left == 0 else self.backward(self.layers[left - 1].backward(dout), left - 1)


def named_arrays(layers, which):
    return {
        f"{i}.{name}": getattr(layer, which)[name]
        for i, layer in enumerate(layers)
        if hasattr(layer, which)
        for name in getattr(layer, which)
    }


# %% sequential: try-and-except
class Sequential:
    def __init__(self, layers):
        self.layers = layers

    @property
    def params(self):
        all_params = {}
        for i, layer in enumerate(self.layers):
            try:
                all_params |= {f"{i}.{k}": v for k, v in layer.params.items()}
            except AttributeError:
                pass
        return all_params

    @property
    def grads(self):
        all_grads = {}
        for i, layer in enumerate(self.layers):
            try:
                all_grads |= {f"{i}.{k}": v for k, v in layer.grads.items()}
            except AttributeError:
                pass
        return all_grads

    def forward(self, x):
        self.values = [x]
        for layer in self.layers:
            self.values.append(layer.forward(self.values[-1]))
        return self.values[-1]

    def backward(self, dout):
        errors = [dout]
        for layer in self.layers[::-1]:
            errors.append(layer.backward(errors[-1]))
        return errors[-1]


# %% softmax-cross-entropy: log-probabilities
def softmax_cross_entropy(scores, y):
    N = scores.shape[0]
    z = scores - np.max(scores, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N
    dscores = np.exp(logp)
    dscores[np.arange(N), y] -= 1
    dscores /= N
    return loss, dscores


# %% softmax-cross-entropy: one-hot
def softmax_cross_entropy(scores, y):
    N, K = scores.shape
    onehot = np.eye(K)[y]
    shifted = scores - scores.max(axis=1)[:, None]
    exps = np.exp(shifted)
    sums = exps.sum(axis=1)[:, None]
    losses = np.log(sums)[:, 0] - (shifted * onehot).sum(axis=1)
    return np.mean(losses), (exps / sums - onehot) / N


# %% softmax-cross-entropy: loops
def softmax_cross_entropy(scores, y):
    N, K = scores.shape
    loss, dscores = 0.0, np.zeros((N, K))
    for n in range(N):
        top = max(scores[n])
        total = sum(np.exp(scores[n, k] - top) for k in range(K))
        loss += np.log(total) + top - scores[n, y[n]]
        for k in range(K):
            dscores[n, k] = (np.exp(scores[n, k] - top) / total - (k == y[n])) / N
    return loss / N, dscores


# %% softmax-cross-entropy: logaddexp
def softmax_cross_entropy(scores, y):
    N = len(scores)
    lse = np.logaddexp.reduce(scores, axis=1)
    picked = np.take_along_axis(scores, np.asarray(y, int)[:, None], axis=1)[:, 0]
    p = np.exp(scores - lse[:, None])
    hot = np.zeros(scores.shape)
    np.put_along_axis(hot, np.asarray(y, int)[:, None], 1.0, axis=1)
    return np.average(lse - picked), (p - hot) / N


# %% softmax-cross-entropy: differences-to-the-right-class
def softmax_cross_entropy(scores, y):
    rows = []
    losses = []
    for s, k in zip(np.array(scores, dtype=float), y):
        s = s - s.max()
        e = np.exp(s)
        losses.append(np.log(e.sum()) - s[k])
        row = e / e.sum()
        row[k] = row[k] - 1
        rows.append(row)
    return np.asarray(losses).mean(), np.stack(rows) / len(rows)


# %% sgd: subtract-into
class SGD:
    def __init__(self, model, lr):
        self.model = model
        self.lr = lr

    def step(self):
        for name in self.model.grads:
            p = self.model.params[name]
            np.subtract(p, self.lr * self.model.grads[name], out=p)


# %% sgd: slice
class SGD:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def step(self):
        for name, p in self.model.params.items():
            if name in self.model.grads:
                p[...] = p - self.lr * self.model.grads[name]


# %% sgd: augmented-item
class SGD:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def step(self):
        for name, g in self.model.grads.items():
            self.model.params[name] -= self.lr * g


# %% sgd: get
class SGD:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def step(self):
        for name in list(self.model.params):
            g = self.model.grads.get(name)
            if g is None:
                continue
            p = self.model.params[name]
            p += -self.lr * g


# %% sgd: loops
class SGD:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def step(self):
        params, grads = self.model.params, self.model.grads
        for name in grads:
            for place in np.ndindex(params[name].shape):
                params[name][place] -= self.lr * grads[name][place]


# %% momentum: velocities-changed-in-place
class Momentum:
    def __init__(self, model, lr, momentum=0.9):
        self.model, self.lr, self.momentum = model, lr, momentum
        self.velocity = {}

    def step(self):
        for name, g in self.model.grads.items():
            if name not in self.velocity:
                self.velocity[name] = np.zeros_like(g)
            v = self.velocity[name]
            v *= self.momentum
            v += g
            self.model.params[name][...] -= self.lr * v


# %% momentum: velocities-from-the-start
class Momentum:
    def __init__(self, model, lr, momentum=0.9):
        self.model, self.lr, self.momentum = model, lr, momentum
        self.v = {name: np.zeros(p.shape) for name, p in model.params.items()}

    def step(self):
        for name in self.model.params:
            if name in self.model.grads:
                self.v[name] = self.momentum * self.v[name] + self.model.grads[name]
                p = self.model.params[name]
                p -= self.lr * self.v[name]


# %% momentum: learning-rate-in-the-velocity
class Momentum:
    def __init__(self, model, lr, momentum=0.9):
        self.model, self.lr, self.mu = model, lr, momentum
        self.v = {}

    def step(self):
        for k, dp in self.model.grads.items():
            self.v[k] = self.mu * self.v.get(k, 0.0) - self.lr * dp
            p = self.model.params[k]
            p += self.v[k]


# %% momentum: copy-of-the-first-gradient
class Momentum:
    def __init__(self, model, lr, momentum=0.9):
        self.model, self.lr, self.momentum = model, lr, momentum
        self.buffers = {}

    def step(self):
        for name, g in self.model.grads.items():
            if name in self.buffers:
                self.buffers[name] = self.buffers[name] * self.momentum + g
            else:
                self.buffers[name] = g.copy()
            self.model.params[name] -= self.buffers[name] * self.lr


# %% momentum: sum-over-the-past
class Momentum:
    def __init__(self, model, lr, momentum=0.9):
        self.model, self.lr, self.momentum = model, lr, momentum
        self.past = {}

    def step(self):
        for name, g in self.model.grads.items():
            past = self.past.setdefault(name, [])
            past.append(np.array(g))
            v = sum(self.momentum ** (len(past) - 1 - k) * old for k, old in enumerate(past))
            p = self.model.params[name]
            p -= self.lr * v


# %% rmsprop: averages-changed-in-place
class RMSprop:
    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8):
        self.model, self.lr, self.alpha, self.eps = model, lr, alpha, eps
        self.state = {}

    def step(self):
        for name, g in self.model.grads.items():
            s = self.state.setdefault(name, np.zeros(g.shape))
            s *= self.alpha
            s += (1 - self.alpha) * np.square(g)
            p = self.model.params[name]
            p -= self.lr / (s**0.5 + self.eps) * g


# %% rmsprop: moves-towards-the-square
class RMSprop:
    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8):
        self.model, self.lr, self.alpha, self.eps = model, lr, alpha, eps
        self.s = {}

    def step(self):
        for name in self.model.grads:
            g, p = self.model.grads[name], self.model.params[name]
            old = self.s[name] if name in self.s else np.zeros_like(p)
            self.s[name] = old + (1 - self.alpha) * (g * g - old)
            p[...] = p - self.lr * g / (np.sqrt(self.s[name]) + self.eps)


# %% rmsprop: averages-from-the-start
class RMSprop:
    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8):
        self.model, self.lr, self.alpha, self.eps = model, lr, alpha, eps
        self.squares = {k: 0 * p for k, p in model.params.items()}

    def step(self):
        for k in self.squares:
            if k not in self.model.grads:
                continue
            g = self.model.grads[k]
            self.squares[k] = self.alpha * self.squares[k] + (1 - self.alpha) * g * g
            self.model.params[k] += -self.lr * g / (np.sqrt(self.squares[k]) + self.eps)


# %% rmsprop: denominator-first
class RMSprop:
    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8):
        self.model = model
        self.settings = lr, alpha, eps
        self.cache = {}

    def step(self):
        lr, alpha, eps = self.settings
        for name, g in self.model.grads.items():
            self.cache[name] = alpha * self.cache.get(name, 0.0) + (1.0 - alpha) * abs(g) ** 2
            denominator = np.sqrt(self.cache[name])
            denominator += eps
            np.subtract(self.model.params[name], lr * (g / denominator), out=self.model.params[name])


# %% rmsprop: loops
class RMSprop:
    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8):
        self.model, self.lr, self.alpha, self.eps = model, lr, alpha, eps
        self.s = {}

    def step(self):
        for name, g in self.model.grads.items():
            p = self.model.params[name]
            if name not in self.s:
                self.s[name] = np.zeros(p.shape)
            for i in np.ndindex(p.shape):
                self.s[name][i] = self.alpha * self.s[name][i] + (1 - self.alpha) * g[i] ** 2
                p[i] -= self.lr * g[i] / (np.sqrt(self.s[name][i]) + self.eps)


# %% adam: averages-changed-in-place
class Adam:
    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.model, self.lr, self.betas, self.eps = model, lr, betas, eps
        self.state, self.t = {}, 0

    def step(self):
        b1, b2 = self.betas
        self.t = self.t + 1
        for name, g in self.model.grads.items():
            if name not in self.state:
                self.state[name] = np.zeros_like(g), np.zeros_like(g)
            m, v = self.state[name]
            m[...] = b1 * m + (1 - b1) * g
            v[...] = b2 * v + (1 - b2) * g * g
            p = self.model.params[name]
            p -= self.lr * (m / (1 - b1**self.t)) / (np.sqrt(v / (1 - b2**self.t)) + self.eps)


# %% adam: count-for-each-parameter
class Adam:
    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.model, self.lr, self.betas, self.eps = model, lr, betas, eps
        self.state = {}

    def step(self):
        beta1, beta2 = self.betas
        for name in self.model.grads:
            g, p = self.model.grads[name], self.model.params[name]
            t, m, v = self.state.get(name, (0, 0.0, 0.0))
            t += 1
            m = m + (1 - beta1) * (g - m)
            v = v + (1 - beta2) * (g**2 - v)
            self.state[name] = t, m, v
            p[...] = p - self.lr / (1 - beta1**t) * m / (np.sqrt(v) / np.sqrt(1 - beta2**t) + self.eps)


# %% adam: averages-from-the-start
class Adam:
    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.model, self.lr, self.eps = model, lr, eps
        self.beta1, self.beta2 = betas
        self.m = {name: np.zeros(p.shape) for name, p in model.params.items()}
        self.v = {name: np.zeros(p.shape) for name, p in model.params.items()}
        self.steps = 1

    def step(self):
        for name, p in self.model.params.items():
            if name not in self.model.grads:
                continue
            g = self.model.grads[name]
            self.m[name] = self.beta1 * self.m[name] + (1 - self.beta1) * g
            self.v[name] = self.beta2 * self.v[name] + (1 - self.beta2) * g**2
            m = self.m[name] / (1 - self.beta1**self.steps)
            v = self.v[name] / (1 - self.beta2**self.steps)
            p -= self.lr * m / (v**0.5 + self.eps)
        self.steps += 1


# %% adam: products-of-the-betas
class Adam:
    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.model, self.lr, self.betas, self.eps = model, lr, betas, eps
        self.kept = {}
        self.power1 = self.power2 = 1.0

    def step(self):
        self.power1 *= self.betas[0]
        self.power2 *= self.betas[1]
        for name, g in self.model.grads.items():
            m, v = self.kept.get(name, (0, 0))
            m = self.betas[0] * m + (1 - self.betas[0]) * g
            v = self.betas[1] * v + (1 - self.betas[1]) * np.power(g, 2)
            self.kept[name] = m, v
            step = m / (1 - self.power1) / (np.sqrt(v / (1 - self.power2)) + self.eps)
            self.model.params[name] -= self.lr * step


# %% adam: weighted-sums-over-the-past
class Adam:
    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.model, self.lr, self.betas, self.eps = model, lr, betas, eps
        self.past = {}

    def average(self, values, beta):
        weights = [beta**k for k in range(len(values))][::-1]
        return sum(w * value for w, value in zip(weights, values)) / sum(weights)

    def step(self):
        for name, g in self.model.grads.items():
            self.past.setdefault(name, []).append(np.array(g))
            m = self.average(self.past[name], self.betas[0])
            v = self.average([old**2 for old in self.past[name]], self.betas[1])
            p = self.model.params[name]
            p -= self.lr * m / (np.sqrt(v) + self.eps)


# %% he-std: loop
def he_std(shape):
    fan_in = 1
    for size in shape[1:]:
        fan_in *= size
    return (2 / fan_in) ** 0.5


# %% he-std: sizes-by-kind
def he_std(shape):
    if len(shape) == 2:
        return np.sqrt(2.0 / shape[1])
    F, C, kh, kw = shape
    return np.sqrt(2.0 / (C * kh * kw))


# %% he-std: size-of-one-output
import math


def he_std(shape):
    return math.sqrt(2) / math.sqrt(np.zeros(shape)[0].size)


# %% mend-pieces: weighted-means
def gradients_in_pieces(model, x, target, size):
    total = {}
    for start in range(0, len(x), size):
        out = model.forward(x[start : start + size])
        error = out - target[start : start + size]
        model.backward(error / len(out))
        for name in model.grads:
            weight = len(out) / len(x)
            total[name] = total.get(name, 0) + weight * model.grads[name]
    return total


# %% mend-pieces: sums-divided-at-the-end
def gradients_in_pieces(model, x, target, size):
    sums = {}
    first = 0
    while first < len(x):
        last = min(first + size, len(x))
        model.backward(model.forward(x[first:last]) - target[first:last])
        for name, g in model.grads.items():
            if name in sums:
                sums[name] += g
            else:
                sums[name] = np.array(g)
        first = last
    return {name: total / len(x) for name, total in sums.items()}


# %% mend-stepping: gradients-first
class SteppingLinear:
    def __init__(self, w, b, lr):
        self.w, self.b, self.lr = w, b, lr

    def forward(self, x):
        self.x = x
        return np.dot(x, self.w.T) + self.b

    def backward(self, dout):
        dw = np.einsum("ni,nj->ij", dout, self.x)
        db = dout.sum(0)
        dx = np.dot(dout, self.w)
        self.w = self.w - self.lr * dw
        self.b = self.b - self.lr * db
        return dx


# %% mend-stepping: old-weights-kept
class SteppingLinear:
    def __init__(self, w, b, lr):
        self.w, self.b, self.lr = w, b, lr

    def forward(self, x):
        self.x, self.w_then = x, self.w.copy()
        return x @ self.w.T + self.b

    def backward(self, dout):
        self.w -= self.lr * dout.T @ self.x
        self.b -= self.lr * dout.sum(axis=0)
        return dout @ self.w_then
