"""How long a reader waits for a step of each figure that moves, on the kernel's side.

    python -m benchmarks.figures    # a table, a line for each figure; fails where a step takes more than 100 ms

Each figure is shown as in its lesson. Every setting of every slider is looked at; what counts is the CPU that the
kernel takes to draw a step and to hand it over, the first time that it is seen.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np

from convschool import front, show

LIMIT = 100.0  # milliseconds


def valley(rate: float, optimizer: int) -> np.ndarray:
    """A path of 40 steps, as lesson 06's optimizers leave it."""
    steps = np.arange(41)
    shrink = np.array([1 - rate, 1 - (25 - 5 * optimizer) * rate])
    return np.array([-4.0, 1.0]) * shrink ** steps[:, None]


def windows_as_columns(x: np.ndarray) -> np.ndarray:
    """The 2x2 windows of an image as columns."""
    return np.lib.stride_tricks.sliding_window_view(x, (2, 2)).reshape(-1, 4).T


def as_in_lessons() -> dict[str, Callable[[], None]]:
    """A call for each figure that moves, by its name, with the lesson's arguments."""
    x = np.array([[1.0, 2, 0], [0, 1, 3], [2, 1, 1]])
    w = np.array([[1.0, 2], [0, -1]])
    dout = np.arange(1.0, 17).reshape(4, 4)
    pixels = np.arange(1.0, 13).reshape(3, 4)
    names = ("SGD", "Momentum", "RMSprop", "Adam")
    paths = {
        f"{rate:g}": {name: valley(rate, n) for n, name in enumerate(names)} for rate in (0.01, 0.03, 0.07, 0.09, 0.3)
    }
    widths = [8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 256]
    return {
        "windows_1d": lambda: show.windows_1d(n=10, k=3, stride=3),
        "sliding_kernel": lambda: show.sliding_kernel(x, w, np.array([[4.0, -1], [1, 6]])),
        "gradient_scatter": lambda: show.gradient_scatter(dout, w, (3, 3), padding=1),
        "max_routing": lambda: show.max_routing(x, 2, 1, dout[:2, :2]),
        "bottleneck": lambda: show.bottleneck(
            {m: [10 * 256 * m, 10 * 256 * m * 10_000, (m + 256) * 10_000] for m in widths},
            [9 * 256 * 256, 9 * 256 * 256 * 10_000, 256 * 10_000],
        ),
        "window_columns": lambda: show.window_columns(pixels, windows_as_columns(pixels), 2),
        "wrap_around": lambda: show.wrap_around(np.array([0, 4, 2, 1, 0, 0, 0, 2, 1, 0.5]), [8, 9, 10], "echo"),
        "descent_paths": lambda: show.descent_paths(paths, lambda a, b: (a**2 + 25 * b**2) / 2, reach=(5, 2)),
        "connections": lambda: show.connections((4, 4), (2, 2)),
    }


def milliseconds(draw: Callable[[], None]) -> list[float]:
    """CPU of each step of a figure, one slider after the other."""
    shown: list[Any] = []
    kept = front.show, front.replace, front.show_widget
    front.show = lambda html, text, more=None, replaceable=False: object()  # type: ignore[assignment,return-value]
    front.replace = lambda handle, html, text: None
    front.show_widget = shown.append
    taken = []
    try:
        draw()
        for slider in sliders(shown[0]):
            options = getattr(slider, "options", None)
            values = [value for _, value in options] if options else list(range(slider.min, slider.max + 1))
            first = slider.value
            for value in [*values, first]:
                if value == slider.value:
                    continue
                began = time.process_time()
                slider.value = value
                taken.append(1000 * (time.process_time() - began))
    finally:
        front.show, front.replace, front.show_widget = kept
    return taken


def sliders(widget: Any) -> list[Any]:
    """The sliders of a widget, itself one or a box of them."""
    return list(widget.children) if isinstance(widget, ipywidgets.Box) else [widget]


def main() -> int:
    slow = False
    print(f"{'figure':18} steps  median ms  slowest ms")
    for name, draw in as_in_lessons().items():
        # three times, and of each step the least: fonts are loaded by the first, and other work only makes one longer
        taken = np.min([milliseconds(draw) for _ in range(3)], axis=0)
        slow |= max(taken) > LIMIT
        print(f"{name:18} {len(taken):5} {np.median(taken):10.0f} {max(taken):11.0f}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
