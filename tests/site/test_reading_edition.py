"""The pages: no answer, but figures and folded hints; found by search, on a phone, in the dark, for everybody."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from grading.lesson.places import COURSE, lesson_names
from tests.seen_by_axe import serious
from website.links import dangling
from website.solved import is_answer, solved

PAGES = (
    "index.html", "START.html", "lessons/04-pooling.html", "instructor.html", "api.html", "where.html",
    "zh/index.html", "zh/terms.html", "zh/lessons/01-convolution.html",
)  # fmt: skip
# headings that are more than one level below the one before them
SKIPPED = """() => [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(one => one.checkVisibility()).filter(
    (one, i, all) => i && one.tagName[1] - all[i - 1].tagName[1] > 1).map(one => one.textContent)"""


def soup(pages, name):
    return BeautifulSoup((pages / "lessons" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", lesson_names())
def test_a_lesson_has_its_figures_and_hints_and_none_of_its_answers(pages, name):
    page = soup(pages, name)
    assert len(page.select(".cell_output img")) >= 3
    folded = page.select("details > summary")
    assert len(folded) >= 5 and not page.select("details[open]")
    code = {line.strip() for block in page.select(".cell_input pre") for line in block.get_text().splitlines()}
    released = nbformat.read(COURSE / name / f"{name}.ipynb", 4)
    given = {line.strip() for cell in released.cells for line in cell.source.splitlines()}
    answers = [cell.source for cell in solved(name).cells if cell.cell_type == "code" and is_answer(cell)]
    secret = {line.strip() for answer in answers for line in answer.splitlines() if len(line.strip()) > 40} - given
    assert secret and not secret & code


def test_no_page_asks_anybody_else(pages):
    """Fonts, formulas, search: all of it lies here."""
    loads = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["'](?:https?:)?//""")
    for file in pages.glob("**/*.html"):
        if "learn" not in file.relative_to(pages).parts:
            assert not loads.search(file.read_text(encoding="utf-8")), file


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_and_nothing_goes_wrong(visit, address, name):
    visit.page.set_viewport_size({"width": 390, "height": 800})
    visit.page.goto(f"{address}/{name}")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not visit.page.evaluate(SKIPPED)
    assert not visit.wrong and not visit.elsewhere


@pytest.mark.parametrize(
    ("name", "scheme"),
    [*((name, scheme) for name in PAGES for scheme in ("light", "dark")),
     *((f"lessons/{name}.html", "light") for name in lesson_names() if name != "04-pooling")],
)  # fmt: skip
def test_no_serious_finding_of_axe(visit, address, name, scheme):
    visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    visit.page.goto(f"{address}/{name}")
    assert not serious(visit.page)


def test_search_finds_a_lesson(visit, address):
    visit.page.goto(f"{address}/search.html?q=pooling")
    visit.page.locator("#search-results a", has_text="Pooling").first.wait_for(timeout=30_000)
    assert not visit.elsewhere


def test_every_link_of_the_pages_leads_somewhere(site):
    """Those into the browser edition too, which the build itself cannot look at."""
    here = [(page, link) for page, link in dangling(site) if not page.startswith("learn/")]
    assert not here


def test_what_a_prediction_is_about_is_folded_and_figures_say_what_they_show(pages):
    assert any(soup(pages, name).select("details.below-input") for name in ("05-fast-convolution", "08-weight-sharing"))
    page = soup(pages, "04-pooling")
    drawn = page.select(".cell_output img[alt]")
    assert len(drawn) >= 3 and not page.select(".cell_output img:not([alt])")
    assert not page.select('a[href$=".ipynb"]:not(.start)')


def test_a_page_names_its_language_and_leads_to_the_other(pages):
    for one, other, code in (("lessons/01-convolution", "zh/lessons/01-convolution", "en"),
                             ("zh/lessons/01-convolution", "lessons/01-convolution", "zh-CN")):  # fmt: skip
        page = BeautifulSoup((pages / f"{one}.html").read_text(encoding="utf-8"), "html.parser")
        assert page.html["lang"] == code
        link = page.select_one("nav.languages a")["href"]
        assert ((pages / one).parent / link).resolve() == (pages / f"{other}.html").resolve()
