"""Small objects that a check hands to a learner's class: models and layers that say nothing about convolution.

A check of `Sequential` needs layers, a check of an optimizer needs a model. They come from here, so that an answer is
judged alone: a mistake in one exercise costs no mark in the next.
"""

from typing import Any

import numpy as np


class Model:
    """The two dicts that an optimizer reads: `params` and `grads`, by the same names."""

    def __init__(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]):
        self.params, self.grads = params, grads


class Scale:
    """A layer with one array: out = w * x, where w is broadcast over the batch."""

    def __init__(self, w: np.ndarray):
        self.params, self.grads = {"w": w}, dict[str, np.ndarray]()

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        return x * self.params["w"]

    def backward(self, dout: np.ndarray) -> np.ndarray:
        self.grads = {"w": (dout * self._x).sum(axis=0)}
        return dout * self.params["w"]


class Shift:
    """A layer with one array: out = x + b, where b is broadcast over the batch."""

    def __init__(self, b: np.ndarray):
        self.params, self.grads = {"b": b}, dict[str, np.ndarray]()

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x + self.params["b"]

    def backward(self, dout: np.ndarray) -> np.ndarray:
        self.grads = {"b": dout.sum(axis=0)}
        return np.array(dout)


class Narrow(Scale):
    """A `Scale` layer that counts the times when it was given more than `most` examples at once."""

    def __init__(self, w: np.ndarray, most: int):
        super().__init__(w)
        self.most, self.too_many = most, 0

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.too_many += len(x) > self.most
        return super().forward(x)


class Square:
    """A layer without arrays, and without the two dicts: out = x * x."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        return x * x

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return 2 * self._x * dout


class Roll:
    """A layer without arrays and dicts: out is x with its last column put first. It does not commute with `Scale`."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        return np.roll(x, 1, axis=1)

    def backward(self, dout: np.ndarray) -> np.ndarray:
        return np.roll(dout, -1, axis=1)


class Kept(Model):
    """A model that keeps its first arrays in `arrays` too: an optimizer that puts other arrays into `params` is found
    out.
    """

    def __init__(self, params: dict[str, np.ndarray], grads: dict[str, np.ndarray]):
        super().__init__(params, grads)
        self.arrays = dict(params)

    def receive(self, grads: dict[str, np.ndarray]) -> None:
        """Take new gradients in a new dict, as a backward pass leaves them."""
        self.grads = grads

    def exchange(self, params: dict[str, np.ndarray]) -> None:
        """Take other parameters in a new dict, as a model does that chooses a child network."""
        self.params = params

    def overwrite(self, grads: dict[str, np.ndarray]) -> None:
        """Write new gradients into the arrays of the old ones."""
        for name, grad in grads.items():
            self.grads[name][...] = grad


class Hand:
    """A function that changes the arrays of a layer in place, as an optimizer does."""

    def __init__(self, model: Any):
        self.model = model

    def add(self, amount: float) -> None:
        for array in self.model.params.values():
            array += amount


STAND_INS: dict[str, Any] = {kind.__name__: kind for kind in (Model, Scale, Shift, Narrow, Square, Roll, Kept, Hand)}
