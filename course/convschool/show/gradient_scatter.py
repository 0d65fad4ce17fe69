"""Where the entries of `dout` go in the input gradient of a convolution."""

from typing import Any

import numpy as np

from convschool import planes
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.landing import draw_landing
from convschool.show.picture import show_steps


def gradient_scatter(
    dout: Any, w: Any, x_shape: tuple[int, int], stride: Any = 1, padding: Any = 0, alt: str = ""
) -> None:
    """Show where ``dout[i, j] * w`` lands in dx, with a slider over the entries of `dout`.

    Beside each other: `dout` with one entry outlined, the kernel, the entry times the kernel, and dx: the
    window where this lands, outlined; what the entries before it have brought, as terms in each pixel, with
    darker shading where more have come. Adding the terms up is left to you.

    Parameters
    ----------
    dout : array_like, shape (OH, OW)
        The gradient of the loss with respect to the output.
    w : array_like, shape (KH, KW)
        The kernel of the cross-correlation.
    x_shape : (int, int)
        Shape of the input, without padding.
    stride : int or (int, int)
    padding : int or (int, int)
        What lands in the padding, hatched, belongs to no input.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    dout, w = plane("dout", dout), plane("w", w)
    if np.ndim(x_shape) != 1:
        raise TypeError(f"x_shape must be a pair of ints, not {x_shape!r}")
    shape = pair("x_shape", tuple(x_shape), 1)
    stride, padding = pair("stride", stride, 1), pair("padding", padding, 0)
    above, beside = padding
    space = shape[0] + 2 * above, shape[1] + 2 * beside
    windows_fit("dout", dout, space, w.shape, stride)
    height, width = w.shape
    columns = dout.shape[1]
    bars = not all(map(planes.has_numbers, (dout, w)))

    def step(k: int) -> tuple[bytes, str]:
        i, j = divmod(k, columns)
        places = [divmod(n, columns) for n in range(k + 1)]
        windows = [(a * stride[0] - above, b * stride[1] - beside, height, width) for a, b in places]
        share = planes.number(dout[i, j])
        title = f"Entry by entry: dout[{i}, {j}] = {share} brings {share} × w to the outlined window of dx"
        with planes.row_of_planes([dout.shape, w.shape, w.shape, space], title, bars) as (figure, axes):
            planes.draw(axes[0], dout, "dout")
            planes.draw(axes[1], w, "kernel w")
            planes.draw(axes[2], dout[i, j] * w, f"dout[{i}, {j}] × w")
            brought = _terms(dout, w, places, windows, shape) if _few(shape, w, stride) else {}
            draw_landing(axes[3], "dx: terms so far", shape, windows, brought, padding)
            planes.outline(axes[0], i, j)
            planes.outline(axes[3], *windows[-1])
            image = planes.png(figure)
        row, column = windows[-1][:2]
        where = f"rows {row} to {row + height - 1}, columns {column} to {column + width - 1}"
        return image, alt or f"{title}, {where}; {k} entries before it have landed already."

    labels = [f"[{i}, {j}]" for i in range(dout.shape[0]) for j in range(columns)]
    show_steps(labels, len(labels) // 2, step, "entry of dout")


def _few(shape: tuple[int, int], w: np.ndarray, stride: tuple[int, int]) -> bool:
    return max(shape) <= planes.MOST_CELLS_WITH_NUMBERS


def _terms(dout, w, places, windows, shape) -> dict[tuple[int, int], list[str]]:
    """What each pixel inside `shape` has been brought, as text: one term for each window that covers it."""
    terms: dict[tuple[int, int], list[str]] = {}
    for place, (top, left, height, width) in zip(places, windows, strict=True):
        for a in range(height):
            for b in range(width):
                pixel = top + a, left + b
                if 0 <= pixel[0] < shape[0] and 0 <= pixel[1] < shape[1]:
                    terms.setdefault(pixel, []).append(planes.number(dout[place] * w[a, b]))
    return terms
