"""When a lesson's points change, no score is above its maximum and no sum is over two versions, whoever is there."""

import csv
import itertools
import shutil
import sqlite3

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, gradebook, hand_in, rows

from grading.cli import main
from grading.execute import SandboxUnavailable

BEFORE = {"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}
VERSIONS = {
    "less": {"double": {"plain": 1, "zero": 1}, "negate": {"plain": 4}},
    "more": {"double": {"plain": 5, "zero": 1}, "negate": {"plain": 4}},
    "a part gone": {"double": {"plain": 2}, "negate": {"plain": 4}},
    "a part added": {"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4, "large": 3}},
}
ALL_RIGHT = {"double": "# right", "negate": "# right"}


@pytest.fixture(params=VERSIONS)
def changed(course, request):
    """A graded class of which `gone` has gone, and whose lesson has other points now."""
    for student in ("ada", "gone"):
        hand_in(course.submissions, student, ALL_RIGHT)
    assert course.grade() == 0
    shutil.rmtree(course.submissions / "gone")
    course.change(VERSIONS[request.param], "mended")
    return course


def assert_sound(out):
    """Every table and page of a class: scores at most their maximum, sums those of the lesson as it is."""
    assert main(["export", "--format", "csv", "--out", str(out)]) == 0
    for row in rows(out):
        assert row["score"] == "" or float(row["score"]) <= float(row["max_score"]), row
    with sqlite3.connect(out / "gradebook.db") as database:
        query = """select auto_score, manual_score, max_score from grade
            join grade_cells on grade_cells.id = grade.cell_id"""
        for auto, manual, most in database.execute(query):
            assert max(auto or 0, manual or 0) <= most
    sums = {}
    for row in rows(out):
        if row["score"]:
            sums[row["student"]] = sums.get(row["student"], 0) + float(row["score"])
    assert main(["export", "--format", "canvas", "--out", str(out)]) == 0
    with open(out / "canvas.csv", newline="") as file:
        header, possible, *students = csv.reader(file)
    assert {line[0]: float(line[-1]) for line in students} == pytest.approx(sums, abs=1e-4)
    assert all(float(line[-1]) <= float(possible[-1]) for line in students)
    return sums


def test_marks_of_who_is_not_there_are_held_when_that_is_asked_for(changed, capsys):
    before = gradebook(changed.out)
    capsys.readouterr()
    assert changed.grade("--regrade") == 2
    output = capsys.readouterr().err
    assert f"gone ({LESSON})" in output and "--absent scale" in output and "--absent hold" in output
    assert gradebook(changed.out) == before
    assert_sound(changed.out)
    # and no sum has them
    assert changed.grade("--regrade", "--absent", "hold") == 0
    assert f"The marks of gone ({LESSON}) are held" in " ".join(capsys.readouterr().out.split())
    assert assert_sound(changed.out).keys() == {"ada"}
    (row,) = [row for row in rows(changed.out) if row["student"] == "gone"]
    assert (row["exercise"], row["score"]) == ("", "") and row["remark"].startswith("held")
    assert f"gone ({LESSON})" in " ".join(capsys.readouterr().out.split())
    capsys.readouterr()
    assert main(["status", "--submissions", str(changed.submissions), "--out", str(changed.out)]) == 0
    assert "held: graded" in capsys.readouterr().out
    assert main(["report", "--out", str(changed.out)]) == 0
    # and are marks again when the submission is there again
    hand_in(changed.submissions, "gone", ALL_RIGHT)
    assert changed.grade("--regrade") == 0
    sums = assert_sound(changed.out)
    assert sums["gone"] == sums["ada"]


def test_marks_that_are_scaled_keep_their_share(changed, capsys):
    assert changed.grade("--regrade", "--absent", "scale") == 0
    sums = assert_sound(changed.out)
    # a part that is new gets the share of the others: 7 of 10
    is_new = any(row["exercise"] == "negate-large" for row in rows(changed.out))
    assert sums["gone"] == pytest.approx(7 + 0.7 * 3 if is_new else sums["ada"])
    assert "are held" not in capsys.readouterr().out


def test_whatever_moment_the_grader_ends_at(course):
    students = ["ada", "ben", "cyd"]
    for student in students:
        hand_in(course.submissions, student, ALL_RIGHT)
    assert course.grade() == 0
    course.change(VERSIONS["less"], "mended")
    execute, count = course.fake, itertools.count()

    def ends(job, sandbox="auto"):
        if next(count) == 1:
            raise SandboxUnavailable
        return execute(job, sandbox)

    ends.graded = []
    course.fake = ends
    assert course.grade("--regrade") == 2
    assert assert_sound(course.out).items() <= {"ada": 6, "cyd": 6}.items()
    course.fake = execute
    assert course.grade("--regrade") == 0
    assert assert_sound(course.out) == dict.fromkeys(students, 6)


def test_a_mark_by_hand_keeps_its_share(course):
    from small_course import RUBRIC

    hand_in(course.submissions, "ada", {"why": "I think."})
    assert course.grade() == 0
    with Gradebook(f"sqlite:///{course.out / 'gradebook.db'}", course_id="") as book:
        book.find_grade("why", LESSON, LESSON, "ada").manual_score = 3
        book.db.commit()
    course.change(BEFORE)
    (course.solutions / LESSON / "written.toml").write_text(RUBRIC.replace("points = 3", "points = 2"))
    assert course.grade("--regrade") == 0
    assert assert_sound(course.out) == {"ada": 2}


def test_who_cannot_be_graded_again_by_a_mended_check_is_named(course, capsys):
    for student in ("ada", "gone"):
        hand_in(course.submissions, student, ALL_RIGHT)
    assert course.grade() == 0
    shutil.rmtree(course.submissions / "gone")
    course.change(BEFORE, "mended")
    assert course.grade("--regrade") == 0
    output = " ".join(capsys.readouterr().out.split())
    assert f"Graded by an earlier version of their lesson, and not there to be graded again: gone ({LESSON})." in output
    assert assert_sound(course.out) == {"ada": 7, "gone": 7}
