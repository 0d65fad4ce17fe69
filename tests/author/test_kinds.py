"""Every kind of exercise: its bank verifies in both ways, and a class's answers are judged across the boundary."""

import csv
import json

import nbformat
import numpy as np
import pytest

NAME = "90-kinds"
UNDONE = {
    "double": "raise NotImplementedError",
    "gain-layer": "raise NotImplementedError",
    "how-many": "answer = None  # a whole number",
}


@pytest.mark.parametrize(
    "across", [[], pytest.param(["--across"], marks=pytest.mark.left_to_ci)], ids=["here", "across the boundary"]
)
def test_the_bank_of_every_kind_verifies_without_a_hole(project, across):
    result = project.convgrade("verify", "--seeds", "1", *across)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no hole" in result.stdout and "10 mistakes, made in 11 ways, 14 correct answers" in result.stdout


def released(project):
    return nbformat.read(project.folder / "course" / NAME / f"{NAME}.ipynb", as_version=4)


def test_an_untouched_release_holds_no_answer_and_says_what_is_not_written(project):
    cells = {cell.id: cell.source for cell in released(project).cells}
    assert "return 2 * x" not in json.dumps(cells)
    for name, stub in UNDONE.items():
        assert stub in cells[name]
    assert "784" not in json.dumps(cells) and "28 * 28" not in json.dumps(cells)
    assert cells["why-shape"] == "*Write your answer here.*"


def test_what_is_checked_is_not_told_by_the_checks(project):
    with np.load(project.folder / "course" / NAME / "checks.npz", allow_pickle=False) as checks:
        described = checks["parts"].tobytes().decode()
    part = next(one for one in json.loads(described) if one["id"] == "how-many-value")
    assert "784" not in json.dumps(part["cases"])


def graded(project, tmp_path, answers):
    """The rows of one submission by cell: the lesson's answers, or those given."""
    notebook = released(project)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    file = tmp_path / "class" / "kim" / NAME / f"{NAME}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    result = project.convgrade("grade", "--submissions", tmp_path / "class", "--out", tmp_path / "out", "--quiet")
    assert result.returncode == 0, result.stderr
    with open(tmp_path / "out" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["exercise"]: (float(row["score"]), row["mistake"]) for row in csv.DictReader(file)}


def test_what_nobody_touched_scores_nothing(project, tmp_path):
    rows = graded(project, tmp_path, {})
    assert {score for score, _ in rows.values()} == {0.0}
    assert {mistake for _, mistake in rows.values()} == {""}


def test_half_a_class_keeps_the_marks_of_what_is_right(project, tmp_path):
    half = released(project)
    (layer,) = (cell.source for cell in half.cells if cell.id == "gain-layer")
    stub = "# write your answer here\n        raise NotImplementedError"
    made, forward, rest = layer.split(stub, 2)
    layer = f'{made}self.params, self.grads = {{"g": g}}, {{}}{forward}return x * self.params["g"]{rest}'
    rows = graded(project, tmp_path, {"gain-layer": layer, "how-many": "answer = 28"})
    assert rows["gain-layer-forward"] == (1.0, "")
    assert rows["gain-layer-backward"] == rows["gain-layer-again"] == (0.0, "")
    assert rows["how-many-value"] == (0.0, "one-side")
