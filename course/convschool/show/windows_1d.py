"""Where the windows of a convolution lie on one axis, for sizes that the reader sets."""

from typing import Any

from convschool import front
from convschool.front import draws
from convschool.show.picture import image_html
from convschool.show.window_rows import Axis, picture_of, whole

SETTINGS = (
    ("n", "n: pixels", 1, 16),
    ("k", "k: kernel", 1, 7),
    ("stride", "s: stride", 1, 6),
    ("padding", "p: padding", 0, 4),
    ("dilation", "d: dilation", 1, 4),
)


@draws
def windows_1d(n: int = 7, k: int = 3, stride: int = 1, padding: int = 0, dilation: int = 1) -> None:
    """Show every window on an axis of `n` pixels, with a slider for each of the five numbers.

    On top the pixels between their padding; under them one row for each window, with a square on each pixel it
    reads. Pixels that no window reads are crossed out.

    Parameters
    ----------
    n : int, 1 to 16
        Pixels.
    k : int, 1 to 7
        Entries of the kernel.
    stride : int, 1 to 6
    padding : int, 0 to 4
        Zeros on each side.
    dilation : int, 1 to 4
        Distance of two neighbouring entries of the kernel, in pixels.

    Raises
    ------
    TypeError, ValueError
        For numbers outside these ranges, with their names.
    """
    values = {"n": n, "k": k, "stride": stride, "padding": padding, "dilation": dilation}
    for name, _, least, most in SETTINGS:
        values[name] = whole(name, values[name], least, most)

    def picture() -> tuple[str, str]:
        axis = Axis(values["n"], values["k"], values["stride"], (values["padding"],) * 2, values["dilation"])
        image, alt = picture_of({"": axis}, axis.sentence())
        return image_html(image, alt), alt

    handle = front.show(*picture(), replaceable=True)
    if handle is None:
        return
    # Only here, because it takes longer to import than the rest of the package.
    from ipywidgets import Box, IntSlider, Layout

    def slider(name: str, words: str, least: int, most: int) -> Any:
        control = IntSlider(
            value=values[name],
            min=least,
            max=most,
            description=words,
            layout=Layout(width="21em", max_width="100%"),
            style={"description_width": "6em"},
        )

        def moved(change: dict) -> None:
            values[name] = change["new"]
            front.replace(handle, *picture())

        control.observe(moved, names="value")
        return control

    sliders = [slider(*setting) for setting in SETTINGS]
    front.show_widget(Box(sliders, layout=Layout(flex_flow="row wrap")))
