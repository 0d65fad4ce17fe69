"""The figures of lessons 03 to 08 and of START: what they say in words, their edges, and what they refuse."""

import re
from importlib import import_module

import numpy as np
import pytest
from test_figures import image_of

from convschool import planes, progress, show
from convschool.show.redrawn import Redrawn
from convschool.show.training_chart import Healthy
from tests.seen import SEEN_BY, in_the_dark, luminances, told_apart_by_colour_alone

DIRECT = (100, 1000, 10)
PAIRS = {"ours": (1, 1), "valid": (0, 0)}
SIGNAL = np.array([1.0, 2, -1, 3, 4])
PATHS = {"SGD": [[4.0, 1.0], [2.0, 0.5], [1.0, 0.1]], "Adam": [[4.0, 1.0], [3.0, 0.2], [0.0, 0.0]]}
X = np.arange(12.0).reshape(3, 4)
COLS = np.array([X[i : i + 2, j : j + 2].ravel() for i in range(2) for j in range(3)]).T
STAGES = {"image": np.ones((1, 4, 4)), "C1": np.zeros((3, 2, 2)), "F6": np.arange(5.0), "p": np.array([0.1, 0.7, 0.2])}


def bowl(a, b):
    return a**2 + 9 * b**2


def curve(values=(2.0, 1.5, 1.0), steps=3, **how):
    with show.live_curve("A small net", steps, **how) as growing:
        for value in values:
            growing.add(value)


# What each figure is called with, and what its words must hold.
FIGURES = {
    "bottleneck": (
        lambda: show.bottleneck({1: (20, 100, 5), 4: (40, 2000, 20)}, DIRECT),
        ["Width 1", "0.1 times the multiply-adds", "0.5 times its activations", "0.2 times its parameters"],
    ),
    "connections": (
        lambda: show.connections((3, 4), 2),
        ["Output [0, 0]", "fully connected: weights 0 to 11", "locally connected: weights 0 to 3", "convolutional"],
    ),
    "windows_1d": (lambda: show.windows_1d(8, 3, 3), ["2 windows", "no window reads the pixels 6, 7"]),
    "windows_compared": (
        lambda: show.windows_compared(7, 3, 2, PAIRS, "Which pixels?"),
        ["Which pixels?", "ours: 4 windows; every pixel is read", "valid: 3 windows"],
    ),
    "window_columns": (lambda: show.window_columns(X, COLS, 2), ["Column 0 is window [0, 0]", "rows 0 to 1"]),
    "wrap_around": (
        lambda: show.wrap_around(SIGNAL, [4, 5], "echo"),
        ["The echo as bars", "A circle of length 4: what stands at place 4 and after it wraps to the front"],
    ),
    "live_curve": (curve, ["A small net: step 3 of 3, loss 1"]),
    "training_chart": (
        lambda: show.training_chart(
            [0, 1, 2],
            [2.3, 1, 0.5],
            {"0.w": [1e-3, 2e-3, 1e-3]},
            Healthy([2.3, 1, 0.4], [[1e-4] * 3, [1e-2] * 3]),
            "Look",
        ),
        ["Look", "Loss from 2.30 to 0.50", "0.w from 0.001 to 0.001"],
    ),
    "sick_training": (lambda: show.sick_training("two"), ["Patient two", "Loss from", "Update-to-weight ratios"]),
    "descent_paths": (
        lambda: show.descent_paths({"0.1": PATHS, "0.2": PATHS}, bowl, (5.0, 2.0)),
        ["learning rate 0.1, 2 steps", "SGD ends at loss 1.1", "Adam ends at loss 0"],
    ),
    "network": (
        lambda: show.network(STAGES, {"C1": "3 kernels\nof 3x3"}, "What does it read?"),
        ["What does it read?", "image (1, 4, 4), C1 (3, 2, 2), F6 (5,), p (3,)", "Likeliest: 1, with probability 0.70"],
    ),
    "road": (show.road, ["01 convolution, used in 02 and 05", "08 weight sharing and search."]),
}
STEPPED = {  # the figures with one slider, and what it reads
    "bottleneck": ["1", "4"],
    "connections": ["[0, 0]", "[0, 1]", "[0, 2]", "[1, 0]", "[1, 1]", "[1, 2]"],
    "window_columns": ["0", "1", "2", "3", "4", "5"],
    "wrap_around": ["4", "5"],
    "descent_paths": ["0.1", "0.2"],
}


def last_shown(notebook):
    html, text = (notebook.replaced or notebook.shown)[-1][:2]
    return html, text


@pytest.fixture
def notebook(notebook, monkeypatch):
    monkeypatch.setattr(import_module("convschool.show.live_curve"), "get_ipython", lambda: object())
    return notebook


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_in_words_what_is_seen(name, notebook):
    draw, words = FIGURES[name]
    assert draw() is None
    html, text = last_shown(notebook)
    for word in words:
        assert word in text
    (alt,) = re.findall(r'<img alt="([^"]*)"', html)
    assert alt and len(alt) > 20


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_large_enough_and_not_too_large(name, notebook):
    FIGURES[name][0]()
    image = image_of(last_shown(notebook)[0])
    height, width = image.shape[:2]
    assert 150 <= height <= 1200 and 600 <= width <= 2000
    assert image[..., :3].std() > 0.05
    grey = image[..., :3] @ [0.299, 0.587, 0.114]
    assert grey.min() < 0.2 and grey.max() > 0.95  # seen without colours, too


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_in_a_figure_is_told_apart_by_colour_alone(name, notebook, monkeypatch):
    drawn, alike, png, redraw = [], [], planes.png, Redrawn.png

    def look(figure):
        drawn.append(figure)
        alike.extend(told_apart_by_colour_alone(figure))

    monkeypatch.setattr(planes, "png", lambda figure: look(figure) or png(figure))
    monkeypatch.setattr(Redrawn, "png", lambda ground, changing: look(ground.figure) or redraw(ground, changing))
    FIGURES[name][0]()
    assert drawn and not alike
    pixels = image_of(last_shown(notebook)[0])[::3, ::3, :3]
    for shown in (pixels, in_the_dark(pixels)):
        for eyes in SEEN_BY:
            assert np.ptp(luminances(shown, eyes)) > 0.6, eyes
    assert luminances(in_the_dark(pixels[0, 0]), "greyscale") < 0.02, "the ground is dark"


@pytest.mark.parametrize("name", STEPPED)
def test_a_slider_takes_a_figure_to_each_of_its_steps(name, notebook):
    FIGURES[name][0]()
    (slider,) = notebook.widgets
    assert [label for label, _ in slider.options] == STEPPED[name] and slider.value == 0
    texts = {notebook.shown[0][1]}
    for _, k in slider.options[1:]:
        slider.value = k
        texts.add(notebook.replaced[-1][1])
    assert len(texts) == len(STEPPED[name])


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - {"live_curve", "road", "windows_1d", "windows_compared"}))
def test_words_of_the_author_take_the_place_of_the_figure_s_own(name, notebook):
    calls = {
        "bottleneck": lambda alt: show.bottleneck({1: DIRECT}, DIRECT, alt),
        "connections": lambda alt: show.connections(3, 2, alt),
        "window_columns": lambda alt: show.window_columns(X, COLS, 2, alt=alt),
        "wrap_around": lambda alt: show.wrap_around(SIGNAL, [5], alt=alt),
        "training_chart": lambda alt: show.training_chart([0, 1], [1, 2], {"w": [1, 2]}, alt=alt),
        "sick_training": lambda alt: show.sick_training("one", alt=alt),
        "descent_paths": lambda alt: show.descent_paths({"1": PATHS}, bowl, (5.0, 2.0), alt=alt),
        "network": lambda alt: show.network(STAGES, alt=alt),
    }
    calls[name]("What the author <says>")
    html, text = last_shown(notebook)
    assert text == "What the author <says>" and 'alt="What the author &lt;says&gt;"' in html


# ------------------------------------------------------------------------------------------ each by itself


def test_the_five_sliders_of_windows_1d_change_the_picture_and_its_words(notebook):
    show.windows_1d()
    (box,) = notebook.widgets
    assert notebook.shown[0][1].startswith("5 windows; every pixel is read")
    moves = [
        (8, "6 windows; every pixel is read"),
        (4, "5 windows; every pixel is read"),
        (3, "2 windows; no window reads pixel 7"),
        (1, "3 windows; every pixel is read"),
        (2, "2 windows; no window reads the pixels 0, 7"),
    ]
    for slider, (value, begins) in zip(box.children, moves, strict=True):
        slider.value = value
        assert notebook.replaced[-1][1].startswith(begins), slider.description


def test_a_kernel_larger_than_its_pixels_has_no_window(notebook):
    show.windows_1d(2, 5)
    assert notebook.shown[0][1].startswith("No window: the kernel spans 5 pixels, the padded input has 2")
    show.windows_compared(2, 5, 1, {"valid": (0, 0), "same": (2, 2)})
    assert "valid: No window" in notebook.shown[1][1] and "same: 2 windows" in notebook.shown[1][1]


def test_columns_that_are_not_the_windows_are_told(notebook):
    show.window_columns(X, COLS + 1, 2)
    assert "yours differs" in notebook.shown[0][1]
    show.window_columns(X, COLS, 2)
    assert "yours differs" not in notebook.shown[1][1]


def test_a_circle_as_long_as_the_result_has_nothing_to_wrap(notebook):
    show.wrap_around(SIGNAL, [5])
    assert "nothing wraps" in notebook.shown[0][1] and not notebook.widgets


def test_counts_may_come_as_any_three_numbers(notebook):
    """What a learner's conv_cost returns may be a list or an array."""
    show.bottleneck({2: np.array([50, 500, 5]), 8: [200, 2000, 20]}, np.array(DIRECT))
    assert "Width 2: 0.5 times" in notebook.shown[0][1]


def test_a_path_that_leaves_the_picture_or_ends_in_nan_is_drawn(notebook):
    wild = {"SGD": [[4.0, 1.0], [1e30, -1e30], [np.nan, np.inf]]}
    show.descent_paths({"2": wild}, bowl, (5.0, 2.0))
    assert "SGD ends at loss too large to draw" in notebook.shown[0][1]


def test_a_training_that_explodes_or_stands_still_is_drawn(notebook):
    show.training_chart([0, 5, 9], [2.3, np.inf, np.nan], {"w": [0.0, 0.0, 0.0], "b": [1.0, 1e9, np.inf]})
    assert "Loss from 2.30 to nan" in notebook.shown[0][1] and "w from 0 to 0" in notebook.shown[0][1]


def test_a_live_curve_shows_each_value_and_its_end(notebook):
    curve(np.linspace(3, 1, 40), 40, guide=(2.3, "guessing"))
    assert len(notebook.shown) == 1  # one picture, replaced
    html, text = last_shown(notebook)
    assert "step 40 of 40" in text and "mean of the last 2" in text
    assert 'value="40" max="40"' in html


def test_a_live_curve_that_stops_early_or_holds_nothing_is_no_error(notebook):
    with pytest.raises(KeyboardInterrupt), show.live_curve("stopped", 10) as growing:
        growing.add(np.array([1.5]))
        raise KeyboardInterrupt
    assert "step 1 of 10" in last_shown(notebook)[1]
    shown = len(notebook.shown)
    with show.live_curve("empty", 10):
        pass
    assert len(notebook.shown) == shown


def test_a_live_curve_with_one_value_on_a_logarithmic_axis(notebook):
    curve([0.5], 1, log=True, label="error")
    assert "error 0.5" in last_shown(notebook)[1]


def test_a_live_curve_says_what_its_points_are(notebook, monkeypatch):
    drawn, png = [], planes.png
    monkeypatch.setattr(planes, "png", lambda figure: drawn.append(figure) or png(figure))
    with show.live_curve("net", 40, counted="twentieth of an epoch") as growing:
        for value in np.linspace(3, 1, 40):
            growing.add(value)
    (axes,) = drawn[-1].axes
    words = [axes.get_xlabel(), *(text.get_text() for text in axes.get_legend().get_texts())]
    assert words == ["twentieth of an epoch", "each twentieth of an epoch", "mean of 2"]
    assert "twentieth of an epoch 40 of 40" in last_shown(notebook)[1]


def test_a_network_may_have_more_maps_than_are_drawn(notebook):
    show.network({"C3": np.ones((40, 3, 3)), "p": np.array([1.0])})
    assert "C3 (40, 3, 3)" in notebook.shown[0][1] and image_of(notebook.shown[0][0]).shape[1] < 2000


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (-3e-16, 1.0, ["1", "0.5", "0"]),
        (-3.96, 3.98, ["3.98", "0", "−3.96"]),
        (0.0, 0.0, ["0"]),
        (-2e-9, 2e-9, ["2e−09", "0", "−2e−09"]),
    ],
)
def test_what_rounding_left_of_a_zero_is_labelled_0(low, high, labels, notebook, monkeypatch):
    written = []
    monkeypatch.setattr(planes.Plane, "text", lambda plane, x, y, text, *_, **__: written.append(text))
    show.maps({"a": np.linspace(low, high, 900).reshape(30, 30)})
    assert written[-len(labels) :] == labels


@pytest.mark.parametrize("parts", [1, 27, 28, 60])
def test_the_progress_of_a_long_lesson_is_not_wider_than_a_page(parts, notebook, monkeypatch):
    lessons = {"01-short": [("a", "passed")], "02-long": [(f"p{n}", "not yet") for n in range(parts)]}
    monkeypatch.setattr(import_module("convschool.progress"), "_lessons", lambda: lessons.items())
    progress()
    ((html, text, _),) = notebook.shown
    assert f"1 of {parts + 1} parts passed" in text and f"02-long: 0 of {parts} passed" in text
    height, width = image_of(html).shape[:2]
    assert width / 2 <= 900 and height / 2 <= 300  # two pixels of the picture are one of the page


WRONG = {
    "costs must map widths to three counts; it is a list": lambda: show.bottleneck([DIRECT], DIRECT),
    "costs is empty": lambda: show.bottleneck({}, DIRECT),
    "direct must be three counts, parameters, multiply-adds, activations; it is (1, 2)": (
        lambda: show.bottleneck({1: DIRECT}, (1, 2))
    ),
    "costs[1] must be three counts, parameters, multiply-adds, activations; it is None": (
        lambda: show.bottleneck({1: None}, DIRECT)
    ),
    "costs[1] must be three counts, parameters, multiply-adds, activations; it is ('a', 'b', 'c')": (
        lambda: show.bottleneck({1: ("a", "b", "c")}, DIRECT)
    ),
    "costs[1] must be above 0; it is (0, 1, 1)": lambda: show.bottleneck({1: (0, 1, 1)}, DIRECT),
    "image is 9 by 3: at most 8 by 8": lambda: show.connections((9, 3), 2),
    "kernel_size is 4 by 4: it must fit into the image, 3 by 5": lambda: show.connections((3, 5), 4),
    "image must be an int or a pair of ints, not 'large'": lambda: show.connections("large", 2),
    "n must lie between 1 and 16; it is 17": lambda: show.windows_1d(17),
    "stride must lie between 1 and 6; it is 0": lambda: show.windows_1d(stride=0),
    "padding must be a whole number, not 0.5": lambda: show.windows_1d(padding=0.5),
    "k must be a whole number, not True": lambda: show.windows_compared(7, True, 1, PAIRS),
    "paddings is empty": lambda: show.windows_compared(7, 3, 1, {}),
    "paddings must map names to pairs (before, after); it is a list": lambda: show.windows_compared(7, 3, 1, [(0, 0)]),
    "paddings['same'] must be a pair (before, after), not 1": lambda: show.windows_compared(7, 3, 1, {"same": 1}),
    "paddings['same'] must be a pair (before, after), not (1, 2, 3)": (
        lambda: show.windows_compared(7, 3, 1, {"same": (1, 2, 3)})
    ),
    "paddings['a'] must lie between 0 and 12; it is -1": lambda: show.windows_compared(7, 3, 1, {"a": (-1, 0)}),
    "x must be a 2-D array": lambda: show.window_columns(X[0], COLS, 2),
    "kernel_size (5, 5) does not fit into (3, 4)": lambda: show.window_columns(X, COLS, 5),
    "cols has shape (6, 4); windows of 4 pixels at 6 places need (4, 6)": lambda: show.window_columns(X, COLS.T, 2),
    "result must have one axis": lambda: show.wrap_around(X, [5]),
    "result must be an array of numbers, not a NoneType": lambda: show.wrap_around(None, [5]),
    "lengths must lie between 3 and 5; they are [2, 5]": lambda: show.wrap_around(SIGNAL, [2, 5]),
    "lengths must lie between 3 and 5; they are []": lambda: show.wrap_around(SIGNAL, []),
    "lengths must be a list of ints, not 4": lambda: show.wrap_around(SIGNAL, 4),
    "lengths must be a list of ints, not ['four']": lambda: show.wrap_around(SIGNAL, ["four"]),
    "steps must be at least 1, not 0": lambda: show.live_curve("none", 0),
    "a value must be one number; it has shape (2,)": lambda: curve([np.ones(2)]),
    "loss must have one number for each of the 2 steps; its shape is (3,)": (
        lambda: show.training_chart([0, 1], [1, 2, 3], {"w": [1, 2]})
    ),
    "ratios['w'] must have one number for each of the 2 steps; its shape is ()": (
        lambda: show.training_chart([0, 1], [1, 2], {"w": 3})
    ),
    "ratios holds 5 layers; at most 4": lambda: show.training_chart([0], [1], {str(n): [1] for n in range(5)}),
    "ratios must map layers to their ratios, with at least one layer; it is {}": (
        lambda: show.training_chart([0], [1], {})
    ),
    "ratios must map layers to their ratios, with at least one layer; it is a list": (
        lambda: show.training_chart([0], [1], [[1]])
    ),
    "patient must be one of one, two, three, four, five, not 'six'": lambda: show.sick_training("six"),
    "runs is empty": lambda: show.descent_paths({}, bowl, (5, 2)),
    "runs must map settings to the paths of each optimizer; it is a list": (
        lambda: show.descent_paths([PATHS], bowl, (5, 2))
    ),
    "runs['1'] holds 5 optimizers; at most 4": (
        lambda: show.descent_paths({"1": {str(n): PATHS["SGD"] for n in range(5)}}, bowl, (5, 2))
    ),
    "runs['1']['SGD'] must have shape (steps + 1, 2); its shape is (3,)": (
        lambda: show.descent_paths({"1": {"SGD": [1, 2, 3]}}, bowl, (5, 2))
    ),
    "stages must hold at least two stages": lambda: show.network({"p": [1.0]}),
    "stages must map names to arrays; it is a list": lambda: show.network([np.ones(3)]),
    "stages['C1'] must have shape (F, H, W) or (D,); it has shape (2, 2)": (
        lambda: show.network({"C1": np.ones((2, 2)), "p": [1.0]})
    ),
    "stages['C1'], the last one, must hold probabilities": lambda: show.network({"p": [1.0], "C1": np.ones((1, 2, 2))}),
    "under: there is no stage 'C9'; there are image, C1, F6, p": lambda: show.network(STAGES, {"C9": "?"}),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_arguments_are_named(message, notebook):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        WRONG[message]()
    assert not notebook.shown
