"""A roster is the class: everybody on it has a row, whoever's files were refused too; and names are kept."""

import csv
import json
import zipfile
from datetime import datetime

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, hand_in, rows

from grading.cli import main
from grading.collect.names import student_id
from grading.gradebook import Record
from grading.output import Output
from grading.publish.roster import kept_roster, read_roster, row_of

RIGHT = {"double": "# right", "negate": "# right"}
MOODLE = "First name,Last name,ID number,Email address\n"


def run(course, *words):
    return main([*words, "--out", str(course.out)])


def notebook(tmp_path, answers):
    return hand_in(tmp_path / "made", "x", answers).read_bytes()


def moodle_zip(course, files):
    """An export of Moodle: by full name, a file's name and its bytes."""
    path = course.out.with_name("moodle.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, (file, data)) in enumerate(files.items()):
            archive.writestr(f"{name}_{number + 10}_assignsubmission_file_/{file}", data)
    return path


@pytest.fixture
def graded(course, tmp_path):
    """A class of three who handed in a notebook, and three whose files were refused."""
    right = notebook(tmp_path, RIGHT)
    files = {
        "张伟": (f"{LESSON}.ipynb", right),
        "Ann Lee": (f"{LESSON}.ipynb", right),
        "Bo Li": ("loesung.ipynb", right),
        "Cy Oh": ("page.html", b"<p>my answers"),
        "Di Xu": (f"{LESSON}.py", b"x = 1"),
        "Ed Wu": ("homework.rar", b"Rar!"),
    }
    assert main(["collect", str(moodle_zip(course, files)), "--into", str(course.submissions)]) == 0
    assert course.grade() == 0
    return course


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_notebook_under_another_name_is_found_by_its_ids(graded):
    mine = [row for row in rows(graded.out) if row["student"] == student_id("Bo Li")]
    assert sum(float(row["score"]) for row in mine) == 7


@pytest.mark.parametrize("name, said", [("Cy Oh", "no notebook"), ("Di Xu", "no notebook"), ("Ed Wu", "no zip")])
def test_who_is_refused_has_a_row_everywhere(graded, capsys, name, said):
    student = student_id(name)
    (row,) = [row for row in rows(graded.out) if row["student"] == student]
    assert (row["lesson"], row["exercise"], row["score"], row["status"]) == (LESSON, "", "0.0", "invalid")
    assert student in (graded.out / "report.html").read_text()
    page = (graded.out / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
    assert "Nothing that was handed in could be taken" in page and said in page
    capsys.readouterr()
    assert run(graded, "status", "--submissions", str(graded.submissions)) == 0
    assert student in "".join(capsys.readouterr().out.split()).replace("│", "") or name in page
    assert run(graded, "export", "--format", "moodle") == 0
    assert student in [line[0] for line in table(graded.out / "moodle.csv")]


def test_who_hands_in_a_notebook_after_all_is_graded(graded, tmp_path):
    files = {"Cy Oh": (f"{LESSON}.ipynb", notebook(tmp_path, RIGHT))}
    assert main(["collect", str(moodle_zip(graded, files)), "--into", str(graded.submissions)]) == 0
    assert graded.grade() == 0
    mine = [row for row in rows(graded.out) if row["student"] == student_id("Cy Oh")]
    assert {row["status"] for row in mine} == {"graded"} and sum(float(row["score"]) for row in mine) == 7
    # and what was collected before of the others is known still, though the last export had them not
    assert {row["student"] for row in rows(graded.out)} >= {student_id("Di Xu"), student_id("Ed Wu")}


def test_a_refused_file_of_which_nobody_knows_the_lesson(course, tmp_path, capsys):
    assert (
        main(["collect", str(moodle_zip(course, {"Cy Oh": ("page.html", b"<p>")})), "--into", str(course.submissions)])
        == 0
    )
    hand_in(course.submissions, "ada", RIGHT)
    assert course.grade() == 0
    (row,) = [row for row in rows(course.out) if row["student"] == student_id("Cy Oh")]
    assert (row["lesson"], row["status"]) == ("", "invalid") and "no notebook" in row["remark"]
    assert student_id("Cy Oh") in (course.out / "report.html").read_text()
    capsys.readouterr()
    assert run(course, "status", "--submissions", str(course.submissions)) == 0
    assert "1 refused" in capsys.readouterr().out
    assert run(course, "export", "--format", "canvas") == 0
    assert "nothing could be taken" in " ".join(capsys.readouterr().out.split())


ROSTER = MOODLE + "伟,张,1,wei@x.org\nAnn,Lee,2,ann@x.org\nBo,Li,3,bo@x.org\nCy,Oh,4,cy@x.org\nDi,Xu,5,di@x.org\n"
ROSTER += "Ed,Wu,6,ed@x.org\nFay,Ng,7,fay@x.org\n"


@pytest.fixture
def with_roster(graded):
    file = graded.out.with_name("class.csv")
    file.write_text(ROSTER, encoding="utf-8")
    assert run(graded, "roster", str(file)) == 0
    assert graded.grade() == 0
    return graded


def test_everybody_on_the_roster_has_a_row(with_roster, capsys):
    (row,) = [row for row in rows(with_roster.out) if row["student"] == student_id("Fay Ng")]
    assert (row["status"], row["score"], row["max_score"]) == ("missing", "0.0", "10.0")
    assert "Fay Ng" in (with_roster.out / "report.html").read_text()
    capsys.readouterr()
    assert run(with_roster, "status", "--submissions", str(with_roster.submissions)) == 0
    assert "1 missing" in capsys.readouterr().out
    assert run(with_roster, "export", "--format", "moodle") == 0
    assert table(with_roster.out / "moodle.csv")[0] == ["Email address", "ID number", LESSON]
    assert {line[0]: line[2] for line in table(with_roster.out / "moodle.csv")[1:]} == {
        "wei@x.org": "7",
        "ann@x.org": "7",
        "bo@x.org": "7",
        "cy@x.org": "0",
        "di@x.org": "0",
        "ed@x.org": "0",
        "fay@x.org": "-",
    }


def test_who_joins_the_class_or_leaves_it_is_in_the_table_at_once(with_roster):
    rest = (with_roster.out / "roster.csv").read_text().splitlines()[:-1]
    joined = with_roster.out.with_name("joined.csv")
    joined.write_text("\n".join([*rest, "New,Comer,99,new@x.org"]))
    before = {row["student"] for row in rows(with_roster.out) if row["status"] == "missing"}
    assert run(with_roster, "roster", str(joined)) == 0
    after = {row["student"] for row in rows(with_roster.out) if row["status"] == "missing"}
    assert len(before - after) == 1 and len(after - before) == 1


def test_names_are_in_the_gradebook_and_shown_unless_they_are_to_be_hidden(with_roster, capsys):
    with Gradebook(f"sqlite:///{with_roster.out / 'gradebook.db'}", course_id="") as book:
        wei = book.find_student(student_id("张伟"))
        assert (wei.last_name, wei.first_name) == ("张", "伟")
    assert "张伟" in (with_roster.out / "report.html").read_text()
    for name, folder in (("张伟", "张伟"), ("Cy Oh", "Cy Oh")):
        page = with_roster.out / "feedback" / student_id(folder) / LESSON / f"{LESSON}.html"
        assert f"<p>{name}</p>" in page.read_text(encoding="utf-8")
    assert run(with_roster, "extend", "Ann Lee", LESSON, "2025-12-01T17:00Z") == 0
    assert f"{student_id('Ann Lee')}: {LESSON} until" in capsys.readouterr().out
    capsys.readouterr()
    status = ["status", "--submissions", str(with_roster.submissions)]
    assert run(with_roster, *status) == 0
    assert "Ann Lee" in " ".join(capsys.readouterr().out.split())
    assert run(with_roster, *status, "--anonymous") == 0
    assert "Ann Lee" not in " ".join(capsys.readouterr().out.split())
    assert run(with_roster, "report", "--anonymous") == 0
    assert "张伟" not in (with_roster.out / "report.html").read_text()


def test_names_come_from_the_export_where_there_is_no_roster(graded):
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", course_id="") as book:
        assert book.find_student(student_id("张伟")).last_name == "张伟"
    assert "张伟" in (graded.out / "report.html").read_text()


NAMES = ["张伟", "张 伟", "伟 张", "伟张", "张, 伟"]


@pytest.mark.parametrize("full_name", NAMES)
def test_whichever_name_comes_first(tmp_path, full_name):
    (tmp_path / "class.csv").write_text(MOODLE + "伟,张,1,wei@x.org\nAnn,Lee,2,\n", encoding="utf-8")
    row, _ = row_of(student_id(full_name), read_roster(tmp_path / "class.csv"))
    assert row["id number"] == "1"


HEADERS = [
    "Vorname;Nachname;ID-Nummer;E-Mail-Adresse",
    "Prénom;Nom de famille;Numéro d'identification;Adresse de courriel",
    "Nombre,Apellido(s),Número de ID,Dirección de correo",
    "名字,姓氏,学号,电子邮件地址",
    "Имя,Фамилия,Индивидуальный номер,Адрес электронной почты",
]


def test_a_roster_in_another_language_is_refused_by_the_missing_column(graded, capsys):
    file = graded.out.with_name("class.csv")
    for header in HEADERS:
        text = f"{header}\nAnn,Lee,2,a@x.org\n"
        file.write_text(text.replace(",", ";") if ";" in header else text, encoding="utf-8")
        for words in (["roster", str(file)], ["export", "--format", "moodle", "--roster", str(file)]):
            capsys.readouterr()
            assert run(graded, *words) == 2
            said = capsys.readouterr().err
            assert '"Email address"' in said and '"First name"' in said and header[:2] in said
            assert not (graded.out / "moodle.csv").exists() and not (graded.out / "roster.csv").exists()


def test_a_roster_on_which_nobody_is_found_is_refused(graded, capsys):
    file = graded.out.with_name("class.csv")
    file.write_text("Username;Vorname;Nachname\nann;Ann;Lee\n", encoding="utf-8")
    for name in ("moodle", "canvas"):
        assert run(graded, "export", "--format", name, "--roster", str(file)) == 2
        assert '"First name"' in capsys.readouterr().err


def test_a_class_of_a_thousand_is_found_in_a_moment(tmp_path):
    lines = "".join(f"Given{n},Family{n},{n},m{n}@x.org\n" for n in range(1000))
    (tmp_path / "class.csv").write_text(MOODLE + lines, encoding="utf-8")
    roster = read_roster(tmp_path / "class.csv")
    found = [row_of(student_id(f"Family{n} Given{n}"), roster)[0]["id number"] for n in range(1000)]
    assert found == [str(n) for n in range(1000)]


IN_FILES = {"Seán,O'Brien": "Seán OBrien", "Al,de: la/Cruz": "Al de laCruz", "A_B,C": "A B C", "Zoë,D’Arc": "Zoë D’Arc"}


@pytest.mark.parametrize("names", IN_FILES)
def test_a_student_is_found_by_the_name_as_moodle_writes_it_in_files(tmp_path, names):
    (tmp_path / "class.csv").write_text(f"{MOODLE}{names},1,x@x.org\nAnn,Lee,2,\n", encoding="utf-8")
    row, _ = row_of(student_id(IN_FILES[names]), read_roster(tmp_path / "class.csv"))
    assert row["id number"] == "1"


FORMS = {
    "UTF-16, as Excel's Unicode text": ("\t", "utf-16", ""),
    "big-endian": (",", "utf-16-be", "\ufeff"),
    "with the separator said": (";", "utf-8", "sep=;\r\n"),
    "with a byte order mark": (";", "utf-8", "\ufeff"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_roster_as_spreadsheets_save_it(tmp_path, form):
    separator, encoding, start = FORMS[form]
    text = start + f'{MOODLE}Jürgen,Groß,1,j@x.org\nAnn,"Lee\u2028Li",2,\n'.replace(",", separator)
    (tmp_path / "class.csv").write_bytes(text.encode(encoding))
    roster = read_roster(tmp_path / "class.csv")
    assert row_of(student_id("Jürgen Groß"), roster)[0]["id number"] == "1" and len(roster) == 2


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", f"{MOODLE}Jürgen,Groß,1,\n".encode("cp1252"), b"\xff\xfe\x00"])
def test_a_roster_that_is_no_text_is_refused_with_what_to_do(tmp_path, data):
    (tmp_path / "class.csv").write_bytes(data)
    with pytest.raises(ValueError, match="save it as “CSV UTF-8”"):
        read_roster(tmp_path / "class.csv")


def test_an_email_address_is_found_in_capitals_too_and_canvas_test_student_is_nobody(tmp_path):
    (tmp_path / "class.csv").write_text(MOODLE + "Ann,Lee,2,Ann@X.org\n")
    assert row_of("ann@x.org", read_roster(tmp_path / "class.csv"))[0]
    (tmp_path / "class.csv").write_text('Student,ID,Section\n"Student, Test",9,S\n"Lee, Ann",2,S\n')
    assert [row["id"] for row in read_roster(tmp_path / "class.csv")] == ["2"]


@pytest.fixture
def twins(course, tmp_path):
    """Two students of one name, who have handed in, and a third who has not."""
    path = course.out.with_name("twins.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name, number in (("Ann Lee", 21), ("Ann Lee", 22), ("Bo Li", 23)):
            name = f"{name}_{number}_assignsubmission_file_/{LESSON}.ipynb"
            archive.writestr(name, notebook(tmp_path, RIGHT))
    assert main(["collect", str(path), "--into", str(course.submissions)]) == 0
    lines = "Ann,Lee,1,a@x.org\nAnn,Lee,2,b@x.org\nAnn,Lee,3,c@x.org\nBo,Li,4,d@x.org\n"
    course.out.with_name("class.csv").write_text(MOODLE + lines)
    assert run(course, "roster", str(course.out.with_name("class.csv"))) == 0
    assert course.grade() == 0
    return course


def test_of_several_students_of_a_name_those_who_handed_in_are_not_missing(twins, capsys):
    assert [row["status"] for row in rows(twins.out)].count("missing") == 1
    report = (twins.out / "report.html").read_text()
    assert f"Ann Lee ({student_id('Ann Lee')}) ({LESSON})" in report  # which of them, though all have one name
    capsys.readouterr()
    assert run(twins, "export", "--format", "moodle") == 0
    output = " ".join(capsys.readouterr().out.split())
    assert output.count("is one of 3 on the roster called Ann Lee: enter the marks by hand") == 2


LATER = "2999-12-01T20:00+00:00"


@pytest.mark.parametrize("text", ["Seán O'Brien", "sean@x.org", "4", "O'Brien Seán"])
def test_an_extension_by_any_name_waits_for_the_notebook(course, tmp_path, capsys, text):
    course.out.with_name("class.csv").write_text(f"{MOODLE}Seán,O'Brien,4,sean@x.org\nAnn,Lee,2,ann@x.org\n")
    assert run(course, "roster", str(course.out.with_name("class.csv"))) == 0
    assert run(course, "due", LESSON, "2020-01-01T00:00Z") == 0
    assert run(course, "extend", text, LESSON, LATER) == 0
    right = notebook(tmp_path, RIGHT)
    files = {"Seán OBrien": (f"{LESSON}.ipynb", right), "Ann Lee": (f"{LESSON}.ipynb", right)}
    assert main(["collect", str(moodle_zip(course, files)), "--into", str(course.submissions)]) == 0
    assert course.grade() == 0
    late = {row["student"]: int(row["seconds_late"]) for row in rows(course.out)}
    assert late[student_id("Seán OBrien")] == 0 < late[student_id("Ann Lee")]


@pytest.mark.parametrize(
    "line, says",
    [
        ("Ann,Lee, Jr.,1,ann@x.org", "a name with a comma stands in quotes"),
        ("Ann,Lee,2.02612E+11,ann@x.org", "has 2.02612E+11 as id number: a spreadsheet has lost"),
        ("Ann,Lee,2026e1,ann@x.org,,", ""),
        ("Bo,Li,007,bo@x.org", ""),  # twice the same
    ],
)
def test_a_line_of_a_roster_whose_cells_are_lost_or_shifted_is_refused(course, capsys, line, says):
    table = course.out.with_name("class.csv")
    table.write_text(f"{MOODLE}Bo,Li,007,bo@x.org\n{line}\nCy,Oh,008,cy@x.org\n")
    assert run(course, "roster", str(table)) == (2 if says else 0)
    assert says in capsys.readouterr().err
    if not says:
        assert len(kept_roster(Output(course.out))) == len({"Bo,Li,007,bo@x.org", line, "Cy"})


@pytest.mark.parametrize("longest", range(3))
def test_of_extensions_by_several_names_of_a_student_the_longest_counts(tmp_path, longest):
    names = ["Seán O'Brien", "sean@x.org", "sean"]
    ends = {name: datetime(2030, 1, 1 + (place == longest)) for place, name in enumerate(names)}
    with Record(f"sqlite:///{tmp_path / 'gradebook.db'}") as record:
        record.extend({(name, lesson): end for name, end in ends.items() for lesson in (LESSON, "02-other")})
        record.move_extensions({name: "sean" for name in names[:2]})
        assert set(record.deadlines().extended.items()) == {
            (("sean", lesson), max(ends.values())) for lesson in (LESSON, "02-other")
        }


def test_an_extension_by_the_name_that_an_export_shows_waits_without_a_roster(course, tmp_path):
    assert run(course, "due", LESSON, "2020-01-01T00:00Z") == 0
    assert run(course, "extend", "Lee, Ann", LESSON, LATER) == 0
    files = {"Ann Lee": (f"{LESSON}.ipynb", notebook(tmp_path, RIGHT))}
    assert main(["collect", str(moodle_zip(course, files)), "--into", str(course.submissions)]) == 0
    assert course.grade() == 0
    assert {row["seconds_late"] for row in rows(course.out)} == {"0"}


def test_an_extension_for_nobody_in_the_class_is_refused(course, capsys):
    course.out.with_name("class.csv").write_text(MOODLE + "Ann,Lee,2,ann@x.org\n")
    assert run(course, "roster", str(course.out.with_name("class.csv"))) == 0
    assert run(course, "extend", "Ann Le", LESSON, LATER) == 2
    assert "'Ann Le' is nobody on the roster" in capsys.readouterr().err


def test_a_students_own_refusal_counts_for_nothing(course):
    folder = course.submissions / "ada" / LESSON
    folder.mkdir(parents=True)
    (folder / "refused.txt").write_text("give me full marks")
    assert course.grade() == 0
    assert json.dumps("full marks") not in (course.out / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text()
    assert "full marks" not in (course.out / "report.html").read_text()


def test_who_was_graded_by_nbgrader_is_in_every_output(course, capsys):
    hand_in(course.submissions, "ada", RIGHT)
    assert course.grade() == 0
    with Gradebook(f"sqlite:///{course.out / 'gradebook.db'}", course_id="") as book:  # as `nbgrader autograde` does
        book.add_student("nat")
        submission = book.add_submission(LESSON, "nat")
        for grade in submission.notebooks[0].grades:
            grade.auto_score, grade.needs_manual_grade = grade.max_score, False
        book.db.commit()
    assert course.grade() == 0
    mine = [row for row in rows(course.out) if row["student"] == "nat"]
    assert {row["status"] for row in mine} == {"graded elsewhere"} and sum(float(row["score"]) for row in mine) == 10
    capsys.readouterr()
    assert run(course, "status", "--submissions", str(course.submissions)) == 0
    assert "graded elsewhere, 10 of 10" in " ".join(capsys.readouterr().out.split())
    for name in ("canvas", "moodle"):
        assert run(course, "export", "--format", name) == 0
        assert "10" in [line[-1] for line in table(course.out / f"{name}.csv") if line[0] == "nat"]
    assert "nat" in (course.out / "report.html").read_text()
    # with a submission there, it is graded here
    hand_in(course.submissions, "nat", {"double": "# right"})
    assert course.grade() == 0
    assert {row["status"] for row in rows(course.out)} == {"graded"}
