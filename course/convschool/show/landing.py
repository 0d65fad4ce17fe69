"""The picture of an input gradient while the entries of `dout` land in it, one window after another.

It shows where each step lands and the terms that meet in a pixel. It adds nothing up.
"""

from collections.abc import Sequence

import numpy as np

from convschool.planes import Plane

MOST_TERMS = 4
MOST_CHARACTERS = 6


def draw_landing(plane: Plane, windows: Sequence[tuple[int, int, int, int]], terms: Sequence[np.ndarray]) -> None:
    """Shade each window that a step has landed in, darker where several have, and write the terms.

    Parameters
    ----------
    plane : Plane
        The gradient, with the padding that belongs to no pixel.
    windows : sequence of (row, column, height, width)
        One for each step up to now; rows and columns of the padding are negative.
    terms : sequence of numpy.ndarray, shape (height, width)
        For each step, what it brings to the pixels of its window.
    """
    plane.label("dx: terms so far", rows="row of x", columns="column of x")
    plane.blank()
    plane.shade(windows)
    plane.frame()
    if not plane.has_numbers:
        return
    for row, column in np.ndindex(*plane.shape):
        parts = [
            of_window[row - top, column - left]
            for (top, left, height, width), of_window in zip(windows, terms, strict=True)
            if top <= row < top + height and left <= column < left + width
        ]
        if parts:
            plane.write(row, column, _sum_as_written(parts))


def _sum_as_written(parts: Sequence[float]) -> str:
    """``3−1+2``, in short lines."""
    if len(parts) > MOST_TERMS:
        return f"{len(parts)}\nterms"
    lines, line = [], ""
    for n, part in enumerate(parts):
        part = round(float(part), 2) + 0.0  # no -0
        short = f"{part:+.2f}".rstrip("0").rstrip(".").replace("-", "−")
        short = short.removeprefix("+") if n == 0 else short
        if line and len(line + short) > MOST_CHARACTERS:
            lines.append(line)
            line = ""
        line += short
    return "\n".join([*lines, line])
