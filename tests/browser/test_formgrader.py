"""A marker in formgrader: the criteria stand above a written answer, and the mark reaches report, page and table."""

import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "grading"))

from small_course import LESSON, SmallCourse, hand_in, rows  # noqa: E402

from grading.cli import main  # noqa: E402
from tests import machine  # noqa: E402

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
    (tmp_path / "jupyter").mkdir()
    with machine.formgrader(tmp_path / "grading", tmp_path / "jupyter") as address:
        yield address


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
