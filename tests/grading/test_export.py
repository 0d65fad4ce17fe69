"""The tables that other programs import: their columns, who is in them, and no cell that is a formula."""

import csv
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.cli import main
from grading.collect.names import student_id
from grading.files import harmless, write_table
from grading.gradebook import Mark, Record
from grading.gradebook.database import gradebook_url
from grading.job import CellResult, Executed
from grading.publish.canvas import write_canvas
from grading.publish.grades_csv import COLUMNS, write_csv
from grading.publish.moodle import write_moodle
from grading.publish.roster import read_roster

A, B = "02-conv-derivatives", "04-pooling"
POSSIBLE = {A: 20.0, B: 3.5}


def mark(student, lesson, exercise, score, most):
    return Mark(student, lesson, exercise, score, most, "graded", "")


MARKS = [
    mark("s1", A, "dx", 10.0, 10.0),
    mark("s1", A, "dw", 2.5, 10.0),
    mark("s1", B, "max", 1 / 3, 3.5),
    mark("s2", A, "dx", 0.0, 10.0),
]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def roster(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


CANVAS = f"""\
Student,ID,SIS User ID,SIS Login ID,Section,{A} (77)
    Points Possible,,,,,20
"Lee, Ann",101,u1,s1,Group 1,
"Li, Bo",102,u2,s2,Group 1,
"Oh, Cy",103,u3,s3,Group 2,
"""


def test_the_columns_of_canvas(tmp_path):
    exported = write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, CANVAS))
    assert table(tmp_path / "x.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", A, B],
        ["    Points Possible", "", "", "", "", "20", "3.5"],
        ["Lee, Ann", "101", "u1", "s1", "Group 1", "12.5", "0.3333"],
        ["Li, Bo", "102", "u2", "s2", "Group 1", "0", ""],
        ["Oh, Cy", "103", "u3", "s3", "Group 2", "", ""],
    ]
    assert (exported.students, exported.remarks) == (3, ())


def test_canvas_students_are_known_by_number_as_collect_names_them(tmp_path):
    write_canvas([mark("102", A, "dx", 1.0, 10.0)], POSSIBLE, tmp_path / "x.csv", roster(tmp_path, CANVAS))
    assert table(tmp_path / "x.csv")[2][:2] == ["Li, Bo", "102"]


def test_canvas_without_a_roster(tmp_path):
    write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv")
    assert table(tmp_path / "x.csv")[2] == ["s1", "", "", "s1", "", "12.5", "0.3333"]


def test_an_assignment_of_another_title(tmp_path):
    write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv", titles={A: "Lab 2 (77)"})
    assert table(tmp_path / "x.csv")[0][5:] == ["Lab 2 (77)", B]
    with pytest.raises(ValueError, match="--title.*99"):
        write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv", titles={"99": "x"})
    with pytest.raises(ValueError, match="same name"):
        write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv", titles={A: B})
    with pytest.raises(ValueError, match="same name"):
        write_canvas(MARKS, POSSIBLE, tmp_path / "x.csv", titles={A: "ID"})


MOODLE = "First name;Last name;ID number;Email address\nAnn;Lee;11;ann@x.org\nBo;Li;;bo@x.org\nCy;Oh;13;\n"


def test_the_columns_of_moodle(tmp_path):
    text = "student,Email address,ID number\ns1,ann@x.org,11\ns2,bo@x.org,\n"
    exported = write_moodle(MARKS, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, text))
    assert table(tmp_path / "x.csv") == [
        ["Email address", A, B],
        ["ann@x.org", "12.5", "0.3333"],
        ["bo@x.org", "0", "-"],
    ]
    assert exported.students == 2


def test_moodle_without_a_roster(tmp_path):
    write_moodle(MARKS, POSSIBLE, tmp_path / "x.csv")
    assert table(tmp_path / "x.csv")[0] == ["Username", A, B]
    assert table(tmp_path / "x.csv")[1][0] == "s1"


def test_moodles_own_grade_export_is_a_roster_for_collects_names(tmp_path):
    marks = [mark(student_id("Ann Lee"), A, "dx", 4.0, 10.0)]
    write_moodle(marks, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, MOODLE))
    assert table(tmp_path / "x.csv")[1][:2] == ["ann@x.org", "11"]


def test_who_is_not_in_the_roster_is_not_written_but_told(tmp_path):
    marks = [*MARKS, mark("ghost", A, "dx", 1.0, 10.0)]
    for write in (write_canvas, write_moodle):
        exported = write(marks, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, "student,username,id\ns1,a,1\ns2,b,2\n"))
        assert exported.remarks == ("ghost: is not in the roster",)
        assert exported.students == 2
        assert "ghost" not in (tmp_path / "x.csv").read_text(encoding="utf-8")


def test_a_student_who_fits_two_rows(tmp_path):
    text = "ID number,Username\ns1,a\nx,s1\ns2,s2\n"
    exported = write_moodle(MARKS, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, text))
    assert exported.remarks == ("s1: fits 2 rows of the roster",)


def test_a_roster_that_tells_moodle_nothing(tmp_path):
    with pytest.raises(ValueError, match="--roster.*Email address"):
        write_moodle(MARKS, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, "student,shoe size\ns1,40\ns2,41\n"))


@pytest.mark.parametrize("data", [b"", b"student\n", b"student,id\ns1,1\ns1,2\n", b"student,id\n\xff,1\n"])
def test_a_roster_that_is_none(tmp_path, data):
    (tmp_path / "roster.csv").write_bytes(data)
    with pytest.raises(ValueError, match="--roster"):
        read_roster(tmp_path / "roster.csv")


def test_a_grade_that_moodle_does_not_take(tmp_path):
    exported = write_moodle(MARKS, {A: 120.0, B: 3.5}, tmp_path / "x.csv")
    assert len(exported.remarks) == 1 and A in exported.remarks[0]


def test_an_id_that_an_apostrophe_changes_is_told(tmp_path):
    text = "student,Username\ns1,@ann\ns2,bo\n"
    exported = write_moodle(MARKS, POSSIBLE, tmp_path / "x.csv", roster(tmp_path, text))
    assert exported.remarks == ("s1: Username '@ann' is written \"'@ann\", lest it be a formula",)


def test_a_table_is_whole_or_not_there(tmp_path):
    write_table(tmp_path / "x.csv", ["a"], [{"a": "old"}])

    def rows():
        yield {"a": "new"}
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_table(tmp_path / "x.csv", ["a"], rows())
    assert table(tmp_path / "x.csv") == [["a"], ["old"]]


def test_the_command(tmp_path, capsys):
    with Record(gradebook_url(None, tmp_path)) as record:
        record.gradebook.add_assignment(A)
        record.gradebook.add_notebook(A, A)
        record.gradebook.add_grade_cell("dw", A, A, max_score=10, cell_type="code")
        record.write(Executed("s1", A, "graded", cells=(CellResult("dw", True),)))
        record.gradebook.find_submission_notebook(A, A, "s1").late_submission_penalty = 4
        record.gradebook.db.commit()
    (tmp_path / "class.csv").write_text(CANVAS, encoding="utf-8")
    out = ["--out", str(tmp_path)]
    assert main(["export", "--format", "csv", *out]) == 0
    assert table(tmp_path / "grades.csv")[1:] == [
        ["s1", A, "dw", "6.0", "10.0", "graded", "", "10.0", "4.0", "0", "", "0.0"]
    ]
    options = ["--roster", str(tmp_path / "class.csv"), "--title", f"{A}=Lab (7)"]
    assert main(["export", "--format", "canvas", *options, *out]) == 0
    assert table(tmp_path / "canvas.csv")[0][5:] == ["Lab (7)"]
    assert table(tmp_path / "canvas.csv")[2] == ["Lee, Ann", "101", "u1", "s1", "Group 1", "6"]
    assert main(["export", "--format", "moodle", *out]) == 0
    assert table(tmp_path / "moodle.csv") == [["Username", A], ["s1", "6"]]
    assert "students: 1" in capsys.readouterr().out
    assert main(["export", "--format", "moodle", "--roster", str(tmp_path / "none.csv"), *out]) == 2


# formulas

OPERATORS = "=+-@＝＋－＠"
texts = st.text(st.one_of(st.sampled_from(f"{OPERATORS}\t\r\n\0 ;,|'\"a1"), st.characters(codec="utf-8")), max_size=12)


def acts(cell):
    """Whether a spreadsheet may begin a formula here: at a start, after blanks, after any separator."""
    starts = re.split(r"[;,|\t\r\n]", cell)
    return cell != "-" and any(start.lstrip().startswith(tuple(OPERATORS)) for start in starts)


@given(texts)
def test_no_text_is_a_formula(text):
    safe = harmless(text)
    assert not acts(safe)
    assert safe == "" or safe[0] not in "\t\r\n\0"
    assert harmless(safe) == safe


@given(texts)
def test_only_apostrophes_are_added(text):
    rest = iter(text)
    at = next(rest, None)
    for character in harmless(text):
        if character == at:
            at = next(rest, None)
        else:
            assert character == "'"
    assert at is None


@pytest.mark.parametrize("text", ["Lee, Ann", "Jean-Luc", "ann@x.org", "02-conv-derivatives", "O'Brien", "1e-3", "-"])
def test_a_plain_text_stays(text):
    assert harmless(text) == text


@pytest.mark.parametrize("number", [-1.5, 0, 2.0])
def test_numbers_stay(number):
    assert harmless(number) is number


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[texts] * 6), max_size=4), texts)
def test_no_cell_of_any_table_is_a_formula(tmp_path_factory, people, exercise):
    folder = tmp_path_factory.mktemp("export")
    columns = ["student", "Student", "ID", "SIS Login ID", "Email address", "Username"]
    people = [person for person in people if person[0]]
    rows = [{name.lower(): cell for name, cell in zip(columns, person, strict=True)} for person in people]
    marks = [Mark(person[0], A, exercise, 1.0, 2.0, "graded", person[1]) for person in people]
    write_csv(marks, folder / "grades.csv")
    files = ["grades.csv"]
    for name, write in (("canvas.csv", write_canvas), ("moodle.csv", write_moodle)):
        for known in (None, rows):
            try:
                write(marks, POSSIBLE, folder / name, known, titles={A: exercise or A})
                files.append(name)
            except ValueError:
                # a roster without ids, or a title that a column has
                continue
            assert not [cell for line in table(folder / name) for cell in line if acts(cell)]
    assert table(folder / "grades.csv")[0] == COLUMNS
    assert not [cell for line in table(folder / "grades.csv") for cell in line if acts(cell)]
