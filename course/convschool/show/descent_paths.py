"""Paths of optimizers through a valley, seen from above."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_steps
from convschool.show.redrawn import STYLE, Redrawn

LOOKS = ("#0072B2", "-", "o"), ("#D55E00", "--", "s"), ("#E69F00", "-.", "^"), ("#009E73", ":", "D")


@draws
def descent_paths(
    runs: Mapping[str, Mapping[str, Any]],
    height: Callable,
    reach: tuple[float, float],
    what: str = "learning rate",
    alt: str = "",
) -> None:
    """Show where optimizers go on a surface over two parameters, with a slider over settings.

    Parameters
    ----------
    runs : mapping of str to (mapping of str to array_like, shape (steps + 1, 2))
        For each setting of the slider, the path of each optimizer: your parameters after each step. At most four.
    height : callable
        ``height(a, b)`` is the loss; a and b are arrays.
    reach : (float, float)
        The picture goes from -reach to reach in both parameters. Paths that leave it are cut off.
    what : str
        What the slider goes over.
    alt : str
        What the picture shows, in words; by default the title, and where each optimizer ends.

    Raises
    ------
    TypeError, ValueError
        For paths that are not of that shape.
    """
    if not isinstance(runs, Mapping) or not all(isinstance(paths, Mapping) for paths in runs.values()):
        raise TypeError(f"runs must map settings to the paths of each optimizer; it is a {type(runs).__name__}")
    if not runs or not all(runs.values()):
        raise ValueError("runs is empty: it must hold at least one setting with one path")
    for setting, paths in runs.items():
        if len(paths) > len(LOOKS):
            raise ValueError(f"runs[{setting!r}] holds {len(paths)} optimizers; at most {len(LOOKS)} have a place")
    checked = {
        str(setting): {name: _path(f"runs[{setting!r}][{name!r}]", path) for name, path in paths.items()}
        for setting, paths in runs.items()
    }
    settings = list(checked)
    panels, valleys = _valleys(height, reach, max(map(len, checked.values())))

    def step(k: int) -> tuple[bytes, str]:
        paths = checked[settings[k]]
        losses = {name: _short(height(*path[-1])) for name, path in paths.items()}
        title = f"{what} {settings[k]}, {len(next(iter(paths.values()))) - 1} steps: who gets to the cross?"
        with style.context(STYLE):
            changing: list[Artist] = [valleys.figure.text(0.5, 0.98, title, ha="center", va="top", fontsize=10.5)]
            for axes, (name, path), (colour, line, mark) in zip(panels, paths.items(), LOOKS, strict=False):
                look: dict[str, Any] = {"color": colour, "marker": mark, "markersize": 3, "linewidth": 1.1}
                changing += axes.plot(path[:, 0], path[:, 1], line, **look)
                changing += axes.plot(*path[0], "o", color="black", markersize=6)
                changing += axes.plot(0, 0, "+", color="black", markersize=11, markeredgewidth=2)
                words = f"{name}: loss {losses[name]} at the end"
                changing.append(axes.text(0.5, 1.03, words, ha="center", fontsize=9, transform=axes.transAxes))
            image = valleys.png(changing)
        ends = ", ".join(f"{name} ends at loss {loss}" for name, loss in losses.items())
        return image, alt or f"{title} {ends}."

    show_steps(settings, step, what)


def _valleys(height: Callable, reach: tuple[float, float], count: int) -> tuple[list[Axes], Redrawn]:
    """Four panels, in so many of them the lines of equal loss."""
    a, b = (np.linspace(-edge, edge, 61) for edge in reach)
    surface = height(*np.meshgrid(a, b))
    with style.context(STYLE):
        figure = Figure(figsize=(7.2, 4.2), facecolor="white")
        panels = list(figure.subplots(2, 2, sharex=True, sharey=True).ravel())
        # a layout that is looked for takes half of the time
        figure.subplots_adjust(0.09, 0.11, 0.985, 0.87, 0.06, 0.22)
        for axes in panels[:count]:
            levels = surface.max() * np.linspace(0, 1, 9) ** 3
            axes.contour(a, b, surface, levels=levels, colors="#999999", linewidths=0.7)
            axes.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]))
        for axes in panels[-2:]:
            axes.set_xlabel("p[0], flat direction")
        for axes in panels[::2]:
            axes.set_ylabel("p[1], steep")
        return panels, Redrawn(figure)


def _path(name: str, path: Any) -> np.ndarray:
    array = numeric(name, path)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise ValueError(f"{name} must have shape (steps + 1, 2); its shape is {array.shape}")
    # far outside the picture Matplotlib has no number for it
    return np.clip(np.nan_to_num(array, nan=1e6), -1e6, 1e6)


def _short(value: Any) -> str:
    value = float(value)
    return "too large to draw" if value > 1e6 else f"{value:.2g}"
