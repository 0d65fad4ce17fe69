"""Report and feedback pages on a phone: 390 pixels wide, and nothing scrolls sideways."""

import shutil

import pytest

from grading.author.sample_class import EXAMPLES
from grading.cli import main

pytestmark = pytest.mark.browser
CLASS = {"emil": "05-fast-convolution", "lea": "02-conv-derivatives"}  # with mistakes, and a file that is cut off
PAGES = ["report.html", *(f"feedback/{who}/{lesson}/{lesson}.html" for who, lesson in CLASS.items())]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for student, lesson in CLASS.items():
        shutil.copytree(EXAMPLES / student / lesson, folder / "class" / student / lesson)
    out = folder / "out"
    words = ["--submissions", str(folder / "class"), "--out", str(out), "--workers", "1", "--quiet"]
    assert main(["grade", *CLASS.values(), *words]) == 0
    return out


@pytest.fixture
def phone(page):
    """The browser's page, narrow and without a network."""
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    yield page
    page.unroute_all()
    page.set_viewport_size(before)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways(graded, phone, name):
    phone.goto((graded / name).as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
