"""Messages of checks and the class report as pages: the pictures of them come from here (``make pictures``)."""

import pytest

from convschool import explain
from grading.lesson.places import PROJECT
from tests.machine import lacking
from website import pictures

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sharp(page):
    """A page with two pixels for each of its own, as large screens have."""
    page = page.context.browser.new_page(viewport={"width": 800, "height": 600}, device_scale_factor=2)
    yield page
    page.close()


@pytest.mark.parametrize("name", ["message-exception", "message-small-case"])
def test_a_message_is_shown_whole(sharp, screenshot, name):
    verdict = pictures.failing(f"images/{name}")
    style = "margin:0;padding:12px;font:14px sans-serif;background:white"
    sharp.set_content(f'<!doctype html><body style="{style}"><div>{explain.html(verdict)}</div></body>')
    message = sharp.locator("body > div")
    words = " ".join(message.inner_text().split())
    assert all(" ".join(line.replace("`", "").split()) in words for line in explain.text(verdict).splitlines())
    assert sharp.evaluate("document.documentElement.scrollWidth") <= 800
    assert screenshot(sharp.locator("body"), name).stat().st_size > 20_000


def test_the_report_of_the_sample_class_shows_its_mistakes(page, screenshot):
    report = PROJECT / "work" / "report.html"
    if not report.exists():
        lacking("the sample class is not graded: make grade")
    page.set_viewport_size({"width": 1100, "height": 1250})
    page.goto(report.as_uri())
    looks = page.locator("td.mistake span").first.evaluate("bar => [bar.clientWidth, getComputedStyle(bar).background]")
    assert looks[0] > 60 and "linear-gradient" in looks[1]
    assert screenshot(page, "report").stat().st_size > 20_000
    page.set_viewport_size({"width": 1060, "height": 860})
