"""Open formgrader on the graded corpus, as a marker does: every page comes, nothing of a learner's runs on it, and no
request leaves for another place."""

import sqlite3
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from classroom import NEIGHBOURS
from corpus import HERE, LESSON, read_corpus

from grading.collect.names import harmless_id
from grading.execute.shown import TYPED
from tests import machine

pytestmark = pytest.mark.browser

FORMULAS = "cdnjs.cloudflare.com"  # nbgrader's pages ask for their formulas there, whoever's work they show
SLOW = 30.0  # seconds for a page, on a busy machine: an honest one takes a hundredth
LISTS = ("manage_assignments", f"manage_submissions/{LESSON}", f"gradebook/{LESSON}/{LESSON}", "manage_students")
each_attack = pytest.mark.parametrize("attack", read_corpus(HERE), ids=lambda attack: attack.name)
SUBMISSIONS = """
select submitted_assignment.student_id, submitted_notebook.id from submitted_notebook
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""
# what would run, or call another place, when it is clicked or moved over
ALIVE = r"""() => [...document.querySelectorAll("*")].flatMap(element => [...element.attributes]
    .filter(one => one.name.startsWith("on") || /^[\s\0-\x1f]*(javascript|vbscript|data:text)/i.test(one.value)
        || ["IFRAME", "OBJECT", "EMBED", "FRAME", "BASE"].includes(element.tagName))
    .map(one => `${element.tagName} ${one.name}=${one.value}`))"""


@dataclass(frozen=True)
class Visit:
    """What came of opening a page: what ran on it or would, who else was asked, and the seconds it took."""

    status: int
    ran: set[str]
    elsewhere: set[str]
    seconds: float
    text: str


@pytest.fixture(scope="module")
def formgrader(graded, tmp_path_factory):
    """Its address, started with the project's own settings in an instructor's folder."""
    folder, scratch = tmp_path_factory.mktemp("instructor"), tmp_path_factory.mktemp("jupyter")
    (folder / "grading").mkdir()
    settings = graded.classroom.folder / "grading" / "nbgrader_config.py"
    (folder / "grading" / settings.name).write_text(settings.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "work").symlink_to(graded.out)
    with machine.formgrader(folder / "grading", scratch) as address:
        yield f"{address}/formgrader"


@pytest.fixture(scope="module")
def visit(formgrader):
    """Opens a page of formgrader's."""
    with machine.chromium() as browser:
        page = browser.new_page()
        here, elsewhere, dialogs = urlsplit(formgrader).netloc, set(), set()

        def handle(route, request):
            place = urlsplit(request.url)
            if place.scheme in ("data", "blob") or place.netloc == here:
                return route.continue_()
            if place.netloc != FORMULAS:
                elsewhere.add(request.url)
            return route.abort()

        def dismiss(dialog):
            dialogs.add(dialog.message)
            dialog.dismiss()

        page.route("**/*", handle)
        page.on("dialog", dismiss)

        def go(place, until="load"):
            elsewhere.clear()
            dialogs.clear()
            start = time.monotonic()
            answer = page.goto(f"{formgrader}/{place}", wait_until=until)
            seconds = time.monotonic() - start
            ran = dialogs | set(page.evaluate(ALIVE)) | ({page.title()} & {"attacked"})
            return Visit(answer.status, ran, set(elsewhere), seconds, page.content())

        yield go


@pytest.fixture(scope="module")
def notebooks(graded):
    """The number of each student's notebook; on formgrader's pages students are called by an id that means nothing."""
    with sqlite3.connect(graded.out / "gradebook.db") as database:
        found = dict(database.execute(SUBMISSIONS).fetchall())
    assert not set("".join(found)) & set("<>&\"'`")
    return found


@pytest.fixture(scope="module")
def ours(notebooks, visit):
    """What is alive on every page of a notebook, and on every list."""
    places = (f"submissions/{notebooks[NEIGHBOURS[0].name]}/?index=0", f"manage_students/{NEIGHBOURS[0].name}/{LESSON}")
    return set().union(*(visit(place).ran for place in places))


@each_attack
def test_a_marker_can_look_at_it(notebooks, visit, ours, attack):
    for student in map(harmless_id, attack.students):
        if attack.status != "invalid":  # of one that could not be read there is no notebook, and no link to one
            seen = visit(f"submissions/{notebooks[student]}/?index=0")
            assert seen.status == 200 and TYPED.split('"')[1] in seen.text
            assert not seen.ran - ours and not seen.elsewhere
            assert seen.seconds < SLOW
        if attack.student or attack.status == "invalid":
            seen = visit(f"manage_students/{quote(student)}/{LESSON}", until="networkidle")
            assert seen.status == 200
            assert not seen.ran - ours and not seen.elsewhere
            assert (f"submissions/{notebooks[student]}" in seen.text) == (attack.status != "invalid")


@pytest.mark.parametrize("place", LISTS)
def test_nothing_runs_in_the_lists(notebooks, visit, place):
    seen = visit(place, until="networkidle")
    assert seen.status == 200 and not seen.elsewhere
    assert not [one for one in seen.ran if "attacked" in one or "alert" in one or "example" in one]
