"""The browser edition: a lesson from the first click to the marks, what a learner meets on the way, solved lessons."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE, lesson_names
from website import CACHE, HERE, release
from website.solved import is_answer, solved
from website.wheels import pyodide_lock

CONVGRADE = Path(sys.executable).with_name("convgrade")
ROUND_TRIPS = ("03-one-by-one", "04-pooling")
SECONDS_TO_TRAIN = 45  # of the processor, for the slowest cell: what a slow machine takes for 30
IN_PAGE = """
const nb = window.jupyterapp.shell.currentWidget.content;
const cells = [...nb.model.cells];
const code = cells.filter(cell => cell.type === "code");
"""


def in_page(page, script, given=None):
    return page.evaluate(f"async given => {{ {IN_PAGE} {script} }}", given)


def open_lesson(visit, address, name):
    open_path(visit, address, f"{name}/{name}.ipynb")


def open_path(visit, address, path):
    visit.page.goto(f"{address}/learn/lab/index.html?path={path}")
    visit.page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
    visit.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(f"() => {{ {IN_PAGE} return code.every(cell => cell.executionCount) }}", timeout=600_000)


def write_answers(page, name):
    answers = [[cell.id, cell.source] for cell in solved(name).cells if is_answer(cell)]
    in_page(
        page,
        "for (const [id, source] of given)"
        " cells.find(cell => cell.sharedModel.getId() === id).sharedModel.setSource(source)",
        answers,
    )


def outputs_of(page):
    """The outputs of each code cell, by its id."""
    return dict(in_page(page, "return code.map(cell => [cell.sharedModel.getId(), cell.sharedModel.toJSON().outputs])"))


def words_of(outputs):
    return " ".join("".join(one.get("data", {}).get("text/plain", one.get("text", ""))) for one in outputs)


def downloaded(page, folder):
    """The notebook that the button in its toolbar downloads."""
    with page.expect_download() as download:
        page.get_by_text("Download to hand in").click()
    folder.mkdir(parents=True)
    file = folder / download.value.suggested_filename
    assert file.name.endswith(f"{folder.name}.ipynb")
    download.value.save_as(file)
    return file


@pytest.fixture(scope="module")
def lessons(request):
    """The lessons that are handed in: two, or with ``--all-lessons`` all."""
    return tuple(lesson_names()) if request.config.getoption("--all-lessons") else ROUND_TRIPS


@pytest.fixture(scope="module")
def handed_in(site, new_visit, address, lessons, tmp_path_factory):
    """A class of two, as their browsers hand in lessons: one solved, one untouched; and what went wrong there."""
    folder = tmp_path_factory.mktemp("export")
    wrong, files = {}, {}
    for student in ("solver", "untouched"):
        for name in lessons:
            visit = new_visit()
            open_lesson(visit, address, name)
            if student == "solver":
                write_answers(visit.page, name)
                run_all(visit.page)
            visit.page.keyboard.press("Control+s")
            files[student, name] = downloaded(visit.page, folder / student / name)
            wrong[student, name] = visit.wrong + visit.elsewhere
            visit.context.close()
    return folder, files, wrong


def test_nothing_goes_wrong_and_nobody_else_is_asked(handed_in):
    *_, wrong = handed_in
    assert not any(wrong.values()), wrong


def test_a_solved_lesson_has_no_error_no_red_and_names_its_release(handed_in, lessons):
    _, files, _ = handed_in
    for name in lessons:
        notebook = nbformat.read(files["solver", name], 4)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert not [one for one in outputs if one.output_type == "error"]
        assert not [one.text for one in outputs if one.get("name") == "stderr"]
        assert notebook.metadata.convschool.release == release()
        shown = [one.data.get("text/plain", "") for one in outputs if "data" in one]
        assert sum(text.startswith("✓") for text in shown) == sum(
            cell.metadata.get("nbgrader", {}).get("grade", False) for cell in notebook.cells if cell.cell_type == "code"
        )


def test_an_untouched_notebook_comes_back_as_it_was(handed_in, lessons):
    _, files, _ = handed_in
    for name in lessons:
        back = nbformat.read(files["untouched", name], 4)
        there = nbformat.read(COURSE / name / f"{name}.ipynb", 4)
        was, now = ([(c.id, c.cell_type, c.source) for c in one.cells] for one in (there, back))
        assert now == was


def test_what_the_browser_hands_in_is_graded_like_any_other(handed_in, lessons, tmp_path):
    folder, *_ = handed_in
    collected, out = tmp_path / "collected", tmp_path / "work"
    for command in (
        [CONVGRADE, "collect", folder, "--into", collected],
        [CONVGRADE, "grade", *lessons, "--submissions", collected, "--out", out, "--quiet"],
    ):
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert result.returncode == 0, result.stdout + result.stderr
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    marked = {cell.id for name in lessons for cell in solved(name).cells if is_marked(cell)}
    of_solver = {row["exercise"]: row for row in rows if row["student"] == "solver"}
    assert marked and marked <= of_solver.keys()
    assert all(of_solver[part]["score"] == of_solver[part]["max_score"] for part in marked)
    untouched = [float(row["score"] or 0) for row in rows if row["student"] == "untouched"]
    assert untouched and not any(untouched)


def is_marked(cell):
    """Whether a program gives marks for it."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def test_every_cell_of_the_solved_lessons_runs(site, tmp_path):
    """In node, with the same Python and the same wheels: the quick look at all lessons."""
    node = shutil.which("node")
    names = lesson_names()
    for name in names:
        (tmp_path / name).mkdir()
        nbformat.write(solved(name), tmp_path / name / f"{name}.ipynb")
        shutil.copy(COURSE / name / "checks.npz", tmp_path / name)
    command = [node, HERE / "node" / "run_cells.mjs", CACHE / "pyodide", tmp_path, *names]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 0, result.stderr[-2000:]
    ran = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [one["lesson"] for one in ran] == names
    for one in ran:
        assert one["errors"] == one["red"] == [], one["lesson"]
        assert one["checks"] and all(words.startswith("✓") for words in one["checks"].values()), one["lesson"]
        assert one["slowest"][1] < SECONDS_TO_TRAIN, one["lesson"]


PART, EXERCISE, MISTAKE = "max-pool2d-forward-plain", "max-pool2d-forward", "starts-at-zero"
SLIDER = """
show.sliding_kernel(np.arange(20.0).reshape(4, 5), np.ones((2, 2)), np.zeros((3, 4)))
"""
# The mean of the drawing in the place of a network: what is read changes with what is drawn.
DRAWING = """
def look(x):
    chances = np.zeros(10)
    chances[7 if x.sum() else 0] = 1
    return {"image": x[0], "output": chances}

show.draw_digit(look)
"""


@pytest.fixture(scope="module")
def small_notebook(site, new_visit, address):
    """A notebook of a few cells beside lesson 04's checks, after Run All: the visit, and what a check should say."""
    lesson = load_lesson("04-pooling")
    (exercise,) = (one for one in lesson.with_banks if one.id == EXERCISE)
    (mistake,) = (one for one in exercise.mistakes if one.id == MISTAKE)
    sources = {
        "use": "import numpy as np\nfrom convschool import check, progress, show",
        "wrong": mistake.variants[0].source,
        "explained": f'check("{PART}", {exercise.subject})',
        "right": lesson.answers[EXERCISE],
        "passed": f'check("{PART}", {exercise.subject})',
        "progress": "progress()",
        "slider": SLIDER.strip(),
        "draw": DRAWING.strip(),
    }
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    cells[2].metadata.tags = ["raises-exception"]
    kernel = {"kernelspec": {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    visit = new_visit()
    visit.page.goto(f"{address}/learn/lab/index.html")
    visit.page.wait_for_function("window.jupyterapp?.serviceManager?.isReady")
    visit.page.evaluate(
        "content => window.jupyterapp.serviceManager.contents.save('04-pooling/small.ipynb',"
        " { type: 'notebook', format: 'json', content })",
        json.loads(nbformat.writes(notebook)),
    )
    open_path(visit, address, "04-pooling/small.ipynb")
    run_all(visit.page)
    yield visit, mistake.message
    visit.context.close()


def scrolled_to(page, name):
    """The cell of that id, on the screen."""
    place = "cells.findIndex(cell => cell.sharedModel.getId() === given)"
    index = in_page(
        page, f"const i = {place}; nb.activeCellIndex = i; await nb.scrollToItem(i, 'center'); return i", name
    )
    return page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')


def test_a_check_explains_and_the_mended_answer_passes(small_notebook):
    visit, message = small_notebook
    outputs = outputs_of(visit.page)
    assert " ".join(message.split()) in " ".join(words_of(outputs["explained"]).split())
    assert "CheckFailed" in outputs["explained"][-1]["ename"]
    assert "base64," in "".join(outputs["explained"][0]["data"]["text/html"])
    assert words_of(outputs["passed"]).startswith(f"✓ {PART}")
    assert "04-pooling: 1 of " in words_of(outputs["progress"])
    assert not visit.wrong and not visit.elsewhere


def test_a_slider_is_moved_with_the_keyboard(small_notebook):
    visit, _ = small_notebook
    cell = scrolled_to(visit.page, "slider")
    picture = cell.locator(".convschool-picture img")
    assert "your out[0, 0] is" in picture.get_attribute("alt")
    cell.get_by_role("slider").focus()
    visit.page.keyboard.press("ArrowRight")
    cell.locator(".convschool-picture img[alt*='your out[0, 1] is']").wait_for()
    assert picture.count() == 1


def test_a_digit_is_drawn_with_the_keyboard(small_notebook):
    visit, _ = small_notebook
    cell = scrolled_to(visit.page, "draw")
    cell.locator("canvas.field").focus()
    for key in (" ", *["Shift+ArrowDown"] * 3):
        visit.page.keyboard.press(key)
    cell.get_by_text("Read as 7").wait_for()
    visit.page.keyboard.press("Delete")
    cell.get_by_text("Draw here").wait_for()


def test_progress_is_still_there_after_the_page_is_opened_again(small_notebook, address):
    visit, _ = small_notebook
    visit.page.keyboard.press("Control+s")
    visit.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    open_path(visit, address, "04-pooling/small.ipynb")
    page = visit.page
    in_page(page, "nb.activeCellIndex = 0; await window.jupyterapp.commands.execute('notebook:run-cell')")
    in_page(page, "nb.activeCellIndex = 5; await window.jupyterapp.commands.execute('notebook:run-cell')")
    assert "04-pooling: 1 of " in words_of(outputs_of(page)["progress"])


def test_every_wheel_is_the_one_that_pyodide_locks(site):
    own = {entry["file_name"]: entry["sha256"] for entry in pyodide_lock()["packages"].values()}
    served = json.loads((site / "learn" / "static" / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    of_pyodide = [entry for entry in served["packages"].values() if entry["file_name"] in own]
    assert len(of_pyodide) > 25
    assert all(entry["sha256"] == own[entry["file_name"]] for entry in of_pyodide)
    names = {entry["name"].lower().replace("_", "-") for entry in served["packages"].values()} - {
        entry["name"].lower().replace("_", "-") for entry in of_pyodide
    }
    assert names == {
        "anywidget", "comm", "ipywidgets", "psygnal", "typing-extensions",  # of requirements/site.txt, by their hashes
        "ipykernel", "piplite", "pyodide-kernel",  # of jupyterlite-pyodide-kernel
        "convschool", "convschool-fonts",  # ours
    }  # fmt: skip
