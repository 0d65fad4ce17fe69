"""One image on its way through a network: what each stage makes of it, from left to right."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_picture

MOST_MAPS = 16
# Inches: the height of the drawing, and the widths of a stage with maps and of one that is a column of numbers.
TALL, WIDE, NARROW, LAST, BETWEEN = 2.7, 1.05, 0.35, 1.35, 0.13
TOP, LINE, CHARACTER = 0.95, 0.14, 0.062
BAR = "#0072B2"
LARGEST = "#D55E00"


@draws
def network(
    stages: Mapping[str, Any], under: Mapping[str, str] | None = None, suptitle: str = "", alt: str = ""
) -> None:
    """Show what each stage of a network makes of one image.

    Parameters
    ----------
    stages : mapping of str to array_like
        For each stage, in order: maps of shape (F, H, W), or numbers of shape (D,). The last one holds the
        probabilities of the classes, which are drawn as bars.
    under : mapping of str to str, optional
        What is written under a stage; lines are separated by newlines.
    suptitle : str
        What to look at.
    alt : str
        What the picture shows, in words; by default the stages with their shapes and the likeliest class.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    image, words = network_picture(stages, under or {}, suptitle)
    show_picture(image, alt or words)


def network_picture(stages: Mapping[str, Any], under: Mapping[str, str], suptitle: str) -> tuple[bytes, str]:
    """The picture that `network` shows, and what it shows in words."""
    if not isinstance(stages, Mapping):
        raise TypeError(f"stages must map names to arrays; it is a {type(stages).__name__}")
    arrays = {str(name): numeric(f"stages[{name!r}]", values) for name, values in stages.items()}
    if len(arrays) < 2:
        raise ValueError("stages must hold at least two stages: the last one is that of the probabilities")
    for name, array in arrays.items():
        if array.ndim not in (1, 3) or not array.size:
            raise ValueError(f"stages[{name!r}] must have shape (F, H, W) or (D,); it has shape {array.shape}")
    unknown = sorted(under.keys() - arrays.keys())
    if unknown:
        raise ValueError(f"under: there is no stage {unknown[0]!r}; there are {', '.join(arrays)}")
    *hidden, last = arrays
    if arrays[last].ndim != 1:
        raise ValueError(f"stages[{last!r}], the last one, must hold probabilities, of shape (K,)")
    widths = [WIDE if arrays[name].ndim == 3 else NARROW for name in hidden] + [LAST]
    columns = [max(width, CHARACTER * longest(under.get(name, ""))) for name, width in zip(arrays, widths, strict=True)]
    foot = 0.35 + LINE * max((text.count("\n") + 1 for text in under.values()), default=0)
    size = sum(columns) + BETWEEN * (len(columns) + 1), TOP + TALL + foot
    with style.context("default"):
        figure = Figure(figsize=size, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(0.5, 1 - 0.2 / size[1], suptitle, ha="center", va="top", fontsize=11)
        left = BETWEEN
        for name, column, width in zip(arrays, columns, widths, strict=True):
            place = (left + (column - width) / 2, foot, width, TALL)
            middle = (left + column / 2) / size[0]
            figure.text(
                middle, (foot + TALL + 0.2) / size[1], title(name, arrays[name]), ha="center", va="bottom", fontsize=9
            )
            figure.text(middle, (foot - 0.25) / size[1], under.get(name, ""), ha="center", va="top", fontsize=7)
            if name == last:
                draw_bars(figure, arrays[name], place, size)
            elif arrays[name].ndim == 3:
                draw_maps(figure, arrays[name], place, size)
            else:
                draw_column(figure, arrays[name], place, size)
            left += column + BETWEEN
        image = planes.png(figure)
    shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
    likeliest = int(arrays[last].argmax())
    words = f"Stages from left to right: {shapes}. Likeliest: {likeliest}, with probability {arrays[last].max():.2f}."
    return image, ". ".join(filter(None, (suptitle, words)))


def title(name: str, array: np.ndarray) -> str:
    """``C1`` over ``6 x 28 x 28``."""
    return f"{name}\n{' × '.join(map(str, array.shape))}"


def longest(text: str) -> int:
    return max(map(len, text.split("\n")))


def axes_at(figure: Figure, place: tuple, size: tuple) -> Any:
    """Axes at a place in inches from the lower left corner, without ticks."""
    left, bottom, width, height = place
    axes = figure.add_axes((left / size[0], bottom / size[1], width / size[0], height / size[1]))
    axes.set(xticks=[], yticks=[])
    return axes


def draw_maps(figure: Figure, maps: np.ndarray, place: tuple, size: tuple) -> None:
    """Up to 16 maps: one large, or two columns of smaller ones. A map's darkest is its stage's largest number."""
    left, bottom, width, height = place
    maps = maps[:MOST_MAPS]
    across = 1 if len(maps) == 1 else 2
    rows = -(-len(maps) // across)
    side = min(width / across, height / rows)
    left += (width - side * across) / 2
    top = bottom + (height + side * rows) / 2
    high = max(float(maps.max()), 1e-9)
    for number, one in enumerate(maps):
        row, column = divmod(number, across)
        box = (left + column * side + 0.02, top - (row + 1) * side + 0.02, side - 0.04, side - 0.04)
        axes_at(figure, box, size).imshow(one, cmap="gray_r", vmin=min(0.0, float(maps.min())), vmax=high)


def draw_column(figure: Figure, numbers: np.ndarray, place: tuple, size: tuple) -> None:
    left, bottom, width, height = place
    box = (left + 0.06, bottom, width - 0.12, height)
    axes_at(figure, box, size).imshow(numbers[:, None], cmap="gray_r", aspect="auto", interpolation="nearest", vmin=0)


def draw_bars(figure: Figure, chances: np.ndarray, place: tuple, size: tuple) -> None:
    axes = axes_at(figure, place, size)
    colours = [LARGEST if n == chances.argmax() else BAR for n in range(len(chances))]
    axes.barh(range(len(chances)), chances, color=colours, edgecolor="black", linewidth=0.5)
    for n, chance in enumerate(chances):
        if chance >= 0.005:
            inside = chance > 0.6
            axes.text(
                chance + (-0.03 if inside else 0.03),
                n,
                f"{chance:.0%}",
                va="center",
                ha="right" if inside else "left",
                fontsize=8,
                color="white" if inside else "black",
            )
    axes.set(xlim=(0, 1), ylim=(len(chances) - 0.4, -0.6), yticks=range(len(chances)))
    axes.tick_params(length=0, labelsize=9)
    axes.set_xlabel("probability", fontsize=7.5, labelpad=2)
    axes.spines[["top", "right"]].set_visible(False)
