"""What a machine lacks, and what it waits for.

A test that needs what is not there is skipped with one line, and fails where nothing may be skipped.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest

from grading.lesson.places import lesson_names

Value = TypeVar("Value")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def in_ci(whole: Value, by_hand: Value) -> Value:
    """What tests that take long look at: the whole with CI set, else a sample, for who waits."""
    return whole if os.environ.get("CI") else by_hand


def leave_to_ci(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    """Take tests out of `items`, unless CI is set or pytest was given names, by ``-k`` or as ``file::test``."""
    by_name = bool(config.option.keyword) or any("::" in word for word in config.args)
    if in_ci(False, by_hand=not by_name):
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def lessons_to_run() -> list[str]:
    """The lessons that a test runs from the first cell to the last: all with CI set, else two that take seconds."""
    return in_ci(lesson_names(), by_hand=["01-convolution", "05-fast-convolution"])


def lacking(what: str) -> NoReturn:
    """End a test for want of something; `what` says how to install it. With CI set it fails: one that is skipped proves
    nothing.
    """
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@contextmanager
def chromium() -> Iterator[Any]:
    """Headless Chromium, as playwright's browser."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        lacking(f"none of {', '.join(BROWSERS)} is here: apt-get install --no-install-recommends chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def formgrader(folder: Path, scratch: Path) -> Iterator[str]:
    """The address of a Jupyter server with nbgrader's formgrader, started in `folder`, where nbgrader's settings are.

    It serves the folder above, and what it says goes to ``log.txt`` in `scratch`.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {f"JUPYTER_{name}_DIR": str(scratch / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder.parent,
        "ServerApp.jpserver_extensions": "nbgrader.server_extensions.formgrader=True",
        "IdentityProvider.token": "",
    }
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--{key}={value}" for key, value in options.items()]
    with open(scratch / "log.txt", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + 90
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/formgrader", timeout=30).close()
                break
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    pytest.fail(f"formgrader did not start:\n{(scratch / 'log.txt').read_text()[-2000:]}")
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(30)
