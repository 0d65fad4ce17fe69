"""What a bottleneck costs beside the layer that it stands for."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from convschool.front import draws
from convschool.show.picture import show_steps
from convschool.show.redrawn import STYLE, Redrawn

COUNTS = "parameters", "multiply-adds", "activations"
# Colours that differ in every kind of sight, and lines that differ without colour.
LOOKS = ("#009E73", ":", "^", 10), ("#0072B2", "-", "o", 4), ("#D55E00", "--", "s", 5)


@draws
def bottleneck(costs: Mapping[int, Sequence[int]], direct: Sequence[int], alt: str = "") -> None:
    """Show what a bottleneck of each width costs, with a slider over the widths.

    On the left, the three counts of the bottleneck, each divided by that of the direct layer, over the
    width; the width of the slider is marked. On the right, the three at this width.

    Parameters
    ----------
    costs : mapping of int to (parameters, multiply_adds, activations)
        For each width, in rising order, your counts of both layers together.
    direct : (parameters, multiply_adds, activations)
        Your counts of the layer that the two replace.
    alt : str
        What the picture shows, in words; by default it says what the title says.

    Raises
    ------
    TypeError, ValueError
        For arguments that cannot be shown, with their names.
    """
    if not isinstance(costs, Mapping):
        raise TypeError(f"costs must map widths to three counts; it is a {type(costs).__name__}")
    if not costs:
        raise ValueError("costs is empty: it must hold at least one width and its counts")
    whole = _counts("direct", direct)
    widths = sorted(costs)
    ratios = [
        [one / all_ for one, all_ in zip(_counts(f"costs[{width}]", costs[width]), whole, strict=True)]
        for width in widths
    ]

    charts = _charts(widths, ratios)

    def step(k: int) -> tuple[bytes, str]:
        width, (parameters, time, space) = widths[k], ratios[k]
        title = (
            f"Width {width}: {time:.3g} times the multiply-adds of the direct layer, {space:.3g} times its activations"
        )
        with style.context(STYLE):
            image = charts.png(_of_one_width(charts.figure, title, width, ratios[k]))
        return image, alt or f"{title}, {parameters:.3g} times its parameters."

    show_steps([str(width) for width in widths], step, "width of the bottleneck")


def _counts(name: str, value: Any) -> list[int]:
    numbers = list(value) if isinstance(value, Sequence | np.ndarray) else []
    if len(numbers) != 3 or not all(isinstance(number, Real | np.number) for number in numbers):
        raise TypeError(f"{name} must be three counts, {', '.join(COUNTS)}; it is {value!r}")
    if any(number <= 0 for number in numbers):
        raise ValueError(f"{name} must be above 0; it is {value!r}")
    return numbers


def _charts(widths: list[int], ratios: list[list[float]]) -> Redrawn:
    """The three counts over the width, and beside them the place for those of one width."""
    with style.context(STYLE):
        figure = Figure(figsize=(7.2, 3.3), facecolor="white")
        over, now = figure.subplots(1, 2, width_ratios=(3, 2))
        figure.subplots_adjust(0.09, 0.15, 0.985, 0.9, 0.42)  # a layout that is looked for takes half of the time
        for name, (colour, line, marker, size), along in zip(COUNTS, LOOKS, zip(*ratios, strict=True), strict=True):
            look = {"color": colour, "linestyle": line, "marker": marker, "markersize": size}
            over.plot(widths, along, markerfacecolor="none", label=name, **look)
        over.axhline(1, color="black", linewidth=0.8)
        over.set_xlabel("channels between the two layers")
        over.set_ylabel("bottleneck / direct layer")
        over.set_ylim(bottom=0)
        over.legend(fontsize=8)
        now.axvline(1, color="black", linewidth=0.8)
        now.set(xlim=(0, 1.2 * max(1.0, *map(max, ratios))), ylim=(2.6, -0.6))
        now.set_yticks(range(3), COUNTS)
        return Redrawn(figure)


def _of_one_width(figure: Figure, title: str, width: int, ratios: list[float]) -> list[Artist]:
    """What the slider changes: the title, a line at the width, and the bars of its counts."""
    over, now = figure.axes
    bars = now.barh(range(3), ratios, color=[look[0] for look in LOOKS])
    return [
        figure.text(0.5, 0.98, title, ha="center", va="top", fontsize=10.5),
        over.axvline(width, color="#555555", linewidth=1.2),
        *bars,
        *now.bar_label(bars, [f"{ratio:.3g}" for ratio in ratios], padding=3, fontsize=9),
        now.text(0.5, -0.15, f"at width {width}", ha="center", va="top", transform=now.transAxes),
    ]
