"""Grading again: what has not changed costs nothing, what has is graded, and marks that change are told."""

import sqlite3

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, files, gradebook, hand_in, hand_in_class, rows

from grading.cli import main

EXERCISES = {"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}


@pytest.fixture
def graded(course):
    """A graded class of eight."""
    hand_in_class(course.submissions, 8)
    assert course.grade() == 0
    return course


def state_of_files(out):
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != ".grading"}


def mark_by_hand(out, student, cell, score, comment=None):
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", course_id="") as book:
        book.find_grade(cell, LESSON, LESSON, student).manual_score = score
        if comment:
            book.find_comment("why", LESSON, LESSON, student).manual_comment = comment
        book.db.commit()


def score(out, student, cell):
    (row,) = [row for row in rows(out) if (row["student"], row["exercise"]) == (student, cell)]
    return float(row["score"])


def test_without_a_folder_the_class_of_the_gradebook_is_meant(graded, capsys):
    before = rows(graded.out)
    assert main(["grade", LESSON, "--regrade", "--out", str(graded.out)]) == 0
    assert main(["status", LESSON, "--out", str(graded.out)]) == 0
    output = capsys.readouterr().out
    assert f"The class in {graded.submissions}" in output and "s0007" in output and "ada" not in output
    assert rows(graded.out) == before  # and nobody of the sample class is there


def test_what_is_no_submission_is_named(graded, capsys):
    misnamed = graded.submissions / "s0000" / "double"
    misnamed.mkdir()
    (misnamed / f"{LESSON}.ipynb").write_text("{}")
    (graded.submissions / "flat.ipynb").write_text("{}")
    (graded.submissions / "collected.csv").write_text("")
    assert graded.grade() == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "No submissions of a lesson, and not graded: flat.ipynb, s0000/double" in output


def test_what_has_not_changed_is_not_touched(graded, monkeypatch):
    before = state_of_files(graded.out)

    def never(*anything):
        raise AssertionError("work is done")

    for name in ("grading.publish.feedback.render", "grading.publish.report._report", "grading.grade.load_master"):
        monkeypatch.setattr(name, never)
    assert graded.grade() == 0
    assert graded.fake.graded == []
    assert {path for path, when in state_of_files(graded.out).items() if before.get(path) != when} <= {
        graded.out / "grades.csv"
    }


def test_what_is_handed_in_again_or_is_new_is_graded(graded):
    hand_in(graded.submissions, "s0001", {"double": "# right"})
    hand_in(graded.submissions, "new", {"negate": "# right"})
    graded.grade()
    assert sorted(graded.fake.graded) == ["new", "s0001"]
    assert score(graded.out, "s0001", "double-plain") == 2
    assert score(graded.out, "new", "negate-plain") == 4


def test_a_notebook_that_has_gone_from_the_output_is_made_again(graded):
    (graded.out / "autograded" / "s0000" / LESSON / f"{LESSON}.ipynb").unlink()
    graded.grade()
    assert graded.fake.graded == ["s0000"]


def test_other_limits_matter_to_those_that_reached_one(graded):
    graded.grade("--timeout", "99")
    assert graded.fake.graded == ["s0003"]


def test_a_mended_check_is_not_used_behind_the_instructors_back(graded, capsys):
    before = gradebook(graded.out)
    graded.fake.easy = {"double-zero"}
    graded.change(EXERCISES, "mended")
    capsys.readouterr()
    assert graded.grade() == 0
    assert graded.fake.graded == []
    assert gradebook(graded.out) == before
    output = " ".join(capsys.readouterr().out.split())
    assert "Graded by an earlier version of their lesson or of the grader: 8 submissions." in output


def test_regrade_tells_each_mark_that_changes_and_keeps_what_was_marked_by_hand(graded, capsys):
    mark_by_hand(graded.out, "s0001", "double-zero", 0.5)
    mark_by_hand(graded.out, "s0004", "why", 2, "Nearly.")
    graded.fake.easy = {"double-zero"}
    graded.change(EXERCISES, "mended")
    capsys.readouterr()
    assert graded.grade("--regrade") == 0
    output = capsys.readouterr().out
    # of eight, two have it right already, one is marked by hand, and one cannot be run
    changed = ["s0003", "s0004", "s0005"]
    assert all(score(graded.out, student, "double-zero") == 1 for student in changed)
    assert score(graded.out, "s0001", "double-zero") == 0.5
    assert score(graded.out, "s0004", "why") == 2
    lines = (graded.out / "changes.csv").read_text().split()
    assert lines == ["student,lesson,exercise,before,after"] + [f"{s},{LESSON},double-zero,0.0,1.0" for s in changed]
    assert "3 marks changed" in output and all(student in output for student in changed)
    page = (graded.out / "feedback" / "s0004" / LESSON / f"{LESSON}.html").read_text()
    assert "Nearly." in page
    assert graded.grade("--regrade") == 0
    assert graded.fake.graded == []
    assert "marks changed" not in capsys.readouterr().out


def test_a_mark_by_hand_under_a_changed_answer_is_named(graded, capsys):
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", course_id="") as book:
        grade = book.find_grade("why", LESSON, LESSON, "s0004")
        grade.manual_score, grade.needs_manual_grade = 2, False  # as formgrader does
        book.db.commit()
    says = f"s0004, {LESSON}, why: the mark by hand stays, but the answer has changed since"
    assert graded.grade() == 0
    assert says not in capsys.readouterr().out
    hand_in(graded.submissions, "s0004", {"why": "Another answer altogether."})
    assert graded.grade() == 0
    assert says in " ".join(capsys.readouterr().out.split())
    assert score(graded.out, "s0004", "why") == 2


def test_a_mark_by_hand_under_the_same_answer_needs_no_second_look(graded, capsys):
    """After a mended check a marker would look at every answer of the class again."""
    says = "the mark by hand stays, but the answer has changed since"
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", course_id="") as book:
        for cell in ("why", "double-plain"):
            grade = book.find_grade(cell, LESSON, LESSON, "s0004")
            grade.manual_score, grade.needs_manual_grade = 1, False  # as formgrader does
        book.db.commit()
    graded.change({"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}, "mended")
    assert graded.grade("--regrade") == 0
    assert "s0004" in graded.fake.graded and says not in " ".join(capsys.readouterr().out.split())
    assert score(graded.out, "s0004", "why") == score(graded.out, "s0004", "double-plain") == 1
    hand_in(graded.submissions, "s0004", {"why": "Another answer altogether."})
    for again in ("mended", "mended once more"):  # nobody has looked in between
        graded.change({"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}, again)
        assert graded.grade("--regrade") == 0
        assert f"s0004, {LESSON}, why: {says}" in " ".join(capsys.readouterr().out.split())


def test_regrade_with_cells_added_removed_and_worth_more(graded, capsys):
    mark_by_hand(graded.out, "s0004", "why", 2, "Nearly.")
    graded.change({"double": {"plain": 3}, "negate": {"plain": 4, "large": 1}})
    assert graded.grade() == 0  # nobody is new: nothing is asked of the new cells
    hand_in(graded.submissions, "new", {"double": "# right"})
    assert graded.grade() == 2
    assert "--regrade" in capsys.readouterr().err
    assert graded.grade("--regrade") == 0
    output = " ".join(capsys.readouterr().out.split())
    assert {row["exercise"] for row in rows(graded.out)} == {
        "",
        "double-plain",
        "negate-plain",
        "negate-large",
        "why",
    }
    assert score(graded.out, "s0000", "double-plain") == 3
    assert score(graded.out, "s0000", "negate-large") == 1
    assert score(graded.out, "s0004", "why") == 2
    changes = (graded.out / "changes.csv").read_text().split()
    assert f"s0000,{LESSON},double-plain,2.0,3.0" in changes
    assert f"s0000,{LESSON},double-zero,1.0," in changes
    assert f"s0000,{LESSON},negate-large,,1.0" in changes
    assert f"{len(changes) - 1} marks changed" in output
    # the same class graded afresh by the new lesson has the same marks
    mine = gradebook(graded.out)
    fresh = graded.out.with_name("fresh")
    fresh.mkdir()
    (fresh / "seed").write_bytes((graded.out / "seed").read_bytes())
    graded.grade(out=fresh)
    mark_by_hand(fresh, "s0004", "why", 2, "Nearly.")
    graded.grade(out=fresh)
    theirs = gradebook(fresh)
    by_hand = {"s0004"}  # graded again, nbgrader wants a look at what was marked by hand
    for name in ("cells", "points", "sources", "comments", "our submission", "our mistake", "our basis"):
        assert mine[name] == theirs[name]
    assert [row for row in mine["marks"] if row[0] not in by_hand] == [
        row for row in theirs["marks"] if row[0] not in by_hand
    ]
    assert (graded.out / "grades.csv").read_bytes() == (fresh / "grades.csv").read_bytes()


def test_marks_by_hand_reach_the_page_and_nobody_elses_page_is_touched(graded):
    before = files(graded.out)
    mark_by_hand(graded.out, "s0004", "why", 2, "Nearly.")
    assert main(["feedback", "--out", str(graded.out)]) == 0
    after = files(graded.out)
    assert [name for name in after if after[name] != before.get(name)] == [f"feedback/s0004/{LESSON}/{LESSON}.html"]


def test_a_notebook_that_cannot_be_shown_costs_nobody_a_page(graded):
    hand_in(graded.submissions, "odd", {"double": "# right, and cannot be shown"})
    hand_in(graded.submissions, "zoe", {"double": "# right"})
    assert graded.grade() == 0
    assert score(graded.out, "odd", "double-plain") == 2
    pages = {
        student: (graded.out / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
        for student in ("odd", "zoe")
    }
    assert "cannot be shown here" in pages["odd"] and "3 of 10" in pages["odd"]
    assert "cannot be shown here" not in pages["zoe"] and "# right" in pages["zoe"]


def test_status_says_where_everybody_stands(graded, capsys):
    def stands():
        capsys.readouterr()
        assert main(["status", LESSON, "--submissions", str(graded.submissions), "--out", str(graded.out)]) == 0
        lines = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
        return {line[1].strip(): line[2].strip() for line in lines}

    before = files(graded.out)
    hand_in(graded.submissions, "new", {})
    hand_in(graded.submissions, "s0001", {"double": "# right"})
    for path in sorted((graded.submissions / "s0002").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    found = stands()
    assert found["new"] == "collected"
    assert found["s0000"] == "done: graded, 7 of 10"
    assert found["s0001"] == "handed in again: graded, 0 of 10"
    assert found["s0002"] == "gone: graded, 3 of 10"
    assert found["s0003"] == "done: timed-out, 0 of 10"
    assert found["s0004"] == "waiting: graded, 0 of 10"
    assert found["s0007"] == "done: invalid, 0 of 10"
    mark_by_hand(graded.out, "s0004", "why", 2)
    assert stands()["s0004"] == "feedback old: graded, 2 of 10"
    graded.change(EXERCISES, "mended")
    assert stands()["s0000"] == "stale: graded, 7 of 10"
    assert files(graded.out) == before


def test_a_log_for_each_and_quiet(graded, capsys):
    log = (graded.out / "logs" / "s0001" / f"{LESSON}.log").read_text()
    assert "status    graded" in log and "seconds" in log and "double-plain: failed, a-mistake" in log
    assert "not a notebook" in (graded.out / "logs" / "s0007" / f"{LESSON}.log").read_text()
    capsys.readouterr()
    hand_in(graded.submissions, "new", {})
    assert graded.grade("--quiet") == 0
    assert capsys.readouterr().out == ""


def test_a_gradebook_of_the_first_release_is_taken_over(graded):
    before = gradebook(graded.out)
    with sqlite3.connect(graded.out / "gradebook.db") as database:
        for name in ("basis", "lesson", "change"):
            database.execute(f"drop table convgrade_{name}")
    assert graded.grade() == 0
    assert len(graded.fake.graded) == 7
    assert gradebook(graded.out) == before
