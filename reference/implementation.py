"""What an implementation of convolution or max pooling is: a module with these functions (mypy checks it).

To add one, write the three functions in a module below `fast/` and let the rule return it; nothing else knows its name.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeGuard

import numpy as np

from reference.window import Window

Gradients = Callable[[np.ndarray, bool], tuple[np.ndarray | None, np.ndarray, np.ndarray]]


class Convolution(Protocol):
    """Arrays come checked: of one type, float32 or float64, with shapes that fit the window.

    x is (N, C, *size), w (F, C/groups, *kernel), b (F,) or None, dout (N, F, *out). None is modified, results are new.
    """

    def conv(self, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int, /) -> np.ndarray:
        """out (N, F, *out)"""
        ...

    def conv_dx(self, dout: np.ndarray, w: np.ndarray, window: Window, groups: int, /) -> np.ndarray:
        """The gradient (N, C, *size) of `sum(dout * conv(x, w, b))` with respect to x."""
        ...

    def conv_dw(self, dout: np.ndarray, x: np.ndarray, window: Window, groups: int, /) -> np.ndarray:
        """The same with respect to w."""
        ...


class RememberingConvolution(Convolution, Protocol):
    """An implementation that has more to offer a layer, which goes forward and back with the same x and w."""

    def conv_and_gradients(
        self, x: np.ndarray, w: np.ndarray, b: np.ndarray | None, window: Window, groups: int, /
    ) -> tuple[np.ndarray, Gradients]:
        """out, and the function `gradients(dout, input_gradient)` -> (dx or None, dw, db), which remembers what `conv`
        has made on the way.
        """
        ...


def remembers(implementation: Convolution) -> TypeGuard[RememberingConvolution]:
    """Whether the implementation has a `conv_and_gradients` of its own."""
    return hasattr(implementation, "conv_and_gradients")


class MaxPooling(Protocol):
    """x is (N, C, *size), dout (N, C, *out)."""

    def max_pool(self, x: np.ndarray, window: Window, /) -> np.ndarray:
        """The largest of each window, (N, C, *out)."""
        ...

    def winners(self, x: np.ndarray, window: Window, /) -> tuple[np.ndarray, Any]:
        """(the same, who won: whatever `route` needs to know)"""
        ...

    def route(self, dout: np.ndarray, winner: Any, window: Window, /) -> np.ndarray:
        """The gradient (N, C, *size): each entry of dout goes to the pixel that won its window."""
        ...
