"""A dispute is answered with one command, and a part that was no good is taken out for everybody with another."""

import csv

import nbformat
import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, hand_in, rows

import grading.grade
from grading.author.sample_class import Student, notebook_of
from grading.cli import main
from grading.lesson.load import load_lesson

REAL = "04-pooling"
SPOILT = """
right_forward = max_pool2d_forward
def max_pool2d_forward(x, kernel_size, stride):
    return right_forward(x, kernel_size, stride) + (x.size > {size})
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """One whose forward pass is wrong on what only hidden cases are: large; and one who is wrong everywhere."""
    folder = tmp_path_factory.mktemp("class")
    for name, size in (("hid", 600), ("all", 0)):
        notebook = notebook_of(Student("solver", "everything right"), REAL)
        cell = next(cell for cell in notebook.cells if cell.id == "max-pool2d-forward")
        cell.source = load_lesson(REAL).answers["max-pool2d-forward"] + SPOILT.format(size=size)
        file = folder / "submitted" / name / REAL / f"{REAL}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
    out = folder / "out"
    assert (
        main(["grade", REAL, "--submissions", str(folder / "submitted"), "--out", str(out), "--seed", "2", "--quiet"])
        == 0
    )
    return out


def explained(out, capsys, *words):
    capsys.readouterr()
    assert main(["explain", *words, "--out", str(out)]) == 0
    return capsys.readouterr().out


def test_a_hidden_case_is_shown_with_arguments_expected_and_got_and_comes_out_again(graded, capsys):
    output = explained(graded, capsys, "hid", "max-pool2d-forward-plain", "--hidden")
    assert "0 of 1 is recorded (graded)" in output and "right_forward" in output
    assert "wrong values" in output and "Case: " in output
    for word in ("argument 1: array (", "argument 2: ", "expected: array (", "got: array (", "finding: "):
        assert word in output
    expected, got = output.split("expected: array ")[1].split("got: array ")
    first = [float(part.split("[[[[")[1].split()[0].rstrip("]")) for part in (expected, got)]
    assert first[1] - first[0] == pytest.approx(1, abs=1e-3)
    assert "The mark comes out again." in output


def test_a_visible_case(graded, capsys):
    output = explained(graded, capsys, "all", "max-pool2d-forward-plain")
    assert "✗ max-pool2d-forward-plain" in output and "expected: array (" in output and "comes out again" in output


def test_of_a_void_part_it_says_why_it_counts_for_nobody(graded, capsys):
    part = next(iter(load_lesson(REAL).written))
    assert main(["void", part, "--reason", "Nobody understood it.", "--out", str(graded)]) == 0
    output = explained(graded, capsys, "hid", part)
    assert f"{part} is void, and counts for nobody: Nobody understood it." in output and "is recorded" not in output
    assert main(["void", part, "--undo", "--out", str(graded)]) == 0
    assert "void" not in explained(graded, capsys, "hid", part)


def test_a_written_answer_is_shown_with_its_rubric(graded, capsys):
    part = next(iter(load_lesson(REAL).written))
    output = explained(graded, capsys, "hid", part)
    assert "rubric (" in output and "no mark is recorded" in output


@pytest.mark.parametrize("words, says", [(["who", "max-pool2d-forward-plain"], "nobody"), (["hid", "none"], "PART")])
def test_there_is_nothing_to_explain(graded, capsys, words, says):
    capsys.readouterr()
    assert main(["explain", *words, "--out", str(graded)]) == 2
    assert says in capsys.readouterr().err


def test_a_notebook_that_takes_for_ever_to_read_is_read_with_a_clock(graded, capsys, monkeypatch):
    monkeypatch.setattr(grading.grade, "READ_SECONDS", 0.3)
    monkeypatch.setattr(grading.grade, "read_submission", lambda path: list(iter(int, 1)))
    said = explained(graded, capsys, "all", "max-pool2d-forward-plain")
    assert "0 of 1 is recorded" in said and "cannot be read: it took too long" in said


def run(course, *words):
    return main([*words, "--out", str(course.out)])


def total(out):
    with open(out / "canvas.csv", newline="") as file:
        _, possible, *students = csv.reader(file)
    return float(possible[-1]), {line[0]: float(line[-1]) for line in students}


def test_a_part_is_void_for_everybody_and_counts_again(course, capsys):
    hand_in(course.submissions, "ada", {"double": "# right", "negate": "# right"})
    hand_in(course.submissions, "ben", {"double": "# right", "why": "I think."})
    hand_in(course.submissions, "cyd", {})
    (course.submissions / "bad" / LESSON).mkdir(parents=True)
    assert course.grade() == 0
    checks = (course.solutions / LESSON / "checks.py").read_bytes()
    assert run(course, "void", "negate-plain", "--reason", "The text was wrong.") == 0
    assert "01-small is of 6 now" in " ".join(capsys.readouterr().out.split())
    assert run(course, "export", "--format", "canvas") == 0
    assert total(course.out) == (6, {"ada": 3, "ben": 3, "cyd": 0, "bad": 0})
    of_part = [row for row in rows(course.out) if row["exercise"] == "negate-plain"]
    assert {(row["score"], row["max_score"]) for row in of_part} == {("0.0", "0.0")}
    assert {row["remark"] for row in of_part} == {"void: The text was wrong."}
    page = (course.out / "feedback" / "cyd" / LESSON / f"{LESSON}.html").read_text()
    assert "counts for nobody: The text was wrong." in page and "0 of 6" in page
    assert (course.solutions / LESSON / "checks.py").read_bytes() == checks
    # it stays so when the class is graded again, and a written answer needs no marker then
    course.change({"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}, "mended")
    assert course.grade("--regrade") == 0
    assert run(course, "void", "why", "--reason", "Nobody understood it.") == 0
    assert run(course, "export", "--format", "canvas") == 0
    assert total(course.out)[0] == 3
    assert "wait for a marker" not in capsys.readouterr().out.split("01-small is of 3 now")[1]
    for part in ("why", "negate-plain"):
        assert run(course, "void", part, "--undo") == 0
    assert run(course, "export", "--format", "canvas") == 0
    assert total(course.out) == (10, {"ada": 7, "ben": 3, "cyd": 0, "bad": 0})


def test_lateness_takes_nothing_of_a_void_part(course, monkeypatch, tmp_path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text('c = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    monkeypatch.setattr("grading.gradebook.lateness.CONFIG", config)
    assert run(course, "due", LESSON, "2025-12-01T17:00Z") == 0
    hand_in(course.submissions.with_name("export"), "ada", {"double": "# right", "negate": "# right"})
    into = ["--into", str(course.submissions), "--received", "2025-12-01T18:00Z"]
    assert main(["collect", str(course.submissions.with_name("export")), *into]) == 0
    assert course.grade() == 0
    assert run(course, "void", "negate-plain", "--reason", "Wrong.") == 0
    with Gradebook(f"sqlite:///{course.out / 'gradebook.db'}", course_id="") as book:
        assert book.find_submission_notebook(LESSON, LESSON, "ada").late_submission_penalty == 3


@pytest.mark.parametrize(
    "words, says",
    [
        (["none", "--reason", "x"], "PART"),
        (["negate", "--reason", "x"], "there are negate-plain"),
        (["negate-plain"], "--reason"),
        (["negate-plain", "--undo"], "not void"),
    ],
)
def test_a_part_that_cannot_be_void(course, capsys, words, says):
    hand_in(course.submissions, "ada", {})
    assert course.grade() == 0
    assert run(course, "void", *words) == 2
    assert says in capsys.readouterr().err
