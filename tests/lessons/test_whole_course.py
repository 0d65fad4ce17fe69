"""A learner plays the course, lesson after lesson in one folder.

Lesson 01 holds one wrong answer, lesson 02 is skipped, and one optimizer of lesson 06 is wrong. What a later lesson
uses of an earlier one is then the learner's own where it passed, and the given one elsewhere. The learner's answers are
those of other people, so that none of them is by chance the given one.
"""

import importlib
import shutil

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from grading.lesson.answers import run
from grading.lesson.needed import needed_by_learner
from grading.lesson.places import COURSE, lesson_names
from tests.lessons.public_answers import public_answers

yours_module = importlib.import_module("convschool.yours")  # the package has a function of this name
ANSWERS = {(one.exercise, one.id): one.code for one in public_answers()}
LEARNER = {
    "01-convolution": {
        "conv2d-forward": "columns-from-rows",  # loses its rectangular part
        "cross-correlate2d": "as-strided",
    },
    "03-one-by-one": {"conv1x1-forward": "channels-last", "conv-cost": "thop-style"},
    "05-fast-convolution": {"im2col": "index-arrays", "col2im": "roomy-canvas", "conv2d-columns": "broadcast-product"},
    "06-training": {
        "linear-layer": "zeros-like-and-fill",
        "relu-layer": "step-function",
        "conv-layer": "rows-of-windows",
        "sequential": "functools",
        "softmax-cross-entropy": "logsumexp-and-take",
        "momentum": "moving-average",  # wrong
        "adam": "torch-like-denominator",
    },
    "07-lenet": {"lenet5": "built-from-a-table", "train": "generator-of-batches"},
    "08-weight-sharing": {"shared-gradient": "masks"},
}
LEARN = """
images, labels, _, _ = digit_sets()
model = LeNet5(np.random.default_rng(0))
kinds = {type(layer) for layer in (getattr(model, "layers", None) or model)}
optimizers = Adam, Momentum
losses = train(model, Adam(model, 2e-3), images[:100], labels[:100], 4, 10, np.random.default_rng(1))
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course as it is handed out, in a folder of the learner's."""
    folder = tmp_path / "my course ü"
    for name in lesson_names():
        (folder / name).mkdir(parents=True)
        for kind in ("checks.npz", f"{name}.ipynb"):
            shutil.copyfile(COURSE / name / kind, folder / name / kind)
    monkeypatch.setattr(yours_module, "course_folder", lambda: folder)
    # lesson 07 takes a slow layer for the given one: that the machine is busy here must not decide it
    monkeypatch.setattr("time.perf_counter", lambda: 0.0)
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    yield folder
    plt.close("all")
    matplotlib.use(backend)


def hand_in(course, name):
    """Write the learner's answers into the notebook of a lesson."""
    path = course / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        key = cell.id, LEARNER[name].get(cell.id)
        if key in ANSWERS:
            cell.source = ANSWERS[key]
    nbformat.write(notebook, path)
    answered = {cell.id for cell in notebook.cells if cell.source == ANSWERS.get((cell.id, LEARNER[name].get(cell.id)))}
    assert answered == LEARNER[name].keys()


def play(course, name, capsys, monkeypatch, ending):
    """Run of a lesson's notebook what `ending` needs, then `ending`. Returns the names, and what was printed."""
    notebook = nbformat.read(course / name / f"{name}.ipynb", as_version=4)
    cells = tuple(
        (number, cell.source)
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and not cell.metadata["nbgrader"]["grade"]
    )
    monkeypatch.chdir(course / name)
    capsys.readouterr()
    names = {"__name__": "__main__"}
    for number, source in sorted(needed_by_learner(cells, [ending]).items()):
        run(source, f"<{name}, cell {number}>", names)
    run(ending, f"<the end of {name}>", names)
    return names, capsys.readouterr().out


def written_in(function):
    """The lesson in whose notebook a function was written; its file is `<lesson>` where `yours` has read it."""
    return function.__code__.co_filename


def test_a_course_with_one_wrong_answer_and_one_lesson_skipped(course, capsys, monkeypatch):
    hand_in(course, "01-convolution")

    hand_in(course, "03-one-by-one")
    names, output = play(course, "03-one-by-one", capsys, monkeypatch, "conv2d_forward, conv2d_backward")
    assert "conv2d_forward: the one that is given here (yours in 01-convolution does not pass" in output
    assert "conv2d-forward-rectangular" in output
    assert "conv2d_backward: the one that is given here (yours in 02-conv-derivatives is not written yet)" in output
    assert names["conv2d_forward"] is names["given_conv2d"] and names["conv2d_backward"] is names["given_backward"]

    hand_in(course, "05-fast-convolution")
    names, output = play(course, "05-fast-convolution", capsys, monkeypatch, "conv2d_forward")
    assert names["conv2d_forward"] is names["loops_forward"]

    hand_in(course, "06-training")
    names, output = play(course, "06-training", capsys, monkeypatch, "im2col, col2im")
    for name in ("im2col", "col2im"):
        assert f"{name}: yours, from lesson 05-fast-convolution." in output
        assert written_in(names[name]) == "<05-fast-convolution>"

    hand_in(course, "07-lenet")
    names, output = play(course, "07-lenet", capsys, monkeypatch, LEARN)
    own = "Linear ReLU Conv2d Sequential softmax_cross_entropy Adam".split()
    for name in own:
        assert f"{name}: yours, from lesson 06-training." in output, output
    assert "Momentum: the one that is given here (yours in 06-training does not pass momentum-" in output
    layers = {kind.__name__: kind for kind in names["kinds"]}
    for name in ("Linear", "ReLU", "Conv2d"):
        assert written_in(layers[name].backward) == "<06-training>"
    # and in lesson 06's layer works what was written in lesson 05
    assert written_in(layers["Conv2d"].forward.__globals__["im2col"]) == "<05-fast-convolution>"
    adam, momentum = names["optimizers"]
    assert written_in(adam.step) == "<06-training>" and momentum is names["GivenMomentum"]
    assert len(names["losses"]) == 40
    assert np.mean(names["losses"][-5:]) < 0.5 * np.mean(names["losses"][:5])

    hand_in(course, "08-weight-sharing")
    ending = "ways = three_gradients()\nused = Adam, softmax_cross_entropy"
    names, output = play(course, "08-weight-sharing", capsys, monkeypatch, ending)
    assert "conv2d_backward: the one that is given here (yours in 02-conv-derivatives is not written yet)" in output
    _, shared, slopes, lesson_02 = names["ways"]
    assert np.allclose(shared, lesson_02, atol=1e-4) and np.allclose(slopes, lesson_02, atol=1e-4)
    assert [written_in(one) for one in (names["used"][0].step, names["used"][1])] == ["<06-training>"] * 2


def test_who_has_skipped_six_lessons_trains_lenet_with_what_is_given(course, capsys, monkeypatch):
    hand_in(course, "07-lenet")
    names, output = play(course, "07-lenet", capsys, monkeypatch, LEARN)
    assert "yours, from lesson" not in output and output.count("is not written yet") == 7
    assert {"GivenLinear", "GivenReLU", "GivenConv2d"} <= {kind.__name__ for kind in names["kinds"]}
    assert np.mean(names["losses"][-5:]) < 0.5 * np.mean(names["losses"][:5])


def test_who_mends_an_answer_uses_it_from_then_on(course, capsys, monkeypatch):
    hand_in(course, "01-convolution")
    monkeypatch.setitem(LEARNER["01-convolution"], "conv2d-forward", "cs231n-naive")
    hand_in(course, "01-convolution")
    names, output = play(course, "05-fast-convolution", capsys, monkeypatch, "conv2d_forward")
    assert "conv2d_forward: yours, from lesson 01-convolution." in output
    assert written_in(names["conv2d_forward"]) == "<01-convolution>"
