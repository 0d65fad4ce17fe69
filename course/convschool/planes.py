"""2-D arrays drawn as grids of cells with their numbers: the one look of checks and figures.

Figures are made without pyplot and in Matplotlib's default style, so that nothing here sees or changes
the settings and the open figures of the notebook.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import MaxNLocator

# Vermillion with a white rim: seen on every colour of cividis, and in greyscale.
OUTLINE = "#D55E00"
MOST_CELLS_WITH_NUMBERS = 14
WIDEST = 10.0
GAP, BAR, MARGIN, TOP, BOTTOM = 0.75, 0.55, 0.6, 0.75, 0.55


@contextmanager
def row_of_planes(shapes: Sequence[tuple[int, int]], title: str, bars: bool = False) -> Iterator[tuple]:
    """A figure with one axes for each ``(rows, columns)`` of `shapes`, all cells of about one size.

    Yields ``figure, axes``; `title` stands over all, and `bars` leaves room for a colour bar beside each.
    """
    gap = GAP + (BAR if bars else 0)
    # Titles need room over narrow planes too, so no plane is less than 1.6 inches wide.
    free = WIDEST - MARGIN - gap * len(shapes)
    cell = min(0.5, free / sum(columns for _, columns in shapes), 3.2 / max(rows for rows, _ in shapes))
    widths = [max(1.6, cell * columns) for _, columns in shapes]
    height = max(cell * rows for rows, _ in shapes)
    size = MARGIN + sum(widths) + gap * len(shapes), TOP + height + BOTTOM
    with style.context("default"):
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        figure.suptitle(title, fontsize=10.5, y=1 - 0.12 / size[1], va="top")
        axes, left = [], MARGIN
        for width in widths:
            box = (left / size[0], BOTTOM / size[1], width / size[0], height / size[1])
            axes.append(figure.add_axes(box))
            left += width + gap
        yield figure, axes


def png(figure: Figure) -> bytes:
    """`figure` as a PNG image."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return buffer.getvalue()


def has_numbers(values: np.ndarray) -> bool:
    """Whether `draw` writes the numbers of `values` into the cells."""
    return max(values.shape) <= MOST_CELLS_WITH_NUMBERS


def draw(
    axes: Axes,
    values: np.ndarray,
    title: str,
    colours: str = "cividis",
    limits: tuple[float, float] | None = None,
    rows: str = "row",
    columns: str = "column",
    bar: bool | None = None,
    first: tuple[int, int] = (0, 0),
) -> None:
    """Draw `values`, with numbers in the cells of a small array and a colour bar beside a large one.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    values : numpy.ndarray
        2-D.
    limits : (low, high), optional
        The values of the ends of the colour scale.
    bar : bool, optional
        Whether there is a colour bar; by default, where there are no numbers.
    first : (int, int)
        The index that the top left cell has: negative where rows and columns of padding come before.
    """
    low, high = limits or (None, None)
    top, left = first
    extent = (left - 0.5, left + values.shape[1] - 0.5, top + values.shape[0] - 0.5, top - 0.5)
    image = axes.imshow(values, cmap=colours, vmin=low, vmax=high, extent=extent, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(columns, fontsize=8)
    axes.set_ylabel(rows, fontsize=8, labelpad=1)
    axes.tick_params(labelsize=7, length=2)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    if bar if bar is not None else not has_numbers(values):
        axes.figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03).ax.tick_params(labelsize=7)
    if not has_numbers(values):
        return
    size = 9 if max(values.shape) <= 8 else 7
    for (i, j), value in np.ndenumerate(values):
        red, green, blue, _ = image.cmap(image.norm(value))
        dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
        ink = "white" if dark else "black"
        axes.text(left + j, top + i, number(value), ha="center", va="center", fontsize=size, color=ink)


def outline(axes: Axes, row: int, column: int, height: int = 1, width: int = 1) -> None:
    """Outline the cells from ``[row, column]`` on."""
    for colour, thickness in (("white", 5.5), (OUTLINE, 3)):
        corner = column - 0.5, row - 0.5
        axes.add_patch(
            Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=thickness, clip_on=False)
        )


def number(value: float) -> str:
    """A number short enough for a cell."""
    return f"{value + 0.0:.3g}".replace("-", "−")


def ring(axes: Axes, row: int, column: int) -> None:
    """Mark one cell with a ring."""
    for colour, thickness in (("white", 4), ("black", 1.8)):
        axes.add_patch(Circle((column, row), 0.42, fill=False, edgecolor=colour, linewidth=thickness))
