"""A window taken apart by axes: what a pooling does to a box, it may do to the rows and then to the columns.

So the work, and the steps in Python, grow with the sum of a kernel's sides, not with their product.
"""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from reference.sums import wide
from reference.window import Window


def taps(x: np.ndarray, window: Window, axis: int) -> Iterator[np.ndarray]:
    """Yield what each tap meets along one spatial axis of the padded x: views with `out` places on that axis."""
    for places in window.along(axis):
        yield x[places]


def add_back(terms: Iterable[np.ndarray], window: Window, axis: int) -> np.ndarray:
    """The transpose of `taps`: add each tap's term where the tap has been. `out` places become the padded axis."""
    terms = iter(terms)
    first = next(terms)
    shape = list(first.shape)
    shape[axis - window.axes] = window.padded[axis]
    padded = np.zeros(shape, wide(first.dtype, window.overlap(axis)))
    for term, places in zip(itertools.chain([first], terms), window.along(axis), strict=True):
        padded[places] += term
    return padded
