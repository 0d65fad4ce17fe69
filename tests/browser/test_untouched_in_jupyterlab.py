"""A lesson as it is handed out: run all ends, only checks fail, and every table has its source's rows and columns."""

import re

import pytest

from grading.lesson.places import lesson_names
from tests.browser.notebook_page import NOTEBOOK, OpenNotebook
from tests.machine import in_ci

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("troubles")]
# START is opened by hand too; tests/lessons runs lessons without a browser
LESSONS = in_ci(lesson_names(), by_hand=[])


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


@pytest.mark.parametrize("name", ["START", *(f"{name}/{name}" for name in LESSONS)])
def test_an_untouched_notebook_runs_to_its_end_and_shows_its_tables(page, open_notebook, name):
    notebook = OpenNotebook(page, open_notebook, name)
    sources = notebook.in_page("return [...nb.model.cells].map(c => [c.id, c.type, c.sharedModel.getSource()])")
    code = [cell_id for cell_id, kind, source in sources if kind == "code"]
    folded = notebook.in_page("return [...nb.widgets].filter(c => c.inputHidden).map(c => c.model.id)")
    wanted = "return [...nb.model.cells].filter(c => c.metadata.jupyter?.source_hidden).map(c => c.id)"
    assert folded == notebook.in_page(wanted)
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
