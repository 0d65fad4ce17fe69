"""What a machine lacks: a test that needs it is skipped with one line, and fails where nothing may be skipped."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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
