"""Formulas as JupyterLab sets them."""

import nbformat
import pytest

from grading.author.minutes import FORMULA
from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("troubles")]

SET = ".jp-RenderedMarkdown mjx-container[display=true]"
ALL_ARE_SET = f"""() => {{
    const text = document.querySelector('.jp-RenderedMarkdown')?.innerText ?? '$$';
    return document.querySelector('{SET}') && !text.includes('$$');
}}"""
# what stands above each formula: of all, and of those that are wider than their place
ABOVE = f"""() => {{
    const above = one => one.closest('p').previousElementSibling.innerText;
    const all = [...document.querySelectorAll('{SET}')];
    return [all, all.filter(one => one.scrollWidth > one.clientWidth + 1)].map(some => some.map(above));
}}"""


@pytest.mark.left_to_ci
def test_no_formula_is_cut_off_on_a_page_of_700_pixels(page, open_notebook, jupyterlab_folder):
    formulas = {
        f"{name}, formula {n}": formula
        for name in lesson_names()
        for n, formula in enumerate(
            one for cell in load_lesson(name).cells if cell.kind == "markdown" for one in FORMULA.findall(cell.source)
        )
    }
    # one cell, or JupyterLab draws only those in sight
    text = "\n\n".join(f"{name}\n\n{formula}" for name, formula in formulas.items())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}  # or JupyterLab asks which
    nbformat.write(notebook, jupyterlab_folder / "formulas.ipynb")
    open_notebook(page, "formulas.ipynb")
    size = page.viewport_size
    page.set_viewport_size({"width": 700, "height": 900})
    try:
        page.wait_for_function(ALL_ARE_SET)
        all_, wide = page.evaluate(ABOVE)
    finally:
        page.set_viewport_size(size)
    assert sorted(all_) == sorted(formulas) and len(formulas) > 50
    assert not {name: formulas[name] for name in wide}, "set it in lines, with aligned or gathered"
