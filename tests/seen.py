"""How colours look to other eyes, and in a dark theme; which parts of a figure are alike, and which are cut off."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer
from matplotlib.text import Text

# What is left of red, green and blue, in linear light, for three kinds of colour-blindness (Machado and others, 2009).
SEEN_BY = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "greyscale": [[0.2126, 0.7152, 0.0722]] * 3,
}
# CSS's hue-rotate(180deg), as its standard gives it.
HALF_TURN = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])
ROUNDED = 5  # pixels by which letters are wider or narrower in another resolution
ALIKE = 1.3  # a contrast that nobody is sure to see


def luminances(colours: Any, eyes: str) -> np.ndarray:
    """The relative luminance that these eyes see of sRGB colours (..., 3)."""
    colours = np.asarray(colours, float)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.clip(linear @ np.array(SEEN_BY[eyes]).T, 0, 1) @ [0.2126, 0.7152, 0.0722]


def contrast(one: float, other: float) -> float:
    """The contrast of two luminances, from 1 to 21 (WCAG 2.2)."""
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)


def in_the_dark(colours: Any) -> np.ndarray:
    """Colours (..., 3) as a dark theme shows them: `picture.DARK`."""
    return np.clip((1 - np.asarray(colours, float)) @ HALF_TURN.T, 0, 1)


def told_apart_by_colour_alone(figure: Any) -> Iterator[str]:
    """The named lines and bars of a figure that look alike to some eyes, and differ in nothing but colour."""
    for axes in figure.axes:
        looks = [(line.get_label(), line.get_color(), (line.get_linestyle(), line.get_marker())) for line in axes.lines]
        looks += [
            (bars.get_label(), bars[0].get_facecolor()[:3], ("bar", bars[0].get_hatch()))
            for bars in axes.containers
            if isinstance(bars, BarContainer)
        ]
        named = [look for look in looks if not look[0].startswith("_")]
        for (one, colour, form), (other, colour_2, form_2) in combinations(named, 2):
            for eyes in SEEN_BY:
                seen = luminances([to_rgb(colour), to_rgb(colour_2)], eyes)
                if form == form_2 and contrast(*seen) < ALIKE:
                    yield f"{one} and {other}, {eyes}"


def cut_off(figure: Any) -> Iterator[str]:
    """The titles, labels, legends and other words of a figure of which a part lies outside of it."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # texts remember where they were when it was saved, in another resolution
    for axes in figure.axes:
        places = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts, axes.get_legend()]
        yield from _outside(figure, [one for one in places if one] if axes.axison else axes.texts)
    yield from _outside(figure, [*figure.texts, *figure.legends])


def _outside(figure: Any, drawn: Any) -> Iterator[str]:
    width, height = figure.bbox.size
    for one in drawn:
        box = one.get_window_extent(figure.canvas.get_renderer())
        shown = one.get_visible() and (not isinstance(one, Text) or one.get_text())
        if shown and (min(box.x0, box.y0) < -ROUNDED or box.x1 > width + ROUNDED or box.y1 > height + ROUNDED):
            yield f"{one.get_text() if isinstance(one, Text) else one}: {box.extents.round()} of {figure.bbox.size}"
