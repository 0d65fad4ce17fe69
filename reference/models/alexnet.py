"""AlexNet: the network that won ImageNet in 2012."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from reference.arguments import Init, Rng, integer, real
from reference.initializers import normal
from reference.layers import Conv2d, Dropout, Flatten, Linear, LocalResponseNorm, MaxPool2d, ReLU, Sequential

PAPER_INIT = normal(0.01)


class AlexNet(Sequential):
    """Five convolutions and three dense layers.

    (N, 3, image_size, image_size) -> (N, K) scores, for `softmax_cross_entropy`.

    Parameters
    ----------
    classes : int
        K.
    width : float
        Multiplies the number of maps and of hidden units: 96, 256, 384, 384, 256, 4096, 4096 at width 1; numbers of
        maps are rounded to even ones, so that two groups can share them.
    image_size : int
        H = W of the images, at least 67. The paper's text says 224, its numbers need 227.
    dropout : float
        Probability of dropping a hidden unit of the first two dense layers.
    init : function (shape, rng, dtype) -> array
        For every w; `initializers.zeros` builds a network that takes no memory until it is run, enough to count it.
    dtype : np.float32 or np.float64
    rng : np.random.Generator, seed or None
        For the start values and for dropout.
    input_gradient : bool
        With False, `backward` returns None instead of the gradient of the images, which training has no use for.

    Notes
    -----
    Krizhevsky, Sutskever and Hinton 2012, section 3.5. The paper trained on two GPUs: conv2, conv4 and conv5 see only
    the maps on their own GPU, here groups=2. Start values are the paper's (section 5): w from N(0, 0.01**2), b = 1
    where it makes ReLUs start out positive.

    Examples
    --------
    >>> from reference.initializers import zeros
    >>> sum(p.size for p in AlexNet(init=zeros).params.values())
    60965224
    """

    def __init__(
        self,
        classes: int = 1000,
        width: float = 1.0,
        image_size: int = 227,
        dropout: float = 0.5,
        init: Init = PAPER_INIT,
        dtype: DTypeLike = np.float32,
        rng: Rng = None,
        input_gradient: bool = True,
    ) -> None:
        rng = np.random.default_rng(rng)
        width = real("width", width)
        m1, m2, m3, m4, m5 = (max(2, 2 * round(width * maps / 2)) for maps in (96, 256, 384, 384, 256))
        units = max(1, round(width * 4096))

        def conv(channels: int, maps: int, k: int, **geometry: Any) -> Conv2d:
            return Conv2d(channels, maps, k, **geometry, init=init, rng=rng, dtype=dtype)

        def norm() -> LocalResponseNorm:
            # The paper's alpha of 1e-4 is not divided by the size of the window.
            return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)

        first = conv(3, m1, 11, stride=4)
        first.input_gradient = input_gradient
        features = {
            "conv1": first,
            "relu1": ReLU(),
            "norm1": norm(),
            "pool1": MaxPool2d(3, stride=2),
            "conv2": conv(m1, m2, 5, padding=2, groups=2),
            "relu2": ReLU(),
            "norm2": norm(),
            "pool2": MaxPool2d(3, stride=2),
            "conv3": conv(m2, m3, 3, padding=1),
            "relu3": ReLU(),
            "conv4": conv(m3, m4, 3, padding=1, groups=2),
            "relu4": ReLU(),
            "conv5": conv(m4, m5, 3, padding=1, groups=2),
            "relu5": ReLU(),
            "pool5": MaxPool2d(3, stride=2),
            "flatten": Flatten(),
        }
        if integer("image_size", image_size, 1) < 67:
            raise ValueError(f"image_size must be at least 67 for pool5 to have an output, not {image_size}")
        (flat,) = Sequential(features).output_shape((3, image_size, image_size))
        super().__init__(
            {
                **features,
                "fc6": Linear(flat, units, init=init, rng=rng, dtype=dtype),
                "relu6": ReLU(),
                "drop6": Dropout(dropout, rng),
                "fc7": Linear(units, units, init=init, rng=rng, dtype=dtype),
                "relu7": ReLU(),
                "drop7": Dropout(dropout, rng),
                "fc8": Linear(units, classes, init=init, rng=rng, dtype=dtype),
            }
        )
        for name in ("conv2", "conv4", "conv5", "fc6", "fc7"):
            self.layers[name].params["b"][:] = 1
