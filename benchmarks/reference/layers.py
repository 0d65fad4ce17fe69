"""Single convolution layers, forward and all three gradients: ours and PyTorch's in its two layouts."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

import reference
from benchmarks.reference.timing import alternate


@dataclass(frozen=True)
class LayerShape:
    n: int
    c: int
    size: int
    f: int
    k: int
    stride: int
    padding: int

    def __str__(self):
        return (
            f"{self.n}x{self.c}x{self.size}x{self.size}, {self.f} of {self.k}x{self.k}"
            + (f", stride {self.stride}" if self.stride > 1 else "")
            + (f", padding {self.padding}" if self.padding else "")
        )

    @property
    def operations(self):
        """Multiplications and additions of the direct sum, forward and for dx and dw."""
        out = reference.output_size(self.size, self.k, self.stride, self.padding)
        return 3 * 2 * self.n * self.f * self.c * self.k**2 * out**2

    @property
    def bytes(self):
        """Bytes that must at least be moved: x, w, out, dout, dx and dw once each, in float32."""
        out = reference.output_size(self.size, self.k, self.stride, self.padding)
        x, y = self.n * self.c * self.size**2, self.n * self.f * out**2
        return 4 * (3 * x + 2 * y + 3 * self.f * self.c * self.k**2)


LAYERS = [
    LayerShape(64, 1, 28, 6, 5, 1, 2),
    LayerShape(64, 6, 14, 16, 5, 1, 0),
    LayerShape(32, 64, 56, 64, 3, 1, 1),
    LayerShape(32, 64, 56, 128, 3, 2, 1),
    LayerShape(32, 256, 28, 64, 1, 1, 0),
    LayerShape(16, 3, 224, 64, 7, 2, 3),
    LayerShape(1, 256, 100, 256, 3, 1, 1),
]
LARGE = LAYERS[2:]


def arrays(layer):
    """x, w, b and dout of a layer, float32, C order."""
    rng = np.random.default_rng(0)
    out = reference.output_size(layer.size, layer.k, layer.stride, layer.padding)
    shapes = (
        (layer.n, layer.c, layer.size, layer.size),
        (layer.f, layer.c, layer.k, layer.k),
        (layer.f,),
        (layer.n, layer.f, out, out),
    )
    return [rng.standard_normal(shape, np.float32) for shape in shapes]


def ours(layer):
    x, w, b, dout = arrays(layer)

    def forward_and_backward():
        reference.conv2d(x, w, b, layer.stride, layer.padding)
        return reference.conv2d_backward(dout, x, w, layer.stride, layer.padding)

    return forward_and_backward


def torchs(layer, memory_format):
    x, w, b, dout = map(torch.tensor, arrays(layer))
    x, w, dout = (tensor.contiguous(memory_format=memory_format) for tensor in (x, w, dout))
    leaves = [tensor.requires_grad_() for tensor in (x, w, b)]

    def forward_and_backward():
        for leaf in leaves:
            leaf.grad = None
        F.conv2d(x, w, b, layer.stride, layer.padding).backward(dout)
        return [leaf.grad for leaf in leaves]

    return forward_and_backward


def contenders(layer):
    return {
        "ours": ours(layer),
        "torch NCHW": torchs(layer, torch.contiguous_format),
        "torch channels-last": torchs(layer, torch.channels_last),
    }


def check(layer):
    """All compute the same: the gradients, relative to the largest."""
    results = {name: function() for name, function in contenders(layer).items()}
    for ours_one, *theirs in zip(*results.values(), strict=True):
        for other in theirs:
            error = np.abs(ours_one - other.numpy()).max() / np.abs(ours_one).max()
            if not error < 1e-4:
                raise AssertionError(f"{layer}: a gradient differs by {error:.1e}")


def measure(layer):
    """Return {name: seconds}."""
    check(layer)
    return alternate(contenders(layer))
