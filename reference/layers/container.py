"""Layers made of layers: one after the other, or anything else that overrides `forward` and `backward`."""

from reference.layers.layer import Layer


class Container(Layer):
    """A layer whose parameters are those of its sublayers.

    Attributes
    ----------
    layers : dict, sublayer by name.
    params, grads : dicts with the keys "<layer>.<parameter>", for example "c1.w". They are put together on
        reading: the arrays are the sublayers' own, so changing one in place changes the layer.
    """

    def __init__(self, layers):
        self.layers = dict(layers)
        self.training = True
        self._saved = None

    @property
    def params(self):
        return {f"{name}.{key}": p for name, layer in self.layers.items() for key, p in layer.params.items()}

    @property
    def grads(self):
        return {f"{name}.{key}": g for name, layer in self.layers.items() for key, g in layer.grads.items()}

    def train(self, mode=True):
        self.training = bool(mode)
        for layer in self.layers.values():
            layer.train(mode)
        return self

    def clear_grads(self):
        for layer in self.layers.values():
            layer.clear_grads()


class Sequential(Container):
    """Layers applied one after the other.

    Parameters
    ----------
    *layers : Layer, named "0", "1", ... ; or one dict of layers by name, in order.
    """

    def __init__(self, *layers):
        if len(layers) == 1 and isinstance(layers[0], dict):
            super().__init__(layers[0])
        else:
            super().__init__({str(i): layer for i, layer in enumerate(layers)})

    def forward(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers.values()):
            dout = layer.backward(dout)
        return dout

    def output_shape(self, input_shape):
        for layer in self.layers.values():
            input_shape = layer.output_shape(input_shape)
        return tuple(input_shape)
