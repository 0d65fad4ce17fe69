"""How parameters follow their gradients, with PyTorch's formulas and defaults.

An optimizer takes a model, anything with dicts `params` and `grads`, and `step()` changes the arrays in
`params` in place. A parameter without a gradient is left alone. `lr` may be changed between steps (a
schedule).
"""

from typing import Protocol

import numpy as np

from reference.arguments import Real, plain_array, real, several


class Model(Protocol):
    """What an optimizer can be built on: parameters by name, and gradients by the same names."""

    @property
    def params(self) -> dict[str, np.ndarray]: ...

    @property
    def grads(self) -> dict[str, np.ndarray]: ...


class Optimizer:
    """What the four share: the walk over the parameters, and weight decay.

    Weight decay adds weight_decay * p, the gradient of weight_decay / 2 * sum(p**2), to the gradient of p.

    Parameters
    ----------
    model : object with the dicts `params` and `grads`
    lr, weight_decay : float, at least 0
        Attributes, too; they may be changed between steps.

    Examples
    --------
    A rule of one's own is one method:

    >>> class SignDescent(Optimizer):
    ...     def update(self, name, p, g):
    ...         p -= self.lr * np.sign(g)
    >>> model = Linear(2, 1, init=zeros, dtype=np.float64)
    >>> model.grads["w"] = np.array([[3.0, -4.0]])
    >>> SignDescent(model, lr=0.1).step()
    >>> model.params["w"]
    array([[-0.1,  0.1]])
    """

    lr = Real(least=0)
    weight_decay = Real(least=0)

    def __init__(self, model: Model, lr: float, weight_decay: float = 0.0):
        self.model = model
        self.lr = lr
        self.weight_decay = weight_decay
        self.state: dict[str, dict] = {}

    def step(self) -> None:
        """Change every parameter that has a gradient by one update."""
        params = self.model.params
        for name, g in self.model.grads.items():
            p, g = params[name], plain_array(f"grads[{name!r}]", g)
            if g.shape != p.shape:
                raise ValueError(f"grads[{name!r}] has shape {g.shape}, but params[{name!r}] has {p.shape}")
            if self.weight_decay:
                g = g + self.weight_decay * p
            self.update(name, p, g)

    def update(self, name: str, p: np.ndarray, g: np.ndarray) -> None:
        """Change p in place by one step along its gradient g."""
        raise NotImplementedError

    def memory(self, name: str, p: np.ndarray, *fields: str) -> dict:
        """The dict of arrays, at first all zero, that the optimizer keeps for parameter `name`."""
        if name not in self.state:
            self.state[name] = {field: np.zeros_like(p) for field in fields}
        return self.state[name]


class SGD(Optimizer):
    """p -= lr * g

    Parameters
    ----------
    model, lr, weight_decay
        As in `Optimizer`.

    Notes
    -----
    Robbins and Monro 1951.

    Examples
    --------
    >>> model = Linear(2, 1, init=zeros, dtype=np.float64)
    >>> optimizer = SGD(model, lr=0.1)
    >>> model.grads["w"] = np.array([[3.0, -4.0]])
    >>> optimizer.step()
    >>> model.params["w"]
    array([[-0.3,  0.4]])
    """

    def update(self, name: str, p: np.ndarray, g: np.ndarray) -> None:
        p -= self.lr * g


class Momentum(Optimizer):
    """v = momentum * v + g;  p -= lr * v

    With `nesterov`, p -= lr * (g + momentum * v).

    Parameters
    ----------
    model, lr, weight_decay
        As in `Optimizer`.
    momentum : float in [0, 1)
    nesterov : bool

    Notes
    -----
    Polyak 1964; Sutskever et al. 2013 (nesterov).

    Examples
    --------
    The same gradient twice: the second step is longer.

    >>> model = Linear(2, 1, init=zeros, dtype=np.float64)
    >>> optimizer = Momentum(model, lr=0.1)
    >>> for _ in range(2):
    ...     model.grads["w"] = np.array([[1.0, -2.0]])
    ...     optimizer.step()
    ...     print(model.params["w"].round(6))
    [[-0.1  0.2]]
    [[-0.29  0.58]]
    """

    momentum = Real(least=0, below=1)

    def __init__(
        self, model: Model, lr: float, momentum: float = 0.9, nesterov: bool = False, weight_decay: float = 0.0
    ):
        super().__init__(model, lr, weight_decay)
        self.momentum = momentum
        self.nesterov = bool(nesterov)

    def update(self, name: str, p: np.ndarray, g: np.ndarray) -> None:
        v = self.memory(name, p, "v")["v"]
        v *= self.momentum
        v += g
        p -= self.lr * (g + self.momentum * v if self.nesterov else v)


class RMSprop(Optimizer):
    """s = alpha * s + (1 - alpha) * g**2;  p -= lr * g / (sqrt(s) + eps)

    Parameters
    ----------
    model, lr, weight_decay
        As in `Optimizer`.
    alpha : float in [0, 1)
    eps : float, at least 0

    Notes
    -----
    Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5; eps as in PyTorch.

    Examples
    --------
    Large and small gradients make steps of the same length:

    >>> model = Linear(2, 1, init=zeros, dtype=np.float64)
    >>> optimizer = RMSprop(model, lr=0.1, alpha=0.75)
    >>> model.grads["w"] = np.array([[0.01, -100.0]])
    >>> optimizer.step()
    >>> model.params["w"].round(6)
    array([[-0.2,  0.2]])
    """

    alpha = Real(least=0, below=1)
    eps = Real(least=0)

    def __init__(
        self, model: Model, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0.0
    ):
        super().__init__(model, lr, weight_decay)
        self.alpha = alpha
        self.eps = eps

    def update(self, name: str, p: np.ndarray, g: np.ndarray) -> None:
        s = self.memory(name, p, "s")["s"]
        s *= self.alpha
        s += (1 - self.alpha) * g * g
        p -= self.lr * g / (np.sqrt(s) + self.eps)


class Adam(Optimizer):
    """m, v: moving averages of g and g**2, corrected for their start at 0;  p -= lr * m / (sqrt(v) + eps)

    Parameters
    ----------
    model, lr, weight_decay
        As in `Optimizer`.
    betas : two floats in [0, 1)
        The decay rates beta_1 and beta_2.
    eps : float, at least 0

    Notes
    -----
    Kingma and Ba 2015, algorithm 1.

    Examples
    --------
    The first step has length lr, whatever the gradient:

    >>> model = Linear(2, 1, init=zeros, dtype=np.float64)
    >>> optimizer = Adam(model, lr=0.1)
    >>> model.grads["w"] = np.array([[0.01, -100.0]])
    >>> optimizer.step()
    >>> model.params["w"].round(6)
    array([[-0.1,  0.1]])
    """

    eps = Real(least=0)

    def __init__(
        self,
        model: Model,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(model, lr, weight_decay)
        self.betas = betas
        self.eps = eps

    @property
    def betas(self) -> tuple[float, float]:
        return self._betas

    @betas.setter
    def betas(self, betas: tuple[float, float]) -> None:
        if not several(betas) or len(betas) != 2:
            raise ValueError(f"betas must be two numbers, not {betas!r}")
        first, second = (real("betas", beta, least=0, below=1) for beta in betas)
        self._betas = first, second

    def update(self, name: str, p: np.ndarray, g: np.ndarray) -> None:
        beta1, beta2 = self.betas
        kept = self.memory(name, p, "m", "v")
        t = kept["t"] = kept.get("t", 0) + 1
        m, v = kept["m"], kept["v"]
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        p -= self.lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + self.eps)
