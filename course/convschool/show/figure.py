"""A figure that a cell has drawn with Matplotlib."""

import sys

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from convschool import mode, planes
from convschool.show.picture import show_picture

MOST_BARS = 12


def figure(drawn: Figure, alt: str) -> None:
    """Show a Matplotlib figure with words for those who cannot see it, and close it.

    The words are `alt`, then titles, what the axes are, and the numbers of named lines and bars. So the line of code
    that draws a figure need not say what is to be found in it.

    Parameters
    ----------
    drawn : matplotlib.figure.Figure
        The figure, as `plt.subplots` returns it.
    alt : str
        What the picture shows, in words.

    Raises
    ------
    TypeError, ValueError
        For something else than a figure, and where there are no words.
    """
    if not isinstance(drawn, Figure):
        raise TypeError(f"drawn must be a Matplotlib figure, not a {type(drawn).__name__}")
    if not alt.strip():
        raise ValueError("alt is empty: say in words what the picture shows")
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(drawn)  # or the notebook shows it once more, without words
    if mode.current().figures:
        show_picture(planes.png(drawn), " ".join([alt, *filter(None, map(_in_words, drawn.axes))]))


def _in_words(axes: Axes) -> str:
    """What stands on axes: title, labels, lines from their first to their last number, bars by their names."""
    if axes.get_label() == "<colorbar>" or not axes.axison:
        return ""
    over = " over ".join(filter(None, (axes.get_ylabel(), axes.get_xlabel()))).replace("\n", " ")
    parts = [f"{axes.get_title()} ({over})" if axes.get_title() and over else axes.get_title() or over]
    for line in axes.lines:
        values = np.asarray(line.get_ydata(), float)
        values = values[np.isfinite(values)]
        if not str(line.get_label()).startswith("_") and values.size:
            ends = f"{values[0]:.3g}" if np.ptp(values) == 0 else f"from {values[0]:.3g} to {values[-1]:.3g}"
            parts.append(f"{line.get_label()}: {ends}")
    parts += [_bars(axes, one) for one in axes.containers if isinstance(one, BarContainer)]
    return "; ".join(filter(None, parts)) + "." if any(parts) else ""


def _bars(axes: Axes, bars: BarContainer) -> str:
    flat = bars.orientation == "horizontal"
    lengths = [bar.get_width() if flat else bar.get_height() for bar in bars]
    if len(lengths) > MOST_BARS:
        return ""
    names = [label.get_text() for label in (axes.get_yticklabels() if flat else axes.get_xticklabels())]
    names = names if len(names) == len(lengths) else [""] * len(lengths)
    values = ", ".join(f"{name} {length:.3g}".strip() for name, length in zip(names, lengths, strict=True))
    return values if str(bars.get_label()).startswith("_") else f"{bars.get_label()}: {values}"
