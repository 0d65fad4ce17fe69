"""Two charts of a training, one below the other: the loss, and how far each layer moves in a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_picture

# Colours that differ in every kind of sight, and lines and marks that differ without colour.
LOOKS = ("#0072B2", "-", "o"), ("#D55E00", "--", "s"), ("#E69F00", "-.", "^"), ("#009E73", ":", "D")
GREY = "#777777"
# A ratio of 0 has no place on a logarithmic axis: it is drawn at the bottom.
NOTHING = 1e-8


@dataclass(frozen=True)
class Healthy:
    """A healthy training, which a chart shows in grey.

    Parameters
    ----------
    loss : array_like, shape (steps,)
    ratios : array_like, shape (rows, steps)
        Update-to-weight ratios; the band from the least to the largest of each step is drawn.
    band : str
        What the legend calls that band.
    """

    loss: Any
    ratios: Any
    band: str = "healthy, all layers"


@draws
def training_chart(
    steps: Sequence[int],
    loss: Any,
    ratios: Mapping[str, Any],
    healthy: Healthy | None = None,
    title: str = "",
    alt: str = "",
) -> None:
    """Show the loss over the steps, and below it the update-to-weight ratio of each layer.

    Parameters
    ----------
    steps : sequence of int
        The steps at which the rest was measured.
    loss : array_like, shape (len(steps),)
    ratios : mapping of str to array_like
        For each layer: length of the update divided by length of the weights. At most four layers.
    healthy : Healthy, optional
        A healthy training to compare with, measured at the same steps.
    title : str
        What to look at.
    alt : str
        What the picture shows, in words; by default it gives the first and the last numbers.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    if not isinstance(ratios, Mapping) or not ratios:
        kind = ratios if isinstance(ratios, Mapping) else f"a {type(ratios).__name__}"
        raise TypeError(f"ratios must map layers to their ratios, with at least one layer; it is {kind}")
    loss = _along("loss", loss, steps)
    lines = {str(name): _along(f"ratios[{name!r}]", values, steps) for name, values in ratios.items()}
    if len(lines) > len(LOOKS):
        raise ValueError(f"ratios holds {len(lines)} layers; at most {len(LOOKS)} can be told apart")
    with style.context("default"):
        figure = Figure(figsize=(7.2, 5.2), facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        upper, lower = figure.subplots(2, sharex=True)
        figure.suptitle(title, fontsize=10.5)
        _draw_loss(upper, steps, loss, healthy)
        _draw_ratios(lower, steps, lines, healthy)
        image = planes.png(figure)
    summary = "; ".join(f"{name} from {values[0]:.2g} to {values[-1]:.2g}" for name, values in lines.items())
    words = f"Loss from {loss[0]:.2f} to {loss[-1]:.2f}. Update-to-weight ratios: {summary}."
    show_picture(image, alt or ". ".join(filter(None, (title, words))))


def _draw_loss(axes: Axes, steps: Sequence[int], loss: np.ndarray, healthy: Healthy | None) -> None:
    if healthy:
        axes.plot(steps, _along("healthy.loss", healthy.loss, steps), "--", color=GREY, label="healthy")
    axes.plot(steps, loss, color="black", linewidth=1.6, label="this training")
    axes.axhline(np.log(10), color="#CC79A7", linestyle=":", label="log 10: guessing")
    axes.set_ylim(0, max(3.2, min(6.0, 1.1 * float(np.nanmax(loss[np.isfinite(loss)], initial=0)))))
    axes.set_ylabel("loss")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))


def _draw_ratios(axes: Axes, steps: Sequence[int], lines: dict[str, np.ndarray], healthy: Healthy | None) -> None:
    if healthy:
        rows = np.array([_along("healthy.ratios", row, steps) for row in healthy.ratios])
        low, high = (np.maximum(edge, NOTHING) for edge in (rows.min(axis=0), rows.max(axis=0)))
        axes.fill_between(steps, low, high, color=GREY, alpha=0.35, linewidth=0, label=healthy.band)
    for (name, values), (colour, line, mark) in zip(lines.items(), LOOKS, strict=False):
        heights = np.maximum(values, NOTHING)
        axes.plot(steps, heights, line, color=colour, marker=mark, markersize=3, linewidth=1.2, label=name)
    axes.set_yscale("log")
    lowest = min(float(np.maximum(values, NOTHING).min()) for values in lines.values())
    axes.set_ylim(bottom=min(1e-4, lowest / 2))
    if lowest <= NOTHING:
        axes.text(0.02, 0.08, "drawn on the lowest line: exactly 0", transform=axes.transAxes, fontsize=8)
    axes.set_xlabel("step")
    axes.set_ylabel("length of update\n/ length of weights")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))


def _along(name: str, values: Any, steps: Sequence[int]) -> np.ndarray:
    array = numeric(name, values)
    if array.shape != (len(steps),):
        raise ValueError(f"{name} must have one number for each of the {len(steps)} steps; its shape is {array.shape}")
    return array
