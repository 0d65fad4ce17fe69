"""Feedback pages and the report, for those who hear them, use no mouse, or see colours and contrasts otherwise."""

import pytest

from tests.browser.conftest import GRADED_PAGES
from tests.seen_by_axe import serious

pytestmark = pytest.mark.browser
# headings that are more than one level below the one before them
SKIPPED = """() => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(one => one.checkVisibility()).filter(
    (one, i, all) => i && one.tagName[1] - all[i - 1].tagName[1] > 1).map(one => one.textContent)"""


@pytest.mark.left_to_ci
@pytest.mark.parametrize(("name", "scheme"), [("report.html", "dark"), *((name, "light") for name in GRADED_PAGES)])
def test_no_serious_finding_of_axe(graded, page, name, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto((graded / name).as_uri())
    found = serious(page)
    page.emulate_media(color_scheme="light")
    assert not found


@pytest.mark.parametrize("name", GRADED_PAGES)
def test_headings_come_in_order_and_the_page_names_its_language(graded, page, name):
    page.goto((graded / name).as_uri())
    assert page.locator("h1").first.inner_text() and not page.evaluate(SKIPPED)
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("main").count() == 1


def test_axe_finds_what_is_wrong(page):
    page.set_content("<title>x</title><img src='data:,'><p style='color:#bbb;background:white'>pale</p>")
    assert {one.partition(" ")[0] for one in serious(page)} == {"html-has-lang", "image-alt", "color-contrast"}
