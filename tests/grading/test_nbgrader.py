"""nbgrader's own commands work on our folders, as our configuration says."""

import shutil

import pytest
from small_course import rows

from grading.author.build import build
from grading.cli import main
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE, PROJECT

LESSON = "04-pooling"
CONFIG = PROJECT / "grading" / "nbgrader_config.py"


@pytest.fixture
def nbgrader(python):
    """Runs a command of nbgrader's in the course."""

    def run(course, *words):
        result = python.run("nbgrader", *words, folder=course / "grading")
        assert result.returncode == 0, result.stderr

    return run


@pytest.fixture
def course(tmp_path):
    """A copy of the project's folders that nbgrader uses."""
    build(LESSON)
    for folder in ("solutions", "grading"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "examples"))
    (tmp_path / "work").mkdir()
    return tmp_path


def test_nbgrader_makes_the_same_release_and_grades_it(course, nbgrader):
    nbgrader(course, "generate_assignment", LESSON)
    release = course / "course" / LESSON
    assert {path.name for path in release.iterdir()} == {f"{LESSON}.ipynb", "checks.npz"}
    assert (release / f"{LESSON}.ipynb").read_bytes() == (COURSE / LESSON / f"{LESSON}.ipynb").read_bytes()

    handed_in = course / "work" / "submitted" / "ada" / LESSON
    handed_in.mkdir(parents=True)
    shutil.copy(load_lesson(LESSON).folder / f"{LESSON}.ipynb", handed_in)
    nbgrader(course, "autograde", LESSON, "--student", "ada")
    nbgrader(course, "generate_feedback", LESSON)
    assert (course / "work" / "feedback" / "ada" / LESSON / f"{LESSON}.html").exists()
    nbgrader(course, "export", "--to", "marks.csv")
    header, row = (course / "grading" / "marks.csv").read_text().splitlines()
    marks = dict(zip(header.split(","), row.split(","), strict=True))
    # all but the written answers, which wait for a marker
    assert float(marks["score"]) == float(marks["max_score"]) - 7

    # and what nbgrader has graded is in our tables too
    out = ["--out", str(course / "work")]
    for command in (["export", "--format", "csv"], ["export", "--format", "canvas"], ["report"]):
        assert main([*command, *out]) == 0
    ours = rows(course / "work")
    assert {row["status"] for row in ours} == {"graded elsewhere"}
    assert sum(float(row["score"]) for row in ours) == float(marks["score"])
    assert "graded elsewhere" in (course / "work" / "report.html").read_text()
