"""What holds of every lesson: untouched it runs to its end, its marks add up, and it is formed like the others."""

import os
import re

import matplotlib.pyplot as plt
import nbformat
import pytest

from convschool import CheckFailed
from grading.lesson.answers import run
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE, lesson_names
from grading.lesson.text import FOLDED
from tests.machine import lessons_to_run

LESSONS = lesson_names()
MARKS = {"02-conv-derivatives": 33, "04-pooling": 32}  # the others have 100
MOST_WORDS_BEFORE_THE_FIRST_CODE = 600
EIGHT = [
    "01-convolution",
    "02-conv-derivatives",
    "03-one-by-one",
    "04-pooling",
    "05-fast-convolution",
    "06-training",
    "07-lenet",
    "08-weight-sharing",
]
# The ids and names that other people's programs hand in answers by: shared design, "Names that stay fixed".
FIXED = {
    "01-convolution": {
        "output-size": "output_size",
        "output-size-named": "output_size_named",
        "cross-correlate2d": "cross_correlate2d",
        "convolve2d": "convolve2d",
        "wide-convolve2d": "wide_convolve2d",
        "two-as-one": "two_as_one",
        "conv2d-forward": "conv2d_forward",
    },
    "02-conv-derivatives": {
        "numerical-gradient": "numerical_gradient",
        "conv2d-backward": "conv2d_backward",
        "conv-matrix": "conv_matrix",
        "conv-transpose2d": "conv_transpose2d",
    },
    "03-one-by-one": {
        "conv1x1-forward": "conv1x1_forward",
        "conv-cost": "conv_cost",
        "receptive-field": "receptive_field",
    },
    "04-pooling": {
        "max-pool2d-forward": "max_pool2d_forward",
        "max-pool2d-backward": "max_pool2d_backward",
        "avg-pool2d-forward": "avg_pool2d_forward",
        "avg-pool2d-backward": "avg_pool2d_backward",
    },
    "05-fast-convolution": {
        "im2col": "im2col",
        "col2im": "col2im",
        "conv2d-columns": "conv2d_columns",
        "conv-nd-fft": "conv_nd_fft",
        "conv-nd-fft-backward": "conv_nd_fft_backward",
    },
    "06-training": {
        "linear-layer": "Linear",
        "relu-layer": "ReLU",
        "conv-layer": "Conv2d",
        "sequential": "Sequential",
        "softmax-cross-entropy": "softmax_cross_entropy",
        "sgd": "SGD",
        "momentum": "Momentum",
        "rmsprop": "RMSprop",
        "adam": "Adam",
    },
    "07-lenet": {"lenet5": "LeNet5", "train": "train"},
    "08-weight-sharing": {"weight-counts": "weight_counts", "reinforce-gradient": "reinforce_gradient"},
}


def test_the_course_has_its_eight_lessons():
    assert LESSONS == EIGHT


@pytest.mark.parametrize("name", lessons_to_run())
def test_an_untouched_lesson_runs_to_its_end_and_passes_no_check(name, quiet):
    os.chdir(COURSE / name)
    names = {"__name__": "__main__"}
    for cell in nbformat.read(f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if cell.metadata["nbgrader"]["grade"]:
            assert "raises-exception" in cell.metadata["tags"]
            with pytest.raises(CheckFailed) as failed:
                run(cell.source, cell.id, names)
            assert failed.value.verdict.failure.kind in ("unanswered", "type"), cell.id
        else:
            run(cell.source, cell.id, names)
    plt.close("all")


@pytest.mark.parametrize("name", LESSONS)
def test_the_marks_add_up(name):
    lesson = load_lesson(name)
    parts = sum(part.points for _, part in lesson.parts.values())
    assert parts + sum(one.points for one in lesson.written.values()) == MARKS.get(name, 100)


@pytest.mark.parametrize("name", LESSONS)
def test_ids_and_names_are_those_that_others_know(name):
    there = {exercise.id: exercise.function for exercise in load_lesson(name).exercises}
    assert FIXED[name].items() <= there.items()


def prose(text):
    """The words that a learner reads: without folded hints, tables and formulas."""
    text = re.sub(r"<details>.*?</details>", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\|.*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$", " formula ", text, flags=re.DOTALL)
    return re.findall(r"[A-Za-z][\w'-]*", text)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_formed_like_the_others(name):
    lesson = load_lesson(name)
    text, before = "", None
    for cell in lesson.cells:
        if cell.kind == "answer" and before is None:
            before = len(prose(text))
        text += f"\n{cell.source}" if cell.kind == "markdown" else ""
    assert text.lstrip().startswith(f"# Lesson {name[:2]}: ")
    for part in ("**After this lesson you can**", "**Time:**", "**Builds on:**", "中文", "Hint 3: nearly the answer"):
        assert part in text, part
    assert "**Where to read on**" in text
    (recalled,) = (cell for cell in lesson.cells if "show.recall(" in cell.source)
    assert FOLDED in recalled.tags, "its code says which answers are right"
    assert before <= MOST_WORDS_BEFORE_THE_FIRST_CODE
    assert (lesson.folder / "teaching.md").exists()
    assert not re.search(r"\b(simply|obviously)\b", text, re.IGNORECASE)
