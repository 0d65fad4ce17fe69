"""Parts for a bonus, and a marker's extra credit, fill up what was lost, and give nobody more than the maximum."""

import csv
import json

import pytest
from nbgrader.api import Gradebook
from small_course import HALF, LESSON, hand_in, rows

from grading.cli import main
from grading.gradebook import Record
from grading.gradebook.master import load_master

# 10 points with the written answer's 3, and 4 for a bonus
WITH_BONUS = {"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}, "more": {"far": (4, True)}}
CLASS = {
    "all": {"double": "# right", "negate": "# right", "more": "# right", "why": "Because."},
    "bonus": {"negate": "# right", "more": "# right"},
    "little": {"double": "# right", "negate": "# right", "more": "# right"},
    "without": {"negate": "# right"},
    "only": {"more": "# right"},
    "nothing": {},
}


@pytest.fixture
def graded(course):
    course.change(WITH_BONUS)
    for student, answers in CLASS.items():
        hand_in(course.submissions, student, answers)
    assert course.grade() == 0
    return course


def by_hand(out, student, cell, **columns):
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        grade = book.find_grade(cell, LESSON, LESSON, student)
        for column, value in {"needs_manual_grade": False, **columns}.items():
            setattr(grade, column, value)
        book.db.commit()


def exported(out):
    """The rows of each student after a new export, each of which is sound in itself."""
    assert main(["export", "--format", "csv", "--out", str(out)]) == 0
    by_student = {}
    for row in rows(out):
        by_student.setdefault(row["student"], {})[row["exercise"]] = row
        score, most, before, penalty, bonus = (
            float(row[column]) for column in ("score", "max_score", "before", "penalty", "bonus")
        )
        assert 0 <= bonus <= before <= most + 1e-9
        assert score == pytest.approx(before - penalty)
    return by_student


def sums(out):
    by_student = exported(out)
    return {
        student: (
            round(sum(float(row["score"]) for row in parts.values()), 6),
            round(sum(float(row["bonus"]) for row in parts.values()), 6),
        )
        for student, parts in by_student.items()
    }


def test_a_bonus_fills_up_what_was_lost_and_no_more(graded):
    assert sums(graded.out) == {
        "all": (7, 0),  # its written answer waits, so that nothing is lost yet
        "bonus": (8, 4),
        "little": (10, 3),
        "without": (4, 0),
        "only": (4, 4),
        "nothing": (0, 0),
    }
    row = exported(graded.out)["bonus"]["more-far"]
    assert (row["score"], row["max_score"], row["remark"]) == ("0.0", "0.0", "bonus: 4 of 4")
    by_hand(graded.out, "all", "why", manual_score=1)
    assert sums(graded.out)["all"] == (10, 2)


def test_every_output_says_the_same(graded):
    due = {student: score for student, (score, _) in sums(graded.out).items()}
    with Record(f"sqlite:///{graded.out / 'gradebook.db'}") as record:
        assert {student: score for (student, _), (score, *_) in record.scores().items()} == due
        assert record.possible() == {LESSON: 10}
        sheet = next(one for one in record.sheets() if one.state.student == "bonus")
    assert (sheet.before, sheet.bonus, sheet.max_score) == (8, 4, 10)
    for format in ("canvas", "gradescope"):
        assert main(["export", "--format", format, "--out", str(graded.out)]) == 0
    with open(graded.out / "canvas.csv", newline="") as file:
        _, possible, *students = csv.reader(file)
    assert float(possible[-1]) == 10 and {line[0]: float(line[-1]) for line in students} == due
    page = (graded.out / "feedback" / "bonus" / LESSON / f"{LESSON}.html").read_text()
    assert "8 of 10" in page and "4 of it are a bonus" in page and "for a bonus: 4 of 4" in page
    assert main(["report", "--out", str(graded.out)]) == 0
    assert "for a bonus of 4" in (graded.out / "report.html").read_text()


def test_lateness_takes_of_what_counts(course, tmp_path, monkeypatch):
    config = tmp_path / "nbgrader_config.py"
    config.write_text(HALF)
    monkeypatch.setattr("grading.gradebook.lateness.CONFIG", config)
    course.change(WITH_BONUS)
    assert main(["due", LESSON, "2025-12-01T17:00Z", "--out", str(course.out)]) == 0
    export = course.submissions.with_name("export")
    for student, answers in CLASS.items():
        hand_in(export, student, answers)
    collect = ["collect", str(export), "--into", str(course.submissions), "--received", "2025-12-01T18:00Z"]
    assert main(collect) == 0
    assert course.grade() == 0
    halves = {"all": 3.5, "bonus": 4, "little": 5, "without": 2, "only": 2, "nothing": 0}
    assert {student: score for student, (score, _) in sums(course.out).items()} == halves


def test_extra_credit_of_a_marker_fills_up_too(graded):
    by_hand(graded.out, "without", "negate-plain", extra_credit=2)
    assert sums(graded.out)["without"] == (6, 2)
    by_hand(graded.out, "without", "negate-plain", extra_credit=50, manual_score=9)
    assert sums(graded.out)["without"] == (10, 6)


def test_a_bonus_stays_what_it_is_when_graded_again_and_counts_no_longer_when_void(graded):
    before = sums(graded.out)
    assert graded.grade("--regrade") == 0
    assert sums(graded.out) == before
    assert main(["void", "more-far", "--reason", "unclear", "--out", str(graded.out)]) == 0
    assert sums(graded.out)["bonus"] == (4, 0)
    row = exported(graded.out)["bonus"]["more-far"]
    assert row["remark"] == "void: unclear"


def test_a_part_that_becomes_a_bonus_holds_marks_until_they_are_graded_again(graded, capsys):
    graded.change({**WITH_BONUS, "negate": {"plain": (4, True)}})
    assert graded.grade("--regrade") == 0
    assert sums(graded.out)["without"] == (4, 4)
    with Record(f"sqlite:///{graded.out / 'gradebook.db'}") as record:
        assert record.possible() == {LESSON: 6}
        assert record.held() == set()


def test_learners_see_that_a_part_is_for_a_bonus(graded):
    master = load_master(LESSON)
    cell = next(
        cell for cell in master.release.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "more-far"
    )
    assert cell.source.startswith("# for a bonus of 4\n")
    assert cell.metadata["nbgrader"]["points"] == 0
    assert json.dumps(cell.metadata).count("convgrade_bonus") == 1


def test_the_best_of_several_notebooks_counts_with_its_bonus(course):
    course.change(WITH_BONUS)
    for answers, received in (({"double": "# right"}, "2025-12-01T16:00Z"), ({"more": "# right"}, "2025-12-01T18:00Z")):
        export = course.submissions.with_name(f"export-{len(received)}{next(iter(answers))}")
        hand_in(export, "ada", answers)
        assert main(["collect", str(export), "--into", str(course.submissions), "--received", received]) == 0
    assert course.grade("--count", "best") == 0
    assert sums(course.out)["ada"] == (4, 4)
