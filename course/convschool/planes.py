"""2-D arrays drawn as grids of cells with their numbers: the one look of checks and figures.

A sheet is one Matplotlib axes measured in inches, with several planes beside each other. It is made without
pyplot and in Matplotlib's default style, so that nothing here sees or changes the settings and the open
figures of the notebook; without ticks and axes of Matplotlib's own, because they take most of its time.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from textwrap import wrap

import numpy as np
from matplotlib import colormaps, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

# From paper to ink: the least value looks like the page, also where a dark theme turns both round. Its lightness falls
# all the way, so that colour-blind readers and greyscale lose nothing.
HEAT = "bone_r"
# Vermillion with a white rim: seen on every colour of HEAT, and in greyscale.
OUTLINE = "#D55E00"
# So wide that a page of 700 pixels hardly shrinks it. What does not fit, or comes out small, goes into a second line.
WIDEST = 7.2
LARGEST_CELL, COMFORTABLE_CELL, SMALLEST_CELL_WITH_NUMBER = 0.5, 0.3, 0.28
LARGEST_PLANE, LARGEST_OF_SEVERAL_LINES, SMALLEST_PLANE, SMALLEST_TIGHT = 3.2, 1.8, 1.1, 0.5
LEFT, TIGHT, BAR, RIGHT, TOP, BOTTOM = 0.55, 0.12, 0.55, 0.15, 0.75, 0.5
BETWEEN_LINES = 0.32  # for the titles of the second line of planes, beside what the first has below
TITLE_CHARACTER, TITLE_LINE = 0.085, 0.17
NUMBER_SIZE, SMALLEST_SIZE, CHARACTER, LINE_OF_TEXT = 9.5, 4.5, 0.64, 1.15
SHORT = 5  # characters of a number that all numbers of its plane are as small as
POINTS = 72.0
# An inch of a figure is so wide on a page. It is drawn with twice as many pixels, for screens that show them.
PAGE_PIXELS = 92
DPI = 2 * PAGE_PIXELS


@dataclass(frozen=True)
class Plane:
    """A grid of cells at some place of a sheet. Rows and columns of padding have negative numbers.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The sheet, in inches from its top left corner.
    left, top, cell : float
        Where cell ``[0, 0]`` begins and how wide cells are, in inches.
    shape : (int, int)
        Rows and columns without padding.
    padding : (int, int)
        Rows of padding above and below, and columns beside.
    """

    axes: Axes
    left: float
    top: float
    cell: float
    shape: tuple[int, int]
    padding: tuple[int, int] = (0, 0)

    @property
    def has_numbers(self) -> bool:
        """Whether the cells have room for numbers."""
        return self.cell >= SMALLEST_CELL_WITH_NUMBER

    def label(self, title: str, rows: str = "row", columns: str = "column") -> None:
        """Write a title, names of the axes and numbers of rows and columns around the plane."""
        self.title(title)
        left, top, width, height = self._box(padded=True)
        self.text(left + width / 2, top + height + 0.22, columns, 8, va="top")
        self.text(left - 0.26, top + height / 2, rows, 8, rotation=90, ha="right")
        marks = []
        for axis, count in enumerate(self.shape):
            pad = self.padding[axis]
            # A number needs about 0.24 inches.
            step = max(1, int(np.ceil(0.24 / self.cell)))
            for n in range(-(pad // step) * step, count + pad, step):
                at = (self.left if axis else self.top) + (n + 0.5) * self.cell
                place = (at, top + height + 0.11) if axis else (left - 0.06 - 0.5 * _width(number(n), 7), at)
                marks.append((number(n), *place, 7.0, "black"))
        self._letters(marks)

    def title(self, title: str) -> None:
        """Write a title over the plane."""
        left, top, width, _ = self._box(padded=True)
        self.text(left + width / 2, top - 0.09, title, 9, va="bottom")

    def heat(self, values: np.ndarray, colours: str = HEAT, limits: tuple | None = None, bar: bool = True) -> None:
        """Colour the cells by `values`, padding included, with their numbers, or a `bar` where they are small.

        `limits` are the values of the two ends of the colour scale, by default the least and the largest.
        """
        finite = values[np.isfinite(values)]
        low, high = limits or ((float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0))
        norm, colour_map = Normalize(low, high), colormaps[colours]
        left, top, width, height = self._box(padded=True)
        self._image(values, (left, top, width, height), colour_map, norm)
        self.frame()
        if self.has_numbers:
            self._numbers(values, colour_map(norm(values)))
        elif bar:
            at = left + width + 0.08
            self._image(np.linspace(high, low, 64)[:, None], (at, top, 0.1, height), colour_map, norm)
            nothing = 1e-9 * max(abs(low), abs(high))  # what rounding left of a 0 has a label too long for its place
            for value, place in _marks(low, high):
                value = value if abs(value) > nothing else 0.0
                self.text(at + 0.14, top + place * height, number(value), 7, ha="left")

    def frame(self) -> None:
        """Draw a line around the plane, and one between it and its padding."""
        for padded in {True, self.padding == (0, 0)}:
            self._rectangle(*self._box(padded), fill=False, edgecolor="black", linewidth=0.8)
        if self.padding != (0, 0):
            self._rectangle(*self._box(padded=False), fill=False, edgecolor="white", linewidth=2.5)
            self._rectangle(*self._box(padded=False), fill=False, edgecolor="black", linewidth=1, linestyle="--")

    def outline(self, row: int, column: int, height: int = 1, width: int = 1) -> None:
        """Outline the cells from ``[row, column]`` on."""
        thick = min(2.6, 0.3 * self.cell * POINTS)
        for colour, thickness in (("white", 1.9 * thick), (OUTLINE, thick)):
            self._rectangle(*self._cells(row, column, height, width), fill=False, edgecolor=colour, linewidth=thickness)

    def ring(self, row: int, column: int) -> None:
        """Mark one cell with a ring."""
        left, top, width, height = self._cells(row, column, 1, 1)
        for colour, thickness in (("white", 4), ("black", 1.8)):
            centre = left + width / 2, top + height / 2
            self.axes.add_patch(Circle(centre, 0.43 * self.cell, fill=False, edgecolor=colour, linewidth=thickness))

    def shade(self, windows: Sequence[tuple[int, int, int, int]]) -> None:
        """Lay a see-through colour over each window of cells: where several lie it is darker."""
        corners = []
        for window in windows:
            left, top, width, height = self._cells(*window)
            corners.append([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
        shades = PolyCollection(corners, facecolors="#0072B2", alpha=0.2, linewidths=0)
        self.axes.add_collection(shades, autolim=False)

    def some(self, values: np.ndarray, painted: np.ndarray) -> None:
        """Write the numbers of an array whose other cells are NaN, each on its colour (RGBA) in `painted`."""
        held = ~np.isnan(values)
        cells = np.where(held[..., None], painted, 0.0)
        self._image(cells, self._box(padded=False), None, None)
        texts = [(number(values[place]), *self._middle(*place)) for place in zip(*np.nonzero(held), strict=True)]
        self._letters([(text, x, y, self._size(text), "black") for text, x, y in texts])

    def _middle(self, row: int, column: int) -> tuple[float, float]:
        left, top, width, height = self._cells(row, column, 1, 1)
        return left + width / 2, top + height / 2

    def blank(self) -> None:
        """Draw empty cells, with hatched padding."""
        if self.padding != (0, 0):
            self._rectangle(*self._box(True), fill=False, hatch="////", edgecolor="#BBBBBB", linewidth=0)
            self._rectangle(*self._box(False), facecolor="white", linewidth=0)
        if self.has_numbers:
            rows, columns = self.shape
            lines = [self._cells(n, 0, 0, columns) for n in range(1, rows)]
            lines += [self._cells(0, n, rows, 0) for n in range(1, columns)]
            for line in lines:
                self._rectangle(*line, edgecolor="#CCCCCC", linewidth=0.6)

    def write(self, row: int, column: int, text: str, ink: str = "black") -> None:
        """Write into a cell, in a size that fits."""
        x, y = self._middle(row, column)
        lines, size = text.split("\n"), self._size(text)
        first = y - LINE_OF_TEXT * size / POINTS * (len(lines) - 1) / 2
        places = [first + LINE_OF_TEXT * size / POINTS * n for n in range(len(lines))]
        self._letters([(line, x, at, size, ink) for line, at in zip(lines, places, strict=True)])

    def text(self, x: float, y: float, text: str, size: float, **how) -> None:
        """Write at a place of the sheet."""
        self.axes.text(x, y, text, fontsize=size, **({"ha": "center", "va": "center"} | how))

    def _size(self, text: str) -> float:
        """The font size, in points, in which `text` fits into a cell."""
        lines = text.split("\n")
        room = 0.86 * self.cell * POINTS
        fits = min(room / (CHARACTER * max(map(len, lines))), room / (LINE_OF_TEXT * len(lines)))
        return max(SMALLEST_SIZE, min(NUMBER_SIZE, fits))

    def _numbers(self, values: np.ndarray, painted: np.ndarray) -> None:
        """Write each value into its cell, which is `painted` in a colour; all as one artist, since texts are slow."""
        above, beside = self.padding
        written = []
        sizes = [self._size(text) for text in map(number, values.ravel()) if len(text) <= SHORT]
        for (i, j), value in np.ndenumerate(values):
            text = number(value)
            left, top, width, height = self._cells(i - above, j - beside, 1, 1)
            light = not np.isfinite(value) or _luminance(painted[i, j]) > 0.179  # inf and nan stay unpainted
            ink = "black" if light else "white"
            size = min([self._size(text), *sizes])  # one for all but the longest, or they look more and less important
            written.append((text, left + width / 2, top + height / 2, size, ink))
        self._letters(written)

    def _letters(self, written: list[tuple[str, float, float, float, str]]) -> None:
        """Write texts as one artist: each with the place of its middle, its size in points, and its ink."""
        paths = []
        for text, x, y, size, _ in written:
            outline, scale = _outline(text), size / POINTS
            paths.append(Path(np.asarray(outline.vertices) * (scale, -scale) + (x, y), outline.codes))
        inks = [ink for *_, ink in written]
        self.axes.add_collection(PathCollection(paths, facecolors=inks, linewidths=0), autolim=False)

    def _image(self, values, box, colour_map, norm) -> None:
        left, top, width, height = box
        extent = (left, left + width, top + height, top)
        self.axes.imshow(
            values,
            cmap=colour_map,
            norm=norm,
            extent=extent,
            interpolation="nearest",
            origin="upper",
            aspect="auto",
        )

    def _rectangle(self, left: float, top: float, width: float, height: float, **how) -> None:
        self.axes.add_artist(Rectangle((left, top), width, height, **how))  # the limits stay, so none are looked for

    def _box(self, padded: bool) -> tuple[float, float, float, float]:
        rows, columns = self.shape
        above, beside = self.padding if padded else (0, 0)
        return self._cells(-above, -beside, rows + 2 * above, columns + 2 * beside)

    def _cells(self, row: int, column: int, height: int, width: int) -> tuple[float, float, float, float]:
        cell = self.cell
        return self.left + column * cell, self.top + row * cell, width * cell, height * cell


@contextmanager
def sheet(
    title: str,
    shapes: Sequence[tuple[int, int]],
    paddings: Sequence[tuple[int, int]] = (),
    tight: bool = False,
) -> Iterator[tuple[Figure, list[Plane]]]:
    """A figure with one plane for each ``(rows, columns)`` of `shapes`, side by side under a title, in lines.

    `tight` leaves room for the labels of the first plane only.
    """
    paddings = paddings or [(0, 0)] * len(shapes)
    grids = [(r + 2 * p, c + 2 * q) for (r, c), (p, q) in zip(shapes, paddings, strict=True)]
    lines = _lines(grids, tight)
    between, edge = (TIGHT, LEFT - TIGHT) if tight else (LEFT, 0.0)
    words = wrap(title, int(WIDEST / TITLE_CHARACTER))
    top = TOP + TITLE_LINE * max(0, len(words) - 1)
    width = max(edge + RIGHT + max(line.width for line in lines), TITLE_CHARACTER * max(map(len, words), default=0))
    height = top + sum(line.height for line in lines) + (len(lines) - 1) * (BOTTOM + BETWEEN_LINES) + BOTTOM
    with style.context(["default", {"text.hinting": "none"}]):  # hinting takes a quarter of the time
        figure = Figure(figsize=(width, height), facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        planes: list[Plane] = []
        for line in lines:
            left = edge + (width - edge - line.width - RIGHT) / 2
            for cell, room, gap in zip(line.cells, line.rooms, line.gaps, strict=True):
                (rows, columns), shape, padding = (of[len(planes)] for of in (grids, shapes, paddings))
                at = left + between + (room - cell * columns) / 2 + padding[1] * cell
                begins = top + (line.height - cell * rows) / 2 + padding[0] * cell
                planes.append(Plane(axes, at, begins, cell, shape, padding))
                left += room + gap
            top += line.height + BOTTOM + BETWEEN_LINES
        planes[0].text(width / 2, 0.16, "\n".join(words), 10.5, va="top")
        yield figure, planes


def png(figure: Figure) -> bytes:
    """A figure as a PNG image."""
    buffer = io.BytesIO()
    # packed in a hurry: a slider waits for it
    figure.savefig(buffer, format="png", dpi=DPI, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def number(value: float) -> str:
    """A number short enough for a cell: three significant digits, or two where it is long."""
    value = float(value) + 0.0  # no -0
    if value.is_integer() and abs(value) < 10_000:
        short = f"{value:.0f}"
    else:
        short = f"{value:.3g}"
        short = short if len(short) <= 5 else f"{value:.2g}"
    return short.replace("-", "−")


@dataclass(frozen=True)
class _Line:
    """Planes side by side, in inches: the cells of each, the room that it takes, and the gap beside it."""

    cells: list[float]
    rooms: list[float]
    gaps: list[float]
    height: float

    @property
    def width(self) -> float:
        return sum(self.rooms) + sum(self.gaps)


def _lines(grids: list[tuple[int, int]], tight: bool) -> list[_Line]:
    """The planes in as few lines as can be without leaving the page or coming out small."""
    count = len(grids)
    several = [_laid_out(grids, -(-count // lines), tight, lines > 1) for lines in range(1, count + 1)]
    # each plane beside itself in a line of its own: beside a large plane, cells of a small one are large in any case
    best = [cell for line in several[-1] for cell in line.cells]
    for lines in several:
        fits = max(line.width for line in lines) <= WIDEST - RIGHT - (LEFT - TIGHT if tight else 0) + 1e-6
        cells = [cell for line in lines for cell in line.cells]
        if fits and (
            tight or all(own >= min(COMFORTABLE_CELL, 0.6 * alone) for own, alone in zip(cells, best, strict=True))
        ):
            return lines
    return several[-1]


def _laid_out(grids: list[tuple[int, int]], in_a_line: int, tight: bool, several: bool) -> list[_Line]:
    """Lines of so many planes, in one size of cells but for planes that would come out tiny beside a large one."""
    between, smallest = (TIGHT, SMALLEST_TIGHT) if tight else (LEFT, SMALLEST_PLANE)
    largest = LARGEST_OF_SEVERAL_LINES if several else LARGEST_PLANE
    lines = [grids[at : at + in_a_line] for at in range(0, len(grids), in_a_line)]
    cell = min(_cell_that_fits(line, between, largest, tight) for line in lines)
    laid = []
    for line in lines:
        cells = [min(LARGEST_CELL, max(cell, smallest / max(grid))) for grid in line]
        least = 0.0 if tight else SMALLEST_PLANE
        rooms = [max(least, own * columns) for (_, columns), own in zip(line, cells, strict=True)]
        gaps = [between + (0 if tight or own >= SMALLEST_CELL_WITH_NUMBER else BAR) for own in cells]
        height = max(own * rows for (rows, _), own in zip(line, cells, strict=True))
        laid.append(_Line(cells, rooms, gaps, height))
    return laid


def _cell_that_fits(line: Sequence[tuple[int, int]], between: float, largest: float, tight: bool) -> float:
    """The size of cells with which a line of planes is as wide as the page."""
    free = WIDEST - RIGHT - between * len(line) - (LEFT - TIGHT if tight else 0)
    most = min(LARGEST_CELL, largest / max(rows for rows, _ in line))
    least = 0.0 if tight else SMALLEST_PLANE
    cell = min(most, _shared(free, line, least))
    if cell < SMALLEST_CELL_WITH_NUMBER and not tight:
        cell = min(cell, _shared(free - BAR * len(line), line, least))
    return cell


def _shared(free: float, line: Sequence[tuple[int, int]], least: float) -> float:
    """The size of cells that fill so many inches; narrow planes take the `least` room all the same."""
    wide = sorted(columns for _, columns in line)
    while len(wide) > 1 and wide[0] * free / sum(wide) < least < free:
        free -= least
        wide.pop(0)
    return max(free / sum(wide), 1e-3)


def _marks(low: float, high: float) -> list[tuple[float, float]]:
    """What stands beside a colour bar, and how far from its top: the ends, and a round number near the middle."""
    width = high - low
    if not width > 0:
        return [(high, 0.5)]
    step = 10.0 ** np.floor(np.log10(0.4 * width))
    middle = step * round((high + low) / 2 / step)
    return [(high, 0.0), (middle, (high - middle) / width), (low, 1.0)]


@lru_cache(10_000)
def _outline(text: str) -> Path:
    """The outline of a number in a font of size 1, its middle at (0, 0)."""
    path = TextPath((0, 0), text, size=1, prop=FontProperties(family="DejaVu Sans"))
    across = path.vertices[path.codes != Path.CLOSEPOLY, 0]
    height = 0.73  # that of a digit, so that all stand on one line
    return Path(path.vertices - ((across.min() + across.max()) / 2, height / 2), path.codes)


def _width(text: str, size: float) -> float:
    """How wide a number in a font of `size` points is, in inches."""
    return float(np.ptp(np.asarray(_outline(text).vertices)[:, 0])) * size / POINTS


def _luminance(colour: np.ndarray) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
