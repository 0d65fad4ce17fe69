"""A solved lesson runs to its end, and its figures and tables can be read."""

import os
import re

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from convschool import data, planes
from grading.lesson.answers import run
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE
from tests.machine import in_ci, lessons_to_run
from tests.seen import cut_off, told_apart_by_colour_alone

LONGEST_PRINTED = 74  # characters: what JupyterLab has room for
COLUMNS = re.compile(r"\S {2,}(?=\S)")  # a gap between two columns of a table


@pytest.fixture
def short_trainings(monkeypatch):
    """By hand lessons train as long as in a browser, which is a fifth; with CI set they train to their end."""
    monkeypatch.setattr(data, "in_browser", in_ci(data.in_browser, by_hand=lambda: True))


@pytest.mark.parametrize("name", lessons_to_run())
def test_a_solved_lesson_runs_to_its_end(name, quiet, short_trainings, monkeypatch, capsys):
    """With all that its cells assert; none of its figures has things told apart by colour alone, or words cut off, and
    JupyterLab breaks no line of a printed table at 700 pixels: it does so within a word.
    """
    drawn, blank = [], planes.png(Figure(figsize=(1, 1)))
    png = in_ci(planes.png, by_hand=lambda figure: blank)  # a figure is looked at below, and no pixel of it
    monkeypatch.setattr(planes, "png", lambda figure: drawn.append(figure) or png(figure))
    os.chdir(COURSE / name)
    names = {"__name__": "__main__"}
    for cell in source_notebook(load_lesson(name)).cells:
        if cell.cell_type == "code" and not cell.metadata["nbgrader"]["grade"]:
            run(cell.source, cell.id, names)
            assert not plt.get_fignums(), f"{cell.id}: show.figure shows a figure with words for those who cannot see"
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if len(line) > LONGEST_PRINTED and len(COLUMNS.findall(line.strip())) > 1]
    assert len(drawn) >= 3
    assert not [found for figure in drawn for found in (*told_apart_by_colour_alone(figure), *cut_off(figure))]
    assert max(figure.get_figwidth() for figure in drawn) <= 9.1  # inches of 92 pixels: legible at 700, and at 390
