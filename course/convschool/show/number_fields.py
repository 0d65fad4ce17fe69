"""Fields under a picture, in which a reader changes the numbers of small arrays."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MOST_NUMBERS = 16  # of an array; nobody changes more of them one by one
LARGEST = 1e6


def number_fields(arrays: Mapping[str, np.ndarray], changed: Callable[[], None]) -> Any:
    """A folded widget with a grid of fields for each small array, or None where all are large.

    A field takes its number with the Enter key, or when it is left. A number that is not finite, or larger than a
    million, is put back.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray, shape (rows, columns)
        By their names; what is typed is written into them.
    changed : callable
        Called after each change.
    """
    # Only here, because it takes longer to import than the rest of the package.
    from ipywidgets import Accordion, Box, Label, Layout, VBox

    grids = [VBox([Label(name), _grid(name, one, changed)]) for name, one in arrays.items() if one.size <= MOST_NUMBERS]
    if not grids:
        return None
    inside = Box(grids, layout=Layout(flex_flow="row wrap", grid_gap="2em"))
    return Accordion([inside], titles=["Change the numbers"], layout=Layout(width="28em", max_width="100%"))


def _grid(name: str, array: np.ndarray, changed: Callable[[], None]) -> Any:
    from ipywidgets import GridBox, Layout

    fields = [
        _field(f"{name}[{row}, {column}]", array, (row, column), changed) for row, column in np.ndindex(array.shape)
    ]
    columns = f"repeat({array.shape[1]}, 4.4em)"
    return GridBox(fields, layout=Layout(grid_template_columns=columns, grid_gap="2px"))


def _field(name: str, array: np.ndarray, place: tuple[int, int], changed: Callable[[], None]) -> Any:
    from ipywidgets import FloatText, Layout

    field = FloatText(array[place], tooltip=name, layout=Layout(width="4.2em"))

    def take(change: dict) -> None:
        value = change["new"]
        if value == array[place]:
            return
        if not abs(value) <= LARGEST:
            field.value = array[place]
            return
        array[place] = value
        changed()

    field.observe(take, names="value")
    return field
