"""Lateness: one number everywhere, which of several notebooks counts, due dates and extensions."""

import csv
import shutil

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, hand_in, rows

from grading.cli import main

DUE, EARLY, LATE, LATER = (f"2025-12-01T{hour}:00Z" for hour in (17, 16, 18, 20))
SCORES = {"ada": {"double": "# right", "negate": "# right"}, "ben": {"double": "# right"}, "cyd": {}}


def collect(course, handed_in, received):
    """Collect an export of these answers by student."""
    export = course.submissions.with_name("export")
    shutil.rmtree(export, ignore_errors=True)
    for student, answers in handed_in.items():
        hand_in(export, student, answers)
    assert main(["collect", str(export), "--into", str(course.submissions), "--received", received]) == 0


def run(course, *words):
    return main([*words, "--out", str(course.out)])


def numbers(course, capsys, student):
    """A student's score by every table and page that says one."""
    found = {}
    assert run(course, "export", "--format", "csv") == 0
    mine = [row for row in rows(course.out) if row["student"] == student]
    found["grades.csv"] = sum(float(row["score"]) for row in mine)
    assert sum(float(row["before"]) - float(row["penalty"]) for row in mine) == pytest.approx(found["grades.csv"])
    for name in ("canvas", "moodle"):
        assert run(course, "export", "--format", name) == 0
        with open(course.out / f"{name}.csv", newline="") as file:
            (line,) = [line for line in csv.reader(file) if line[0] == student]
        found[name] = float(line[-1])
    assert run(course, "feedback") == 0
    page = (course.out / "feedback" / student / LESSON / f"{LESSON}.html").read_text()
    found["page"] = float(page.split('<h1 class="result">')[1].split(f"{LESSON}: ")[1].split(" of")[0])
    assert run(course, "report") == 0
    cells = (course.out / "report.html").read_text().split(f'<td data-label="student">{student}</td>')[-1]
    found["report"] = float(cells.split('data-label="score">')[1].split("<")[0])
    capsys.readouterr()
    assert run(course, "status", "--submissions", str(course.submissions)) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if f" {student} " in line]
    found["status"] = float(line.split("graded, ")[1].split(" of")[0])
    with Gradebook(f"sqlite:///{course.out / 'gradebook.db'}", course_id="") as book:
        notebook = book.find_submission_notebook(LESSON, LESSON, student)
        found["nbgrader"] = notebook.score - (notebook.late_submission_penalty or 0)
    return found


def test_one_number_everywhere_after_the_penalty(course, penalty, capsys):
    assert run(course, "due", LESSON, DUE) == 0
    collect(course, SCORES | {"dan": {"double": "# right", "why": "Because."}}, LATE)
    assert course.grade() == 0
    assert "1 h, -3.5" in capsys.readouterr().out
    assert set(numbers(course, capsys, "ada").values()) == {3.5}
    # a mark by hand changes what lateness takes, also without grading again
    with Gradebook(f"sqlite:///{course.out / 'gradebook.db'}", course_id="") as book:
        book.find_grade("why", LESSON, LESSON, "dan").manual_score = 3
        book.db.commit()
    assert set(numbers(course, capsys, "dan").values()) == {3.0}
    page = (course.out / "feedback" / "dan" / LESSON / f"{LESSON}.html").read_text()
    assert "Late by 1 h: 3 of 6 taken off." in page


def test_who_is_late_is_shown_without_a_penalty(course, capsys):
    assert run(course, "due", LESSON, DUE) == 0
    collect(course, {"ada": SCORES["ada"]}, LATE)
    collect(course, {"ben": SCORES["ben"]}, EARLY)
    assert course.grade() == 0
    assert {row["student"]: row["seconds_late"] for row in rows(course.out)} == {"ada": "3600", "ben": "0"}
    assert set(numbers(course, capsys, "ada").values()) == {7.0}
    assert '<td data-label="late">1 h</td>' in (course.out / "report.html").read_text()
    page = (course.out / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text()
    assert "Late by 1 h: nothing is taken off." in page
    assert run(course, "status", "--submissions", str(course.submissions)) == 0
    assert "7 of 10, late 1 h" in capsys.readouterr().out


# (policy, what came on time, what came late, and the score without and with a penalty of half)
POLICIES = [
    ("on-time", {"double": "# right"}, {"double": "# right", "negate": "# right"}, 3, 3),
    ("latest", {"double": "# right"}, {"double": "# right", "negate": "# right"}, 7, 3.5),
    ("best", {"double": "# right"}, {"double": "# right", "negate": "# right"}, 7, 3.5),
    ("best", {"double": "# right"}, {}, 3, 3),
    ("best", {"negate": "# right"}, {"double": "# right", "negate": "# right"}, 7, 4),
    ("latest", {"double": "# right"}, {}, 0, 0),
]


@pytest.mark.parametrize("which, first, second, without, half", POLICIES)
@pytest.mark.parametrize("costs", [False, True])
def test_which_of_two_notebooks_counts(course, request, capsys, which, first, second, without, half, costs):
    if costs:
        request.getfixturevalue("penalty")
    assert run(course, "due", LESSON, DUE) == 0
    collect(course, {"ada": first}, EARLY)
    collect(course, {"ada": second}, LATE)
    assert course.grade("--count", which) == 0
    assert sum(float(row["score"]) for row in rows(course.out)) == (half if costs else without)
    # and stays so without being said again, and nothing is done twice
    assert course.grade() == 0
    assert course.fake.graded == []
    assert sum(float(row["score"]) for row in rows(course.out)) == (half if costs else without)
    assert run(course, "status", "--submissions", str(course.submissions)) == 0
    assert "handed in again" not in capsys.readouterr().out


def test_a_late_notebook_costs_nothing_and_the_page_says_which_counts(course, penalty, capsys):
    assert run(course, "due", LESSON, DUE) == 0
    collect(course, {"ada": SCORES["ada"]}, EARLY)
    assert course.grade() == 0
    collect(course, {"ada": SCORES["ben"]}, LATE)
    assert course.grade() == 0
    assert set(numbers(course, capsys, "ada").values()) == {7.0}
    assert {row["seconds_late"] for row in rows(course.out)} == {"0"}
    assert "a later one came 2025-12-01 18:00 UTC" in rows(course.out)[0]["remark"]
    page = (course.out / "feedback" / "ada" / LESSON / f"{LESSON}.html").read_text()
    assert "a later one came 2025-12-01 18:00 UTC" in page
    # with more time, the later one is on time, and counts
    assert run(course, "extend", "ada", LESSON, LATER) == 0
    assert course.grade() == 0
    assert set(numbers(course, capsys, "ada").values()) == {3.0}
    assert {row["remark"] for row in rows(course.out)} == {""}


def test_the_same_notebook_in_an_exchange_that_holds_every_attempt(course):
    assert run(course, "due", LESSON, DUE) == 0
    export = course.submissions.with_name("inbound")
    for time, answers in ((EARLY, SCORES["ada"]), (LATE, SCORES["ben"])):
        there = hand_in(export, "made", answers)
        stamp = f"{time[:10]} {time[11:16]}:00 UTC"
        (export / f"ada+{LESSON}+{stamp}+x").mkdir()
        shutil.move(there, export / f"ada+{LESSON}+{stamp}+x" / f"{LESSON}.ipynb")
        shutil.rmtree(export / "made")
    assert main(["collect", str(export), "--into", str(course.submissions)]) == 0
    assert course.grade() == 0
    assert sum(float(row["score"]) for row in rows(course.out)) == 7


@pytest.mark.parametrize(
    ("separator", "encoding", "start"), [(";", "utf-8", "sep=;\n"), ("\t", "utf-16", ""), (",", "utf-8-sig", "")]
)
def test_a_list_of_extensions_as_spreadsheets_save_it(course, penalty, capsys, separator, encoding, start):
    table = course.out.with_name("extensions.csv")
    text = f"Student,Lesson,Until,Why\nZoë,{LESSON},{LATER},ill\n,,,\nben,{LESSON},{EARLY},\n"
    table.write_bytes((start + text.replace(",", separator)).encode(encoding))
    assert run(course, "extend", "--from", str(table)) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert f"Zoë: {LESSON} until" in output and f"ben: {LESSON} until" in output
    table.write_bytes(b"PK\x03\x04")
    assert run(course, "extend", "--from", str(table)) == 2
    assert "save it as “CSV UTF-8”" in capsys.readouterr().err


def test_extensions_by_name_from_a_list_and_before_anything_is_handed_in(course, penalty, capsys):
    table = course.out.with_name("extensions.csv")
    table.write_text(f"student,lesson,until\nada,{LESSON},{LATER}\nben,{LESSON},{EARLY}\n")
    assert run(course, "extend", "--from", str(table)) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "nobody of that name has handed in" in output and "never due" in output
    assert run(course, "due", LESSON, DUE) == 0
    collect(course, SCORES, LATE)
    assert course.grade() == 0
    assert set(numbers(course, capsys, "ada").values()) == {7.0}
    assert set(numbers(course, capsys, "ben").values()) == {1.5}
    # it ends earlier than everybody's: nothing is taken away
    capsys.readouterr()
    assert run(course, "due", LESSON, LATE) == 0
    assert "1 penalty changed" in capsys.readouterr().out
    assert set(numbers(course, capsys, "ben").values()) == {3.0}
    assert run(course, "due", LESSON, "2025-12-01T15:00Z") == 0
    capsys.readouterr()
    assert run(course, "extend", "ben", LESSON, LATE) == 0
    assert "lateness takes 0 and no longer 1.5" in " ".join(capsys.readouterr().out.split())


def test_a_due_date_by_the_clock_on_the_wall(course, capsys):
    summer, winter = "2026-10-24T18:00 Europe/Berlin", "2026-10-25T18:00[Europe/Berlin]"
    for text, says in ((summer, "2026-10-24 16:00 UTC"), (winter, "2026-10-25 17:00 UTC")):
        assert run(course, "due", LESSON, text) == 0
        assert says in capsys.readouterr().out
    assert run(course, "extend", "ada", LESSON, "2027-03-28T03:00 Europe/Berlin") == 0
    assert "until 2027-03-28 01:00 UTC" in capsys.readouterr().out
    for text, says in [
        ("2026-10-25T02:30 Europe/Berlin", "twice: write 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00"),
        ("2027-03-28T02:30 Europe/Berlin", "never"),
        ("2026-12-01T17:00 Europe/Nowhere", "no time zone 'Europe/Nowhere' is known here"),
        ("2026-12-01T17:00Z Europe/Berlin", "has two time zones"),
        ("9999-12-31T23:59-12:00", "is not a time"),
    ]:
        with pytest.raises(SystemExit):
            run(course, "due", LESSON, text)
        assert says in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "words, says",
    [
        (["ada", "99-none", DUE], "99-none"),
        (["ada", LESSON, "soon"], "UNTIL"),
        (["ada", LESSON, "2025-12-01T17:00"], "zone"),
        (["ada", LESSON], "STUDENT LESSON UNTIL"),
        (["--from", "{table}"], "no column until"),
        (["--from", "{table}.twice"], "line 3: ada has another extension"),
        (["--from", "{table}.none"], "cannot be read"),
    ],
)
def test_an_extension_that_is_none(course, capsys, words, says):
    table = course.out.with_name("x.csv")
    table.write_text("student,lesson\nada,x\n")
    table.with_name("x.csv.twice").write_text(f"student,lesson,until\nada,{LESSON},{LATER}\nada,{LESSON},{LATE}\n")
    assert run(course, "extend", *(word.replace("{table}", str(table)) for word in words)) == 2
    assert says in capsys.readouterr().err
