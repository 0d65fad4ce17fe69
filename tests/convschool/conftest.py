"""A course folder of the test's own, so that no test reads or writes the real one."""

import os

import numpy as np
import pytest

from convschool import cases, course_folder, front
from convschool.cases import Case, Part


def doubled(x):
    return 2 * x


DOUBLE = Part(
    id="double-values",
    function="double",
    arguments=("x",),
    cases=(
        Case("a row", (np.array([1.0, 2.0]),), np.array([2.0, 4.0]), {"squared": (np.array([1.0, 4.0]),)}),
        Case(
            "a matrix",
            (np.arange(6.0).reshape(2, 3),),
            2 * np.arange(6.0).reshape(2, 3),
            {"squared": (np.arange(6.0).reshape(2, 3) ** 2,)},
        ),
    ),
    messages={"squared": "Is `x * x` what doubling means?"},
)
CASE = Part(id="double-case-shown", function="failing_case", messages={"bug-not-shown": "Which x tells 2x from x²?"})


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two lessons; the working directory is the second."""
    folder = tmp_path / "course"
    for lesson, parts in (("01-first", [CASE]), ("02-second", [DOUBLE])):
        (folder / lesson).mkdir(parents=True)
        cases.save(folder / lesson / "checks.npz", parts)
    monkeypatch.setattr(course_folder, "__file__", os.fspath(folder / "convschool" / "course_folder.py"))
    monkeypatch.chdir(folder / "02-second")
    return folder


class Notebook:
    """What a notebook's front end would have got."""

    def __init__(self):
        self.shown, self.replaced, self.widgets = [], [], []

    def show(self, html, text, more=None, replaceable=False):
        self.shown.append((html, text, more or {}))
        return "handle" if replaceable else None


@pytest.fixture
def notebook(monkeypatch):
    """Catches what is shown, as if there were a notebook."""
    caught = Notebook()
    monkeypatch.setattr(front, "show", caught.show)
    monkeypatch.setattr(front, "replace", lambda handle, html, text: caught.replaced.append((html, text)))
    monkeypatch.setattr(front, "show_widget", caught.widgets.append)
    return caught
