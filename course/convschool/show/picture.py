"""How a figure reaches the notebook: as an image with words beside it, with or without a slider."""

import base64
from collections.abc import Callable
from html import escape

from IPython.display import display


def show_picture(image: bytes, alt: str) -> None:
    """Show a PNG image; `alt` says in words what it shows."""
    display(_bundle(image, alt), raw=True)


def show_steps(labels: list[str], start: int, step: Callable[[int], tuple[bytes, str]], what: str) -> None:
    """Show the image of one step, and a slider that takes it through all of them.

    The image is an output of its own, which the slider replaces: without a kernel, in a saved or exported
    notebook, the image of the last step looked at is still there.

    Parameters
    ----------
    labels : list of str
        What the slider reads at each step.
    start : int
        The step shown first.
    step : callable
        Gives the image of a step, and its description in words.
    what : str
        What the slider goes over.
    """
    picture = display(_bundle(*step(start)), raw=True, display_id=True)
    if len(labels) == 1 or picture is None:
        return
    from ipywidgets import Layout, SelectionSlider

    slider = SelectionSlider(
        options=[(label, i) for i, label in enumerate(labels)],
        value=start,
        description=what,
        layout=Layout(width="28em"),
        style={"description_width": "initial"},
    )
    slider.observe(lambda change: picture.update(_bundle(*step(change["new"])), raw=True), names="value")
    display(slider)


def _bundle(image: bytes, alt: str) -> dict[str, str]:
    data = base64.b64encode(image).decode()
    html = f'<img alt="{escape(alt, quote=True)}" style="max-width:100%" src="data:image/png;base64,{data}">'
    return {"text/plain": alt, "text/html": html}
