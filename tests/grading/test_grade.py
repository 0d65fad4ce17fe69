"""`convgrade grade`, end to end: every submission ends in a row, whatever it does, and harms no other."""

import csv
import sqlite3

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell

from grading.author.sample_class import Student, notebook_of
from grading.cli import main
from grading.lesson.places import COURSE
from tests.machine import lessons_to_run

LESSON = "04-pooling"
FORWARD = "max-pool2d-forward"


def release(lesson=LESSON):
    return nbformat.read(COURSE / lesson / f"{lesson}.ipynb", as_version=4)


def solved(lesson=LESSON):
    return notebook_of(Student("solver", "everything right"), lesson)


def with_answer(source, place=FORWARD):
    """The solved notebook with one answer replaced."""
    notebook = solved()
    next(cell for cell in notebook.cells if cell.id == place).source = source
    return notebook


def is_marked(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Grade a class once: rows of grades.csv by student, and the folder it was left in."""
    folder = tmp_path_factory.mktemp("class")
    duplicated = solved()
    marked = next(cell for cell in duplicated.cells if cell.id == f"{FORWARD}-plain")
    duplicated.cells += [marked, marked]
    deleted = solved()
    answers = {cell.id for cell in deleted.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    deleted.cells = [cell for cell in deleted.cells if cell.id in answers or not is_marked(cell)]
    chatty = solved()
    chatty.cells.insert(
        0,
        new_code_cell("import sys, warnings\nwarnings.warn('careful')\nprint('to stderr', file=sys.stderr)\n3.0"),
    )
    answer = next(cell for cell in chatty.cells if cell.id == FORWARD)
    head, body = answer.source.split("\n", 1)
    answer.source = f"{head}\n    import warnings; warnings.warn('again'); print('hello')\n{body}"
    notebooks = {
        "solved": solved(),
        "untouched": release(),
        "duplicated": duplicated,
        "deleted": deleted,
        "chatty": chatty,
        "endless": with_answer("while True:\n    pass"),
        "endless-call": with_answer("def max_pool2d_forward(x, kernel_size, stride):\n    while True: pass"),
        "dies": with_answer("import os\nos.kill(os.getpid(), 9)"),
        "greedy": with_answer(
            "import numpy as np\ndef max_pool2d_forward(x, kernel_size, stride):\n    return np.ones(2**36)"
        ),
        "exits": with_answer("def max_pool2d_forward(x, kernel_size, stride):\n    raise SystemExit"),
        "no-syntax": with_answer("def max_pool2d_forward(x, kernel_size, stride:\n    return"),
        "broken": '{"cells": [',
        "no-text": "",
    }
    for student, notebook in notebooks.items():
        place = folder / "submissions" / student / LESSON
        place.mkdir(parents=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (place / f"{LESSON}.ipynb").write_text(text, encoding="utf-8")
    (folder / "submissions" / "missing" / LESSON).mkdir(parents=True)
    out = folder / "out"
    code = main(["grade", LESSON, "--submissions", str(folder / "submissions"), "--out", str(out), "--timeout", "3"])
    assert code == 0
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    students = {student: [row for row in rows if row["student"] == student] for student in [*notebooks, "missing"]}
    return students, out


def points(rows, exercise=""):
    return sum(float(row["score"]) for row in rows if row["exercise"].startswith(exercise))


def most(rows, exercise=""):
    return sum(float(row["max_score"]) for row in rows if row["exercise"].startswith(exercise))


def status(rows):
    (only,) = {row["status"] for row in rows}
    return only


def test_every_submission_has_a_row(graded):
    students, _ = graded
    assert all(students.values())


def test_the_solution_scores_full_marks(graded):
    rows = graded[0]["solved"]
    assert points(rows) == most(rows) > 0
    assert status(rows) == "graded"


def test_the_untouched_release_scores_nothing(graded):
    rows = graded[0]["untouched"]
    assert points(rows) == 0 < most(rows)
    assert status(rows) == "graded"
    assert {row["mistake"] for row in rows} == {""}


@pytest.mark.parametrize("student", ["duplicated", "deleted", "chatty"])
def test_what_does_not_matter_costs_nothing(graded, student):
    rows = graded[0][student]
    assert points(rows) == most(rows) == most(graded[0]["solved"])
    assert status(rows) == "graded"


@pytest.mark.parametrize(
    ("student", "ends"),
    [
        ("endless", "timed-out"),
        ("endless-call", "timed-out"),
        ("dies", "crashed"),
        ("greedy", "out-of-memory"),
        ("exits", "graded"),
        ("no-syntax", "graded"),
    ],
)
def test_a_bad_answer_ends_in_its_own_status_and_loses_its_own_marks(graded, student, ends):
    rows = graded[0][student]
    assert status(rows) == ends
    assert points(rows, FORWARD) == 0
    assert len(rows) == len(graded[0]["solved"])
    # one kills the process, one uses up the time of the whole notebook, call by call
    if student not in ("dies", "endless-call"):
        assert points(rows, "avg-pool2d") == most(rows, "avg-pool2d") > 0


@pytest.mark.parametrize("student", ["broken", "no-text", "missing"])
def test_what_cannot_be_run_has_one_row_without_an_exercise(graded, student):
    (row,) = graded[0][student]
    assert (row["exercise"], row["score"], row["status"]) == ("", "0.0", "invalid")
    assert float(row["max_score"]) > 0


def test_each_submission_has_a_feedback_page_with_its_reason(graded):
    students, out = graded
    for student, rows in students.items():
        page = (out / "feedback" / student / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
        if status(rows) == "timed-out":
            assert "longer than" in page
        if status(rows) == "invalid":
            assert "could not be run" in page


def test_a_feedback_page_has_every_mark_in_one_table_that_leads_to_the_cells(graded):
    students, out = graded
    for student, rows in students.items():
        if status(rows) == "invalid":
            continue
        text = (out / "feedback" / student / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
        page = BeautifulSoup(text, "html.parser")
        table = [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in page.select("table.marks tr")]
        shown = {part: (score, points) for part, score, points, _ in table[1:]}
        waiting = [part for part, (score, _) in shown.items() if score == "waits for a marker"]
        assert len(shown) == len(table) - 1 == sum(is_marked(cell) for cell in release().cells)
        assert {part: float(score) for part, (score, _) in shown.items() if part not in waiting} == {
            row["exercise"]: float(row["score"]) for row in rows
        }
        lost = {row.a.get_text() for row in page.select("table.marks .lost")}
        assert lost == {row["exercise"] for row in rows if float(row["score"]) < float(row["max_score"])}
        anchors = {anchor["name"] for anchor in page.select("a[name]")}
        assert {link["href"][1:] for link in page.select(".panel-heading a[href^='#']")} <= anchors
        output = " ".join(paragraph.get_text() for paragraph in page.select(".panel-heading > p"))
        assert bool(waiting) == ("wait for a marker" in output)


def test_the_gradebook_is_nbgraders(graded):
    _, out = graded
    with sqlite3.connect(out / "gradebook.db") as database:
        tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        assert {"assignment", "submitted_notebook", "grade", "student"} <= tables
        assert database.execute("select count(*) from student").fetchone() == (14,)


def test_grading_again_gives_the_same(graded, tmp_path):
    students, out = graded
    before = (out / "grades.csv").read_bytes()
    folder = out.parent / "submissions"
    assert main(["grade", LESSON, "--submissions", str(folder), "--out", str(out), "--timeout", "3"]) == 0
    assert (out / "grades.csv").read_bytes() == before


def test_wrong_arguments_are_named(capsys, tmp_path):
    assert main(["grade", "09-nothing"]) == 2
    assert "09-nothing" in capsys.readouterr().err
    assert main(["grade", "--submissions", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert main(["report", "--out", str(tmp_path)]) == 2
    assert "--out" in capsys.readouterr().err
    for wrong in (["--timeout", "-1"], ["--timeout", "x"], ["--workers", "0"], ["--memory", "lots"]):
        with pytest.raises(SystemExit):
            main(["grade", *wrong])
        output = capsys.readouterr().err
        assert wrong[0] in output and f"'{wrong[1]}' is not a" in output


@pytest.fixture(scope="module")
def all_right(tmp_path_factory):
    """The rows of one who hands in every lesson with its solutions, by lesson; a notebook may run for a minute."""
    folder = tmp_path_factory.mktemp("solver")
    for lesson in lessons_to_run():
        place = folder / "submissions" / "solver" / lesson
        place.mkdir(parents=True)
        nbformat.write(solved(lesson), place / f"{lesson}.ipynb")
    arguments = ["--submissions", str(folder / "submissions"), "--out", str(folder / "out")]
    assert main(["grade", *lessons_to_run(), *arguments, "--timeout", "60"]) == 0
    with open(folder / "out" / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {lesson: [row for row in rows if row["lesson"] == lesson] for lesson in lessons_to_run()}


@pytest.mark.parametrize("lesson", lessons_to_run())
def test_a_lesson_with_its_solutions_has_full_marks_in_under_a_minute(all_right, lesson):
    assert points(all_right[lesson]) == most(all_right[lesson]) > 0
