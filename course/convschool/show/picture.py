"""Show a figure in a notebook: an image with a description in words, with or without a slider."""

import base64
import struct
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape

import numpy as np

from convschool import front, planes
from convschool.show.number_fields import number_fields

# Pixels of the page: with fewer the words of a wide picture are too small, and a narrow page moves it sideways instead.
LEGIBLE = 560
# JupyterLab's themes say how light shadows are: 0 in a light theme, 32 in a dark one. There the ground of a picture is
# black and its words are white; colours keep their hue. Without JupyterLab nothing is changed. A style sheet would do
# the same, and stand as text on pages that are cleaned.
IS_DARK = "min(1, var(--jp-shadow-base-lightness, 0))"
DARK = f"filter:invert({IS_DARK}) hue-rotate(calc(180deg * {IS_DARK}))"


def show_picture(image: bytes, alt: str) -> None:
    """Show a PNG image; `alt` says in words what it shows."""
    front.show(image_html(image, alt), alt)


def show_steps(
    labels: list[str],
    step: Callable[[int], tuple[bytes, str]],
    what: str,
    numbers: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Show the image of the first step, a slider that takes it through all of them, and fields for numbers.

    The image is an output of its own, which the slider replaces: without a kernel, in a saved or exported
    notebook, the image of the last step looked at is still there.

    Parameters
    ----------
    labels : list of str
        What the slider reads at each step.
    step : callable
        Gives the image of a step, and its description in words.
    what : str
        What the slider goes over.
    numbers : mapping of str to numpy.ndarray, shape (rows, columns)
        Arrays that `step` draws, in which the reader may change numbers.
    """

    @lru_cache  # who goes back and forth sees the same pictures again
    def picture(k: int) -> tuple[str, str]:
        image, alt = step(k)
        return image_html(image, alt), alt

    handle = front.show(*picture(0), replaceable=True)
    if len(labels) == 1 or handle is None:
        return
    # Only here, because it takes longer to import than the rest of the package.
    from ipywidgets import Layout, SelectionSlider

    slider = SelectionSlider(
        options=[(label, k) for k, label in enumerate(labels)],
        value=0,
        description=what,
        layout=Layout(width="28em", max_width="100%"),
        style={"description_width": "initial"},
    )
    slider.observe(lambda change: front.replace(handle, *picture(change["new"])), names="value")
    front.show_widget(slider)

    def changed() -> None:
        picture.cache_clear()
        front.replace(handle, *picture(slider.value))

    fields = number_fields(numbers or {}, changed)
    if fields is not None:
        front.show_widget(fields)


def image_html(image: bytes, alt: str) -> str:
    """An HTML element that holds a PNG image and its description."""
    data = base64.b64encode(image).decode()
    width = page_width(image)
    size = f"width:{width}px;min-width:{min(LEGIBLE, width)}px;" if width else ""
    picture = (
        f'<img alt="{escape(alt, quote=True)}" style="{size}max-width:100%;height:auto;{DARK}" '
        f'src="data:image/png;base64,{data}">'
    )
    return f'<div class="convschool-picture" style="overflow-x:auto">{picture}</div>'


def page_width(image: bytes) -> int:
    """How wide a PNG image is to be on a page, in pixels of the page; 0 where it does not say its size in inches."""
    at = image.find(b"pHYs", 0, 1000)
    if at < 0:
        return 0
    pixels, metre = struct.unpack(">I", image[16:20])[0], struct.unpack(">I", image[at + 4 : at + 8])[0]
    return round(pixels / (metre * 0.0254) * planes.PAGE_PIXELS)
