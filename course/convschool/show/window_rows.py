"""The picture of one axis: pixels, padding, windows as rows below, and the pixels that no window reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from convschool import planes

READ, UNREAD, EMPTY = "#0072B2", "#E69F00", "#EEEEEE"
CELL, ROW, SIDE, OVER, UNDER = 0.36, 0.21, 1.05, 0.5, 0.3


@dataclass(frozen=True)
class Axis:
    """Windows on one axis: `padding` is a pair (before, after)."""

    n: int
    k: int
    stride: int
    padding: tuple[int, int]
    dilation: int = 1

    @property
    def reach(self) -> list[int]:
        """The places of a kernel's entries, counted from the first entry."""
        return [self.dilation * entry for entry in range(self.k)]

    @property
    def windows(self) -> list[list[int]]:
        """The pixels of each window; those of the padding are negative, or n and more."""
        before, after = self.padding
        windows = []
        at = -before
        while at + self.reach[-1] < self.n + after:
            windows.append([at + step for step in self.reach])
            at += self.stride
        return windows

    @property
    def unread(self) -> list[int]:
        """The pixels that lie in no window."""
        read = set().union(*map(set, self.windows)) if self.windows else set()
        return [pixel for pixel in range(self.n) if pixel not in read]

    def sentence(self) -> str:
        """What the picture of the axis shows, in words."""
        count = len(self.windows)
        if not count:
            padded = self.n + sum(self.padding)
            return f"No window: the kernel spans {self.reach[-1] + 1} pixels, the padded input has {padded}"
        windows = "1 window" if count == 1 else f"{count} windows"
        if not self.unread:
            return f"{windows}; every pixel is read"
        if len(self.unread) == 1:
            return f"{windows}; no window reads pixel {self.unread[0]}"
        return f"{windows}; no window reads the pixels {', '.join(map(str, self.unread))}"


def whole(name: str, value: Any, least: int, most: int) -> int:
    """`value` as an int from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{name} must lie between {least} and {most}; it is {value}")
    return int(value)


def picture_of(rows: Mapping[str, Axis], title: str) -> tuple[bytes, str]:
    """Draw the axes under each other, pixel 0 of each at the same place; return the image and words for it."""
    before = max(axis.padding[0] for axis in rows.values())
    after = max(axis.padding[1] for axis in rows.values())
    pixels = max(axis.n for axis in rows.values())
    has_names = any(rows)
    heights = [CELL + ROW * max(1, len(axis.windows)) + (0.62 if has_names else 0.22) for axis in rows.values()]
    left = 0.3 + SIDE
    width = max(left + CELL * (before + pixels + after) + 0.3, 6.6, 0.085 * len(title))
    height = OVER + sum(heights) + UNDER
    with style.context(["default", {"text.hinting": "none"}]):
        figure = Figure(figsize=(width, height), facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        axes.text(width / 2, 0.22, title, ha="center", va="center", fontsize=10.5)
        left += (width - left - 0.3 - CELL * (before + pixels + after)) / 2
        top = OVER
        for (name, axis), space in zip(rows.items(), heights, strict=True):
            if name:
                axes.text(0.15, top + 0.1, f"{name}: {axis.sentence()}", fontsize=9, va="center")
                top += 0.3
                space -= 0.3
            _draw(axes, axis, left + CELL * before, top)
            top += space
        _legend(axes, 0.3, height - 0.17)
        image = planes.png(figure)
    sentences = [f"{name}: {axis.sentence()}. {_where(axis)}".removeprefix(": ") for name, axis in rows.items()]
    return image, " ".join(sentences if not has_names else [f"{title}.", *sentences])


def _draw(axes: Axes, axis: Axis, zero: float, top: float) -> None:
    """One row of pixels, pixel 0 beginning at `zero`, and under it a row for each window."""
    before, after = axis.padding
    unread = set(axis.unread)
    axes.text(zero - CELL * before - 0.12, top + CELL / 2, "pixel", ha="right", va="center", fontsize=8)
    for pixel in range(-before, axis.n + after):
        corner = zero + CELL * pixel, top
        if 0 <= pixel < axis.n:
            is_unread = pixel in unread
            axes.add_patch(
                Rectangle(corner, CELL, CELL, facecolor=UNREAD if is_unread else "white", edgecolor="black", lw=0.9)
            )
            if is_unread:
                for ends in ((0, 1), (1, 0)):
                    axes.plot([corner[0], corner[0] + CELL], [top + CELL * end for end in ends], color="black", lw=0.7)
            box = {"facecolor": UNREAD, "edgecolor": "none", "pad": 0.8} if is_unread else None
            axes.text(corner[0] + CELL / 2, top + CELL / 2, str(pixel), ha="center", va="center", fontsize=9, bbox=box)
        else:
            axes.add_patch(Rectangle(corner, CELL, CELL, facecolor=EMPTY, edgecolor="#888888", lw=0.7, linestyle="--"))
            axes.text(corner[0] + CELL / 2, top + CELL / 2, "0", ha="center", va="center", fontsize=8, color="#555555")
    rods, squares = [], []  # each as one artist: there may be a hundred
    for place, window in enumerate(axis.windows):
        middle = top + CELL + 0.08 + ROW * (place + 0.5)
        rods.append([(zero + CELL * (pixel + 0.5), middle) for pixel in (window[0], window[-1])])
        for pixel in window:
            left, right = zero + CELL * pixel + 0.08, zero + CELL * (pixel + 1) - 0.08
            above, below = middle - 0.065, middle + 0.065
            squares.append([(left, above), (right, above), (right, below), (left, below)])
        axes.text(zero - CELL * before - 0.12, middle, f"out[{place}]", ha="right", va="center", fontsize=8)
    axes.add_collection(LineCollection(rods, colors=READ, linewidths=1.2), autolim=False)
    axes.add_collection(PolyCollection(squares, facecolors=READ, edgecolors="white", linewidths=1), autolim=False)


def _legend(axes: Axes, left: float, middle: float) -> None:
    for face, style_of_line, words in (
        (READ, "-", "read by this window"),
        (UNREAD, "-", "crossed out: no window reads it"),
        (EMPTY, "--", "padding"),
    ):
        axes.add_patch(
            Rectangle(
                (left, middle - 0.07), 0.18, 0.14, facecolor=face, edgecolor="#555555", lw=0.7, linestyle=style_of_line
            )
        )
        axes.text(left + 0.25, middle, words, va="center", fontsize=8)
        left += 0.55 + 0.078 * len(words)


def _where(axis: Axis) -> str:
    """Which pixels each window reads, in words; of many windows the first eight."""
    if not axis.windows:
        return ""
    parts = [f"out[{place}] reads {', '.join(map(str, window))}" for place, window in enumerate(axis.windows[:8])]
    rest = len(axis.windows) - len(parts)
    return "; ".join(parts) + (f"; and {rest} more" if rest else "") + "."
