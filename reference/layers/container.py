"""Layers made of layers: one after the other, or anything else that overrides `forward` and `backward`."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Shape, plain_array
from reference.layers.layer import Layer, needed


class Container(Layer):
    """A layer whose parameters are those of its sublayers.

    Parameters
    ----------
    layers : dict of Layer by name

    Attributes
    ----------
    layers : dict of Layer by name
    params, grads : dicts with the keys "<layer>.<parameter>", for example "c1.w"
        They are put together on reading: the arrays are the sublayers' own, so changing one in place changes the layer.

    Examples
    --------
    >>> class Sum(Container):
    ...     def forward(self, x):
    ...         return sum(layer.forward(x) for layer in self.layers.values())
    >>> both = Sum({"a": ReLU(), "b": Linear(2, 2, dtype=np.float64)})
    >>> list(both.params)
    ['b.w', 'b.b']
    >>> both.params["b.w"][...] = [[1, 0], [0, 1]]
    >>> both.forward(np.array([[1.0, -1.0]]))
    array([[ 2., -1.]])
    """

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self.layers = dict(layers)
        self.training = True
        self._saved = None

    @property
    def params(self) -> dict[str, np.ndarray]:
        return {f"{name}.{key}": p for name, layer in self.layers.items() for key, p in layer.params.items()}

    @params.setter
    def params(self, params: dict[str, np.ndarray]) -> None:
        raise AttributeError("the parameters are those of the sublayers: change them there")

    @property
    def grads(self) -> dict[str, np.ndarray]:
        return {f"{name}.{key}": g for name, layer in self.layers.items() for key, g in layer.grads.items()}

    @grads.setter
    def grads(self, grads: dict[str, np.ndarray]) -> None:
        raise AttributeError("the gradients are those of the sublayers: change them there")

    def train(self, mode: bool = True) -> Self:
        self.training = bool(mode)
        for layer in self.layers.values():
            layer.train(mode)
        return self

    def clear_grads(self) -> None:
        for layer in self.layers.values():
            layer.clear_grads()


class Sequential(Container):
    """Layers applied one after the other.

    Parameters
    ----------
    *layers : Layer, named "0", "1", ... ; or one dict of layers by name, in order

    Examples
    --------
    >>> model = Sequential({"conv": Conv2d(1, 4, 3), "relu": ReLU(), "pool": MaxPool2d(2)})
    >>> model.forward(np.ones((8, 1, 28, 28), np.float32)).shape
    (8, 4, 13, 13)
    >>> list(model.params)
    ['conv.w', 'conv.b']
    """

    def __init__(self, *layers: Layer | Mapping[str, Layer]) -> None:
        named: dict[str, Layer] = {}
        for number, layer in enumerate(layers):
            named.update({str(number): layer} if isinstance(layer, Layer) else layer)
        super().__init__(named)

    def forward(self, x: ArrayLike) -> np.ndarray:
        if not self.layers:
            return plain_array("x", x)
        first, *others = self.layers.values()
        out = first.forward(x)
        for layer in others:
            out = layer.forward(out)
        return out

    def backward(self, dout: ArrayLike) -> np.ndarray | None:
        if not self.layers:
            return plain_array("dout", dout)
        first, *others = self.layers.values()
        for layer in reversed(others):
            dout = needed(layer.backward(dout))
        return first.backward(dout)

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        for layer in self.layers.values():
            input_shape = layer.output_shape(input_shape)
        return tuple(input_shape)
