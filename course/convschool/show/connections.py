"""Which weight connects which pixel with an output, in three kinds of layer."""

from typing import Any

import numpy as np
from matplotlib import colormaps

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import pair
from convschool.show.picture import show_steps

KINDS = ("fully connected", "locally connected", "convolutional")


@draws
def connections(image: Any, kernel_size: Any, alt: str = "") -> None:
    """Show the numbers of the weights that lead to one output, with a slider over the outputs.

    Three copies of the image beside each other, one for each kind of layer: fully connected, locally connected,
    convolutional. A cell holds the number of the weight between its pixel and the output; empty cells are not
    connected. A colour means the same weight at every step.

    Parameters
    ----------
    image : (int, int)
        Height and width, at most 8 each.
    kernel_size : int or (int, int)
        The window of the last two kinds; stride 1, no padding.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For sizes that do not fit together, with their names.
    """
    (height, width), (kh, kw) = pair("image", image, 1), pair("kernel_size", kernel_size, 1)
    if max(height, width) > 8:
        raise ValueError(f"image is {height} by {width}: at most 8 by 8 can be read")
    if kh > height or kw > width:
        raise ValueError(f"kernel_size is {kh} by {kw}: it must fit into the image, {height} by {width}")
    rows, columns = height - kh + 1, width - kw + 1
    window = np.arange(kh * kw).reshape(kh, kw)
    counts = height * width * rows * columns, kh * kw * rows * columns, kh * kw

    def step(k: int) -> tuple[bytes, str]:
        i, j = divmod(k, columns)
        full = np.arange(height * width).reshape(height, width) + k * height * width
        pictures = [full.astype(float)]
        for first in (k * kh * kw, 0):
            picture = np.full((height, width), np.nan)
            picture[i : i + kh, j : j + kw] = window + first
            pictures.append(picture)
        title = f"Output [{i}, {j}]: which weights lead to it? Each cell shows the number of a weight"
        with planes.sheet(title, [(height, width)] * 3) as (figure, places):
            for place, picture, kind, count in zip(places, pictures, KINDS, counts, strict=True):
                place.label(kind)
                _paint(place, picture, count)
                place.outline(i, j, kh, kw)
            image = planes.png(figure)
        spans = ", ".join(
            f"{kind}: weights {np.nanmin(p):.0f} to {np.nanmax(p):.0f}" for kind, p in zip(KINDS, pictures, strict=True)
        )
        return image, alt or f"{title}. {spans}."

    labels = [f"[{i}, {j}]" for i in range(rows) for j in range(columns)]
    show_steps(labels, step, "output")


def _paint(place: planes.Plane, numbers: np.ndarray, count: int) -> None:
    """Colour the cells that hold a number out of `count`, and write it; light colours, so that black is read on all."""
    place.blank()
    place.some(numbers, colormaps[planes.HEAT](0.05 + 0.4 * np.nan_to_num(numbers) / (count - 1 or 1)))
    place.frame()
