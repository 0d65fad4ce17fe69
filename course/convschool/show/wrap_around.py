"""What happens to a long result when it is kept in a circle that is too short."""

from operator import index
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_steps

BLUE, ORANGE = "#0072B2", "#E69F00"


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
    places = np.arange(whole)

    def step(k: int) -> tuple[bytes, str]:
        length = lengths[k]
        fits = places < length
        title = (
            f"A circle of length {length}: what stands at place {length} and after it wraps to the front"
            if length < whole
            else f"A circle of length {length}: nothing wraps"
        )
        with style.context(["default", {"text.hinting": "none"}]):
            figure = Figure(figsize=(7.2, 3.6), facecolor="white")
            FigureCanvasAgg(figure)
            line, circle = figure.subplots(2, sharex=True, sharey=True)
            figure.subplots_adjust(0.09, 0.14, 0.985, 0.91, hspace=0.12)
            line.bar(places[fits], result[fits], color=BLUE)
            late = {"color": ORANGE, "hatch": "//", "edgecolor": "black"}
            line.bar(places[~fits], result[~fits], **late)
            line.axvline(length - 0.5, color="black", linestyle="--", linewidth=1)
            line.set_ylabel("on a line")
            circle.bar(places[:length], result[:length], color=BLUE, label="was here")
            circle.bar(
                places[~fits] - length, result[~fits], bottom=result[: whole - length], label="came around", **late
            )
            circle.axvline(length - 0.5, color="black", linestyle="--", linewidth=1)
            circle.set_ylabel("on the circle")
            circle.set_xlabel("place")
            circle.set_xticks(places)
            circle.legend(loc="upper center", fontsize=8)
            figure.suptitle(title, fontsize=10.5)
            image = planes.png(figure)
        return image, alt or f"The {what} as bars, on a line and on a circle. {title}."

    show_steps([str(length) for length in lengths], step, "length of the circle")
