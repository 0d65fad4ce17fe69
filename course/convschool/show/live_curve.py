"""A learning curve that grows while a training runs, under a progress bar."""

from html import escape
from time import perf_counter
from typing import Any

import numpy as np
from IPython import get_ipython
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import front, mode, planes
from convschool.show.arguments import numeric
from convschool.show.picture import image_html

# A picture takes about a tenth of a second: at this distance it costs a training little.
SECONDS_BETWEEN = 0.7
MOST_SMOOTHED = 20


def live_curve(
    title: str,
    steps: int,
    label: str = "loss",
    guide: tuple[float, str] | None = None,
    log: bool = False,
    counted: str = "step",
) -> "LiveCurve":
    """Show a curve while it grows: ``with show.live_curve("my net", steps) as curve: ... curve.add(loss)``.

    A bar says how much is done. The picture is redrawn now and then and once at the end, so that a saved notebook
    holds the whole curve.

    Parameters
    ----------
    title : str
        What is trained, or what to look at.
    steps : int
        How many values will come.
    label : str
        What the values are.
    guide : (float, str), optional
        A horizontal line and what it means.
    log : bool
        Whether the values have a logarithmic axis.
    counted : str
        What has a value, where it is not one step of a training.

    Raises
    ------
    ValueError
        When no value is to come.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps}")
    return LiveCurve(title, steps, label, guide, log, counted)


class LiveCurve:
    """What `live_curve` returns: takes values one after another. Where figures are off it only keeps them."""

    def __init__(
        self, title: str, steps: int, label: str, guide: tuple[float, str] | None, log: bool, counted: str = "step"
    ):
        self.title, self.steps, self.label, self.guide, self.log = title, steps, label, guide, log
        self.counted = counted
        self.values: list[float] = []
        self.smoothed = max(1, min(MOST_SMOOTHED, steps // 15))
        self._off = not mode.current().figures
        self._handle: Any = None
        self._began = self._drawn = perf_counter()

    def __enter__(self) -> "LiveCurve":
        return self

    def add(self, value: Any) -> None:
        """Add the next value: a number, or an array of one number."""
        array = numeric("a value", value)
        if array.size != 1:
            raise ValueError(f"a value must be one number; it has shape {array.shape}")
        self.values.append(float(array.reshape(())))
        if self._off or get_ipython() is None:
            return
        if self._handle is None:
            words = self._words()
            self._handle = front.show(self._bar(words), words, replaceable=True)
        elif perf_counter() - self._drawn > SECONDS_BETWEEN:
            front.replace(self._handle, self._html(), self._words())
        else:
            return
        self._drawn = perf_counter()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: Any) -> None:
        if self._off or not self.values:
            return
        if self._handle is None:
            front.show(self._html(), self._words())
        else:
            front.replace(self._handle, self._html(), self._words())

    def _words(self) -> str:
        recent = self.values[-self.smoothed :]
        mean = f"mean of the last {len(recent)}: " if len(recent) > 1 else ""
        seconds = perf_counter() - self._began
        return (
            f"{self.title}: {self.counted} {len(self.values)} of {self.steps}, {self.label} "
            f"{mean}{np.mean(recent):.3g}, {seconds:.0f} s"
        )

    def _bar(self, words: str) -> str:
        return (
            f'<div><progress value="{len(self.values)}" max="{self.steps}" style="width:20em" '
            f'aria-label="steps done"></progress> {escape(words)}</div>'
        )

    def _html(self) -> str:
        words = self._words()
        return self._bar(words) + image_html(self._picture(), words)

    def _picture(self) -> bytes:
        values = np.array(self.values)
        with style.context("default"):
            figure = Figure(figsize=(7.2, 3.0), facecolor="white", layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.subplots()
            axes.plot(np.arange(len(values)), values, ".", color="#56B4E9", markersize=3, label=f"each {self.counted}")
            if len(values) >= self.smoothed:
                smooth = np.convolve(values, np.ones(self.smoothed) / self.smoothed, "valid")
                axes.plot(
                    np.arange(self.smoothed - 1, len(values)),
                    smooth,
                    color="#0072B2",
                    linewidth=1.8,
                    label=f"mean of {self.smoothed}",
                )
            if self.guide:
                height, meaning = self.guide
                axes.axhline(height, color="#D55E00", linestyle="--", linewidth=1.2, label=meaning)
            if self.log:
                axes.set_yscale("log")
            else:
                axes.set_ylim(bottom=0)
            axes.set_xlim(0, self.steps)
            axes.set_xlabel(self.counted)
            axes.set_ylabel(self.label)
            axes.set_title(self.title, fontsize=10.5)
            axes.legend(fontsize=8)
            axes.spines[["top", "right"]].set_visible(False)
            return planes.png(figure)
