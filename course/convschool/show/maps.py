"""Arrays beside each other."""

from collections.abc import Mapping
from typing import Any

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import plane
from convschool.show.picture import show_picture


@draws
def maps(arrays: Mapping[str, Any], suptitle: str = "", same_scale: bool = False, alt: str = "") -> None:
    """Show 2-D arrays side by side, small ones with their numbers.

    Parameters
    ----------
    arrays : mapping of str to array_like
        For each title, a 2-D array.
    suptitle : str
        What to look at.
    same_scale : bool
        Whether a colour means the same value in each of them.
    alt : str
        What the picture shows, in words; by default the titles with the shapes.

    Raises
    ------
    TypeError, ValueError
        For arguments that cannot be shown, with their names.
    """
    if not isinstance(arrays, Mapping):
        raise TypeError(f"arrays must map titles to 2-D arrays; it is a {type(arrays).__name__}")
    if not arrays:
        raise ValueError("arrays is empty: it must hold at least one title and its array")
    values = {str(title): plane(f"arrays[{title!r}]", array) for title, array in arrays.items()}
    limits = None
    if same_scale:
        limits = min(map(_lowest, values.values())), max(map(_highest, values.values()))
    with planes.sheet(suptitle, [array.shape for array in values.values()]) as (figure, places):
        for (title, array), place in zip(values.items(), places, strict=True):
            place.label(title)
            place.heat(array, limits=limits)
        image = planes.png(figure)
    sizes = ", ".join(f"{title} ({array.shape[0]} by {array.shape[1]})" for title, array in values.items())
    show_picture(image, alt or ". ".join(filter(None, (suptitle, f"Side by side: {sizes}."))))


def _lowest(array) -> float:
    return float(array.min())


def _highest(array) -> float:
    return float(array.max())
