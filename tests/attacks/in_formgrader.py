"""What comes of opening a page of formgrader's, as a marker does who clicks from one submission to the next."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from classroom import Graded

from tests import machine

FORMULAS = "cdnjs.cloudflare.com"  # nbgrader's pages ask for their formulas there, whoever's work they show
SUBMISSIONS = """
select submitted_assignment.student_id, submitted_notebook.id from submitted_notebook
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""
# what would run, or call another place, when it is clicked or moved over
ALIVE = r"""() => [...document.querySelectorAll("*")].flatMap(element => [...element.attributes]
    .filter(one => one.name.startsWith("on") || /^[\s\0-\x1f]*(javascript|vbscript|data:text)/i.test(one.value)
        || ["IFRAME", "OBJECT", "EMBED", "FRAME", "BASE"].includes(element.tagName))
    .map(one => `${element.tagName} ${one.name}=${one.value}`))"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"


@dataclass(frozen=True)
class Visit:
    """What came of opening a page: what ran on it or would, who else was asked, and the seconds until it was drawn."""

    status: int
    ran: set[str]
    elsewhere: set[str]
    seconds: float
    text: str


def notebooks(graded: Graded) -> dict[str, str]:
    """The number of each student's notebook, by the id that formgrader calls the student by."""
    with sqlite3.connect(graded.out / "gradebook.db") as database:
        return dict(database.execute(SUBMISSIONS).fetchall())


@contextmanager
def visiting(graded: Graded, folder: Path) -> Iterator[Callable[..., Visit]]:
    """Start formgrader in a new folder of an instructor's, with the project's own settings, and a browser: a function
    that opens one of its pages.
    """
    settings = graded.classroom.folder / "grading" / "nbgrader_config.py"
    (folder / "grading").mkdir()
    (folder / "grading" / settings.name).write_text(settings.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "work").symlink_to(graded.out)
    (folder / "jupyter").mkdir()
    with machine.formgrader(folder / "grading", folder / "jupyter") as address, machine.chromium() as browser:
        page = browser.new_page()
        elsewhere: set[str] = set()
        dialogs: set[str] = set()

        def handle(route, request):
            place = urlsplit(request.url)
            if place.scheme in ("data", "blob") or place.netloc == urlsplit(address).netloc:
                return route.continue_()
            if place.netloc != FORMULAS:
                elsewhere.add(request.url)
            return route.abort()

        def dismiss(dialog):
            dialogs.add(dialog.message)
            dialog.dismiss()

        page.route("**/*", handle)
        page.on("dialog", dismiss)

        def go(place: str, until: str = "load") -> Visit:
            elsewhere.clear()
            dialogs.clear()
            start = time.monotonic()
            answer = page.goto(f"{address}/formgrader/{place}", wait_until=until, timeout=120_000)
            page.evaluate(DRAWN)
            seconds = time.monotonic() - start
            ran = dialogs | set(page.evaluate(ALIVE)) | ({page.title()} & {"attacked"})
            return Visit(answer.status, ran, set(elsewhere), seconds, page.content())

        yield go
