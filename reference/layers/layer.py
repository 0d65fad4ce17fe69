"""What every layer is: a function with parameters that remembers enough of `forward` to run `backward`."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Shape, plain_array


class Layer:
    """A differentiable function y = f(x; params).

    A layer keeps the arrays given to `forward` until the next `forward`: do not change them in between. It
    never changes them itself. Arrays have the shape (N, C, H, W) or (N, D), but may lie in memory in any
    order: a fast convolution may keep the batch last, and the elementwise layers hand that order on.

    Attributes
    ----------
    params : dict of arrays
        The learnt parameters by name. Optimizers change these arrays in place.
    grads : dict of arrays
        Filled by `backward`: the gradient of the loss with respect to each parameter, summed over the batch. Each
        `backward` replaces the gradients of the one before.
    training : bool
        True after `train()` (and at the start), False after `eval()`.

    Examples
    --------
    A layer of one's own:

    >>> class Square(Layer):
    ...     def forward(self, x):
    ...         return self._save(x * x, x)
    ...
    ...     def backward(self, dout):
    ...         dout, (x,) = self._recall(dout)
    ...         return 2 * x * dout
    >>> layer = Square()
    >>> layer.forward(np.array([1.0, 2.0, 3.0]))
    array([1., 4., 9.])
    >>> layer.backward(np.ones(3))
    array([2., 4., 6.])
    """

    def __init__(self) -> None:
        self._params: dict[str, np.ndarray] = {}
        self._grads: dict[str, np.ndarray] = {}
        self.training = True
        self._saved: tuple | None = None

    @property
    def params(self) -> dict[str, np.ndarray]:
        return self._params

    @params.setter
    def params(self, params: dict[str, np.ndarray]) -> None:
        self._params = params

    @property
    def grads(self) -> dict[str, np.ndarray]:
        return self._grads

    @grads.setter
    def grads(self, grads: dict[str, np.ndarray]) -> None:
        self._grads = grads

    def forward(self, x: ArrayLike) -> np.ndarray:
        """Return f(x) as a new array of x's type."""
        raise NotImplementedError

    def backward(self, dout: ArrayLike) -> np.ndarray | None:
        """Fill `grads` and return dx, the gradient of the loss with respect to the last `forward`'s x.

        dout is the gradient with respect to the last output: same shape, same type (else ValueError,
        TypeError). RuntimeError when there was no `forward`.
        """
        raise NotImplementedError

    def output_shape(self, input_shape: Sequence[int]) -> Shape:
        """Shape of the output for one example of `input_shape`, both without the batch axis."""
        return tuple(input_shape)

    def train(self, mode: bool = True) -> Self:
        """Switch to training: dropout drops, batch normalisation uses the batch. Returns the layer."""
        self.training = bool(mode)
        return self

    def eval(self) -> Self:
        """Switch to evaluation. Returns the layer."""
        return self.train(False)

    def clear_grads(self) -> None:
        """Forget all gradients: what is then not part of a `backward` is left alone by the next `step()`."""
        self.grads.clear()

    def _save(self, out: np.ndarray, *saved: Any) -> np.ndarray:
        """Keep what `backward` needs; return `out`."""
        self._saved = out.shape, out.dtype, saved
        return out

    def _forget(self) -> None:
        """Let go of what the last `forward` saved: the next one gets its memory, and need not ask for more."""
        self._saved = None

    def _recall(self, dout: ArrayLike) -> tuple[np.ndarray, tuple[Any, ...]]:
        """Check `dout` against the last output; return `dout` and the tuple of what `forward` saved."""
        name = type(self).__name__
        if self._saved is None:
            raise RuntimeError(f"{name}.backward needs a forward pass first")
        shape, dtype, saved = self._saved
        dout = plain_array("dout", dout)
        if dout.shape != shape:
            raise ValueError(f"dout has shape {dout.shape}, but the output of {name} had {shape}")
        if dout.dtype != dtype:
            raise TypeError(f"dout is {dout.dtype}, but the output of {name} was {dtype}")
        return dout, saved


def needed(dx: np.ndarray | None) -> np.ndarray:
    """The gradient that a layer hands down; RuntimeError where it has computed none."""
    if dx is None:
        raise RuntimeError("a layer with input_gradient=False must be the first")
    return dx
