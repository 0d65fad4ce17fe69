"""How windows of an image become the columns of a matrix, and how many columns hold a pixel."""

from dataclasses import dataclass
from functools import partial
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
    padded = np.pad(x, [(zeros, zeros) for zeros in padding])
    if min(np.subtract(padded.shape, size)) < 0:
        raise ValueError(f"kernel_size {size} does not fit into {padded.shape}, which is x with its padding")
    rows, columns = ((room - k) // s + 1 for room, k, s in zip(padded.shape, size, stride, strict=True))
    if cols.shape != (size[0] * size[1], rows * columns):
        raise ValueError(
            f"cols has shape {cols.shape}; windows of {size[0] * size[1]} pixels at {rows * columns} places need "
            f"{(size[0] * size[1], rows * columns)}"
        )
    windows_fit("cols", np.empty((rows, columns)), padded.shape, size, stride)
    windows = _Windows(x, padded, cols, size, stride, padding, columns)
    show_steps([str(n) for n in range(rows * columns)], partial(_step, windows, alt), "column of cols")


@dataclass(frozen=True)
class _Windows:
    """An image with its windows: `columns` of them lie in a row. Pairs are (height, width)."""

    x: np.ndarray
    padded: np.ndarray
    cols: np.ndarray
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    columns: int

    def corner(self, column: int) -> tuple[int, int]:
        """The first row and column, in the padded image, of the window that a column of `cols` holds."""
        i, j = divmod(column, self.columns)
        return i * self.stride[0], j * self.stride[1]

    def count_until(self, column: int) -> np.ndarray:
        """How many of the columns up to this one hold each pixel of the padded image."""
        counts = np.zeros(self.padded.shape)
        for earlier in range(column + 1):
            top, left = self.corner(earlier)
            counts[top : top + self.size[0], left : left + self.size[1]] += 1
        return counts


def _step(windows: _Windows, alt: str, column: int) -> tuple[bytes, str]:
    """The picture of one column of `cols`, and its description; `alt` in the place of that, where it is given."""
    (height, width), padding = windows.size, windows.padding
    row, place = windows.corner(column)
    above, beside = padding
    window = windows.padded[row : row + height, place : place + width]
    title = f"Column {column} is window [{column // windows.columns}, {column % windows.columns}], row by row"
    title += "" if np.allclose(windows.cols[:, column], window.ravel()) else ": yours differs"
    shapes = [windows.x.shape, windows.cols.shape, windows.x.shape]
    with planes.sheet(title, shapes, [padding, (0, 0), padding]) as (figure, places):
        places[0].label("x" if padding == (0, 0) else "x and its padding")
        places[0].heat(windows.padded)
        places[1].label("cols", rows="entry of the window", columns="place")
        places[1].heat(windows.cols)
        places[2].label(f"how many of columns 0 to {column} hold it" if column else "does column 0 hold it?")
        most = _most(windows.padded.shape, windows.size, windows.stride)
        places[2].heat(windows.count_until(column), limits=(0, most))
        places[0].outline(row - above, place - beside, height, width)
        places[1].outline(0, column, height * width, 1)
        places[2].outline(row - above, place - beside, height, width)
        image = planes.png(figure)
    where = f"rows {row - above} to {row - above + height - 1}, "
    where += f"columns {place - beside} to {place - beside + width - 1} of x"
    return image, alt or f"{title}. The window lies on {where}."


def _most(space: tuple[int, int], size: tuple[int, int], stride: tuple[int, int]) -> int:
    """The largest number of windows that any pixel lies in."""
    most = 1
    for room, k, s in zip(space, size, stride, strict=True):
        starts = range(0, room - k + 1, s)
        most *= max(sum(start <= at < start + k for start in starts) for at in range(room))
    return most
