"""JupyterLab on a copy of the course, and a page of headless Chromium that has it open."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from grading.author.sample_class import EXAMPLES
from grading.cli import main
from tests.machine import chromium
from website import pictures

COURSE = Path(__file__).parents[2] / "course"
CLASS = {"emil": "05-fast-convolution", "lea": "02-conv-derivatives"}  # with mistakes, and a file that is cut off
GRADED_PAGES = ["report.html", *(f"feedback/{who}/{lesson}/{lesson}.html" for who, lesson in CLASS.items())]
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}


def pytest_addoption(parser):
    parser.addoption("--screenshots", type=Path, help="folder for the pictures that the README shows")


@pytest.fixture(scope="session")
def screenshot(request, tmp_path_factory):
    """Takes a picture of a page or a part of one, under a name, into the folder of ``--screenshots``."""
    wanted = request.config.getoption("--screenshots", None)
    folder = wanted or tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)

    def take(place, name):
        file = folder / f"{name}.png"
        place.screenshot(path=file)
        if wanted:
            pictures.sign(f"images/{name}", file)
        return file

    return take


@pytest.fixture(scope="session")
def jupyterlab_folder(tmp_path_factory):
    """A copy of the course."""
    course = tmp_path_factory.mktemp("jupyterlab") / "course"
    shutil.copytree(COURSE, course, ignore=shutil.ignore_patterns("progress.json", "__pycache__", "*.egg-info"))
    return course


@pytest.fixture(scope="session")
def jupyterlab(jupyterlab_folder):
    """The address of a JupyterLab that serves a copy of the course."""
    course, scratch = jupyterlab_folder, jupyterlab_folder.parent
    settings = scratch / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The copy's package comes before the installed one, so that progress is noted in the copy.
    environment = os.environ | {
        "PYTHONPATH": os.fspath(course),
        "JUPYTER_CONFIG_DIR": os.fspath(scratch / "config"),
    }
    environment |= {f"JUPYTER_{name}_DIR": os.fspath(scratch / name) for name in ("DATA", "RUNTIME")}
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": course,
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": True,
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--{key}={value}" for key, value in options.items()]
    with open(scratch / "log.txt", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_up(server, address, scratch / "log.txt")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_until_up(server, address, log, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


# What JupyterLab itself complains of: a request of a notebook that is left at that moment is broken off, and where a
# long notebook is scrolled while a cell is drawn, React has now and then removed the cell already.
OF_JUPYTERLAB = ("net::ERR_ABORTED", "Failed to execute 'removeChild' on 'Node'")


@pytest.fixture
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
    assert not [one for one in found if not any(words in one for words in OF_JUPYTERLAB)]


KERNEL_IS_FREE = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""


@pytest.fixture(scope="session")
def open_notebook(jupyterlab):
    """Opens a notebook by its path in JupyterLab, and waits until its kernel takes requests."""

    def go(page, path):
        page.goto(f"{jupyterlab}/doc/tree/{path}")
        # Until the file is read the notebook shows one empty cell. The indicator says "idle" before there is a kernel,
        # and what is asked of the notebook then is lost.
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context?.isReady")
        page.wait_for_function(KERNEL_IS_FREE)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")

    return go


@pytest.fixture(scope="session")
def graded(tmp_path_factory):
    """The folder that two submissions of the sample class were graded into, with `GRADED_PAGES` in it."""
    folder = tmp_path_factory.mktemp("class")
    for student, lesson in CLASS.items():
        shutil.copytree(EXAMPLES / student / lesson, folder / "class" / student / lesson)
    out = folder / "out"
    words = ["--submissions", str(folder / "class"), "--out", str(out), "--workers", "1", "--quiet"]
    assert main(["grade", *CLASS.values(), *words]) == 0
    return out


@pytest.fixture(scope="session")
def page():
    """A page of headless Chromium."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1060, "height": 860})
        page.set_default_timeout(60_000)
        yield page
