"""How parameters follow their gradients, with PyTorch's formulas and defaults.

An optimizer takes a model, anything with dicts `params` and `grads`, and `step()` changes the arrays in
`params` in place. A parameter without a gradient is left alone. `lr` may be changed between steps (a
schedule).
"""

import numpy as np

from reference.arguments import Real, is_single, plain_array, real


class Optimizer:
    """What the four share: the walk over the parameters, and weight decay.

    Weight decay adds weight_decay * p, the gradient of weight_decay / 2 * sum(p**2), to the gradient of p.
    """

    lr = Real(least=0)
    weight_decay = Real(least=0)

    def __init__(self, model, lr, weight_decay=0.0):
        self.model = model
        self.lr = lr
        self.weight_decay = weight_decay
        self.state = {}

    def step(self):
        """Change every parameter that has a gradient by one update."""
        params = self.model.params
        for name, g in self.model.grads.items():
            p, g = params[name], plain_array(f"grads[{name!r}]", g)
            if g.shape != p.shape:
                raise ValueError(f"grads[{name!r}] has shape {g.shape}, but params[{name!r}] has {p.shape}")
            if self.weight_decay:
                g = g + self.weight_decay * p
            self.update(name, p, g)

    def update(self, name, p, g):
        """Change p in place by one step along its gradient g."""
        raise NotImplementedError

    def memory(self, name, p, *fields):
        """The dict of arrays, at first all zero, that the optimizer keeps for parameter `name`."""
        if name not in self.state:
            self.state[name] = {field: np.zeros_like(p) for field in fields}
        return self.state[name]


class SGD(Optimizer):
    """p -= lr * g  (Robbins and Monro 1951)"""

    def update(self, name, p, g):
        p -= self.lr * g


class Momentum(Optimizer):
    """v = momentum * v + g;  p -= lr * v  (Polyak 1964)

    With `nesterov`, p -= lr * (g + momentum * v)  (Sutskever et al. 2013)
    """

    momentum = Real(least=0, below=1)

    def __init__(self, model, lr, momentum=0.9, nesterov=False, weight_decay=0.0):
        super().__init__(model, lr, weight_decay)
        self.momentum = momentum
        self.nesterov = bool(nesterov)

    def update(self, name, p, g):
        v = self.memory(name, p, "v")["v"]
        v *= self.momentum
        v += g
        p -= self.lr * (g + self.momentum * v if self.nesterov else v)


class RMSprop(Optimizer):
    """s = alpha * s + (1 - alpha) * g**2;  p -= lr * g / (sqrt(s) + eps)

    (Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5; eps as in PyTorch.)
    """

    alpha = Real(least=0, below=1)
    eps = Real(least=0)

    def __init__(self, model, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0):
        super().__init__(model, lr, weight_decay)
        self.alpha = alpha
        self.eps = eps

    def update(self, name, p, g):
        s = self.memory(name, p, "s")["s"]
        s *= self.alpha
        s += (1 - self.alpha) * g * g
        p -= self.lr * g / (np.sqrt(s) + self.eps)


class Adam(Optimizer):
    """m, v: moving averages of g and g**2, corrected for their start at 0;  p -= lr * m / (sqrt(v) + eps)

    (Kingma and Ba 2015, algorithm 1; betas are the decay rates beta_1 and beta_2.)
    """

    eps = Real(least=0)

    def __init__(self, model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(model, lr, weight_decay)
        self.betas = betas
        self.eps = eps

    @property
    def betas(self):
        return self._betas

    @betas.setter
    def betas(self, betas):
        if is_single(betas) or len(betas) != 2:
            raise ValueError(f"betas must be two numbers, not {betas!r}")
        self._betas = tuple(real("betas", beta, least=0, below=1) for beta in betas)

    def update(self, name, p, g):
        beta1, beta2 = self.betas
        kept = self.memory(name, p, "m", "v")
        t = kept["t"] = kept.get("t", 0) + 1
        m, v = kept["m"], kept["v"]
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        p -= self.lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + self.eps)
