"""Correct answers, written differently."""

import numpy as np


# %% double: added
def double(x):
    return x + x


# %% counts: border-by-rows
def counts(height, width):
    return np.int64(height) * width, [width, 2 * (height - 2), width][0] * 2 + 2 * (height - 2)


# %% gain-layer: own-arrays
class Gain:
    def __init__(self, g):
        self.params = {"g": g}
        self.grads = {"g": np.zeros_like(g)}

    def forward(self, x):
        self.seen = np.array(x)
        return np.einsum("nd,d->nd", x, self.params["g"])

    def backward(self, dout):
        self.grads = {"g": np.einsum("nd,nd->d", dout, self.seen)}
        return np.einsum("nd,d->nd", dout, self.params["g"])


# %% descend: by-name
def descend(model, lr, steps):
    def norm():
        return sum(float((p * p).sum()) for p in model.params.values())

    norms = []
    while len(norms) < steps:
        norms.append(norm())
        for name in model.params:
            model.params[name][...] = model.params[name] - lr * model.grads[name]
    return norms


# %% how-many: typed
answer = 784


# %% root: power
def root(x):
    return x**0.5


# %% mirror-case: three
def mirror_case():
    return (np.array([3.0, 1.0, 2.0]),)
