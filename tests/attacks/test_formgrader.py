"""Open formgrader on the graded corpus, as a marker does: nothing of a learner's runs there, and nothing calls home."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from urllib.parse import quote, urlsplit

import pytest
from classroom import NEIGHBOURS
from corpus import HERE, LESSON, read_corpus

from tests.machine import lacking

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CONFIG = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = ""
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.db_url = "sqlite:///{root}/gradebook.db"
"""
SUBMISSIONS = """
select submitted_assignment.student_id, submitted_notebook.id from submitted_notebook
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""
# what shows that something ran: a title, an alert, an element that is still there with its handler
AT_PAGES = ("feedback",)
ALIVE = """() => [...document.querySelectorAll("*")].flatMap(element => [...element.attributes]
    .filter(one => one.name.startsWith("on") || /^[\\s\\0-\\x1f]*(javascript|vbscript|data:text)/i.test(one.value))
    .map(one => `${element.tagName} ${one.name}=${one.value}`))"""


@pytest.fixture(scope="module")
def formgrader(graded, tmp_path_factory):
    """Its address."""
    scratch = tmp_path_factory.mktemp("formgrader")
    (scratch / "nbgrader_config.py").write_text(CONFIG.format(root=os.fspath(graded.out)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {f"JUPYTER_{name}_DIR": os.fspath(scratch / name) for name in ("CONFIG", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"]
    with open(scratch / "log.txt", "w") as log:
        server = subprocess.Popen(command, cwd=scratch, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < end and server.poll() is None, (scratch / "log.txt").read_text()[-2000:]
                time.sleep(0.2)
        yield f"{address}/formgrader"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def visit():
    """Opens an address, and says what was asked for elsewhere, what ran, and the page's text."""
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        lacking(f"none of {', '.join(BROWSERS)} is here: apt-get install --no-install-recommends chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page()
        elsewhere, dialogs = set(), []

        def handle(route, request):
            if urlsplit(request.url).hostname not in ("127.0.0.1", None):
                elsewhere.add(request.url)
                route.abort()
            else:
                route.continue_()

        def dialog(one):
            dialogs.append(one.message)
            one.dismiss()

        page.route("**/*", handle)
        page.on("dialog", dialog)

        def go(address: str) -> tuple[set[str], set[str], str]:
            elsewhere.clear()
            dialogs.clear()
            page.goto(address, wait_until="load")
            page.wait_for_timeout(150)
            ran = {*dialogs, *page.evaluate(ALIVE)}
            if page.title() == "attacked":
                ran.add("attacked")
            return set(elsewhere), ran, page.content()

        yield go
        browser.close()


def test_nothing_of_a_learners_runs_in_formgrader(request, graded, formgrader, visit):
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    asked = {each["attack"].name: each["attack"] for each in params if "attack" in each}
    assert asked, "run it together with the tests of the attacks"
    with sqlite3.connect(graded.out / "gradebook.db") as database:
        found = database.execute(SUBMISSIONS).fetchall()
    ids = dict(found)
    assert len(ids) >= len(asked) + len(NEIGHBOURS)
    assert not set("".join(ids)) & set("<>&\"'`")
    ours_asked, ours_alive, _ = visit(f"{formgrader}/submissions/{ids[NEIGHBOURS[0].name]}/?index=0")
    pages = [f"manage_submissions/{LESSON}", f"gradebook/{LESSON}/{LESSON}", "manage_students"]
    pages += [f"manage_students/{quote(student)}" for student in ids if student not in asked]
    # the whole corpus in CI; elsewhere those that are aimed at pages
    aimed = {student for one in asked.values() if one.family in AT_PAGES for student in one.students}
    others = {student for one in asked.values() if one.family not in AT_PAGES for student in one.students}
    wanted = [student for student in ids if os.environ.get("CI") or student not in others]
    assert len(wanted) >= len(aimed)
    pages += [f"submissions/{ids[student]}/?index=0" for student in wanted]
    shown = 0
    for place in pages:
        asked_for, ran, text = visit(f"{formgrader}/{place}")
        assert not {one for one in asked_for - ours_asked if "mathjax" not in one.lower()}, place
        if place.startswith("submissions"):
            assert not ran - ours_alive, place
            shown += "nbgrader_cell" in text or "nbgrader-" in text
        else:
            assert not {one for one in ran if "attacked" in one or "alert" in one}, place
    assert shown > len(NEIGHBOURS)


def test_there_are_attacks_on_markers():
    assert len([one for one in read_corpus(HERE) if one.family == "feedback"]) >= 14
