"""The built site, served on this machine, and a page of headless Chromium that may ask nobody else."""

import threading

import pytest

from tests.machine import chromium, lacking
from website import OUT
from website.serve import server


def pytest_addoption(parser):
    parser.addoption("--all-lessons", action="store_true", help="all lessons are solved in Chromium, not only two")


@pytest.fixture(scope="session")
def pages():
    """The folder of the built site, with its browser edition or without."""
    if not (OUT / "index.html").is_file():
        lacking("the site is not built: make site")
    return OUT


@pytest.fixture(scope="session")
def site(pages):
    """The folder of the built site, with its browser edition."""
    if not (pages / "learn" / "static" / "pyodide").is_dir():
        lacking("the site with its browser edition is not built: make site says what it lacks")
    return pages


@pytest.fixture(scope="session")
def address(pages):
    """The address that the site is served at."""
    serving = server(pages)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    with chromium() as browser:
        yield browser


class Visit:
    """A page with a storage of its own, and what went wrong on it."""

    def __init__(self, browser, address):
        self.context = browser.new_context(viewport={"width": 1060, "height": 860}, accept_downloads=True)
        self.wrong, self.elsewhere = [], []
        self.context.on("request", lambda request: self._on_request(request.url, address))
        self.context.on("requestfailed", lambda request: self.wrong.append(f"{request.url}: {request.failure}"))
        self.context.on("response", lambda answer: self._answered(answer))
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        self.page.set_default_timeout(120_000)

    def _on_request(self, url, address):
        if not url.startswith((address, "data:", "blob:", address.replace("http", "ws", 1))):
            self.elsewhere.append(url)

    def _answered(self, answer):
        if answer.status >= 400:
            self.wrong.append(f"{answer.status} {answer.url}")


@pytest.fixture(scope="session")
def new_visit(browser, address):
    """Makes a page nobody has been on; whoever asks for it closes its `context`."""
    return lambda: Visit(browser, address)


@pytest.fixture
def visit(new_visit):
    """A page nobody has been on."""
    visit = new_visit()
    yield visit
    visit.context.close()
