"""One mistake costs once: an answer that uses a wrong one of the same lesson is judged with a right one."""

import csv
import time

import nbformat
import pytest

from grading.author.sample_class import Student, notebook_of
from grading.cli import main
from grading.execute.earlier_answers import judge_with_right_answers, used_answers
from grading.execute.run_pass import Pass
from grading.lesson.load import load_lesson

LESSON = "05-fast-convolution"
USES = """def conv2d_columns(x, w, b=None, stride=1, padding=0):
    cols = im2col(x, w.shape[2:], stride, padding)
    stride, padding = (v if isinstance(v, tuple) else (v, v) for v in (stride, padding))
    OH, OW = ((x.shape[a] + 2 * padding[a - 2] - w.shape[a]) // stride[a - 2] + 1 for a in (2, 3))
    out = w.reshape(len(w), -1) @ cols
    if b is not None:
        out = out + b[:, None]
    return out.reshape(len(x), len(w), OH, OW)
"""


def answers(**sources):
    notebook = notebook_of(Student("solver", "everything right"), LESSON)
    for place, source in sources.items():
        next(cell for cell in notebook.cells if cell.id == place.replace("_", "-")).source = source
    return notebook


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    right = load_lesson(LESSON).answers["im2col"]
    halved = right + "\nright_im2col = im2col\ndef im2col(*args):\n    return right_im2col(*args) / 2\n"
    doubled = USES.replace("@ cols", "@ (2 * cols)")
    unwritten = "def im2col(x, kernel_size, stride=1, padding=0):\n    raise NotImplementedError\n"
    folder = tmp_path_factory.mktemp("class")
    for name, notebook in {
        "wrong-then-right": answers(im2col=halved, conv2d_columns=USES),
        "unwritten-then-right": answers(im2col=unwritten, conv2d_columns=USES),
        "wrong-twice": answers(im2col=halved, conv2d_columns=USES.replace("+ b[", "- b[")),
        "in-a-way-of-their-own": answers(im2col=halved, conv2d_columns=doubled),
        "right-then-wrong": answers(conv2d_columns=doubled),
    }.items():
        file = folder / "submitted" / name / LESSON / f"{LESSON}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
    out = folder / "out"
    assert main(["grade", "--submissions", str(folder / "submitted"), "--out", str(out)]) == 0
    with open(out / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return out, rows


def lost(graded, student, exercise):
    rows = [row for row in graded[1] if row["student"] == student and row["exercise"].startswith(exercise)]
    assert rows
    return sum(float(row["max_score"]) - float(row["score"]) for row in rows)


@pytest.mark.parametrize("student", ["wrong-then-right", "unwritten-then-right"])
def test_the_later_answer_loses_nothing_and_its_page_says_why(graded, student):
    assert lost(graded, student, "im2col") > 0
    assert lost(graded, student, "conv2d-columns") == 0
    (page,) = (graded[0] / "feedback" / student).rglob("*.html")
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert "with a right answer to im2col in the place of yours: a mistake costs once" in text


def test_its_own_mistake_still_costs(graded):
    assert lost(graded, "wrong-twice", "im2col") > 0
    assert 0 < lost(graded, "wrong-twice", "conv2d-columns")
    assert lost(graded, "right-then-wrong", "im2col") == 0
    assert lost(graded, "right-then-wrong", "conv2d-columns") > 0


def test_two_answers_that_fit_each_other_are_right_together(graded):
    assert lost(graded, "in-a-way-of-their-own", "conv2d-columns") == 0
    assert lost(graded, "in-a-way-of-their-own", "im2col") > 0


def cell(kind, name, source="", defines=()):
    about = {"grade_id": name, "grade": kind == "marked", "solution": kind == "answer", "locked": kind != "answer"}
    metadata = {"nbgrader": about, "convgrade": {"defines": list(defines)}}
    return {"cell_type": "code", "source": source, "metadata": metadata}


def test_what_an_answer_uses_is_read_from_its_words():
    notebook = {
        "cells": [
            cell("answer", "one", "def one(): return 1", ["one"]),
            cell("answer", "two", "def two(): return one()", ["two"]),
            cell("answer", "three", "def three(): return two() + oneself", ["three"]),
            cell("answer", "broken", "def broken(: two(", ["broken"]),
        ]
    }
    assert used_answers(notebook) == {"one": set(), "two": {"one"}, "three": {"one", "two"}, "broken": {"one", "two"}}


def two_exercises(first, second):
    """A notebook with two answers that lose all their marks, and the positions of those."""
    parts = load_lesson(LESSON).parts
    notebook = {
        "cells": [
            cell("answer", "im2col", first, ["im2col"]),
            cell("answer", "conv2d-columns", second, ["conv2d_columns"]),
            *(cell("marked", part) for part in parts if part.startswith(("im2col", "conv2d-columns"))),
        ]
    }
    return notebook, [at for at, one in enumerate(notebook["cells"]) if one["metadata"]["nbgrader"]["grade"]]


def test_two_answers_that_leave_the_work_to_each_other_are_not_both_right():
    notebook, marks = two_exercises("def im2col(*a): return conv2d_columns(*a)", USES)
    marked = Pass(passed=dict.fromkeys(marks, False))

    def everything_passes(notebook, others, seconds):
        return Pass(passed=dict.fromkeys(marks, True))

    judge_with_right_answers(LESSON, notebook, Pass(), marked, everything_passes, 100.0)
    passed = {notebook["cells"][at]["metadata"]["nbgrader"]["grade_id"] for at in marks if marked.passed[at]}
    assert passed and {name.rpartition("-")[0] for name in passed} == {"conv2d-columns"}


def test_all_passes_that_are_added_have_the_time_of_one():
    notebook, marks = two_exercises("def im2col(*a): pass", USES)
    given = []

    def slow(notebook, others, seconds):
        given.append(seconds)
        time.sleep(0.02)
        return Pass()

    for seconds in (100.0, 0.0):
        judge_with_right_answers(LESSON, notebook, Pass(), Pass(passed=dict.fromkeys(marks, False)), slow, seconds)
    assert len(given) == 1 and 99.0 < given[0] <= 100.0


@pytest.mark.parametrize("status", ["graded", "timed-out"])
def test_no_pass_is_added_where_nothing_can_change(status):
    parts = load_lesson(LESSON).parts
    notebook = {
        "cells": [
            cell("answer", "im2col", "def im2col(): pass", ["im2col"]),
            cell("answer", "conv2d-columns", USES, ["conv2d_columns"]),
            *(cell("marked", part) for part in parts),
        ]
    }
    marks = [position for position, one in enumerate(notebook["cells"]) if one["metadata"]["nbgrader"]["grade"]]
    passed = dict.fromkeys(marks, status == "graded")

    def never(notebook, seconds):
        raise AssertionError("a pass was run")

    judge_with_right_answers(LESSON, notebook, Pass(), Pass(passed=passed, status=status), never, 100.0)
