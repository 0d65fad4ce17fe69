"""Several ways to lay windows on the same pixels, under each other."""

from collections.abc import Mapping, Sequence

from convschool.front import draws
from convschool.show.picture import show_picture
from convschool.show.window_rows import Axis, picture_of, whole


@draws
def windows_compared(
    n: int, k: int, stride: int, paddings: Mapping[str, tuple[int, int]], title: str = "", alt: str = ""
) -> None:
    """Show the windows on `n` pixels for several paddings, under each other.

    Parameters
    ----------
    n, k, stride : int
        Pixels, entries of the kernel, and the stride.
    paddings : mapping of str to (before, after)
        A name, and how many zeros stand before and after the pixels.
    title : str
        What to look at.
    alt : str
        What the picture shows, in words; by default where each window lies.

    Raises
    ------
    TypeError, ValueError
        For numbers that cannot be drawn, with their names.
    """
    n, k, stride = whole("n", n, 1, 24), whole("k", k, 1, 24), whole("stride", stride, 1, 24)
    if not isinstance(paddings, Mapping):
        raise TypeError(f"paddings must map names to pairs (before, after); it is a {type(paddings).__name__}")
    if not paddings:
        raise ValueError("paddings is empty: it must name at least one padding")
    rows = {}
    for name, pair in paddings.items():
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise TypeError(f"paddings[{name!r}] must be a pair (before, after), not {pair!r}")
        before, after = (whole(f"paddings[{name!r}]", side, 0, 12) for side in pair)
        rows[str(name)] = Axis(n, k, stride, (before, after))
    image, words = picture_of(rows, title)
    show_picture(image, alt or words)
