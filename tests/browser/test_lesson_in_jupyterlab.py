"""A lesson as a learner meets it: run all, a check that fails and says why, the mended answer, its tick.

A picture of the README comes from here: ``make pictures``.
"""

import contextlib
import json
import re

import nbformat
import pytest
from playwright.sync_api import TimeoutError, expect

from grading.lesson.load import lesson_names, load_lesson
from grading.lesson.notebook import source_notebook
from website.pictures import EXERCISE, LESSON, MISTAKE, PART

pytestmark = pytest.mark.browser

# Helpers for the page: `nb` is the open notebook, `at` the index of the cell with an id.
NOTEBOOK = """
const nb = window.jupyterapp.shell.currentWidget.content;
const at = id => [...nb.model.cells].findIndex(cell => cell.sharedModel.getId() === id);
"""


class OpenNotebook:
    """The notebook that is open in a page of JupyterLab."""

    def __init__(self, page, open_notebook, name=f"{LESSON}/{LESSON}"):
        self.page = page
        open_notebook(page, f"{name}.ipynb")

    def in_page(self, script, given=None):
        return self.page.evaluate(f"async given => {{ {NOTEBOOK} {script} }}", given)

    def write(self, cell_id, source):
        """Put a learner's text into an answer cell."""
        self.in_page("nb.model.cells.get(at(given[0])).sharedModel.setSource(given[1])", [cell_id, source])

    def outputs(self, cell_id):
        return self.in_page("return nb.model.cells.get(at(given)).sharedModel.toJSON().outputs", cell_id)

    def cell(self, cell_id, align="center"):
        """The cell, selected and scrolled to."""
        script = "const i = at(given[0]); nb.activeCellIndex = i; await nb.scrollToItem(i, given[1]); return i"
        index = self.in_page(script, [cell_id, align])
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')

    def run_all(self):
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def run(self, cell_id):
        """Run one cell as a learner does, with the keyboard."""
        self.cell(cell_id).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Control+Enter")


@pytest.fixture(autouse=True)
def troubles(page):
    """What the page complains of while a test runs: errors of its console and scripts, requests that fail."""
    found = []
    listeners = {
        "console": lambda said: said.type == "error" and found.append(said.text),
        "pageerror": lambda error: found.append(str(error)),
        "requestfailed": lambda request: found.append(f"{request.url}: {request.failure}"),
        "response": lambda answer: answer.status >= 400 and found.append(f"{answer.url}: {answer.status}"),
    }
    for event, listen in listeners.items():
        page.on(event, listen)
    yield found
    for event, listen in listeners.items():
        page.remove_listener(event, listen)
    # What the notebook that is left asks for at that moment is broken off.
    assert not [one for one in found if "net::ERR_ABORTED" not in one]


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
    notebook = OpenNotebook(page, open_notebook)
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


def tables_of(cells):
    """The rows of each table in markdown, as the numbers of their columns."""
    for cell in cells:
        rows = []
        for line in [*cell.splitlines(), ""]:
            if line.startswith("|"):
                rows.append(line)
            elif rows:
                columns = re.sub(r"`[^`]*`|\\\|", "", rows[0]).count("|") - 1
                yield len(rows) - 1, columns
                rows = []


@pytest.mark.parametrize("name", ["START", *(f"{name}/{name}" for name in lesson_names())])
def test_an_untouched_notebook_runs_to_its_end_and_shows_its_tables(page, open_notebook, name):
    notebook = OpenNotebook(page, open_notebook, name)
    sources = notebook.in_page("return [...nb.model.cells].map(c => [c.id, c.type, c.sharedModel.getSource()])")
    code = [cell_id for cell_id, kind, source in sources if kind == "code"]
    notebook.run_all()
    ran = f"() => {{ {NOTEBOOK} return nb.model.cells.get(at('{code[-1]}')).executionCount }}"
    page.wait_for_function(ran, timeout=240_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=240_000)
    for cell_id in code:
        errors = [one for one in notebook.outputs(cell_id) if one["output_type"] == "error"]
        assert {one["ename"] for one in errors} <= {"CheckFailed"}, (cell_id, errors[0]["evalue"])
    shown = []
    for place, (_, kind, source) in enumerate(sources):
        if kind == "markdown" and re.search(r"^\|", source, re.MULTILINE):
            notebook.in_page("nb.activeCellIndex = given; await nb.scrollToItem(given, 'center')", place)
            cell = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"]')
            cell.locator("table").first.wait_for(state="attached")
            cell.locator("details").evaluate_all("all => all.forEach(details => { details.open = true })")
            cell.locator("table").first.wait_for()
            count = "tables => tables.map(t => [t.rows.length, Math.max(...[...t.rows].map(r => r.cells.length))])"
            shown += map(tuple, cell.locator("table").evaluate_all(count))
    assert shown == list(tables_of(source for _, kind, source in sources if kind == "markdown"))


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


@pytest.mark.parametrize("name", lesson_names())
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
