"""The picture of an input gradient while the entries of `dout` land in it, one window after another.

It shows where each step lands and the terms that meet in a pixel. It adds nothing up.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from convschool import planes

# Terms are written under one another: more of them than this do not fit into a cell.
MOST_TERMS = 4
MOST_STEPS_SHADED = 400


def draw_landing(
    axes: Axes,
    title: str,
    shape: tuple[int, int],
    landed: Sequence[tuple[int, int, int, int]],
    terms: dict[tuple[int, int], list[str]],
    padding: tuple[int, int] = (0, 0),
) -> None:
    """Shade each window that a step has landed in, darker where several have, and write the terms.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    title : str
    shape : (int, int)
        Rows and columns of the gradient, without padding.
    landed : sequence of (row, column, height, width)
        Windows of the steps up to now; rows and columns of the padding are negative.
    terms : dict
        For a pixel: the terms that have come to it, as text.
    padding : (int, int)
        Rows and columns around the gradient that belong to no pixel; they are hatched.
    """
    (rows, columns), (above, beside) = shape, padding
    axes.set_xlim(-beside - 0.5, columns + beside - 0.5)
    axes.set_ylim(rows + above - 0.5, -above - 0.5)
    axes.set_aspect("equal")
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("column of x", fontsize=8)
    axes.set_ylabel("row of x", fontsize=8, labelpad=1)
    axes.tick_params(labelsize=7, length=2)
    axes.xaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(7, integer=True, min_n_ticks=1))
    for row, column, height, width in landed[-MOST_STEPS_SHADED:]:
        axes.add_patch(
            Rectangle((column - 0.5, row - 0.5), width, height, color="#0072B2", alpha=0.18, linewidth=0)
        )
    if above or beside:
        outer = [(-beside - 0.5, -above - 0.5), columns + 2 * beside, rows + 2 * above]
        ring = Rectangle(*outer, fill=False, hatch="////", edgecolor="#999999", linewidth=0)
        axes.add_patch(ring)
        inner = Rectangle((-0.5, -0.5), columns, rows, fill=False, edgecolor="black", linewidth=1.2)
        axes.add_patch(inner)
    if max(shape) > planes.MOST_CELLS_WITH_NUMBERS:
        return
    for line in range(1, rows):
        axes.plot([-0.5, columns - 0.5], [line - 0.5] * 2, color="#BBBBBB", linewidth=0.5)
    for line in range(1, columns):
        axes.plot([line - 0.5] * 2, [-0.5, rows - 0.5], color="#BBBBBB", linewidth=0.5)
    for (row, column), parts in terms.items():
        text = "\n".join(parts) if len(parts) <= MOST_TERMS else f"{len(parts)}\nterms"
        size = 8.5 if len(parts) == 1 else 7 if len(parts) == 2 else 5.5
        axes.text(column, row, text, ha="center", va="center", fontsize=size, linespacing=0.95)
