"""A kernel that slides over its input."""

from collections.abc import Callable
from typing import Any

import numpy as np

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.picture import show_steps


@draws
def sliding_kernel(
    x: Any, w: Any, out: Any, stride: Any = 1, padding: Any = 0, alt: str = "", layer: Callable | None = None
) -> None:
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
    layer : callable, optional
        ``layer(x, w)`` is `out`. With it the reader may change the numbers of `x` and `w`.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    x, w, out = plane("x", x), plane("w", w), plane("out", out)
    stride, padding = pair("stride", stride, 1), pair("padding", padding, 0)
    above, beside = padding

    def with_border() -> np.ndarray:
        return np.pad(x, ((above, above), (beside, beside)))

    windows_fit("out", out, with_border().shape, w.shape, stride)
    height, width = w.shape
    columns = out.shape[1]
    names = ["x" if padding == (0, 0) else "x and its padding", "kernel w", "window × kernel", "your out"]

    def step(k: int) -> tuple[bytes, str]:
        padded, results = with_border(), plane("out", layer(x.copy(), w.copy())) if layer else out
        i, j = divmod(k, columns)
        row, column = i * stride[0], j * stride[1]
        products = padded[row : row + height, column : column + width] * w
        total, yours = float(products.sum()), float(results[i, j])
        same = abs(total - yours) <= 1e-4 * max(1.0, abs(total))
        title = (
            f"One window at a time: here the products sum to {planes.number(total)}; "
            f"your out[{i}, {j}] is {planes.number(yours)}{'' if same else ', which differs'}"
        )
        shapes = [x.shape, w.shape, w.shape, out.shape]
        with planes.sheet(title, shapes, [padding, (0, 0), (0, 0), (0, 0)]) as (figure, places):
            for place, values, name in zip(places, (padded, w, products, results), names, strict=True):
                place.label(name)
                place.heat(values)
            places[0].outline(row - above, column - beside, height, width)
            places[3].outline(i, j)
            image = planes.png(figure)
        where = f"rows {row - above} to {row - above + height - 1}, columns {column - beside} to "
        return image, alt or f"{title}. The window lies on {where}{column - beside + width - 1} of x."

    labels = [f"[{i}, {j}]" for i in range(out.shape[0]) for j in range(columns)]
    show_steps(labels, step, "entry of out", {"x": x, "w": w} if layer else None)
