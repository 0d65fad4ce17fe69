"""Whatever a submission's folder, path or text is: grading goes on, each has a row, and the exit code is 0."""

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_course import LESSON, Fake, hand_in, rows

from grading.cli import main
from grading.collect.names import folder_student, harmless_id
from grading.output import Output
from grading.publish.everybody import find_student

ODD_NAMES = [
    b"jos\xe9",
    "josé".encode(),
    "jos\N{GREEK CAPITAL LETTER THETA}".encode(),  # what code page 437 makes of the first
    b"[bold]",
    b"[link=x]",
    b"<img src=x onerror=alert(1)>",
    b"\x1b[2J\x1b]0;title\x07",
    b"two\nlines",
    b"=1+1",
    b"*",
    b".hidden",
    b"{student}",
    b"%s%n",
    b"a'); drop table student; --",
    b"-rf",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil".encode(),
    b"\xed\xa0\x80",  # half a character
    b"x" * 255,
    b"\xff" * 255,
]
names = st.binary(min_size=1, max_size=60).filter(lambda raw: not {0, 47} & set(raw) and raw not in (b".", b".."))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | json_values,
        "id": st.sampled_from(["double", "why", "negate"]) | json_values,
        "source": st.text(max_size=40) | st.lists(st.text(max_size=10), max_size=3) | json_values,
        "metadata": json_values,
        "outputs": json_values,
        "attachments": json_values,
        "input": json_values,
    },
)
notebooks = st.fixed_dictionaries(
    {},
    optional={
        "cells": st.lists(cells, max_size=4) | json_values,
        "nbformat": st.sampled_from([1, 2, 3, 4, 5, "[/bold]", "\x1b[31m"]) | json_values,
        "nbformat_minor": st.sampled_from([0, 4, 5]) | json_values,
        "metadata": json_values,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(cells, max_size=3)}), max_size=2) | json_values,
    },
).map(lambda notebook: json.dumps(notebook).encode())
texts = st.binary(max_size=200) | notebooks | json_values.map(lambda value: json.dumps(value).encode())


def put(submissions: Path, name: bytes, text: bytes) -> None:
    folder = Path(os.fsdecode(os.path.join(os.fsencode(submissions), name))) / LESSON
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.ipynb").write_bytes(text)


def honest(submissions: Path) -> None:
    hand_in(submissions, "an-honest-one", {"double": "# right", "negate": "# right"})


def check(course, submissions, out, handed_in: list[bytes], capfd) -> None:
    """A row of its own for each, full marks for the honest one, and nothing that a terminal would obey."""
    assert course.grade("--submissions", str(submissions), out=out) == 0
    found = rows(out)
    students = {row["student"] for row in found}
    assert len(students) == len({folder_student(os.fsdecode(name)) for name in handed_in}) + 1
    assert sum(float(row["score"]) for row in found if row["student"] == "an-honest-one") == 7
    printed = capfd.readouterr()
    assert not [c for c in printed.out + printed.err if not c.isprintable() and c not in "\n\r"]
    assert (out / "report.html").exists()
    assert len(list((out / "feedback").rglob("*.html"))) == len(students)


def test_a_folder_may_have_any_name(course, capfd):
    honest(course.submissions)
    for name in ODD_NAMES:
        put(course.submissions, name, b"{")
    course.fake = Fake()
    check(course, course.submissions, course.out, ODD_NAMES, capfd)


EVIL = "\x1b]0;title\x07\x1b[2J\u202e\x9b31m"


def test_no_command_prints_what_a_terminal_obeys(course, tmp_path, capfd):
    honest(course.submissions)
    for name in (EVIL, f"{EVIL}2"):
        put(course.submissions, name.encode(), b"{")
    course.fake = Fake()
    assert course.grade() == 0
    roster = tmp_path / "roster.csv"
    columns = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Email address", "First name")
    roster.write_text(f"{','.join(columns)}\n{','.join([EVIL] * len(columns))}\n", encoding="utf-8")
    for words in (
        ["status", LESSON],
        ["export", "--format", "canvas", "--roster", str(roster)],
        ["export", "--format", "moodle", "--roster", str(roster)],
        ["extend", EVIL, LESSON, "2026-12-01T17:00Z"],
        ["explain", EVIL, "double-value"],
        ["similar"],
        ["feedback", "--for", "comments"],
    ):
        capfd.readouterr()
        main([*words, "--out", str(course.out)])
        printed = capfd.readouterr()
        assert printed.out or printed.err
        assert not [c for c in printed.out + printed.err if not c.isprintable() and c not in "\n\r"], words


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_student_is_found_by_the_name_of_the_folder(course, penalty, capsys, when):
    """Also where nbgrader's tables hold an id made of it: by extensions, explanations and changes of points."""
    name = "O'Brien"
    assert main(["due", LESSON, "2020-01-01T00:00Z", "--out", str(course.out)]) == 0
    more_time = ["extend", name, LESSON, "2999-01-01T00:00Z", "--out", str(course.out)]
    if when == "before":
        assert main(more_time) == 0
    hand_in(course.submissions, name, {"double": "# right", "why": "I think."})
    (course.submissions / "collected.csv").touch()
    (course.submissions / name / LESSON / "timestamp.txt").write_text("2021-01-01 00:00:00 UTC")
    assert course.grade() == 0
    if when == "after":
        capsys.readouterr()
        assert main(more_time) == 0
        assert "lateness takes 0 and no longer 1.5" in " ".join(capsys.readouterr().out.split())
        assert course.grade() == 0
    assert sum(float(row["score"]) for row in rows(course.out)) == 3
    with Output(course.out).record() as record:
        assert find_student(name, record, Output(course.out)) == harmless_id(name)
    course.change({"double": {"plain": 3}, "negate": {"plain": 4}})
    assert course.grade("--regrade") == 0
    with open(course.out / "changes.csv", newline="") as file:
        assert {(row["student"], row["exercise"]) for row in csv.DictReader(file)} == {
            (name, "double-plain"),
            (name, "double-zero"),
        }


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.dictionaries(names, texts, min_size=8, max_size=24))
def test_a_row_each_and_exit_0(course, tmp_path_factory, capfd, handed_in):
    scratch = tmp_path_factory.mktemp("any")
    honest(scratch / "submissions")
    for name, text in handed_in.items():
        put(scratch / "submissions", name, text)
    course.fake = Fake()
    check(course, scratch / "submissions", scratch / "out", list(handed_in), capfd)


@given(st.lists(st.text(min_size=1, max_size=30), unique=True, max_size=5))
def test_ids_are_harmless_and_ones_own(students):
    ids = [harmless_id(student) for student in students]
    assert len(set(ids)) == len(students)
    for one in ids:
        assert one[0] != "." and not set(one) & set("<>&\"'`*?[]{}|\\/;:%$#!=^~\0\n\x1b\u202e")


def test_names_of_people_stay():
    for name in ["ada", "Ada Lovelace", "José Müller-Lüdenscheidt", "s0001", "李四", "ann@uni.example", "Étienne, D"]:
        assert harmless_id(name) == name
    assert harmless_id("José") == "José"


@pytest.mark.parametrize("kind", ["sparse", "pipe", "folder", "not readable", "link to a pipe", "socket"])
def test_no_file_is_read_beyond_its_limit_or_waited_for(course, capfd, kind):
    honest(course.submissions)
    put(course.submissions, b"bad", b"")
    file = course.submissions / "bad" / LESSON / f"{LESSON}.ipynb"
    file.unlink()
    if kind == "sparse":
        with open(file, "wb") as holes:
            holes.truncate(8 * 2**30)
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "not readable":
        file.write_bytes(b"{}")
        file.chmod(0)
    elif kind == "link to a pipe":
        os.mkfifo(file.with_name("pipe"))
        file.symlink_to("pipe")
    else:
        import socket

        with socket.socket(socket.AF_UNIX) as server:
            here = os.getcwd()
            os.chdir(file.parent)  # the path of a socket is short
            server.bind(file.name)
            os.chdir(here)
    os.mkfifo(file.with_name("timestamp.txt"))
    (course.submissions / "collected.csv").touch()
    check(course, course.submissions, course.out, [b"bad"], capfd)
    assert not (course.out / "submitted" / "bad" / LESSON / "timestamp.txt").exists()
