"""A lesson as a learner meets it: run all, a check that fails and says why, the mended answer, its tick.

A picture of the README comes from here: ``make pictures``.
"""

import contextlib
import json
import re

import nbformat
import pytest
from playwright.sync_api import TimeoutError, expect

from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import lesson_names
from tests.browser.notebook_page import NOTEBOOK, OpenNotebook
from tests.machine import in_ci
from website.pictures import EXERCISE, LESSON, MISTAKE, PART

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("troubles")]


@pytest.fixture(scope="module")
def answers():
    """The source of each cell with the right answers, the wrong answer, and what a check says to that."""
    lesson = load_lesson(LESSON)
    right = {cell.id: cell.source for cell in source_notebook(lesson).cells}
    (exercise,) = (exercise for exercise in lesson.with_banks if exercise.id == EXERCISE)
    (wrong,) = (entry for entry in exercise.mistakes if entry.id == MISTAKE)
    return right, wrong.variants[0].source, wrong.message


@pytest.fixture(scope="module")
def notebook(page, open_notebook, answers):
    """The lesson with one wrong answer, after Run All."""
    right, wrong, _ = answers
    notebook = OpenNotebook(page, open_notebook, f"{LESSON}/{LESSON}")
    notebook.write("numerical-gradient", right["numerical-gradient"])
    notebook.write(EXERCISE, wrong)
    notebook.run_all()
    notebook.cell(PART).get_by_text("CheckFailed: ").wait_for()
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")  # the checks behind it have run too
    return notebook


def move(notebook, slider, picture):
    """A step of a slider by its key; the picture's words follow."""
    before = picture.get_attribute("alt")
    for _ in range(12):  # a key is lost when JupyterLab draws the cell anew just then
        slider.focus()
        notebook.page.keyboard.press("ArrowRight")
        with contextlib.suppress(TimeoutError):
            picture.and_(notebook.page.locator(f"img:not([alt={json.dumps(before)}])")).wait_for(timeout=5_000)
            return
    pytest.fail(f"the slider does not move: {before}")


def test_a_failing_check_shows_why_and_the_mended_answer_passes(notebook, answers, screenshot):
    right, _, message = answers
    check = notebook.cell(PART)
    assert check.get_by_text(f"✗ {PART}: wrong values").is_visible()
    # Code in a message stands without its backticks, and the page wraps the lines.
    assert " ".join(message.replace("`", "").split()) in " ".join(check.inner_text().split())
    picture = check.locator("img")
    assert picture.get_attribute("alt").startswith("The case whole: dout, x, w, your result and the expected one")
    assert picture.evaluate("image => image.naturalWidth > 300 && image.naturalHeight > 150")
    assert check.locator(".jp-OutputArea-output").last.inner_text().strip() == f"CheckFailed: {PART}: wrong values"
    for passed in ("conv2d-backward-db", "conv2d-backward-dw"):
        assert f"✓ {passed}" in notebook.outputs(passed)[0]["data"]["text/plain"]
    behind = notebook.outputs("conv2d-backward-padding")
    assert "✗ conv2d-backward-padding" in behind[0]["data"]["text/plain"], "run all goes on behind a failing check"
    notebook.cell(PART, "end")
    assert screenshot(notebook.page, "lesson-failing-check").stat().st_size > 20_000

    notebook.write(EXERCISE, right[EXERCISE])
    notebook.run(EXERCISE)
    notebook.run(PART)
    check = notebook.cell(PART)
    check.get_by_text(f"✓ {PART}: passed").wait_for()
    assert check.locator("img").count() == 0 and check.get_by_text("CheckFailed").count() == 0


WIDGET, PICTURE = "application/vnd.jupyter.widget-view+json", ".convschool-picture img"
SLIDERS = re.compile(
    r"show\.(sliding_kernel|gradient_scatter|max_routing|bottleneck|connections|window_columns|wrap_around"
    r"|descent_paths|windows_1d)\("
)
EXERCISES_AT_LEAST = 2


def up_to_its_last_slider(name):
    """A solved lesson, cut off behind its last figure with a slider: what follows measures and trains for minutes."""
    book = source_notebook(load_lesson(name))
    marked = [n for n, cell in enumerate(book.cells) if cell.cell_type == "code" and cell.metadata["nbgrader"]["grade"]]
    last = max([n for n, cell in enumerate(book.cells) if SLIDERS.search(cell.source)], default=0)
    book.cells = book.cells[: max(last, marked[EXERCISES_AT_LEAST]) + 1]
    return book


# by hand one with tables and sliders; tests/lessons runs the others without a browser
@pytest.mark.parametrize("name", in_ci(lesson_names(), by_hand=["03-one-by-one"]))
def test_a_solved_lesson_passes_and_its_figures_move(page, open_notebook, jupyterlab_folder, name):
    book = up_to_its_last_slider(name)
    nbformat.write(book, jupyterlab_folder / name / "solved.ipynb")
    notebook = OpenNotebook(page, open_notebook, f"{name}/solved")
    notebook.run_all()
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    ran = f"() => {{ {NOTEBOOK} return nb.model.cells.get(at('{code[-1].id}')).executionCount }}"
    page.wait_for_function(ran, timeout=240_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=240_000)
    outputs = {cell.id: notebook.outputs(cell.id) for cell in code}
    assert not [(cell, one) for cell, all_ in outputs.items() for one in all_ if one["output_type"] == "error"]
    record = json.loads((jupyterlab_folder / "progress.json").read_text(encoding="utf-8"))
    assert {record.get(cell.id) for cell in code if cell.metadata["nbgrader"]["grade"]} == {True}

    for cell_id, shown in outputs.items():
        pictures = [one for one in shown if "convschool-picture" in "".join(one.get("data", {}).get("text/html", ""))]
        if not pictures:
            continue
        cell = notebook.cell(cell_id)
        drawn = cell.locator(PICTURE)
        drawn.first.wait_for()
        for alt in drawn.evaluate_all("all => all.map(image => image.alt)"):
            assert len(alt) > 30
        if any(WIDGET in one.get("data", {}) for one in shown):
            cell.get_by_role("slider").first.wait_for()
            for slider in cell.get_by_role("slider").all():
                move(notebook, slider, drawn)
        last = cell_id
    looks_on_a_phone_and_in_the_dark(notebook, last)


def looks_on_a_phone_and_in_the_dark(notebook, cell_id):
    page = notebook.page
    theme = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
    size = page.viewport_size
    expect(notebook.cell(cell_id).locator(PICTURE).first).to_have_css("filter", re.compile(r"invert\(0\)"))
    page.evaluate(theme, "JupyterLab Dark")
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        picture = notebook.cell(cell_id).locator(PICTURE).first  # a narrow notebook draws its cells anew
        expect(picture).to_have_css("filter", re.compile(r"invert\(1\)"))
        shown, drawn, room = picture.evaluate("i => [i.width, i.naturalWidth, i.parentElement.clientWidth]")
        assert shown >= min(560, drawn / 2 - 1), "words stay legible"
        assert room < 390 and picture.evaluate("i => getComputedStyle(i.parentElement).overflowX") == "auto"
    finally:
        page.evaluate(theme, "JupyterLab Light")
        page.set_viewport_size(size)


def test_validate_says_what_fails_and_what_passes(page, open_notebook, jupyterlab_folder):
    name = "07-lenet"
    book = up_to_its_last_slider(name)
    (answer,) = (cell for cell in book.cells if cell.id == "hand-row")
    for source, says in ((answer.source, "passes all the tests"), ("hand_row = None", "failed")):
        answer.source = source
        nbformat.write(book, jupyterlab_folder / name / "validated.ipynb")
        OpenNotebook(page, open_notebook, f"{name}/validated")
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog")
        dialog.get_by_text(says).first.wait_for(timeout=120_000)
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
