"""What other systems export, and folders made by hand: whose each notebook is, and the layout is named."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from grading.cli import main
from grading.collect import Options, collect
from grading.collect.names import student_id
from grading.collect.origin import origin_of
from grading.collect.other_layouts import METADATA, files, submitters
from grading.lesson.places import COURSE

A, B = "02-conv-derivatives", "04-pooling"
LESSONS = [A, B]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def notebook(text="mine"):
    return f'{{"cells": [], "metadata": {{"of": "{text}"}}, "nbformat": 4, "nbformat_minor": 5}}'.encode()


GRADESCOPE = f"""
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: '0017'
    :email: ada@example.org
  :created_at: 2026-11-20 09:30:00.000000000 +02:00
  :score: 3.0
submission_12:
  :submitters:
  - :name: Ada Lovelace
    :email: ada@example.org
  :created_at: 2026-11-20 08:30:00.000000000 Z
submission_13:
  :submitters:
  - :name: 张伟
    :sid: 4711
  - :name: Bo
    :sid: 4712
  :created_at: {NOW.isoformat()}
""".encode()

# by layout: the files of an export, and whose notebook is taken with which text, by student and lesson
EXPORTS = {
    "repositories": (
        {
            f"conv-ada/course/{A}/{A}.ipynb": notebook("ada"),
            f"conv-ada/course/{B}/{B}.ipynb": notebook("ada, too"),
            "conv-ada/course/START.ipynb": notebook("start"),
            "conv-ada/README.md": b"# The course",
            "conv-ada/.git/HEAD": b"ref",
            f"conv-bo/course/{A}/{A}.ipynb": notebook("bo"),
        },
        {("conv-ada", A): "ada", ("conv-ada", B): "ada, too", ("conv-bo", A): "bo"},
    ),
    "gradescope": (
        {
            METADATA: GRADESCOPE,
            f"submission_11/{A}.ipynb": notebook("first"),
            f"submission_12/{A}.ipynb": notebook("second"),
            f"submission_13/work/{A}.ipynb": notebook("wei"),
            f"submission_14/{A}.ipynb": notebook("nobody's"),
        },
        {("ada@example.org", A): "second", ("4711", A): "wei", ("submission_14", A): "nobody's"},
    ),
    "files": (
        {
            f"ada_{A}.ipynb": notebook("ada"),
            f"{B}_bo.ipynb": notebook("bo"),
            f"Zoë Müller - {A} (1).ipynb": notebook("zoë"),
            f"{A.replace('-', '_')}-carla.ipynb": notebook("carla"),
            "notes.txt": b"",
        },
        {
            ("ada", A): "ada",
            ("bo", B): "bo",
            (student_id("Zoë Müller"), A): "zoë",
            ("carla", A): "carla",
        },
    ),
    "folders": (
        {
            f"ada/{A}.ipynb": notebook("ada"),
            f"ada/{B}.ipynb": notebook("ada, too"),
            f"bo/my {A} (2).ipynb": notebook("bo"),
            "carla/essay.pdf": b"%PDF",
        },
        {("ada", A): "ada", ("ada", B): "ada, too", ("bo", A): "bo"},
    ),
    "blackboard": (
        {
            f"Lab_2_ada1_attempt_2026-11-20-10-00-00_{A}.ipynb": notebook("old"),
            f"Lab_2_ada1_attempt_2026-11-21-09-00-00_{A}.ipynb": notebook("new"),
            "Lab_2_ada1_attempt_2026-11-21-09-00-00.txt": b"Name: Ada",
            f"Lab_2_bo_attempt_2026-11-20-10-00-00_x_attempt_2027-01-01-00-00-00_{A}.ipynb": notebook("bo"),
        },
        {("ada1", A): "new", ("bo", A): "bo"},
    ),
    "brightspace": (
        {
            f"90027-12 - Ada Lovelace - Nov 20, 2026 1005 AM/{A}.ipynb": notebook("old"),
            f"90027-12 - Ada Lovelace - Nov 20, 2026 305 PM/{A}.ipynb": notebook("new"),
            f"90028-12 - Bo - Mei - Nov 9, 2026 1200 PM/{A}.ipynb": notebook("bo"),
            "index.html": b"<html>",
        },
        {(student_id("Ada Lovelace"), A): "new", (student_id("Bo - Mei"), A): "bo"},
    ),
    "ilias": (
        {
            f"Lovelace_Ada_ada1_4711/20261120100000_{A}.ipynb": notebook("old"),
            f"Lovelace_Ada_ada1_4711/20261121100000_{A}.ipynb": notebook("new"),
            f"van_der_Berg_Bo_bob_4712/{A}.ipynb": notebook("bo"),
        },
        {("ada1", A): "new", ("bob", A): "bo"},
    ),
}


def export(tmp_path, files, around=""):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(around + name, content)
    path = tmp_path / "export.zip"
    path.write_bytes(data.getvalue())
    return path


def taken(into):
    found = {}
    for file in into.glob("*/*/*.ipynb"):
        assert file.stem == file.parent.name
        found[file.parents[1].name, file.stem] = file.read_text(encoding="utf-8").split('"of": "')[1].split('"')[0]
    return found


@pytest.mark.parametrize("around", ["", "Abgaben/", "a/b/"])
@pytest.mark.parametrize("layout", EXPORTS)
def test_an_export_is_known_by_itself(layout, around, tmp_path):
    given, expected = EXPORTS[layout]
    seen = []
    rows = collect(export(tmp_path, given, around), tmp_path / "into", Options(now=NOW), seen.append)
    assert seen == [layout]
    assert taken(tmp_path / "into") == expected
    # every file is listed, whatever became of it
    assert {row.file for row in rows} >= {around + name for name in given}


@pytest.mark.parametrize("layout", EXPORTS)
def test_the_layout_is_named(layout, tmp_path, capsys):
    assert main(["collect", str(export(tmp_path, EXPORTS[layout][0])), "--into", str(tmp_path / "into")]) == 0
    assert f"(--layout {layout})" in capsys.readouterr().out
    assert main(["collect", str(tmp_path / "export.zip"), "--into", str(tmp_path / "b"), "--layout", layout]) == 0
    assert taken(tmp_path / "b") == EXPORTS[layout][1]


@pytest.mark.parametrize("made", ["folder", "unpacked"])
def test_one_student_alone_is_known_too(made, tmp_path):
    source = tmp_path / "class"
    (source / "ada").mkdir(parents=True)
    (source / "ada" / f"{A}.ipynb").write_bytes(notebook("ada"))
    if made == "unpacked":
        (source / "bo").mkdir()
        (source / "bo" / f"{A}.ipynb").write_bytes(notebook("bo"))
    collect(source, tmp_path / "into", Options(now=NOW))
    assert taken(tmp_path / "into")["ada", A] == "ada"


@pytest.mark.parametrize("around", ["conv-submissions/", "a/conv-submissions/", "conv-submissions-11-20-2026/"])
def test_github_classrooms_clones_are_of_accounts(around, tmp_path):
    given, expected = EXPORTS["repositories"]
    collect(export(tmp_path, given, around), tmp_path / "into", Options(now=NOW))
    assert taken(tmp_path / "into") == {
        (student.removeprefix("conv-"), lesson): text for (student, lesson), text in expected.items()
    }
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        archive.extractall(tmp_path / "clones")
    collect(tmp_path / "clones" / around, tmp_path / "again", Options(now=NOW))
    assert taken(tmp_path / "again") == taken(tmp_path / "into")


@pytest.mark.parametrize("place", [f"{A}.ipynb", f"{A}/{A}.ipynb"])
def test_clones_that_hold_a_lesson_alone_are_of_accounts(place, tmp_path):
    given = {f"conv-submissions/conv-{who}/{place}": notebook(who) for who in ("ada", "bo")}
    collect(export(tmp_path, given), tmp_path / "into", Options(now=NOW))
    assert taken(tmp_path / "into") == {("ada", A): "ada", ("bo", A): "bo"}


def test_a_repository_without_a_notebook_is_somebodys(tmp_path):
    given = {f"conv-submissions/conv-{who}/course/{A}/{A}.ipynb": notebook(who) for who in ("ada", "bo")}
    given["conv-submissions/conv-carla/README.md"] = b"# nothing done"
    rows = collect(export(tmp_path, given), tmp_path / "into", Options(A, now=NOW))
    assert [row.student for row in rows if row.outcome == "refused"] == ["carla"]
    assert (tmp_path / "into" / "carla" / A / "refused.txt").exists()


def test_an_email_address_of_gradescope_is_one_in_small_letters(tmp_path):
    given = {METADATA: GRADESCOPE.replace(b"ada@", b"Ada@"), f"submission_11/{A}.ipynb": notebook("first")}
    collect(export(tmp_path, given), tmp_path / "into", Options(now=NOW))
    assert taken(tmp_path / "into") == {("ada@example.org", A): "first"}


def test_gradescopes_own_time_counts(tmp_path):
    rows = collect(export(tmp_path, EXPORTS["gradescope"][0]), tmp_path / "into", Options(now=NOW))
    received = {row.student: row.received for row in rows if row.outcome == "taken"}
    assert received["ada@example.org"].startswith("2026-11-20 08:30:00")
    names = {row.student: row.name for row in rows if row.outcome == "taken"}
    assert names["4711"] == "张伟, Bo"


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"\xff\xfe", b"a: [", b"submission_11: 3", b"submission_11:\n  :submitters: x", b"- " * 5000,
     b"submission_11:\n  :submitters: [3, null, {':name': [1]}]", b"a: &a [*a]", b"!!python/object:os.system {}"],
)  # fmt: skip
def test_metadata_that_says_nothing_costs_names_only(data, tmp_path):
    assert submitters(data) == {}
    given = {METADATA: data, f"submission_11/{A}.ipynb": notebook("somebody")}
    collect(export(tmp_path, given), tmp_path / "into", Options(now=NOW))
    assert taken(tmp_path / "into") == {("submission_11", A): "somebody"}


@pytest.mark.parametrize(
    "name", [f"{A}.ipynb", f"{A} (1).ipynb", f"{A}-2.ipynb", f"a_{A}_b.ipynb", "a.ipynb", f"_{A}.ipynb"]
)
def test_a_file_that_names_no_student_or_two_is_nobodys(name):
    assert files((name,), LESSONS) is None


def test_a_folder_of_lessons_is_no_class(tmp_path):
    """What was handed out, collected by mistake."""
    with pytest.raises(ValueError, match="laid out in no way that is known"):
        collect(COURSE / A, tmp_path / "into", Options(now=NOW))


def test_what_was_not_of_moodle_or_canvas_says_no_name_there(tmp_path):
    for layout in ("folders", "files", "ilias"):
        into = tmp_path / layout
        collect(export(tmp_path, EXPORTS[layout][0]), into, Options(now=NOW))
        assert not any(origin_of(into, *place).prefix for place in taken(into))


# what real exports hold beside the plain case; whose each is, by the text of the notebook
ODD_EXPORTS = {
    "blackboard, users with _": (
        {
            f"Lab_1_jane_doe_attempt_2026-11-20-10-00-00_{A}.ipynb": notebook("jane"),
            f"Lab_1_john_doe_attempt_2026-11-20-10-00-00_{A}.ipynb": notebook("old"),
            f"Lab_1_john_doe_attempt_2026-11-20-11-00-00_{A}.ipynb": notebook("john"),
            "Lab_1_john_doe_attempt_2026-11-20-11-00-00.txt": b"Name: John Doe",
        },
        {"jane_doe": "jane", "john_doe": "john"},
    ),
    "blackboard, a user that begins as another": (
        {
            f"Lab_1_ada_attempt_2026-11-20-10-00-00_{A}.ipynb": notebook("ada"),
            f"Lab_1_ada_b_attempt_2026-11-20-10-00-00_my_attempt_{A}.ipynb": notebook("b"),
        },
        {"ada": "ada", "ada_b": "b"},
    ),
    "ilias, logins with _": (
        {
            f"Muster_Anna_a_muster_301/{A}.ipynb": notebook("anna"),
            f"Muster_Ben_b_muster_302/{A}.ipynb": notebook("ben"),
        },
        {student_id("muster 301"): "anna", student_id("muster 302"): "ben"},
    ),
    "ilias, teams": (
        {
            f"Team_4/Lovelace_Ada_ada1_4711/{A}.ipynb": notebook("both"),
            f"Team_4/Berg_Bo_bob_4712/{A}.ipynb": notebook("both"),
            f"Team_5/Chen_Wei_wei_4713/20261120100000_{A}.ipynb": notebook("wei"),
        },
        {"ada1": "both", "bob": "both", "wei": "wei"},
    ),
    "brightspace, not in folders": (
        {
            f"90027-12 - Ada Lovelace - Nov 20, 2026 1005 AM - {A}.ipynb": notebook("old"),
            f"90027-12 - Ada Lovelace - Nov 20, 2026 305 PM - {A} (1).ipynb": notebook("new"),
            f"90028-12 - Bo - Mei - 9 November, 2026 1200 PM - {A}.ipynb": notebook("bo"),
        },
        {student_id("Ada Lovelace"): "new", student_id("Bo - Mei"): "bo"},
    ),
    "brightspace, at one o'clock": (
        {
            f"90027-12 - Ada - Nov 20, 2026 105 PM/{A}.ipynb": notebook("old"),
            f"90027-12 - Ada - Nov 20, 2026 205 PM/{A}.ipynb": notebook("new"),
            f"90028-12 - Bo - Nov 20, 2026 1159 AM/{A}.ipynb": notebook("old"),
            f"90028-12 - Bo - Nov 20, 2026 110 PM/{A}.ipynb": notebook("bo"),
        },
        {student_id("Ada"): "new", student_id("Bo"): "bo"},
    ),
    "brightspace, the newer one under another name": (
        {
            f"90027-12 - Ada - Nov 20, 2026 1005 AM/{A}.ipynb": notebook("old"),
            f"90027-12 - Ada - Nov 20, 2026 305 PM/final {A}.ipynb": notebook("new"),
        },
        {student_id("Ada"): "new"},
    ),
    "blackboard, the newer one under another name": (
        {
            f"Lab_1_ada_attempt_2026-11-20-10-00-00_{A}.ipynb": notebook("old"),
            f"Lab_1_ada_attempt_2026-11-20-11-00-00_final_{A}.ipynb": notebook("new"),
        },
        {"ada": "new"},
    ),
    "blackboard, in other languages": (
        {
            f"Aufgabe_1_ada_Versuch_2026-11-20-10-00-00_{A}.ipynb": notebook("old"),
            f"Aufgabe_1_ada_Versuch_2026-11-20-11-00-00_{A}.ipynb": notebook("new"),
            f"Aufgabe_1_bo_Versuch_2026-11-20-11-00-00_{A}.ipynb": notebook("bo"),
        },
        {"ada": "new", "bo": "bo"},
    ),
}


@pytest.mark.parametrize("kind", ODD_EXPORTS)
def test_no_two_students_of_an_export_become_one(kind, tmp_path):
    given, wanted = ODD_EXPORTS[kind]
    seen = []
    collect(export(tmp_path, given, "Abgaben/"), tmp_path / "into", Options(now=NOW), seen.append)
    assert seen == [kind.partition(",")[0]]
    assert {student: text for (student, _), text in taken(tmp_path / "into").items()} == wanted
