"""How windows of an image become the columns of a matrix, and how many columns hold a pixel."""

from typing import Any

import numpy as np

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import pair, plane, windows_fit
from convschool.show.picture import show_steps


@draws
def window_columns(x: Any, cols: Any, kernel_size: Any, stride: Any = 1, padding: Any = 0, alt: str = "") -> None:
    """Show which window of `x` each column of `cols` holds, with a slider over the columns.

    Beside each other: `x` with one window outlined, your `cols` with the column of that window outlined, and the
    number of columns, up to this one, whose window holds each pixel.

    Parameters
    ----------
    x : array_like, shape (H, W)
        The image.
    cols : array_like, shape (KH * KW, OH * OW)
        Its windows as columns, from you.
    kernel_size : int or (int, int)
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
    x, cols = plane("x", x), plane("cols", cols)
    size, stride, padding = pair("kernel_size", kernel_size, 1), pair("stride", stride, 1), pair("padding", padding, 0)
    (height, width), (above, beside) = size, padding
    padded = np.pad(x, ((above, above), (beside, beside)))
    if min(np.subtract(padded.shape, size)) < 0:
        raise ValueError(f"kernel_size {size} does not fit into {padded.shape}, which is x with its padding")
    rows, columns = ((room - k) // s + 1 for room, k, s in zip(padded.shape, size, stride, strict=True))
    if cols.shape != (height * width, rows * columns):
        raise ValueError(
            f"cols has shape {cols.shape}; windows of {height * width} pixels at {rows * columns} places need "
            f"{(height * width, rows * columns)}"
        )
    windows_fit("cols", np.empty((rows, columns)), padded.shape, size, stride)

    def corner(column: int) -> tuple[int, int]:
        i, j = divmod(column, columns)
        return i * stride[0], j * stride[1]

    def step(column: int) -> tuple[bytes, str]:
        row, place = corner(column)
        copies = np.zeros(padded.shape)
        for earlier in range(column + 1):
            top, left = corner(earlier)
            copies[top : top + height, left : left + width] += 1
        same = np.allclose(cols[:, column], padded[row : row + height, place : place + width].ravel())
        title = f"Column {column} is window [{column // columns}, {column % columns}], row by row"
        title += "" if same else ": yours differs"
        shapes = [x.shape, cols.shape, x.shape]
        with planes.sheet(title, shapes, [padding, (0, 0), padding]) as (figure, places):
            places[0].label("x" if padding == (0, 0) else "x and its padding")
            places[0].heat(padded)
            places[1].label("cols", rows="entry of the window", columns="place")
            places[1].heat(cols)
            places[2].label(f"how many of columns 0 to {column} hold it" if column else "does column 0 hold it?")
            places[2].heat(copies, limits=(0, _most(padded.shape, size, stride)))
            places[0].outline(row - above, place - beside, height, width)
            places[1].outline(0, column, height * width, 1)
            places[2].outline(row - above, place - beside, height, width)
            image = planes.png(figure)
        where = f"rows {row - above} to {row - above + height - 1}, "
        where += f"columns {place - beside} to {place - beside + width - 1} of x"
        return image, alt or f"{title}. The window lies on {where}."

    show_steps([str(n) for n in range(rows * columns)], step, "column of cols")


def _most(space: tuple[int, int], size: tuple[int, int], stride: tuple[int, int]) -> int:
    """The largest number of windows that any pixel lies in."""
    most = 1
    for room, k, s in zip(space, size, stride, strict=True):
        starts = range(0, room - k + 1, s)
        most *= max(sum(start <= at < start + k for start in starts) for at in range(room))
    return most
