"""Where the entries of `dout` go in the input gradient of a convolution."""

from typing import Any

import numpy as np

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.landing import draw_landing
from convschool.show.picture import show_steps


@draws
def gradient_scatter(
    dout: Any, w: Any, x_shape: tuple[int, int], stride: Any = 1, padding: Any = 0, alt: str = ""
) -> None:
    """Show where ``dout[i, j] * w`` lands in dx, with a slider over the entries of `dout`, and fields for its numbers.

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

    def step(k: int) -> tuple[bytes, str]:
        i, j = divmod(k, columns)
        steps = [divmod(n, columns) for n in range(k + 1)]
        windows = [(a * stride[0] - above, b * stride[1] - beside, height, width) for a, b in steps]
        share = planes.number(dout[i, j])
        title = f"Entry by entry: dout[{i}, {j}] = {share} brings {share} × w to the outlined window of dx"
        shapes = [dout.shape, w.shape, w.shape, shape]
        with planes.sheet(title, shapes, [(0, 0)] * 3 + [padding]) as (figure, places):
            for place, values, name in zip(
                places[:3], (dout, w, dout[i, j] * w), ("dout", "kernel w", f"dout[{i}, {j}] × w"), strict=True
            ):
                place.label(name)
                place.heat(values)
            draw_landing(places[3], windows, [dout[step] * w for step in steps])
            places[0].outline(i, j)
            places[3].outline(*windows[-1])
            image = planes.png(figure)
        row, column = windows[-1][:2]
        where = f"rows {row} to {row + height - 1}, columns {column} to {column + width - 1}"
        return image, alt or f"{title}, {where}; {k} entries before it have landed already."

    labels = [f"[{i}, {j}]" for i in range(dout.shape[0]) for j in range(columns)]
    show_steps(labels, step, "entry of dout", {"dout": dout, "w": w})
