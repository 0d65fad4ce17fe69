"""The eight lessons as a road: what each builds, and where it is used."""

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from convschool import planes
from convschool.front import draws
from convschool.show.picture import show_picture

# number, what is built, place (column, row), the lessons that use it
STATIONS = [
    ("01", "convolution", (0, 0), ("02", "05")),
    ("02", "its derivatives", (1, 0), ("04", "06")),
    ("03", "1x1 convolution\nand cost", (0, 1), ("07",)),
    ("04", "pooling", (1, 1), ("07",)),
    ("05", "fast convolution", (2, 0), ("06",)),
    ("06", "layers, loss,\noptimizers", (3, 0), ("07",)),
    ("07", "LeNet-5 reads\ndigits", (3, 1), ("08",)),
    ("08", "weight sharing\nand search", (4, 1), ()),
]
WIDE, HIGH, APART = 1.55, 0.72, (2.05, 1.35)


@draws
def road() -> None:
    """Show the eight lessons, and arrows from each to those that use what it builds."""
    used = "; ".join(
        f"{number} {' '.join(what.split())}" + (f", used in {' and '.join(to)}" if to else "")
        for number, what, _, to in STATIONS
    )
    show_picture(_picture(), f"The lessons, with arrows to those that use them: {used}.")


def _picture() -> bytes:
    with style.context("default"):
        figure = Figure(figsize=(9.2, 3.1), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        boxes = {number: _box(axes, number, what, place) for number, what, place, _ in STATIONS}
        places = {number: place for number, _, place, _ in STATIONS}
        for number, _, _, uses in STATIONS:
            for other in uses:
                _arrow(axes, boxes[number], boxes[other], _bend(places[number], places[other]))
        axes.set_xlim(-1, 4 * APART[0] + 1)
        axes.set_ylim(-APART[1] - 0.95, 0.95)
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set_title("Each arrow leads to a lesson that uses what you built", fontsize=10.5)
        return planes.png(figure)


def _box(axes: Axes, number: str, what: str, place: tuple[int, int]) -> FancyBboxPatch:
    x, y = place[0] * APART[0], -place[1] * APART[1]
    last = number in ("07", "08")
    box = FancyBboxPatch(
        (x - WIDE / 2, y - HIGH / 2),
        WIDE,
        HIGH,
        boxstyle="round,pad=0.02,rounding_size=0.12",
        facecolor="#0072B2" if last else "white",
        edgecolor="#0072B2",
        linewidth=1.6,
    )
    axes.add_patch(box)
    axes.text(x, y, f"{number}\n{what}", ha="center", va="center", color="white" if last else "black", fontsize=9)
    return box


def _bend(begin: tuple[int, int], end: tuple[int, int]) -> float:
    """How far an arrow bends: around the boxes between its ends, over the upper row and under the lower one."""
    if begin[1] != end[1] or end[0] - begin[0] < 2:
        return 0.0
    return -0.3 if begin[1] == 0 else 0.2


def _arrow(axes: Axes, begin: FancyBboxPatch, end: FancyBboxPatch, bend: float) -> None:
    axes.add_patch(
        FancyArrowPatch(
            _middle(begin),
            _middle(end),
            patchA=begin,
            patchB=end,
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=12,
            shrinkA=2,
            shrinkB=2,
            color="#666666",
            linewidth=1.2,
        )
    )


def _middle(box: FancyBboxPatch) -> tuple[float, float]:
    return box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2
