"""LeNet-5: the network that read cheques."""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from reference.arguments import Rng, real
from reference.layers import Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU, Sequential


class LeNet5(Sequential):
    """Two rounds of convolution and pooling, then three dense layers.

    (N, C, 28, 28) -> (N, K) scores, for `softmax_cross_entropy`. The layers have the paper's names, c1 to f6.

    ReLU of the largest of several numbers is the largest of their ReLUs, and the gradients are equal too. So with
    ReLU and max pooling, a round pools first: the activation then has a quarter of the work.

    Parameters
    ----------
    classes : int
        K.
    width : float
        Multiplies the number of maps and of hidden units: 6, 16, 120, 84 at width 1.
    in_channels : int
        C of the images.
    activation : Layer class without arguments
        Used after every hidden layer.
    pooling : Layer class that takes a kernel_size
    dtype : np.float32 or np.float64
    rng : np.random.Generator, seed or None
    input_gradient : bool
        With False, `backward` returns None instead of the gradient of the images, which training has no use for: a step
        is a seventh shorter.

    Notes
    -----
    LeCun et al. 1998, section II.B. This is the network as it is built today. The paper's differs in five places: its
    activation is a scaled tanh; its pooling (s2, s4) is a mean with a learnt factor and bias per map; each map of c3
    sees only some maps of s2; its output compares f6 with one fixed pattern per class; images of 28 pixels come in a
    frame of 32, which here is the padding of c1. `activation=Tanh, pooling=AvgPool2d` comes near it.

    Examples
    --------
    >>> model = LeNet5(rng=0)
    >>> model.forward(np.zeros((4, 1, 28, 28), np.float32)).shape
    (4, 10)
    >>> sum(p.size for p in model.params.values())
    61706
    """

    def __init__(
        self,
        classes: int = 10,
        width: float = 1.0,
        in_channels: int = 1,
        activation: Callable[[], Layer] = ReLU,
        pooling: Callable[[int], Layer] = MaxPool2d,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
        input_gradient: bool = True,
    ) -> None:
        rng = np.random.default_rng(rng)
        width = real("width", width)
        c1, c3, c5, f6 = (max(1, round(width * units)) for units in (6, 16, 120, 84))
        pool_first = activation is ReLU and pooling is MaxPool2d

        def activated_and_pooled(a: str, s: str) -> dict[str, Layer]:
            layers = [(a, activation()), (s, pooling(2))]
            return dict(reversed(layers) if pool_first else layers)

        first = Conv2d(in_channels, c1, 5, padding=2, rng=rng, dtype=dtype)
        first.input_gradient = input_gradient
        super().__init__(
            {
                "c1": first,
                **activated_and_pooled("a1", "s2"),
                "c3": Conv2d(c1, c3, 5, rng=rng, dtype=dtype),
                **activated_and_pooled("a3", "s4"),
                "flatten": Flatten(),
                # On maps of 5x5, the paper's 5x5 convolution c5 is a dense layer.
                "c5": Linear(c3 * 5 * 5, c5, rng=rng, dtype=dtype),
                "a5": activation(),
                "f6": Linear(c5, f6, rng=rng, dtype=dtype),
                "a6": activation(),
                "output": Linear(f6, classes, rng=rng, dtype=dtype),
            }
        )
