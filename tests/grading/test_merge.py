"""Two machines, two markers: what was graded and marked apart becomes one class."""

import csv
import shutil

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, gradebook, hand_in, rows

from grading.cli import main
from grading.collect.names import harmless_id

RIGHT = {"double": "# right", "negate": "# right"}


def by_hand(out, student, score=None, comment=None):
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", course_id="") as book:
        grade = book.find_grade("why", LESSON, LESSON, student)
        if score is not None:
            grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment("why", LESSON, LESSON, student).manual_comment = comment
        book.db.commit()


def why(out):
    return {row["student"]: float(row["score"]) for row in rows(out) if row["exercise"] == "why"}


def test_two_sections_graded_apart_are_as_graded_together(course, capsys):
    # a folder's name that nbgrader's tables hold as another
    named = "O'Brien, Seán"
    sections = {"one": ["ada", "ben"], "two": ["cyd", named]}
    outs = {name: course.out.with_name(name) for name in sections}
    whole, root = course.submissions, course.submissions
    for name, students in sections.items():
        for student in students:
            answers = RIGHT if student in ("ada", "cyd") else {"double": "# wrong", "why": "I think."}
            for folder in (root.with_name(f"class-{name}"), whole):
                hand_in(folder, student, answers)
        course.submissions = root.with_name(f"class-{name}")
        assert course.grade("--seed", "5", out=outs[name]) == 0
    by_hand(outs["one"], "ben", 2, "Nearly.")
    by_hand(outs["two"], harmless_id(named), 3)
    capsys.readouterr()
    assert main(["merge", str(outs["one"]), str(outs["two"])]) == 0
    assert ": 2 submissions" in " ".join(capsys.readouterr().out.split())
    course.submissions = whole
    assert course.grade("--seed", "5") == 0
    by_hand(course.out, "ben", 2, "Nearly.")
    by_hand(course.out, harmless_id(named), 3)
    assert gradebook(outs["one"]) == gradebook(course.out)
    assert main(["export", "--format", "csv", "--out", str(course.out)]) == 0
    assert rows(outs["one"]) == rows(course.out)
    for student in ("ben", harmless_id(named)):
        assert (outs["one"] / "feedback" / student / LESSON / f"{LESSON}.html").exists()
    assert "Nearly." in (outs["one"] / "feedback" / "ben" / LESSON / f"{LESSON}.html").read_text()


@pytest.fixture
def two_markers(course):
    """A class, and a copy of it for a second marker."""
    for student in ("ada", "ben", "cyd"):
        hand_in(course.submissions, student, RIGHT | {"why": f"I, {student}."})
    assert course.grade() == 0
    other = course.out.with_name("other")
    shutil.copytree(course.out, other)
    return course, other


def test_two_markers_of_one_class(two_markers, capsys):
    course, other = two_markers
    by_hand(course.out, "ada", 1, "First.")
    by_hand(other, "ben", 2, "Second.")
    by_hand(course.out, "cyd", 3)
    by_hand(other, "cyd", 3)
    assert main(["merge", str(course.out), str(other)]) == 0
    assert why(course.out) == {"ada": 1, "ben": 2, "cyd": 3}
    assert "Second." in (course.out / "feedback" / "ben" / LESSON / f"{LESSON}.html").read_text()
    assert "wait for a marker" not in (course.out / "report.html").read_text()


def test_what_both_have_differently_is_listed_and_stays(two_markers, capsys):
    course, other = two_markers
    by_hand(course.out, "ada", 1, "First.")
    by_hand(other, "ada", 2, "Second.")
    hand_in(course.submissions, "ben", {"double": "# right"})
    assert course.grade() == 0
    for out, reason in ((course.out, "Too strict."), (other, "Not taught.")):
        assert main(["void", "double-zero", "--reason", reason, "--out", str(out)]) == 0
    before = gradebook(other)
    for out, until in ((course.out, "2025-12-01T17:00Z"), (other, "2025-12-02T17:00Z")):
        assert main(["extend", "cyd", LESSON, until, "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["merge", str(course.out), str(other)]) == 1
    assert "conflicts.csv" in " ".join(capsys.readouterr().out.split())
    with open(course.out / "conflicts.csv", newline="") as file:
        found = {(row["student"], row["what"]): (row["here"], row["there"]) for row in csv.DictReader(file)}
    assert found[("ada", "manual score")] == ("1.0", "2.0")
    assert found[("ada", "manual comment")] == ("First.", "Second.")
    assert ("ben", "another notebook was graded") in found and ("cyd", "extension") in found
    assert found["", "why it is void"] == ("Too strict.", "Not taught.")
    assert why(course.out)["ada"] == 1
    assert gradebook(other) == before


def test_sections_that_met_other_cases_are_refused(two_markers, capsys):
    course, other = two_markers
    (other / "seed").write_text("99\n")
    before = gradebook(course.out)
    assert main(["merge", str(course.out), str(other)]) == 2
    assert "different seeds" in capsys.readouterr().err
    assert gradebook(course.out) == before
    assert main(["merge", str(course.out), str(course.out)]) == 2
    assert main(["merge", str(course.out), str(course.submissions)]) == 2


def test_a_lesson_with_other_points_is_refused(two_markers, capsys):
    course, other = two_markers
    course.change({"double": {"plain": 1, "zero": 1}, "negate": {"plain": 4}})
    assert course.grade("--regrade", out=other) == 0
    assert main(["merge", str(course.out), str(other)]) == 2
    assert "their points differ" in capsys.readouterr().err


def test_a_seed_is_for_the_first_time(two_markers, capsys):
    course, _ = two_markers
    kept = (course.out / "seed").read_text().strip()
    assert course.grade("--seed", kept) == 0
    assert course.grade("--seed", str(int(kept) + 1)) == 2
    assert "--seed" in capsys.readouterr().err
