"""Where the entries of `dout` go in the input gradient of max pooling."""

from typing import Any

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.landing import draw_landing
from convschool.show.picture import show_steps


@draws
def max_routing(x: Any, kernel_size: Any, stride: Any, dout: Any, alt: str = "") -> None:
    """Show which pixel of each window gets ``dout[i, j]``, with a slider over the entries of `dout`, and fields.

    Beside each other: the input with one window outlined and its maximum marked, `dout` with the entry of that
    window outlined, and dx with what the entries up to this one have brought, as terms in each pixel.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The input of the pooling.
    kernel_size : int or (int, int)
    stride : int or (int, int)
    dout : array_like, shape (OH, OW)
        The gradient of the loss with respect to the output.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.

    Notes
    -----
    Of equal maxima the first in row-major order gets it all, as in the lessons.
    """
    x, dout = plane("x", x), plane("dout", dout)
    size, stride = pair("kernel_size", kernel_size, 1), pair("stride", stride, 1)
    windows_fit("dout", dout, x.shape, size, stride)
    columns = dout.shape[1]

    def maximum(k: int) -> tuple[int, int, bool]:
        row, column = (n * s for n, s in zip(divmod(k, columns), stride, strict=True))
        window = x[row : row + size[0], column : column + size[1]]
        a, b = divmod(int(window.argmax()), size[1])
        return row + a, column + b, bool((window == window.max()).sum() > 1)

    def step(k: int) -> tuple[bytes, str]:
        i, j = divmod(k, columns)
        row, column, tie = maximum(k)
        share = planes.number(dout[i, j])
        first = " (of equal ones the first)" if tie else ""
        title = f"The maximum{first} of the outlined window gets all of dout[{i}, {j}] = {share}"
        windows = [(*maximum(n)[:2], 1, 1) for n in range(k + 1)]
        with planes.sheet(title, [x.shape, dout.shape, x.shape]) as (figure, places):
            for place, values, name in zip(places, (x, dout), ("x: window and its maximum", "dout"), strict=False):
                place.label(name)
                place.heat(values)
            draw_landing(places[2], windows, [dout[divmod(n, columns)].reshape(1, 1) for n in range(k + 1)])
            places[0].outline(i * stride[0], j * stride[1], *size)
            places[0].ring(row, column)
            places[1].outline(i, j)
            places[2].outline(row, column)
            image = planes.png(figure)
        return image, alt or f"{title}. It lies at [{row}, {column}] of x."

    labels = [f"[{i}, {j}]" for i in range(dout.shape[0]) for j in range(columns)]
    show_steps(labels, step, "entry of dout", {"x": x, "dout": dout})
