"""Time from opening a lesson of the browser edition to its first check that passes.

``python -m benchmarks.browser [LESSON ...]``

Cold is a browser that has never been there, warm the same one started again. Prints rows of a table.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from grading.lesson.places import lesson_names
from tests.machine import BROWSERS, FLAGS
from website import OUT
from website.serve import Handler, server
from website.solved import is_answer, solved

HEAD = (
    "| lesson | browser | notebook is shown | Python is ready | first cell has run | first check passes | MB sent |\n"
    "|---|---|---:|---:|---:|---:|---:|"
)
IN_PAGE = """
const nb = window.jupyterapp.shell.currentWidget.content;
const cells = [...nb.model.cells];
const place = id => cells.findIndex(cell => cell.sharedModel.getId() === id);
"""
SHOWN = "window.jupyterapp?.shell.currentWidget?.context?.isReady"
SENT: list[int] = []  # the bytes of each file that the server has sent
IDLE = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.status === "idle";
}"""


class Counting(Handler):
    """A server that counts what it sends: not what the browser has already."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file."""
        SENT.append(os.fstat(source.fileno()).st_size)
        super().copyfile(source, outputfile)


def main() -> None:
    """Measure the lessons that are named, or the first one, cold and then warm."""
    names = sys.argv[1:] or lesson_names()[:1]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()}\n{HEAD}")
    serving = server(OUT, handler=Counting)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    for name in names:
        with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
            for browser in ("cold", "warm"):
                seconds, loaded = visit(playwright, Path(profile), f"http://127.0.0.1:{serving.server_port}", name)
                cells = " | ".join(f"{one:.1f} s" for one in seconds)
                print(f"| {name} | {browser} | {cells} | {loaded / 1e6:.0f} |", flush=True)
    serving.shutdown()


def visit(playwright: Any, profile: Path, address: str, name: str) -> tuple[list[float], int]:
    """Seconds since the lesson was opened, at each stage, and the bytes that came over the wire."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    context = playwright.chromium.launch_persistent_context(profile, executable_path=program, args=FLAGS)
    page = context.new_page()
    page.set_default_timeout(300_000)
    SENT.clear()
    began = time.monotonic()
    page.goto(f"{address}/learn/lab/index.html?path={name}/{name}.ipynb&reset")
    seconds = [time.monotonic() - began for _ in _stages(page, name)]
    context.close()
    return seconds, sum(SENT)


def _stages(page: Page, name: str) -> Iterator[None]:
    page.wait_for_function(SHOWN)
    yield
    page.wait_for_function(IDLE)
    yield
    notebook = solved(name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    check = next(cell for cell in code if cell.metadata.get("nbgrader", {}).get("grade"))
    answers = [[cell.id, cell.source] for cell in code[: code.index(check)] if is_answer(cell)]
    write = "for (const [id, source] of given) cells[place(id)].sharedModel.setSource(source)"
    page.evaluate(f"given => {{ {IN_PAGE} {write} }}", answers)
    run = "nb.activeCellIndex = place(given); window.jupyterapp.commands.execute('notebook:run-all-above')"
    page.evaluate(f"given => {{ {IN_PAGE} {run}; window.jupyterapp.commands.execute('notebook:run-cell') }}", check.id)
    ran = "cells[place(given)].executionCount"
    page.wait_for_function(f"given => {{ {IN_PAGE} return {ran} }}", arg=code[0].id)
    yield
    passed = "JSON.stringify(cells[place(given)].sharedModel.toJSON().outputs).includes('✓')"
    page.wait_for_function(f"given => {{ {IN_PAGE} return {passed} }}", arg=check.id)
    yield


if __name__ == "__main__":
    main()
