"""Report and feedback pages on a phone: 390 pixels wide, and nothing scrolls sideways."""

import pytest

from tests.browser.conftest import GRADED_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.left_to_ci]


@pytest.fixture
def phone(page):
    """The browser's page, narrow and without a network."""
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    yield page
    page.unroute_all()
    page.set_viewport_size(before)


@pytest.mark.parametrize("name", GRADED_PAGES)
def test_nothing_scrolls_sideways(graded, phone, name):
    phone.goto((graded / name).as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    # no column is so narrow that its head is written a letter a line
    assert (
        phone.evaluate("Math.max(0, ...[...document.querySelectorAll('table.marks th')].map(e => e.offsetHeight))") < 40
    )
