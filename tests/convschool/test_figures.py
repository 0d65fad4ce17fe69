"""The figures of the lessons: what they draw, say, refuse, and leave alone."""

import base64
import io
import re
import time

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from convschool import mode, planes, show
from tests.seen import SEEN_BY, contrast, in_the_dark, luminances, told_apart_by_colour_alone

X = np.arange(20.0).reshape(4, 5)
W = np.array([[1.0, 2.0], [0.0, -1.0]])
DOUT = np.array([[1.0, 2.0], [3.0, -4.0]])
FIGURES = {
    "sliding_kernel": lambda: show.sliding_kernel(X, W, np.zeros((1, 2)), stride=3),
    "gradient_scatter": lambda: show.gradient_scatter(DOUT, W, (3, 3)),
    "max_routing": lambda: show.max_routing(X, 2, 2, DOUT),
    "maps": lambda: show.maps({"x": X, "kernel": W}, "Look here"),
    "digits": lambda: show.digits(np.random.default_rng(0).random((5, 28, 28)), [1, 2, 3, 4, 5]),
}
STEPPED = ("sliding_kernel", "gradient_scatter", "max_routing")


def image_of(html):
    return plt.imread(io.BytesIO(base64.b64decode(re.search('base64,([^"]*)"', html)[1])))


class Drawn:
    """What was drawn into each plane of the last figure, by the plane's title."""

    def __init__(self, monkeypatch):
        self.values, self.outlines, self.rings, self.written, self.shades = {}, {}, {}, {}, {}
        self.title = ""
        self._names = {}
        real = planes.sheet

        def sheet(title, *args, **how):
            self.__init_step(title)
            return real(title, *args, **how)

        monkeypatch.setattr(planes, "sheet", sheet)
        for method, into in (("heat", self.values), ("shade", self.shades)):
            self._note(monkeypatch, method, lambda into, name, what, *_: into.__setitem__(name, what), into)
        for method, into in (("outline", self.outlines), ("ring", self.rings)):
            self._note(monkeypatch, method, lambda into, name, *place: into.__setitem__(name, place), into)
        write = lambda into, name, row, column, text, *_: into.setdefault(name, {}).__setitem__((row, column), text)
        self._note(monkeypatch, "write", write, self.written)
        label = planes.Plane.label

        def named(plane, title, *args, **how):
            self._names[id(plane)] = title
            return label(plane, title, *args, **how)

        monkeypatch.setattr(planes.Plane, "label", named)

    def __init_step(self, title):
        self.title = title
        for store in (self.values, self.outlines, self.rings, self.written, self.shades, self._names):
            store.clear()

    def _note(self, monkeypatch, method, keep, into):
        real = getattr(planes.Plane, method)

        def noted(plane, *args, **how):
            keep(into, self._names.get(id(plane)), *args)
            return real(plane, *args, **how)

        monkeypatch.setattr(planes.Plane, method, noted)


@pytest.fixture
def drawn(monkeypatch, notebook):
    return Drawn(monkeypatch)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_one_image_with_words_and_returns_nothing(name, notebook):
    assert FIGURES[name]() is None
    ((html, text, _),) = notebook.shown
    assert html.count("<img alt=") == 1 and text and len(text) > 20
    image = image_of(html)
    assert image.shape[0] > 100 and image.std() > 0.05


@pytest.mark.parametrize("name", STEPPED)
def test_a_slider_takes_the_picture_to_each_step(name, notebook):
    FIGURES[name]()
    slider = notebook.widgets[0]
    seen = {notebook.shown[0][0]: notebook.shown[0][1]}
    for _, k in slider.options:
        slider.value = k
        if notebook.replaced:
            seen[notebook.replaced[-1][0]] = notebook.replaced[-1][1]
    assert len(seen) == len(slider.options) == len(set(seen.values()))
    assert [label for label, _ in slider.options][:2] == ["[0, 0]", "[0, 1]"]


@pytest.mark.parametrize("name", STEPPED)
def test_a_step_is_drawn_once(name, notebook, monkeypatch):
    packed, png = [], planes.png
    monkeypatch.setattr(planes, "png", lambda figure: packed.append(figure) or png(figure))
    FIGURES[name]()
    slider = notebook.widgets[0]
    for k in (1, 0, 1, 0):
        slider.value = k
    assert len(packed) == 2 and len(notebook.replaced) == 4
    assert notebook.replaced[1][0] == notebook.shown[0][0]


@pytest.mark.parametrize("name", STEPPED)
def test_outside_a_notebook_there_are_words(name, capsys):
    FIGURES[name]()
    out = capsys.readouterr().out
    assert re.search(r"\[\d, \d\]", out) and len(out) < 400


def test_one_step_needs_no_slider(notebook):
    show.sliding_kernel(W, W, [[6.0]])
    assert not notebook.widgets


@pytest.mark.parametrize("name", FIGURES)
def test_figures_leave_settings_and_open_figures_alone(name, notebook):
    before, open_figures, backend = dict(matplotlib.rcParams), plt.get_fignums(), matplotlib.get_backend()
    FIGURES[name]()
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == open_figures and matplotlib.get_backend() == backend


@pytest.mark.parametrize("name", FIGURES)
def test_figures_look_the_same_whatever_the_settings_are(name, notebook):
    FIGURES[name]()
    with plt.style.context("dark_background"), plt.rc_context({"font.size": 30, "image.origin": "lower"}):
        FIGURES[name]()
    plain, dark = (image_of(html) for html, _, _ in notebook.shown)
    np.testing.assert_array_equal(plain, dark)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_can_be_told_apart_in_greyscale(name, notebook):
    """The numbers and outlines are seen without colour: dark and light lie side by side."""
    FIGURES[name]()
    red, green, blue = np.moveaxis(image_of(notebook.shown[0][0])[..., :3], -1, 0)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    assert grey.min() < 0.2 and grey.max() > 0.95


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn_with_two_pixels_for_each_of_the_page(name, notebook):
    FIGURES[name]()
    html = notebook.shown[0][0]
    width = int(re.search(r"width:(\d+)px", html)[1])
    assert image_of(html).shape[1] == pytest.approx(2 * width, abs=3)
    assert "max-width:100%" in html and "height:auto" in html
    # On a page of 700 pixels it is whole. A narrower one moves it sideways: its words stay as large as they are there.
    assert width <= 670 and f"min-width:{min(560, width)}px" in html and "overflow-x:auto" in html


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", SEEN_BY)
def test_numbers_and_outlines_stand_out_for_all_eyes(eyes, theme, monkeypatch):
    """The ink of each number on its cell, and the outline on its rim: 4.4 for text, 4 in the dark, 3 for lines."""
    shown, least = (in_the_dark, 4.0) if theme == "dark" else (np.asarray, 4.4)
    inked = []
    real = planes.PathCollection
    monkeypatch.setattr(
        planes, "PathCollection", lambda paths, facecolors, **how: inked.append(facecolors) or real(paths, **how)
    )
    ramp = np.linspace(0, 1, 12).reshape(2, 6)
    with planes.sheet("A ramp", [ramp.shape]) as (_, (plane,)):
        plane.heat(ramp)
    ground = matplotlib.colormaps[planes.HEAT](ramp)[..., :3].reshape(-1, 3)
    assert len(inked[0]) == len(ground)
    for ink, cell in zip(inked[0], ground, strict=True):
        pair = luminances(shown([matplotlib.colors.to_rgb(ink), cell]), eyes)
        assert contrast(*pair) >= least, (ink, cell)
    outline = luminances(shown([matplotlib.colors.to_rgb(planes.OUTLINE), (1, 1, 1)]), eyes)
    assert contrast(*outline) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_least_value_looks_like_the_page_in_both_themes(theme):
    """An image that is mostly empty does not glare; what is large stands out, and lightness goes one way."""
    shown = in_the_dark if theme == "dark" else np.asarray
    ramp = matplotlib.colormaps[planes.HEAT](np.linspace(0, 1, 20))[:, :3]
    page, *cells = luminances(shown([(1, 1, 1), *ramp]), "greyscale")
    assert contrast(page, cells[0]) < 1.1 and contrast(page, cells[-1]) > 10
    steps = np.diff(cells)
    assert (steps > 0).all() if theme == "dark" else (steps < 0).all()


def test_a_figure_of_a_cell_has_words_and_is_closed(notebook):
    figure, (above, below) = plt.subplots(2, figsize=(7, 4))
    above.plot([1, 2, 3], [5, np.nan, 0.25], label="loss")
    above.set(title="Look", xlabel="step", ylabel="loss")
    below.bar(["a", "b"], [1, 2], label="parameters")
    show.figure(figure, "Two charts.")
    ((html, text, _),) = notebook.shown
    assert text == "Two charts. Look (loss over step); loss: from 5 to 0.25. parameters: a 1, b 2."
    assert not plt.get_fignums() and 'style="width:644px' in html and image_of(html).shape[1] == 7 * planes.DPI
    with pytest.raises(TypeError, match="drawn must be a Matplotlib figure, not a str"):
        show.figure("figure", "Two charts.")
    with pytest.raises(ValueError, match="alt is empty"):
        show.figure(figure, " ")


def test_a_figure_that_nobody_looks_at_is_closed_all_the_same(notebook):
    with mode.using(figures=False):
        show.figure(plt.figure(), "Nothing.")
    assert not notebook.shown and not plt.get_fignums()


def test_what_only_colour_tells_apart_is_found():
    figure, axes = plt.subplots()
    axes.plot([1, 2], color="#0072B2", label="a")
    axes.plot([2, 1], color="#0072B4", label="b")
    axes.plot([2, 1], "--", color="#0072B4", label="c")
    assert {found.split(",")[0] for found in told_apart_by_colour_alone(figure)} == {"a and b"}
    plt.close(figure)


@pytest.mark.parametrize("count, columns", [(1, 1), (3, 3), (4, 2), (5, 3), (7, 3)])
def test_maps_that_would_be_small_beside_each_other_go_into_lines(count, columns):
    with planes.sheet("", [(28, 28)] * count) as (figure, places):
        first = [place for place in places if place.top == places[0].top]
        assert len(first) == columns and figure.get_figwidth() <= planes.WIDEST + 1e-6
        for one, other in zip(places, places[1:], strict=False):
            beside = other.top == one.top and other.left > one.left + 28 * one.cell
            assert beside or other.top > one.top + 28 * one.cell + planes.BOTTOM


@pytest.mark.parametrize(
    "sizes, columns", [((28, 7, 7), 3), ((28, 14, 13, 11), 2), ((6, 12, 14, 28, 14), 3), ((14, 28), 2)]
)
def test_maps_of_different_sizes_stand_beside_each_other_too(sizes, columns):
    """They are there to be compared: stacked, they leave the screen."""
    with planes.sheet("", [(size, size) for size in sizes]) as (figure, places):
        middle = [place.top + place.cell * place.shape[0] / 2 for place in places]
        assert sum(abs(one - middle[0]) < 1e-6 for one in middle) == columns
        assert figure.get_figwidth() <= planes.WIDEST + 1e-6
        assert all(place.cell * place.shape[0] >= planes.SMALLEST_PLANE - 1e-6 for place in places)


def test_a_long_title_has_two_lines():
    long = "Shuffle the pixels, apply the layer, put them back: compare the second map, and then the last two of them"
    with planes.sheet("short", [(2, 2)]) as (low, _), planes.sheet(long, [(2, 2)]) as (high, _):
        assert high.get_figwidth() <= planes.WIDEST and high.get_figheight() > low.get_figheight()


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_quick(name, notebook):
    FIGURES[name]()
    times = []
    for _ in range(2):
        start = time.process_time()
        FIGURES[name]()
        times.append(time.process_time() - start)
    assert min(times) < 0.3


@pytest.mark.parametrize("stride, padding", [(1, 0), (2, 1), ((2, 1), (0, 1)), (3, 2)])
def test_a_window_of_the_sliding_kernel(drawn, notebook, stride, padding):
    (down, right), (above, beside) = (np.broadcast_to(n, 2) for n in (stride, padding))
    padded = np.pad(X, ((above, above), (beside, beside)))
    shape = (padded.shape[0] - 2) // down + 1, (padded.shape[1] - 2) // right + 1
    yours = np.arange(float(np.prod(shape))).reshape(shape)
    show.sliding_kernel(X, W, yours, stride, padding)
    slider = notebook.widgets[0]
    for i, j in ((0, 0), (shape[0] // 2, 0), (shape[0] - 1, shape[1] - 1)):  # a step seen before is not drawn again
        slider.value = i * shape[1] + j
        window = padded[i * down : i * down + 2, j * right : j * right + 2]
        np.testing.assert_array_equal(drawn.values["window × kernel"], window * W)
        np.testing.assert_array_equal(drawn.values["x and its padding" if above or beside else "x"], padded)
        name = "x and its padding" if above or beside else "x"
        assert drawn.outlines[name] == (i * down - above, j * right - beside, 2, 2)
        assert drawn.outlines["your out"] == (i, j)
        total = (window * W).sum()
        assert f"sum to {planes.number(total)}; your out[{i}, {j}] is {planes.number(yours[i, j])}" in drawn.title
        assert ("which differs" in drawn.title) == (total != yours[i, j])


def test_a_rounded_result_does_not_differ(drawn, notebook):
    x = np.random.default_rng(0).normal(size=(2, 2))
    show.sliding_kernel(x, W, np.float32([[(x * W).sum()]]))
    assert "differs" not in drawn.title


def written_sum(text):
    return sum(float(term) for term in re.findall(r"[+-]?[\d.]+", text.replace("−", "-").replace("\n", "")))


@pytest.mark.parametrize("stride, padding, x_shape", [(1, 0, (3, 3)), (2, 0, (4, 5)), (1, 1, (1, 1)), (2, 1, (3, 2))])
def test_the_terms_that_reach_a_pixel_add_up_to_its_gradient(drawn, notebook, stride, padding, x_shape):
    show.gradient_scatter(DOUT, W, x_shape, stride, padding)
    slider = notebook.widgets[0]
    expected = np.zeros((x_shape[0] + 2 * padding, x_shape[1] + 2 * padding))
    for i, j in np.ndindex(2, 2):
        slider.value = 2 * i + j
        window = np.s_[i * stride : i * stride + 2, j * stride : j * stride + 2]
        expected[window] += DOUT[i, j] * W
        dx = np.zeros_like(expected)
        for (row, column), text in drawn.written["dx: terms so far"].items():
            dx[row + padding, column + padding] = written_sum(text)
        inner = np.s_[padding : padding + x_shape[0], padding : padding + x_shape[1]]
        np.testing.assert_allclose(dx[inner], expected[inner])
        np.testing.assert_array_equal(drawn.values[f"dout[{i}, {j}] × w"], DOUT[i, j] * W)
        assert drawn.outlines["dx: terms so far"] == (i * stride - padding, j * stride - padding, 2, 2)
        assert drawn.outlines["dout"] == (i, j) and len(drawn.shades["dx: terms so far"]) == 2 * i + j + 1


def test_many_terms_in_a_pixel_are_counted(drawn, notebook):
    show.gradient_scatter(np.ones((3, 3)), np.ones((3, 3)), (5, 5))
    notebook.widgets[0].value = 8
    assert drawn.written["dx: terms so far"][2, 2] == "9\nterms"


def test_max_routing_sends_all_to_the_first_of_equal_maxima(drawn, notebook):
    x = np.array([[1, 5, 5, 0], [5, 2, 0, 0], [0, 0, 0, 0]])
    show.max_routing(x, (2, 2), (1, 2), DOUT)
    slider = notebook.widgets[0]
    seen = []
    for k in range(4):
        slider.value = k
        seen.append((drawn.rings["x: window and its maximum"], drawn.outlines["dx: terms so far"], drawn.title))
    assert [ring for ring, _, _ in seen] == [(0, 1), (0, 2), (1, 0), (1, 2)]
    assert all(ring == outline for ring, outline, _ in seen)
    assert ["of equal ones the first" in title for _, _, title in seen] == [True, False, False, True]
    assert "dout[1, 1] = −4" in seen[3][2]
    assert drawn.written["dx: terms so far"] == {(0, 1): "1", (0, 2): "2", (1, 0): "3", (1, 2): "−4"}


def test_overlapping_windows_bring_several_terms_to_one_pixel(drawn, notebook):
    x = np.zeros((3, 3))
    x[1, 1] = 1
    show.max_routing(x, 2, 1, DOUT)
    notebook.widgets[0].value = 3
    assert written_sum(drawn.written["dx: terms so far"][1, 1]) == DOUT.sum()


def test_maps_of_one_scale_share_their_colours(monkeypatch, notebook):
    limits = []
    monkeypatch.setattr(planes.Plane, "heat", lambda plane, values, limits_=None, **how: limits.append(how["limits"]))
    show.maps({"a": X, "b": W}, same_scale=True)
    show.maps({"a": X, "b": W})
    assert limits == [(-1.0, 19.0), (-1.0, 19.0), None, None]


def test_words_of_the_author_take_the_place_of_ours(notebook):
    show.maps({"a": X}, alt="A ramp from 0 to 19.")
    show.digits(np.zeros((1, 2, 2)), ["blank"], alt="Nothing.")
    show.sliding_kernel(W, W, [[6.0]], alt="One window.")
    assert [text for _, text, _ in notebook.shown] == ["A ramp from 0 to 19.", "Nothing.", "One window."]


@pytest.mark.parametrize("values", [np.zeros((1, 1)), np.full((3, 3), np.nan), np.array([[np.inf, 1.0]]), X > 3])
def test_odd_values_are_drawn_too(values, notebook):
    show.maps({"odd": values})
    assert len(notebook.shown) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (14, 14), (15, 15), (100, 100)])
def test_any_size_is_drawn_at_a_size_to_be_read(shape, notebook):
    show.maps({"a": np.ones(shape), "b": W})
    height, width = image_of(notebook.shown[0][0]).shape[:2]
    assert height < 2 * 500 and width < 2 * 1000


WRONG = {
    "x must be a 2-D array with at least one entry; its shape is (1, 4, 5)": lambda: show.sliding_kernel(X[None], W, X),
    "w must be an array of numbers, not a str": lambda: show.sliding_kernel(X, "w", X),
    "out must be a 2-D array with at least one entry; its shape is ()": lambda: show.sliding_kernel(X, W, 3),
    "out must be an array of numbers, not a NoneType": lambda: show.sliding_kernel(X, W, None),
    "out has shape (4, 5): 4 rows are too many for windows of 2 rows, 1 apart, in 4 rows": (
        lambda: show.sliding_kernel(X, W, X)
    ),
    "out has shape (3, 2): 2 columns are too few for windows of 2 columns, 1 apart, in 5 columns": (
        lambda: show.sliding_kernel(X, W, np.zeros((3, 2)))
    ),
    "stride must be at least 1, not 0": lambda: show.sliding_kernel(X, W, X, stride=0),
    "padding must be an int or a pair of ints, not 0.5": lambda: show.sliding_kernel(X, W, X, padding=0.5),
    "padding must be at least 0, not -1": lambda: show.gradient_scatter(DOUT, W, (3, 3), padding=-1),
    "x_shape must be a pair of ints, not 3": lambda: show.gradient_scatter(DOUT, W, 3),
    "x_shape must be an int or a pair of ints, not (1, 1, 3, 3)": (
        lambda: show.gradient_scatter(DOUT, W, (1, 1, 3, 3))
    ),
    "dout has shape (2, 2): 2 rows are too few": lambda: show.gradient_scatter(DOUT, W, (5, 5)),
    "kernel_size must be an int or a pair of ints, not 'two'": lambda: show.max_routing(X, "two", 2, DOUT),
    "kernel_size must be an int or a pair of ints, not True": lambda: show.max_routing(X, True, 2, DOUT),
    "dout has shape (2, 2): 2 rows are too many": lambda: show.max_routing(X, 4, 2, DOUT),
    "arrays must map titles to 2-D arrays; it is a list": lambda: show.maps([X]),
    "arrays is empty": lambda: show.maps({}),
    "arrays['a'] must be a 2-D array": lambda: show.maps({"a": X[0]}),
    "arrays['a'] must be an array": lambda: show.maps({"a": [[1, 2], [3]]}),
    "images must have shape (n, H, W); it has shape (4, 5)": lambda: show.digits(X, [1]),
    "labels must hold one label for each image": lambda: show.digits(np.zeros((2, 3, 3)), [1]),
    "images holds 21 of them; at most 20": lambda: show.digits(np.zeros((21, 3, 3)), range(21)),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_named(message, notebook):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        WRONG[message]()
    assert not notebook.shown


def test_arguments_are_left_as_they_were(notebook):
    copies = [array.copy() for array in (X, W, DOUT)]
    for figure in FIGURES.values():
        figure()
    for array, copy in zip((X, W, DOUT), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_when_answered_stops_at_what_is_not_written_yet(capsys):
    with show.when_answered():
        raise NotImplementedError
    assert capsys.readouterr().out == "Answer the exercise above first.\n"
    with show.when_answered():
        print("answered")
    assert capsys.readouterr().out == "answered\n"


@pytest.mark.parametrize("error", [ValueError, RuntimeError, KeyboardInterrupt, SystemExit, TypeError])
def test_when_answered_catches_nothing_else(error, capsys):
    with pytest.raises(error), show.when_answered():
        raise error
    assert capsys.readouterr().out == ""


def test_an_executed_notebook_shows_its_figures_without_a_kernel():
    cells = [
        "import numpy as np\nfrom convschool import show",
        "show.sliding_kernel(np.eye(3), np.eye(2), np.zeros((2, 2)))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    picture, slider = notebook.cells[1].outputs
    assert picture.data["text/plain"].startswith("One window at a time") and "<img alt=" in picture.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in slider.data
    html, _ = HTMLExporter().from_notebook_node(notebook)
    assert 'alt="One window at a time: here the products sum to 2' in html
    assert "data:image/png;base64," in html


def fields_of(widget):
    """The fields of the grids of a folded widget, by their names."""
    grids = [one.children[1] for one in widget.children[0].children]
    return {field.tooltip: field for grid in grids for field in grid.children}


def test_numbers_of_the_error_and_of_the_kernel_are_changed_under_the_picture(drawn, notebook):
    dout = DOUT.copy()
    show.gradient_scatter(dout, W, (3, 3))
    slider, fields = notebook.widgets[0], fields_of(notebook.widgets[1])
    assert set(fields) == {f"{name}[{i}, {j}]" for name in ("dout", "w") for i in (0, 1) for j in (0, 1)}
    slider.value = 1
    fields["dout[0, 1]"].value = 7.5
    assert "dout[0, 1] = 7.5" in drawn.title and "dout[0, 1] = 7.5" in notebook.replaced[-1][1]
    np.testing.assert_array_equal(drawn.values["dout[0, 1] × w"], 7.5 * W)
    fields["w[1, 0]"].value = -3
    np.testing.assert_array_equal(drawn.values["kernel w"], [[1, 2], [-3, -1]])
    slider.value = 0
    np.testing.assert_array_equal(drawn.values["kernel w"], [[1, 2], [-3, -1]])
    assert (dout == DOUT).all(), "the notebook's own array stays"


def test_a_changed_pixel_wins_the_maximum(drawn, notebook):
    show.max_routing(X[:3, :3], 2, 1, DOUT)
    fields_of(notebook.widgets[1])["x[0, 0]"].value = 99
    assert drawn.rings["x: window and its maximum"] == (0, 0)


def test_with_its_layer_the_numbers_under_a_sliding_kernel_are_changed(drawn, notebook):
    def layer(x, w):
        return np.array([[(x[i : i + 2, j : j + 2] * w).sum() for j in range(2)] for i in range(2)])

    show.sliding_kernel(X[:3, :3], W, layer(X[:3, :3], W), layer=layer)
    fields_of(notebook.widgets[1])["x[1, 1]"].value = 100
    np.testing.assert_array_equal(drawn.values["your out"], layer(drawn.values["x"], W))
    assert drawn.values["x"][1, 1] == 100 and "differs" not in drawn.title


@pytest.mark.parametrize("typed", [np.nan, np.inf, -2e6])
def test_a_number_that_cannot_be_drawn_is_put_back(typed, drawn, notebook):
    show.gradient_scatter(DOUT, W, (3, 3))
    field = fields_of(notebook.widgets[1])["dout[0, 0]"]
    field.value = typed
    assert field.value == 1 and not notebook.replaced


def test_a_large_array_has_no_fields(notebook):
    show.gradient_scatter(np.ones((5, 5)), W, (6, 6))
    assert [name for name in fields_of(notebook.widgets[1]) if name.startswith("dout")] == []
    show.sliding_kernel(X, W, np.zeros((3, 4)))
    assert len(notebook.widgets) == 3, "without its layer a sliding kernel has its slider alone"
