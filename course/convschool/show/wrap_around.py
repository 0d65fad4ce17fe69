"""What happens to a long result when it is kept in a circle that is too short."""

from operator import index
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_steps
from convschool.show.redrawn import STYLE, Redrawn

BLUE, ORANGE = "#0072B2", "#E69F00"
LATE: dict[str, Any] = {"facecolor": ORANGE, "hatch": "//", "edgecolor": "black"}


@draws
def wrap_around(result: Any, lengths: Any, what: str = "result", alt: str = "") -> None:
    """Show a result on circles of several lengths, with a slider over the lengths.

    Above, the whole `result` on a line, with the entries that do not fit into the circle hatched. Below, the
    circle: an entry at place m comes to place m modulo the length, on top of what lies there.

    Parameters
    ----------
    result : array_like, shape (n,)
        The whole result, from you.
    lengths : sequence of int
        The lengths of the circle, each at least half of n and at most n; the first is shown first.
    what : str
        What the result is called in the title.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    result = numeric("result", result)
    if result.ndim != 1 or not result.size:
        raise ValueError(f"result must have one axis and at least one entry; its shape is {result.shape}")
    try:
        lengths = [index(length) for length in lengths]
    except TypeError:
        raise TypeError(f"lengths must be a list of ints, not {lengths!r}") from None
    whole = len(result)
    if not lengths or any(not whole <= 2 * length <= 2 * whole for length in lengths):
        raise ValueError(f"lengths must lie between {-(-whole // 2)} and {whole}; they are {lengths}")
    axes = _axes(result, lengths)

    def step(k: int) -> tuple[bytes, str]:
        length = lengths[k]
        title = (
            f"A circle of length {length}: what stands at place {length} and after it wraps to the front"
            if length < whole
            else f"A circle of length {length}: nothing wraps"
        )
        with style.context(STYLE):
            image = axes.png(_bars(axes.figure, result, length, title))
        return image, alt or f"The {what} as bars, on a line and on a circle. {title}."

    show_steps([str(length) for length in lengths], step, "length of the circle")


def _axes(result: np.ndarray, lengths: list[int]) -> Redrawn:
    """The two axes without bars, high enough for what stands on top of each other on any of the circles."""
    whole = len(result)
    heights = [0.0, *result]
    for length in lengths:
        heights += list(result[: whole - length] + result[length:])
    least, most = min(heights), max(heights)
    room = 0.05 * (most - least or 1.0)
    with style.context(STYLE):
        figure = Figure(figsize=(7.2, 3.6), facecolor="white")
        line, circle = figure.subplots(2, sharex=True, sharey=True)
        figure.subplots_adjust(0.09, 0.14, 0.985, 0.91, hspace=0.12)
        line.set(ylabel="on a line", xlim=(-0.9, whole - 0.1), ylim=(least - room if least < 0 else 0, most + room))
        circle.set(ylabel="on the circle", xlabel="place", xticks=range(whole))
        marks = [Patch(color=BLUE, label="was here"), Patch(label="came around", **LATE)]
        circle.legend(handles=marks, loc="upper center", fontsize=8)
        return Redrawn(figure)


def _bars(figure: Figure, result: np.ndarray, length: int, title: str) -> list[Artist]:
    """What the slider changes: the title, the bars, and the end of the circle."""
    line, circle = figure.axes
    places = np.arange(len(result))
    early, late = result[:length], result[length:]
    changing: list[Artist] = [figure.text(0.5, 0.98, title, ha="center", va="top", fontsize=10.5)]
    for axes in (line, circle):
        changing += axes.bar(places[:length], early, color=BLUE, label="was here")
        changing.append(axes.axvline(length - 0.5, color="black", linestyle="--", linewidth=1))
    changing += line.bar(places[length:], late, **LATE)
    changing += circle.bar(places[: len(late)], late, bottom=early[: len(late)], label="came around", **LATE)
    return changing
