"""How anything of ours reaches the reader: HTML in a notebook, its words anywhere else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from convschool import mode


def draws(function: Callable[..., None]) -> Callable[..., None]:
    """Let a function that only shows a figure do nothing where the mode says that no figures are drawn."""

    @wraps(function)
    def unless_off(*args: Any, **kwargs: Any) -> None:
        if mode.current().figures:
            function(*args, **kwargs)

    return unless_off


def show(html: str, text: str, more: dict[str, Any] | None = None, replaceable: bool = False) -> DisplayHandle | None:
    """Show `html` in a notebook, or print `text` where there is none.

    Parameters
    ----------
    html, text : str
        The same, for eyes and in words.
    more : dict, optional
        Data for programs that read the notebook, by MIME type.
    replaceable : bool
        Whether to return a handle that `replace` takes. There is none outside a notebook.
    """
    if get_ipython() is None:
        print(text)
        return None
    return display(_bundle(html, text) | (more or {}), raw=True, display_id=True if replaceable else None)


def replace(handle: DisplayHandle, html: str, text: str) -> None:
    """Put something else in the place of what was shown."""
    handle.update(_bundle(html, text), raw=True)


def show_widget(widget: Any) -> None:
    """Show an ipywidgets widget."""
    display(widget)


def _bundle(html: str, text: str) -> dict[str, Any]:
    return {"text/plain": text, "text/html": html}
