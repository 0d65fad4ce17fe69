"""A marker in formgrader: the criteria stand above a written answer, and the mark reaches report, page and table."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "grading"))

from small_course import LESSON, SmallCourse, hand_in, rows  # noqa: E402

from grading.cli import main  # noqa: E402

pytestmark = pytest.mark.browser


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """The small course, graded into `work` beside a copy of nbgrader's settings; one written answer waits."""
    course = SmallCourse(tmp_path, monkeypatch)
    course.out = tmp_path / "work"
    hand_in(course.submissions, "ada", {"double": "def double(x): return 'right'", "why": "Because of $2x$."})
    assert course.grade() == 0
    (tmp_path / "grading").mkdir()
    shutil.copy(PROJECT / "grading" / "nbgrader_config.py", tmp_path / "grading")
    return course


@pytest.fixture
def formgrader(graded, tmp_path):
    """The address of formgrader, started in the instructor's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scratch = tmp_path / "jupyter"
    environment = os.environ | {f"JUPYTER_{name}_DIR": str(scratch / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": tmp_path,
        "ServerApp.jpserver_extensions": "nbgrader.server_extensions.formgrader=True",
        "IdentityProvider.token": "",
    }
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--{key}={value}" for key, value in options.items()]
    with open(tmp_path / "log.txt", "w") as log:
        server = subprocess.Popen(command, cwd=tmp_path / "grading", env=environment, stdout=log, stderr=log)
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + 90
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/formgrader", timeout=30).close()
                break
            except OSError:
                if time.monotonic() > end or server.poll() is not None:
                    pytest.fail(f"formgrader did not start:\n{(tmp_path / 'log.txt').read_text()[-2000:]}")
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def test_a_written_answer_is_marked_by_its_criteria(graded, formgrader, page, screenshot):
    with sqlite3.connect(graded.out / "gradebook.db") as database:
        (submission,) = database.execute("select id from submitted_notebook").fetchone()
    page.goto(f"{formgrader}/formgrader/submissions/{submission}/")
    criteria = page.get_by_text("For the marker: 3 points")
    criteria.wait_for()
    assert page.get_by_text("Says why.").is_visible()
    score, comment = page.locator("input#why"), page.locator("textarea#why-comment")
    assert criteria.bounding_box()["y"] < score.bounding_box()["y"]
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        score.fill("2")
        score.press("Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        comment.fill("Say what 2 is.")
        comment.press("Tab")
    screenshot(page, "formgrader-criteria")

    for words in (["feedback"], ["report"], ["export", "--format", "csv"]):
        assert main([*words, "--out", str(graded.out)]) == 0
    found = {row["exercise"]: float(row["score"]) for row in rows(graded.out)}
    assert found["why"] == 2 and found["double-plain"] == 2
    report = (graded.out / "report.html").read_text(encoding="utf-8")
    assert "wait for a marker" not in report
    shown = (graded.out / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "Say what 2 is." in shown and "5 of 10" in " ".join(shown.replace("/", " of ").split())
    assert "For the marker" not in shown and "Says why." not in shown
    page.goto((graded.out / "report.html").as_uri())
    assert "5" in page.locator("tr", has_text="ada").first.inner_text().split()
