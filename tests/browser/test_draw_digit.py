"""The field of lesson 07: a mouse draws a seven, the network reads it, and its maps move.

A picture of the README comes from here: ``make pictures``.
"""

import os
import re
import signal

import nbformat
import pytest

pytestmark = pytest.mark.browser

NETWORK = """
import os, pathlib

pathlib.Path("kernel").write_text(str(os.getpid()))

import numpy as np
from convschool import data, show
from reference import Adam, LeNet5, softmax, train

images, labels = data.digits()
images = images[:2000, None].astype(np.float32)
model = LeNet5(rng=0)
train(model, Adam(model, lr=0.003), images, labels[:2000], epochs=2, batch_size=32, rng=0, progress=False)

NAMES = {"c1": "C1", "a1": "S2", "c3": "C3", "a3": "S4", "a5": "C5", "a6": "F6"}

def stages(x):
    found = {"image": x[0]}
    for name, layer in model.layers.items():
        x = layer.forward(x)
        if name in NAMES:
            found[NAMES[name]] = x[0]
    return found | {"output": softmax(x)[0]}

show.draw_digit(stages)
"""


@pytest.fixture(scope="module")
def field(page, open_notebook, jupyterlab_folder):
    cells = [nbformat.v4.new_code_cell(NETWORK)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), jupyterlab_folder / "draw.ipynb")
    open_notebook(page, "draw.ipynb")
    page.evaluate('() => void window.jupyterapp.commands.execute("notebook:run-cell")')
    field = page.locator(".convschool-draw")
    field.wait_for(timeout=240_000)
    return field


def draw_seven(page, field):
    canvas = field.locator("canvas.field")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for step, (x, y) in enumerate([(70, 60), (140, 56), (205, 60), (175, 120), (145, 180), (125, 235)]):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        if step == 0:
            page.mouse.down()
    page.mouse.up()


def maps(field):
    """What the canvases of all stages hold, as text to compare."""
    return field.locator(".way canvas").evaluate_all("all => all.map(canvas => canvas.toDataURL())")


def test_what_the_mouse_draws_is_read(page, field, screenshot):
    output, empty = field.locator(".said"), maps(field)
    assert output.inner_text() == "Draw here"
    draw_seven(page, field)
    field.get_by_text("Read as 7").wait_for()
    drawn = maps(field)
    assert len(drawn) == 1 + 6 + 6 + 16 + 16 + 1 + 1
    assert sum(before != after for before, after in zip(empty, drawn, strict=True)) > len(drawn) // 2
    rows = field.locator(".row").all_inner_texts()
    percent = [int(re.search(r"(\d+) %", row)[1]) for row in rows]
    assert len(percent) == 10 and percent.index(max(percent)) == 7 and 98 <= sum(percent) <= 102
    assert screenshot(field, "digit-drawn").stat().st_size > 10_000


SEVEN = [*["Shift+ArrowUp"] * 3, *["Shift+ArrowLeft"] * 3, " ", *["Shift+ArrowRight"] * 5,
         *["Shift+ArrowDown", "ArrowLeft", "ArrowLeft"] * 6]  # fmt: skip


def test_the_keyboard_draws_too_and_jupyterlab_leaves_it_its_keys(page, field):
    field.get_by_role("button", name="Clear").click()
    field.get_by_text("Draw here").wait_for()
    page.keyboard.press("Shift+Tab")
    canvas = field.locator("canvas.field")
    assert canvas.evaluate("canvas => canvas === document.activeElement")
    cells = "window.jupyterapp.shell.currentWidget.content.model.cells.length"
    before = page.evaluate(cells)
    for key in SEVEN:
        page.keyboard.press(key)
    assert field.locator(".tip.down").is_visible()
    field.get_by_text("Read as 7").wait_for()
    page.keyboard.press("Delete")
    field.get_by_text("Draw here").wait_for()
    assert not field.locator(".tip.down").is_visible()
    assert canvas.evaluate("canvas => canvas === document.activeElement") and page.evaluate(cells) == before


def test_clear_empties_the_field(page, field):
    draw_seven(page, field)
    field.get_by_text("Read as 7").wait_for()
    field.get_by_role("button", name="Clear").click()
    field.get_by_text("Draw here").wait_for()
    ink = "canvas => canvas.getContext('2d').getImageData(0, 0, 280, 280).data.every(byte => byte === 0)"
    assert field.locator("canvas.field").evaluate(ink)


def test_a_drawing_is_read_while_a_cell_runs(page, field):
    run = "code => void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code })"
    page.evaluate(run, "import time; time.sleep(30)")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=busy]")
    draw_seven(page, field)
    field.get_by_text("Read as 7").wait_for(timeout=20_000)
    field.get_by_role("button", name="Clear").click()
    field.get_by_text("Draw here").wait_for()


def test_it_says_so_where_no_answer_comes(page, field, jupyterlab_folder):
    kernel = int((jupyterlab_folder / "kernel").read_text())
    os.kill(kernel, signal.SIGSTOP)
    try:
        draw_seven(page, field)
        field.get_by_text("No answer from Python yet").wait_for()
    finally:
        os.kill(kernel, signal.SIGCONT)
    field.get_by_text("Read as 7").wait_for()
