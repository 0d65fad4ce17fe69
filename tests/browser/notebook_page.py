"""The notebook that is open in a page of JupyterLab, as a learner uses it."""

# Helpers for the page: `nb` is the open notebook, `at` the index of the cell with an id.
NOTEBOOK = """
const nb = window.jupyterapp.shell.currentWidget.content;
const at = id => [...nb.model.cells].findIndex(cell => cell.sharedModel.getId() === id);
"""


class OpenNotebook:
    """The notebook that is open in a page of JupyterLab."""

    def __init__(self, page, open_notebook, name):
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
