"""A kernel that slides over its input."""

from typing import Any

import numpy as np

from convschool import planes
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.picture import show_steps


def sliding_kernel(x: Any, w: Any, out: Any, stride: Any = 1, padding: Any = 0, alt: str = "") -> None:
    """Show how each entry of `out` comes about, with a slider over the entries.

    Beside each other: the padded input with one window outlined, the kernel, their products, and your `out`
    with the entry of that window outlined. Over them, the sum of the products beside your value.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The input.
    w : array_like, shape (KH, KW)
        The kernel, as it lies on the window: this is cross-correlation.
    out : array_like, shape (OH, OW)
        The result, from your function.
    stride : int or (int, int)
    padding : int or (int, int)
        Rows of zeros above and below `x`, and columns of zeros beside it.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    x, w, out = plane("x", x), plane("w", w), plane("out", out)
    stride, padding = pair("stride", stride, 1), pair("padding", padding, 0)
    above, beside = padding
    padded = np.pad(x, ((above, above), (beside, beside)))
    windows_fit("out", out, padded.shape, w.shape, stride)
    height, width = w.shape
    columns = out.shape[1]
    limits = float(padded.min()), float(padded.max())
    bars = not all(map(planes.has_numbers, (padded, w, out)))

    def step(k: int) -> tuple[bytes, str]:
        i, j = divmod(k, columns)
        row, column = i * stride[0], j * stride[1]
        products = padded[row : row + height, column : column + width] * w
        total, yours = float(products.sum()), float(out[i, j])
        same = abs(total - yours) <= 1e-4 * max(1.0, abs(total))
        title = (
            f"One window at a time: here the products sum to {planes.number(total)}; "
            f"your out[{i}, {j}] is {planes.number(yours)}{'' if same else ', which differs'}"
        )
        shapes = [padded.shape, w.shape, products.shape, out.shape]
        with planes.row_of_planes(shapes, title, bars) as (figure, axes):
            name = "x" if padding == (0, 0) else "x and its padding"
            planes.draw(axes[0], padded, name, limits=limits, first=(-above, -beside))
            planes.draw(axes[1], w, "kernel w")
            planes.draw(axes[2], products, "window × kernel")
            planes.draw(axes[3], out, "your out")
            planes.outline(axes[0], row - above, column - beside, height, width)
            planes.outline(axes[3], i, j)
            image = planes.png(figure)
        where = f"rows {row - above} to {row - above + height - 1}, columns {column - beside} to "
        return image, alt or f"{title}. The window lies on {where}{column - beside + width - 1} of x."

    labels = [f"[{i}, {j}]" for i in range(out.shape[0]) for j in range(columns)]
    show_steps(labels, len(labels) // 2, step, "entry of out")
