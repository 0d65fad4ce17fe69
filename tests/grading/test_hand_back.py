"""Feedback comes back to its student: by nbgrader's exchange, Moodle's and Canvas's zips, and a line of comment."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from nbgrader.utils import notebook_hash
from small_course import LESSON, gradebook, hand_in

from grading.cli import main
from grading.collect import Options, collect
from grading.collect.origin import origin_of, secret_of
from grading.output import Output
from grading.publish.feedback import CUT_OFF

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WRONG = {"double": "def double(x): return 'wrong'", "why": "Because."}
MOODLE = "{name}_{number}_assignsubmission_file_/{lesson}.ipynb"
FLAT = "{name}_{number}_assignsubmission_file_{lesson}.ipynb"
OLD_FOLDER = "{name}_{number}_assignsubmission_file/{lesson}.ipynb"
NAMES = ("Ada Lovelace", "张伟", "=Zoë, the -1st", "O'Brien-Smith")


def notebook(course, answers=WRONG):
    path = hand_in(course.submissions, "somebody", answers)
    data = path.read_bytes()
    path.unlink()
    path.parent.rmdir()
    path.parent.parent.rmdir()
    return data


def collected(course, files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    export = course.solutions.parent / "export.zip"
    export.write_bytes(data.getvalue())
    return collect(export, course.submissions, Options(now=NOW))


def moodles_user(path):
    """The participant's number that Moodle reads from a path of a feedback zip, by the rules of its importer."""
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdecimal() and info[2:4] == ["assignsubmission", "file"]:
            return info[1], "/".join([*info[4:], *parts]).lstrip("/")
    return None


def canvas_ids(path):
    """The user's and the attachment's number that Canvas reads from a name, by the rules of its importer."""
    return tuple([word for word in path.split("/")[-1].split("_") if word.isdecimal()][:2])


@pytest.mark.parametrize("form", [MOODLE, FLAT, OLD_FOLDER])
def test_moodles_feedback_zip_has_moodles_names(course, capsys, form):
    files = {form.format(name=name, number=100 + i, lesson=LESSON): notebook(course) for i, name in enumerate(NAMES)}
    rows = collected(course, files)
    assert course.grade() == 0
    assert main(["feedback", "--for", "moodle", "--out", str(course.out)]) == 0
    assert f"submissions: {len(NAMES)}" in capsys.readouterr().out
    with zipfile.ZipFile(course.out / "hand-back" / f"{LESSON}-moodle.zip") as archive:
        found = {moodles_user(name): archive.read(name) for name in archive.namelist()}
    students = {row.name: row.student for row in rows}
    for i, name in enumerate(NAMES):
        page = course.out / "feedback" / students[name] / LESSON / f"{LESSON}.html"
        assert found[str(100 + i), f"{LESSON}.html"] == page.read_bytes()
    assert len(found) == len(NAMES)
    with open(course.out / "hand-back" / f"{LESSON}-moodle.csv", encoding="utf-8-sig", newline="") as file:
        worksheet = list(csv.DictReader(file))
    assert {row["Identifier"] for row in worksheet} == {f"Participant {100 + i}" for i in range(len(NAMES))}
    assert {"Grade", "Last modified (grade)", "Feedback comments"} <= worksheet[0].keys()
    assert all("why: waits for a marker." in row["Feedback comments"] for row in worksheet)


@pytest.mark.parametrize("prefix", ["lovelaceada_123_456_", "lovelaceada_LATE_123_456_", "müller99_123_456_"])
def test_canvas_re_upload_has_canvas_names(course, prefix):
    collected(course, {f"{prefix}{LESSON}-2.ipynb": notebook(course)})
    assert course.grade() == 0
    assert main(["feedback", LESSON, "--for", "canvas", "--out", str(course.out)]) == 0
    with zipfile.ZipFile(course.out / "hand-back" / f"{LESSON}-canvas.zip") as archive:
        (name,) = archive.namelist()
        assert canvas_ids(name) == ("123", "456") and name.startswith(prefix) and name.endswith(".html")
        assert archive.read(name) == (course.out / "feedback" / "123" / LESSON / f"{LESSON}.html").read_bytes()


def test_who_cannot_be_handed_back_is_named(course, capsys):
    collected(
        course,
        {
            f"Ada Lovelace_101_assignsubmission_file_/{LESSON}.ipynb": notebook(course),
            f"Group without a number_assignsubmission_file_/{LESSON}.ipynb": notebook(course),
        },
    )
    assert course.grade() == 0
    capsys.readouterr()
    assert main(["feedback", "--for", "moodle", "--out", str(course.out)]) == 0
    output = capsys.readouterr().out
    assert "submissions: 1" in output and "group-without-a-number" in output and "ada-lovelace" not in output
    assert main(["feedback", "--for", "canvas", "--out", str(course.out)]) == 1
    assert "ada-lovelace" in capsys.readouterr().out


def zip_names(course, system):
    with zipfile.ZipFile(course.out / "hand-back" / f"{LESSON}-{system}.zip") as archive:
        return archive.namelist()


def test_whose_file_was_refused_is_told_so_by_the_same_way(course, capsys):
    """They have the most to learn from their page."""
    refused = {"page.html": b"<p>", "a.py": b"x = 1", "a.rar": b"Rar!", f"{LESSON}.ipynb.zip": b"no zip"}
    moodle = {f"Student {i}_{100 + i}_assignsubmission_file_/{name}": refused[name] for i, name in enumerate(refused)}
    collected(course, moodle | {f"Ada Lovelace_99_assignsubmission_file_/{LESSON}.ipynb": notebook(course)})
    assert course.grade() == 0
    assert main(["feedback", "--for", "moodle", "--out", str(course.out)]) == 0
    assert {moodles_user(name)[0] for name in zip_names(course, "moodle")} == {"99", "100", "101", "102", "103"}
    canvas = {f"one_201_301_{LESSON}.ipynb": notebook(course), "two_LATE_202_302_page.html": b"<p>"}
    canvas["three_203_text.html"] = b"<p>"  # typed in: it has no attachment that Canvas could find again
    collected(course, canvas)
    assert course.grade() == 0
    assert main(["feedback", "--for", "canvas", "--out", str(course.out)]) == 0
    assert {canvas_ids(name) for name in zip_names(course, "canvas")} == {("201", "301"), ("202", "302")}
    assert "203" in capsys.readouterr().out


def test_with_a_roster_a_team_gets_no_page_under_a_participants_number(course, capsys):
    """Moodle names a team's folder by the number of the group, which may be that of another participant."""
    people = (
        "First name,Last name,Email address,ID number\nAda,Lovelace,ada@x.org,1\nAnn,Lee,a@x.org,2\nAnn,Lee,b@x.org,3\n"
    )
    course.out.with_name("class.csv").write_text(people)
    assert main(["roster", str(course.out.with_name("class.csv")), "--out", str(course.out)]) == 0
    names = {"Ada Lovelace": 101, "Team Alpha": 102}
    files = {MOODLE.format(name=name, number=names[name], lesson=LESSON): notebook(course) for name in names}
    files |= {MOODLE.format(name="Ann Lee", number=number, lesson=LESSON): notebook(course) for number in (103, 104)}
    collected(course, files)
    assert course.grade() == 0
    capsys.readouterr()
    assert main(["feedback", "--for", "moodle", "--out", str(course.out)]) == 0
    output = capsys.readouterr().out
    assert "not on the roster" in output and "team-alpha" in output and "ann-lee" not in output
    assert {moodles_user(name)[0] for name in zip_names(course, "moodle")} == {"101", "103", "104"}
    assert main(["feedback", "--for", "comments", "--out", str(course.out)]) == 0
    with open(course.out / "hand-back" / "comments.csv", encoding="utf-8", newline="") as file:
        people = {row["name"]: (row["email"], row["id"]) for row in csv.DictReader(file)}
    assert people["Ada Lovelace"] == ("ada@x.org", "1") and people["Team Alpha"] == ("", "")


def test_a_file_of_a_students_own_says_nothing_of_where_it_came_from(course):
    """Otherwise they could have their page delivered to another."""
    lesson = hand_in(course.submissions, "mallory", WRONG)
    row = "system,prefix,secret\nmoodle,prefix:Ada%20Lovelace_101_assignsubmission_file_/,secret:\n"
    (lesson.parent / "collected.csv").write_text(row)
    assert not origin_of(course.submissions, "mallory", LESSON).prefix
    assert not secret_of(course.submissions, "mallory", LESSON)


def exchanged(course, secrets):
    """An inbound folder of nbgrader's exchange: a submission for each secret, at a minute each."""
    return collected(
        course,
        {
            f"ada+{LESSON}+2026-11-20 10:0{minute}:00 UTC+r/{name}": data
            for minute, secret in enumerate(secrets)
            for name, data in {
                f"{LESSON}.ipynb": notebook(course, {"why": f"Because {minute}."}),
                "timestamp.txt": f"2026-11-20 10:0{minute}:00 UTC".encode(),
                **({} if secret is None else {"submission_secret.txt": secret}),
            }.items()
        },
    )


def test_the_exchanges_key_is_that_of_the_submission_that_counts(course):
    exchanged(course, [b"a" * 128, b"b" * 128])
    assert course.grade() == 0
    beside = course.out / "feedback" / "ada" / LESSON
    assert (beside / "submission_secret.txt").read_text() == "b" * 128
    assert (beside / "timestamp.txt").read_text().startswith("2026-11-20 10:01:00")
    assert notebook_hash(secret="b" * 128, notebook_id=LESSON)


@pytest.mark.parametrize("student", ["zoë & co", "a' or 'b", "{kim}"])
def test_the_exchanges_key_is_found_where_nbgraders_collect_leaves_it_whatever_a_student_is_called(course, student):
    """Its folders, and those of ours that it reads, are called by an id where a name could mean something."""
    hand_in(course.submissions, student, WRONG)
    assert course.grade() == 0
    out = Output(course.out)
    (out.submitted(student, LESSON) / "submission_secret.txt").write_text("c" * 128)
    (out.submitted(student, LESSON) / "timestamp.txt").write_text("2026-11-20 10:01:00 UTC")
    assert main(["feedback", "--out", str(course.out)]) == 0
    page = out.page(student, LESSON)
    assert page.exists() and page.parents[1].name == out.submitted(student, LESSON).parent.name != student
    assert (page.parent / "submission_secret.txt").read_text() == "c" * 128
    assert (page.parent / "timestamp.txt").read_text().startswith("2026-11-20 10:01:00")
    links = re.findall('href="(feedback/[^"#]+)', out.report.read_text())
    assert links and all((course.out / unquote(link)).samefile(page) for link in links)


def test_a_page_is_not_left_where_an_earlier_version_has_put_it(course):
    hand_in(course.submissions, "zoë & co", WRONG)
    assert course.grade() == 0
    page = Output(course.out).page("zoë & co", LESSON)
    folder, old = page.parents[1], course.out / "feedback" / "zoë & co"
    text, key = page.read_text(), (page.parent / "submission_secret.txt").read_text()
    folder.rename(old)
    assert main(["feedback", "--out", str(course.out)]) == 0
    assert not old.exists() and page.read_text() == text
    assert (page.parent / "submission_secret.txt").read_text() == key


@pytest.mark.parametrize("secret", [None, b"", b"\xff\xfe", b"x" * 100_000, b"two\nlines"])
def test_work_without_a_key_has_one_that_nobody_knows(course, secret):
    exchanged(course, [secret])
    collected(course, {f"bo/{LESSON}/{LESSON}.ipynb": notebook(course)})
    assert course.grade() == 0
    keys = {}
    for student in ("ada", "bo"):
        beside = course.out / "feedback" / student / LESSON
        keys[student] = (beside / "submission_secret.txt").read_text()
        assert len(keys[student]) == 64 and (beside / "timestamp.txt").exists()
    assert keys["ada"] != keys["bo"]
    assert main(["feedback", "--out", str(course.out)]) == 0
    assert (course.out / "feedback" / "bo" / LESSON / "submission_secret.txt").read_text() == keys["bo"]


def test_a_line_of_comment_says_what_the_page_says(course):
    hand_in(course.submissions, "ada", {"double": "def double(x): return 'right'", "why": ""})
    hand_in(course.submissions, "bo", WRONG)
    hand_in(course.submissions, "cut", WRONG).write_text('{"cells": [')
    hand_in(course.submissions, "slow", {"double": "# never ends"})
    assert course.grade() == 0
    assert gradebook(course.out)["marks"]
    assert main(["feedback", "--for", "comments", "--out", str(course.out)]) == 0
    with open(course.out / "hand-back" / "comments.csv", encoding="utf-8-sig", newline="") as file:
        output = {row["student"]: row for row in csv.DictReader(file)}
    assert output["ada"]["score"] == "3" and output["ada"]["max_score"] == "10"
    assert output["ada"]["comment"].startswith("3 of 10.")
    assert "negate-plain: 0 of 4" in output["ada"]["comment"] and "double-" not in output["ada"]["comment"]
    # each part begins behind a full stop
    assert "double-plain: 0 of 2, a-mistake. double-zero: 0 of 1. " in output["bo"]["comment"]
    assert output["cut"]["comment"] == f"0 of 10. Your notebook could not be run. {CUT_OFF}"
    assert "Your notebook ran longer than it may. too slow. " in output["slow"]["comment"]
    assert "why: waits for a marker." in output["bo"]["comment"] and "No response" not in output["bo"]["comment"]


def test_lessons_without_a_system_are_refused(course, capsys):
    hand_in(course.submissions, "ada", WRONG)
    assert course.grade() == 0
    assert main(["feedback", LESSON, "--out", str(course.out)]) == 2
    assert "--for" in capsys.readouterr().err


def test_gradescope_has_a_test_for_each_part(course, capsys):
    hand_in(course.submissions, "ada@example.org", {"double": "def double(x): return 'right'", "why": ""})
    hand_in(course.submissions, "bo", WRONG)
    assert course.grade() == 0
    assert main(["export", "--format", "gradescope", "--out", str(course.out)]) == 0
    assert "submissions: 2" in capsys.readouterr().out
    folder = course.out / "gradescope"
    ada, bo = (json.loads((folder / one / LESSON / "results.json").read_text()) for one in ("ada@example.org", "bo"))
    assert ada["score"] == 3 and sum(test["score"] for test in ada["tests"]) == 3
    assert sum(test["max_score"] for test in ada["tests"]) == 10
    assert "score" not in bo  # an answer waits for a marker
    parts = {test["name"]: test for test in bo["tests"]}
    assert parts["double-plain"]["score"] == 0 and parts["double-plain"]["output"] == "a-mistake."
    assert "score" not in parts["why"] and "waits for a marker" in parts["why"]["output"]
    assert {test["visibility"] for test in ada["tests"]} == {"visible"}
