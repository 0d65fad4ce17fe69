"""Whatever lies in an export, `collect` takes the notebooks, stamps them itself and lists the rest."""

import bz2
import contextlib
import csv
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import time
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.cli import main
from grading.collect import TABLE, CollectError, Limits, Options, Refused, archives, collect, names
from grading.collect.layouts import canvas, detect, exchange, moodle
from grading.collect.names import LessonMatch, decoded, lesson_match, student_id
from grading.collect.people import NAMES, REFUSED

A, B = "02-conv-derivatives", "04-pooling"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STAMP = "2026-11-21 12:00:00.000000 UTC\n"
NOTEBOOK = b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'


@pytest.fixture
def into(tmp_path):
    return tmp_path / "into"


def take(source, into, **options):
    return collect(source, into, Options(**{"now": NOW, **options}))


def outcomes(rows):
    return {row.file: row.outcome for row in rows}


def reason(rows, file):
    (row,) = [row for row in rows if row.file == file]
    return row.reason


def tree(into):
    """Every file below `into` but what `collect` itself says there, with its bytes."""
    files = (path for path in into.rglob("*") if not path.is_dir())
    messages = (TABLE, NAMES, REFUSED)
    return {str(path.relative_to(into)): path.read_bytes() for path in files if path.name not in messages}


def folder(root, files):
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def zipped(files, method=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return data.getvalue()


def tarred(members):
    """A tar of (name or TarInfo, bytes)."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for member, content in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def saved(tmp_path, data, name="export.zip"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


# the systems


def test_moodle_with_a_folder_for_each_student(tmp_path, into):
    source = saved(
        tmp_path,
        zipped(
            {
                f"María García_4711_assignsubmission_file_/{A}.ipynb": NOTEBOOK,
                "María García_4711_assignsubmission_onlinetext_/onlinetext.html": b"<p>see file</p>",
                f"Bo Li_4712_assignsubmission_file/sub/{A} (1).ipynb": NOTEBOOK + b" ",
                "Cy Oh_4713_assignsubmission_onlinetext_/onlinetext.html": b"<p>sorry</p>",
            }
        ),
    )
    rows = take(source, into)
    maria, bo = student_id("María García"), student_id("Bo Li")
    assert tree(into) == {
        f"{maria}/{A}/{A}.ipynb": NOTEBOOK,
        f"{maria}/{A}/timestamp.txt": STAMP.encode(),
        f"{bo}/{A}/{A}.ipynb": NOTEBOOK + b" ",
        f"{bo}/{A}/timestamp.txt": STAMP.encode(),
    }
    assert outcomes(rows)["María García_4711_assignsubmission_onlinetext_/onlinetext.html"] == "left out"
    (without,) = [row for row in rows if not row.file]
    assert (without.name, without.outcome, without.reason) == (
        "Cy Oh",
        "refused",
        "handed in no notebook, but onlinetext.html",
    )


def test_moodle_flat(tmp_path, into):
    files = {
        f"Ann Lee_12_assignsubmission_file_{A}.ipynb": NOTEBOOK,
        f"Bo Li_13_assignsubmission_file_x_{B}.ipynb": b"{}",
    }
    take(saved(tmp_path, zipped(files)), into)
    assert f"{student_id('Ann Lee')}/{A}/{A}.ipynb" in tree(into)
    assert f"{student_id('Bo Li')}/{B}/{B}.ipynb" in tree(into)


def test_two_moodle_students_of_one_name_stay_two(tmp_path, into):
    files = {f"Ann Lee_{number}_assignsubmission_file_/{A}.ipynb": str(number).encode() for number in (1, 2)}
    take(saved(tmp_path, zipped(files)), into)
    for number in (1, 2):
        assert tree(into)[f"{student_id(f'Ann Lee {number}')}/{A}/{A}.ipynb"] == str(number).encode()


def test_canvas(tmp_path, into):
    files = {
        f"garcíamaría_123_900_{A}.ipynb": b"first",
        f"garcíamaría_123_901_{A}-1.ipynb": b"second",
        f"li_LATE_124_902_{A}.ipynb": b"late",
        "ohcy_125_text.html": b"typed",
        f"anon_xY3_903_{A}.ipynb": b"nameless",
    }
    rows = take(saved(tmp_path, zipped(files)), into)
    found = tree(into)
    assert found[f"123/{A}/{A}.ipynb"] == b"second"
    assert found[f"124/{A}/{A}.ipynb"] == b"late"
    assert found[f"{student_id('anon_xY3')}/{A}/{A}.ipynb"] == b"nameless"
    assert outcomes(rows)[f"garcíamaría_123_900_{A}.ipynb"] == "passed over"
    assert reason(rows, f"li_LATE_124_902_{A}.ipynb") == "marked late by the system"
    assert [row.student for row in rows if not row.file] == ["125"]


@pytest.mark.parametrize(
    "name",
    ["mallory_1_123_2_900_x.ipynb", "a_1_2_b_123_900_x.ipynb", "mallory_123_900_1_2_x.ipynb"],
)
def test_a_canvas_name_that_can_be_read_as_of_two_users_is_nobodys(tmp_path, into, name):
    files = {name: NOTEBOOK, f"li_7_8_{A}.ipynb": NOTEBOOK}
    rows = take(saved(tmp_path, zipped(files)), into, lesson=A)
    assert "or of user" in reason(rows, name)
    assert sorted(tree(into)) == [f"7/{A}/{A}.ipynb", f"7/{A}/timestamp.txt"]


def test_a_canvas_file_name_cannot_name_another_user():
    # a name part never holds a capital letter or a dash
    assert canvas((f"li_7_8_{A}_9_10_x.ipynb",), [A]).student == "7"
    assert canvas(("li_7_8_Mine_9_10_x.ipynb",), [A]).student == "7"
    assert canvas(("li_7_8_02_conv_derivatives.ipynb",), [A]).student == "7"


def test_the_exchange_of_nbgrader(tmp_path, into):
    early, late = "2026-11-20 10:00:00.000000 UTC", "2026-11-20 13:00:00.500000 CET"
    folder(
        tmp_path / "inbound",
        {
            f"s+1+{A}+{early}+abc/{A}.ipynb": b"early",
            f"s+1+{A}+{early}+abc/timestamp.txt": early.encode(),
            f"s+1+{A}+{late}+abd/{A}.ipynb": b"late",
            f"s+1+{A}+{late}+abd/timestamp.txt": late.encode(),
            f"s+1+{A}+{late}+abd/submission_secret.txt": b"x",
            f"bo+{B}+{early}/{B}.ipynb": b"old style",
        },
    )
    rows = take(tmp_path / "inbound", into)
    found = tree(into)
    assert found[f"s+1/{A}/{A}.ipynb"] == b"late"
    assert found[f"s+1/{A}/timestamp.txt"] == b"2026-11-20 12:00:00.500000 UTC\n"
    assert found[f"bo/{B}/timestamp.txt"] == b"2026-11-20 10:00:00.000000 UTC\n"
    assert outcomes(rows)[f"s+1+{A}+{early}+abc/{A}.ipynb"] == "passed over"


@pytest.mark.parametrize(
    "named, written, stamped",
    [
        ("2026-11-20 10:00:00 UTC", "2026-11-19 10:00:00 UTC", "2026-11-20 10:00:00.000000 UTC"),
        ("2026-11-19 10:00:00 UTC", "2026-11-20 10:00:00 UTC", "2026-11-20 10:00:00.000000 UTC"),
        ("2026-11-20 10:00:00 UTC", "not a time", "2026-11-20 10:00:00.000000 UTC"),
        ("2036-11-20 10:00:00 UTC", "2036-11-20 10:00:00 UTC", STAMP.strip()),
    ],
)
def test_of_two_exchange_times_the_later_counts_and_none_is_in_the_future(tmp_path, into, named, written, stamped):
    place = f"bo+{A}+{named}+r"
    folder(tmp_path / "inbound", {f"{place}/{A}.ipynb": NOTEBOOK, f"{place}/timestamp.txt": written.encode()})
    take(tmp_path / "inbound", into)
    assert tree(into)[f"bo/{A}/timestamp.txt"].decode().strip() == stamped


def test_plain_folders_around_which_others_lie(tmp_path, into):
    folder(tmp_path / "class" / "2026", {f"bo/{A}/{A}.ipynb": NOTEBOOK, f"ann/{B}/{B}.ipynb": NOTEBOOK})
    take(tmp_path / "class", into)
    assert {f"bo/{A}/{A}.ipynb", f"ann/{B}/{B}.ipynb"} < tree(into).keys()


def test_a_folder_of_exports_one_for_each_lesson(tmp_path, into):
    downloads = folder(
        tmp_path / "downloads",
        {
            "C1-Lesson 2-11.zip": zipped({f"Ann Lee_1_assignsubmission_file_/{A}.ipynb": NOTEBOOK}),
            "C1-Lesson 4-12.zip": zipped({f"Ann Lee_9_assignsubmission_file_/{B}.ipynb": NOTEBOOK}),
            "broken.zip": b"PK\x03\x04 but no zip",
            "notes.txt": b"",
        },
    )
    rows = take(downloads, into)
    ann = student_id("Ann Lee")
    assert {f"{ann}/{A}/{A}.ipynb", f"{ann}/{B}/{B}.ipynb"} < tree(into).keys()
    assert outcomes(rows)["broken.zip"] == "refused"
    assert outcomes(rows)["notes.txt"] == "left out"


@pytest.mark.parametrize(
    "suffix, pack", [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_tars(tmp_path, into, suffix, pack):
    source = saved(tmp_path, pack(tarred([(f"bo/{A}/{A}.ipynb", NOTEBOOK)])), f"class.tar{suffix}")
    take(source, into)
    assert tree(into)[f"bo/{A}/{A}.ipynb"] == NOTEBOOK


def test_the_layout_is_the_majoritys(tmp_path, into):
    # a user of Canvas who names a file like Moodle does, and a student's folder inside a plain one
    files = {f"li_{n}_{n + 50}_{A}.ipynb": NOTEBOOK for n in (1, 2, 3)}
    paths = [(name,) for name in (*files, f"x_9_assignsubmission_file_{A}.ipynb")]
    assert detect(paths, [A]) == ("canvas", 0)
    rows = take(folder(tmp_path / "c", {f"bo/{A}/Ann Lee_1_assignsubmission_file_/{A}.ipynb": NOTEBOOK}), into)
    assert [row.student for row in rows] == ["bo"]


def test_names_of_the_systems_are_read_at_one_place():
    assert moodle(("Ann Lee_1_assignsubmission_file_", "Bo Li_2_assignsubmission_file_", "x"), []).student == "Ann Lee"
    assert (
        moodle((f"Ann Lee_1_assignsubmission_file_Bo Li_2_assignsubmission_file_{A}.ipynb",), []).student == "Ann Lee"
    )
    assert moodle(("Group A_77_assignsubmission_file_", "x.ipynb"), []).number == "77"
    assert exchange((f"bo+{A}+yesterday", "x"), []) is None


# the notebooks' names


@pytest.mark.parametrize(
    "name, match",
    [
        (f"{A}.ipynb", LessonMatch(2, True, 0, A)),
        (f"{A} (1).ipynb", LessonMatch(2, False, 1, A)),
        (f"{A}(12).ipynb", LessonMatch(2, False, 12, A)),
        (f"{A}-2.ipynb", LessonMatch(2, False, 2, A)),
        (f"{A}-Copy1.ipynb", LessonMatch(2, False, 1, A)),
        (f"{A} - Copy (2).ipynb", LessonMatch(2, False, 2, A)),
        (f"Copy of {A}.ipynb", LessonMatch(2, False, 0, A)),
        ("02_Conv_Derivatives.IPYNB", LessonMatch(2, True, 0, A)),
        (f"{A}+%281%29.ipynb", LessonMatch(2, False, 1, A)),
        (f"{A}.ipynb.txt", LessonMatch(2, True, 0, A)),
        (f"smith_{A}_final.ipynb", LessonMatch(1, lesson=A)),
        (f"x{A}y.ipynb", None),
        (f"{A} and {B}.ipynb", None),
        ("homework.ipynb", None),
        (f"{A}.py", None),
    ],
)
def test_lesson_match(name, match):
    assert lesson_match(name, [A, B]) == match


def test_the_best_named_of_a_students_notebooks_is_taken(tmp_path, into):
    one = "Ann Lee_1_assignsubmission_file_/"
    files = {f"{one}{A}.ipynb": b"own", f"{one}{A} (3).ipynb": b"copy", f"{one}old {A}.ipynb": b"old"}
    rows = take(saved(tmp_path, zipped(files)), into)
    assert tree(into)[f"{student_id('Ann Lee')}/{A}/{A}.ipynb"] == b"own"
    assert outcomes(rows)[f"{one}{A} (3).ipynb"] == outcomes(rows)[f"{one}old {A}.ipynb"] == "passed over"


def test_an_only_notebook_needs_no_name_where_the_lesson_is_given(tmp_path, into):
    files = {
        "Ann Lee_1_assignsubmission_file_/hw.ipynb": b"hers",
        "Bo Li_2_assignsubmission_file_/hw.ipynb": b"his",
        "Bo Li_2_assignsubmission_file_/hw2.ipynb": b"his too",
        f"Cy Oh_3_assignsubmission_file_/{B}.ipynb": b"another lesson",
    }
    source = saved(tmp_path, zipped(files))
    rows = take(source, into, lesson=A)
    assert sorted(tree(into)) == [f"{student_id('Ann Lee')}/{A}/{name}" for name in (f"{A}.ipynb", "timestamp.txt")]
    assert reason(rows, "Ann Lee_1_assignsubmission_file_/hw.ipynb") == f"taken as {A}.ipynb"
    assert [row.outcome for row in rows if row.name == "Bo Li"] == ["refused", "refused"]
    assert B in reason(rows, f"Cy Oh_3_assignsubmission_file_/{B}.ipynb")


def test_without_a_lesson_such_a_notebook_is_listed(tmp_path, into):
    source = saved(tmp_path, zipped({"Ann Lee_1_assignsubmission_file_/hw.ipynb": NOTEBOOK}))
    assert "tells no lesson" in take(source, into)[0].reason
    assert not tree(into)


@pytest.mark.parametrize(
    "junk", [".ipynb_checkpoints/{}-checkpoint.ipynb", "__MACOSX/._{}.ipynb", ".{}.ipynb", "d/.x/{}.ipynb"]
)
def test_what_programs_leave_behind_is_no_submission(tmp_path, into, junk):
    one = "Ann Lee_1_assignsubmission_file_/"
    files = {f"{one}{junk.format(A)}": b"junk", f"{one}{A}.ipynb": NOTEBOOK}
    rows = take(saved(tmp_path, zipped(files)), into)
    assert outcomes(rows)[f"{one}{junk.format(A)}"] == "left out"
    assert tree(into)[f"{student_id('Ann Lee')}/{A}/{A}.ipynb"] == NOTEBOOK


# students' names


@given(st.text(min_size=1).filter(str.strip))
def test_an_id_is_a_safe_folder_name(name):
    safe = student_id(name)
    assert safe == student_id(name) == student_id(safe) or safe != name
    assert safe == safe.lower() and safe.isascii() and 0 < len(safe) <= 64
    assert safe[0] not in ".-" and safe[-1] != "." and not set(safe) & set('/\\:*?"<>| \0')


@given(st.text(min_size=1, max_size=8).filter(str.strip), st.text(min_size=1, max_size=8).filter(str.strip))
def test_two_names_have_two_ids(one, another):
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", another)
    assert (student_id(one) == student_id(another)) == same


@pytest.mark.parametrize(
    "one, another", [("Alice", "alice"), ("ALICE", "Alice"), ("José", "jose"), (".x", "x"), ("a b", "a-b")]
)
def test_names_that_are_alike_do_not_meet(one, another):
    assert student_id(one).casefold() != student_id(another).casefold()


def test_an_id_cannot_be_aimed_at():
    target = student_id("Ann Lee")
    assert student_id(target) != target
    assert student_id("con") != "con" and student_id("nul.txt") != "nul.txt"
    with pytest.raises(ValueError, match="name"):
        student_id(" ")


@pytest.mark.parametrize(
    "raw, text",
    [
        ("García".encode(), "García"),
        ("Garci\u0301a".encode(), "García"),
        ("García".encode("cp437"), "García"),
        (b"\xff\xfe", "\N{NO-BREAK SPACE}■"),
    ],
)
def test_names_in_other_encodings(raw, text):
    assert decoded(raw) == text


def test_a_zip_that_does_not_say_its_names_are_utf8(tmp_path, into):
    name = f"María_1_assignsubmission_file_/{A}.ipynb"
    data = zipped({name.replace("í", "**"): NOTEBOOK}).replace(b"Mar**a", "María".encode())
    take(saved(tmp_path, data), into)
    assert f"{student_id('María')}/{A}/{A}.ipynb" in tree(into)


def test_a_tar_with_latin1_names(tmp_path, into):
    data = tarred([(f"Mar**a/{A}/{A}.ipynb", NOTEBOOK)])
    header = bytearray(data[:512].replace(b"Mar**a", b"Mar\xeda "[:6]))
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    take(saved(tmp_path, bytes(header) + data[512:], "x.tar"), into)
    (student,) = {name.split("/")[0] for name in tree(into)}
    assert student.startswith("mar")


# hostile archives


@pytest.mark.parametrize(
    "name, said",
    [
        (f"../../bo/{A}/{A}.ipynb", "climbs out"),
        (f"bo/{A}/../../../{A}.ipynb", "climbs out"),
        (f"bo\\{A}\\..\\..\\{A}.ipynb", "climbs out"),
        (f"/bo/{A}/{A}.ipynb", "absolute"),
        (f"C:\\bo\\{A}\\{A}.ipynb", "absolute"),
        (f"\\\\host\\bo\\{A}.ipynb", "absolute"),
        ("x" * 5000 + f"/{A}/{A}.ipynb", "characters"),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_names_that_lead_elsewhere(tmp_path, into, name, said, kind):
    good = f"ann/{A}/{A}.ipynb"
    if kind == "zip":
        source = saved(tmp_path, zipped({good: NOTEBOOK, name: b"evil"}))
    else:
        source = saved(tmp_path, tarred([(good, NOTEBOOK), (name, b"evil")]), "x.tar")
    rows = take(source, into)
    assert [said in row.reason for row in rows if row.outcome == "refused"] == [True]
    assert sorted(tree(into)) == [good, f"ann/{A}/timestamp.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, "into"])


def tar_member(kind, target=""):
    info = tarfile.TarInfo(f"bo/{A}/{A}.ipynb")
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "kind, said",
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "no ordinary file"),
        (tarfile.BLKTYPE, "no ordinary file"),
        (tarfile.FIFOTYPE, "no ordinary file"),
    ],
)
def test_links_and_devices_in_a_tar(tmp_path, into, kind, said):
    good = f"ann/{A}/{A}.ipynb"
    source = saved(tmp_path, tarred([(good, NOTEBOOK), (tar_member(kind, good), b"")]), "x.tar")
    rows = take(source, into)
    assert said in reason(rows, f"bo/{A}/{A}.ipynb")
    assert not [name for name in tree(into) if name.startswith("bo/")]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip(tmp_path, into, kind):
    info = zipfile.ZipInfo(f"bo/{A}/{A}.ipynb")
    info.external_attr = (kind | 0o777) << 16
    rows = take(saved(tmp_path, zipped([(info, b"/etc/passwd"), (f"ann/{A}/{A}.ipynb", NOTEBOOK)])), into)
    assert reason(rows, info.filename).startswith("is a ")
    assert not [name for name in tree(into) if name.startswith("bo/")]


def test_links_and_pipes_in_a_folder(tmp_path, into):
    secret = folder(tmp_path / "elsewhere", {f"{A}.ipynb": b"secret", f"{B}/{B}.ipynb": b"secret"})
    source = folder(tmp_path / "class", {f"ann/{A}/{A}.ipynb": NOTEBOOK, f"bo/{A}/x.txt": b""})
    (source / "bo" / A / f"{A}.ipynb").symlink_to(secret / f"{A}.ipynb")
    (source / "bo" / B).symlink_to(secret / B)
    os.mkfifo(source / "ann" / A / "pipe.ipynb")
    rows = take(source, into)
    assert reason(rows, f"bo/{A}/{A}.ipynb") == "is a symbolic link"
    assert "symbolic link" in reason(rows, f"bo/{B}")
    assert reason(rows, f"ann/{A}/pipe.ipynb") == "is a pipe"
    assert b"secret" not in tree(into).values()


def test_a_students_own_time_and_table_count_for_nothing(tmp_path, into):
    one = "Ann Lee_1_assignsubmission_file_/"
    files = {
        f"{one}{A}.ipynb": NOTEBOOK,
        f"{one}timestamp.txt": b"2020-01-01 00:00:00 UTC",
        f"{one}{TABLE}": b"mine",
    }
    take(saved(tmp_path, zipped(files)), into)
    ann = student_id("Ann Lee")
    assert tree(into) == {f"{ann}/{A}/{A}.ipynb": NOTEBOOK, f"{ann}/{A}/timestamp.txt": STAMP.encode()}
    plain = {f"bo/{A}/{A}.ipynb": NOTEBOOK, f"bo/{A}/timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    take(folder(tmp_path / "plain", plain), into)
    assert tree(into)[f"bo/{A}/timestamp.txt"] == STAMP.encode()


def handed_in(tmp_path, archive, name="work.zip"):
    """Ann hands in an archive, Bo a notebook."""
    files = {
        f"Ann Lee_1_assignsubmission_file_/{name}": archive,
        f"Bo Li_2_assignsubmission_file_/{A}.ipynb": NOTEBOOK,
    }
    return saved(tmp_path, zipped(files, zipfile.ZIP_STORED))


ANN, BO = student_id("Ann Lee"), student_id("Bo Li")
WORK = "Ann Lee_1_assignsubmission_file_/work.zip"


def test_an_archive_that_a_student_hands_in(tmp_path, into):
    inner = zipped({f"project/{A}.ipynb": b"inner", "project/data.csv": b"1"})
    rows = take(handed_in(tmp_path, zipped({"all.zip": inner})), into)
    assert tree(into)[f"{ANN}/{A}/{A}.ipynb"] == b"inner"
    assert outcomes(rows)[f"{WORK}!/all.zip!/project/data.csv"] == "left out"


def test_a_name_inside_a_students_archive_is_not_another_students(tmp_path, into):
    inner = zipped({f"Bo Li_2_assignsubmission_file_/{A}.ipynb": b"for Bo", f"../{BO}/{A}/{A}.ipynb": b"for Bo"})
    take(handed_in(tmp_path, inner), into)
    assert tree(into)[f"{BO}/{A}/{A}.ipynb"] == NOTEBOOK
    assert tree(into)[f"{ANN}/{A}/{A}.ipynb"] == b"for Bo"


@pytest.mark.parametrize(
    "archive, said",
    [
        (zipped({f"{A}.ipynb": bytes(2**22)}), "more than 200 times its size"),
        (gzip.compress(tarred([(f"{A}.ipynb", bytes(2**22))])), "far more than its size"),
        (lzma.compress(tarred([(f"{A}.ipynb", bytes(2**22))])), "far more than its size"),
        (zipped({f"{n}.txt": b"" for n in range(60)}), "more than 50 files"),
        (tarred([(f"{n}.txt", b"") for n in range(60)]), "more than 50 files"),
        (zipped({"a.zip": zipped({"b.zip": zipped({f"{A}.ipynb": NOTEBOOK})})}), "more than 2 archives deep"),
        (zipped({f"{n}-{A}.ipynb": os.urandom(2**18) for n in range(9)}), "unpacks to more than 2 MiB"),
        (zipped({f"{A}.ipynb": bytes(2**15)}, zipfile.ZIP_BZIP2), "other than deflate"),
        (zipped({f"{A}.ipynb": bytes(2**15)}, zipfile.ZIP_LZMA), "other than deflate"),
        (zipped({f"{A}.ipynb": NOTEBOOK})[:60], "cannot be read"),
        (gzip.compress(tarred([(f"{A}.ipynb", os.urandom(9000))]))[:4000], "cannot be read"),
        (b"Rar!\x1a\x07\x00", "is no zip and no tar"),
        (b"", "is no zip and no tar"),
    ],
    ids=lambda value: "archive" if isinstance(value, bytes) else value,  # its bytes hold the time of day
)
def test_a_bad_archive_harms_only_its_owner(tmp_path, into, archive, said):
    limits = Limits(archive_files=50, archive_bytes=2**21)
    rows = take(handed_in(tmp_path, archive), into, limits=limits)
    assert any(said in row.reason for row in rows if row.outcome == "refused" and row.name == "Ann Lee")
    assert tree(into)[f"{BO}/{A}/{A}.ipynb"] == NOTEBOOK


def test_a_zip_that_lies_about_a_size(tmp_path, into):
    data = bytearray(zipped({f"{A}.ipynb": bytes(2**22)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (100).to_bytes(4, "little")
    rows = take(handed_in(tmp_path, bytes(data)), into)
    assert "cannot be unpacked" in reason(rows, f"{WORK}!/{A}.ipynb")


def test_an_encrypted_notebook(tmp_path, into):
    data = bytearray(zipped({f"{A}.ipynb": NOTEBOOK}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert reason(take(handed_in(tmp_path, bytes(data)), into), f"{WORK}!/{A}.ipynb") == "is encrypted"


def test_a_tar_with_an_endless_header(tmp_path, into):
    info = tarfile.TarInfo(f"{A}.ipynb")
    info.pax_headers = {"comment": "x" * 2**17}
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    rows = take(handed_in(tmp_path, data.getvalue()), into)
    assert "has a header of" in reason(rows, WORK)


def test_an_xz_that_asks_for_much_memory(tmp_path, into):
    huge = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]
    data = lzma.compress(tarred([(f"{A}.ipynb", NOTEBOOK)]), filters=huge)
    assert "cannot be read" in reason(take(handed_in(tmp_path, data), into), WORK)


def test_a_file_above_the_limit(tmp_path, into):
    source = folder(tmp_path / "class", {f"bo/{A}/{A}.ipynb": b"x" * 2000, f"ann/{A}/{A}.ipynb": NOTEBOOK})
    rows = take(source, into, limits=Limits(file_bytes=1000))
    assert "the limit is" in reason(rows, f"bo/{A}/{A}.ipynb")
    assert list((into / "ann" / A).iterdir())


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"BZh9", b"\xfd7zXZ\x00"]))
def test_any_bytes_as_an_archive(tmp_path_factory, data, head):
    tmp_path = tmp_path_factory.mktemp("any")
    rows = take(handed_in(tmp_path, head + data), tmp_path / "into")
    assert tree(tmp_path / "into").keys() == {f"{BO}/{A}/{A}.ipynb", f"{BO}/{A}/timestamp.txt"}
    assert any(row.name == "Ann Lee" and row.outcome == "refused" for row in rows)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=3), st.sampled_from(["zip", "tar", "tar.gz"]))
def test_a_damaged_archive(tmp_path_factory, at, patch, kind):
    tmp_path = tmp_path_factory.mktemp("damaged")
    files = {f"{A}.ipynb": NOTEBOOK, "x/y.txt": b"text"}
    data = bytearray(zipped(files) if kind == "zip" else tarred(files.items()))
    at %= len(data)
    data[at : at + len(patch)] = patch
    packed = gzip.compress(bytes(data)) if kind == "tar.gz" else bytes(data)
    take(handed_in(tmp_path, packed, f"work.{kind}"), tmp_path / "into")
    assert tree(tmp_path / "into")[f"{BO}/{A}/{A}.ipynb"] == NOTEBOOK
    assert {name.split("/")[0] for name in tree(tmp_path / "into")} <= {ANN, BO}


def test_names_in_the_table_cannot_act(tmp_path, into):
    files = {
        f"=cmd|calc_1_assignsubmission_file_/{A}\x1b[2J\u202e.ipynb": NOTEBOOK,
        f"b_2_assignsubmission_file_/{A}.ipynb": b"",
    }
    take(saved(tmp_path, zipped(files)), into)
    text = (into / TABLE).read_text(encoding="utf-8")
    assert "\x1b" not in text and "\u202e" not in text
    cells = [cell for line in csv.reader(text.splitlines()) for cell in line]
    assert not [cell for cell in cells if cell.startswith("=")]


def test_a_name_of_blanks_is_nobodys(tmp_path, into):
    files = {
        f" _1_assignsubmission_file_/{A}.ipynb": NOTEBOOK,
        f"Ann Lee_2_assignsubmission_file_/{A}.ipynb": NOTEBOOK,
    }
    rows = take(saved(tmp_path, zipped(files)), into)
    assert "whose it is" in reason(rows, f" _1_assignsubmission_file_/{A}.ipynb")


@pytest.mark.parametrize("part", ["_", "-", " ", "-1", "_1_2_x", "(1)", "%20", "copy of "])
def test_a_long_name_takes_no_long_time(part):
    name = (part * 4000)[:4000] + ".ipynb"
    start = time.process_time()
    lesson_match(name, [A, B])
    with contextlib.suppress(Refused):
        detect([(name,), ("x" + name,)], [A, B])
    assert time.process_time() - start < 2


# again, and into where


def test_collecting_again(tmp_path, into):
    source = saved(tmp_path, zipped({f"bo/{A}/{A}.ipynb": b"one"}))
    take(source, into)
    later = NOW + timedelta(hours=1)
    (row,) = take(source, into, now=later)
    assert (row.outcome, tree(into)[f"bo/{A}/timestamp.txt"].decode()) == ("unchanged", STAMP)
    changed = saved(tmp_path, zipped({f"bo/{A}/{A}.ipynb": b"two"}))
    (row,) = take(changed, into, now=later)
    assert row.outcome == "taken" and "replaces" in row.reason
    assert tree(into)[f"bo/{A}/{A}.ipynb"] == b"two"
    assert b"13:00" in tree(into)[f"bo/{A}/timestamp.txt"]
    (row,) = take(saved(tmp_path, zipped({f"bo/{A}/{A}.ipynb": b"three"})), into, received=NOW, now=later)
    assert row.outcome == "kept"
    assert tree(into)[f"bo/{A}/{A}.ipynb"] == b"two"


def test_the_time_to_stamp(tmp_path, into):
    source = saved(tmp_path, zipped({f"bo/{A}/{A}.ipynb": NOTEBOOK}))
    take(source, into, received=datetime.fromisoformat("2026-11-20T18:00+01:00"))
    assert tree(into)[f"bo/{A}/timestamp.txt"] == b"2026-11-20 17:00:00.000000 UTC\n"
    with pytest.raises(CollectError, match="received.*time zone"):
        take(source, into, received=datetime(2026, 11, 20))


def test_a_target_that_is_not_ours(tmp_path):
    source = folder(tmp_path / "class", {f"bo/{A}/{A}.ipynb": NOTEBOOK})
    with pytest.raises(CollectError, match="--into.*SOURCE"):
        take(source, source / "bo")
    with pytest.raises(CollectError, match="--into.*other files"):
        take(source, folder(tmp_path / "mine", {f"ann/{A}/timestamp.txt": b"2020-01-01 00:00:00 UTC"}))


@pytest.mark.parametrize(
    "name, data",
    [("none.zip", None), ("x.zip", b"text"), ("x.ipynb", NOTEBOOK), ("x.zip", zipped({"a.txt": b""}))],
)
def test_a_source_that_is_no_export(tmp_path, into, name, data):
    if data is not None:
        saved(tmp_path, data, name)
    with pytest.raises(CollectError, match="SOURCE"):
        take(tmp_path / name, into)
    assert not tree(into) if into.exists() else True


def test_the_command(tmp_path, into, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    files = {f"bo/{A}/{A}.ipynb": NOTEBOOK, f"ann/{A}/[red]x.zip": b"no zip", "stray.ipynb": NOTEBOOK}
    source = saved(tmp_path, zipped(files))
    assert main(["collect", str(source), "--into", str(into)]) == 0
    said = capsys.readouterr().out
    assert "1 taken" in said and "2 refused" in said and "[red]x.zip" in said
    with open(into / TABLE, encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert sorted(row["file"] for row in table) == sorted(files)
    assert main(["collect", str(tmp_path / "none"), "--into", str(into)]) == 2


def test_a_tar_of_empty_members_costs_a_bounded_time(tmp_path):
    """Folders and remarks are members as well: a packed megabyte holds half a million of them."""
    header = tarfile.TarInfo("d")
    header.type = tarfile.DIRTYPE
    archive = gzip.compress(header.tobuf() * 400_000 + bytes(1024))
    assert len(archive) < 2**21
    source = tmp_path / "export"
    source.mkdir()
    (source / "Ann_1_assignsubmission_file_").mkdir()
    (source / "Ann_1_assignsubmission_file_" / "work.tar.gz").write_bytes(archive)
    start = time.process_time()
    rows = collect(source, tmp_path / "in", Options(now=NOW))
    assert time.process_time() - start < 3
    assert [row.outcome for row in rows] == ["refused"] and "holds more than" in rows[0].reason


EXCHANGE = "ann+01-convolution+2026-11-20 18:00:00 UTC+abc"


def test_a_time_to_come_is_not_believed(tmp_path):
    source, later = tmp_path / "inbound", EXCHANGE.replace("2026", "2036")
    for folder in (EXCHANGE, later):
        (source / folder).mkdir(parents=True)
        (source / folder / "01-convolution.ipynb").write_text(f'"{folder}"')
    (row,) = [row for row in collect(source, tmp_path / "in", Options(now=NOW)) if row.outcome == "taken"]
    assert row.received == STAMP.strip() and "not believed" in row.reason


def test_where_the_exchange_has_several_users_a_folder_is_its_owners(tmp_path, monkeypatch):
    monkeypatch.setattr(names, "user_name", lambda number: {1001: "ann", 1002: "bo", 1003: "eve"}[number])
    source = tmp_path / "inbound"
    for person, folder in (("ann", EXCHANGE), ("bo", EXCHANGE.replace("ann", "bo")), ("eve-as-ann", EXCHANGE + "d")):
        place = source / folder
        place.mkdir(parents=True)
        (place / "01-convolution.ipynb").write_text(f'"{person}"')
    by_folder = {EXCHANGE: 1001, EXCHANGE.replace("ann", "bo"): 1002, EXCHANGE + "d": 1003}
    monkeypatch.setattr(archives, "_owner", lambda item: by_folder[Path(item.path).parent.name])
    rows = collect(source, tmp_path / "in", Options(now=NOW))
    assert [(row.outcome, row.student) for row in rows if "eve" in row.reason] == [("refused", "")]
    taken = tmp_path / "in" / "ann" / "01-convolution" / "01-convolution.ipynb"
    assert taken.read_text() == '"ann"' and {row.student for row in rows if row.outcome == "taken"} == {"ann", "bo"}


# a student's submission that would decide for others


CLASS = ("ann", "bo", "cy")
IN_FOLDERS = {f"{one}/{A}.ipynb": one.encode() for one in CLASS}
IN_REPOSITORIES = {f"{one}/course/{A}/{A}.ipynb": one.encode() for one in CLASS}
AS_FILES = {f"{one}_{A}.ipynb": one.encode() for one in CLASS}


@pytest.mark.parametrize(
    "others, own",
    [
        (IN_FOLDERS, f"eve/{A}/{A}.ipynb"),
        (IN_FOLDERS, f"eve/src/{A}/{A}.ipynb"),
        (IN_FOLDERS, f"submission_1/{A}.ipynb"),
        (IN_FOLDERS, f"Eve_1_assignsubmission_file_/{A}.ipynb"),
        (IN_FOLDERS, f"eve+{A}+2026-11-20 18:00:00 UTC+abc/{A}.ipynb"),
        (IN_FOLDERS, f"eve_1_2_{A}.ipynb"),
        (IN_REPOSITORIES, f"eve/{A}/{A}.ipynb"),
        (AS_FILES, f"eve_1_2_{A}.ipynb"),
        (AS_FILES, f"eve/{A}/{A}.ipynb"),
    ],
)
@pytest.mark.parametrize("around", ["", "class/"])
def test_no_name_of_one_student_decides_how_others_are_read(tmp_path, into, others, own, around):
    files = {f"{around}{name}": data for name, data in {**others, own: b"eve"}.items()}
    # many files of one student are no more than one
    files |= {f"{around}{own.rpartition('/')[0]}/{n}.ipynb": b"eve" for n in range(20) if "/" in own}
    take(folder(tmp_path / "handed-in", files), into)
    assert {one: tree(into)[f"{one}/{A}/{A}.ipynb"] for one in CLASS} == {one: one.encode() for one in CLASS}


@pytest.mark.parametrize("lesson_of", [f"eve/{A}/mine.ipynb", f"eve/src/{A}/mine.ipynb"])
def test_a_folder_of_a_lesson_tells_it_where_others_have_none(tmp_path, into, lesson_of):
    take(folder(tmp_path / "handed-in", {**IN_FOLDERS, lesson_of: b"eve"}), into)
    assert tree(into)[f"eve/{A}/{A}.ipynb"] == b"eve"


@pytest.mark.parametrize(
    "named, own, inside",
    [
        (
            "HW_{}_attempt_2026-11-20-10-00-00_{}",
            "HW_eve_attempt_2026-11-20-10-00-00_w.zip",
            f"HW_ann_attempt_2026-11-21-10-00-00_{A}.ipynb",
        ),
        (
            "7-45 - {} Lee - Nov 20, 2026 1000 AM - {}",
            "19-45 - eve Lee - Nov 20, 2026 1000 AM - w.zip",
            f"7-45 - ann Lee - Nov 21, 2026 1000 AM - {A}.ipynb",
        ),
        (
            "{}_1_assignsubmission_file_{}",
            "eve_2_assignsubmission_file_w.zip",
            f"ann_1_assignsubmission_file_{A}.ipynb",
        ),
        ("{}/{}", "eve.zip", f"ann/{A}.ipynb"),
        ("{}/{}", f"eve_{A}.tar", f"ann+{A}+2026-11-20 18:00:00 UTC+abc/{A}.ipynb"),
        (f"{{}}/{A}/{{}}", "eve.zip", f"ann/{A}/{A}.ipynb"),
        (f"{{}}/x/{A}/{{}}", "eve.zip", f"ann/{A}/{A}.ipynb"),
        ("{}_{}", f"eve_{A}.zip", f"ann_{A}.ipynb"),
    ],
)
def test_an_archive_among_submissions_speaks_for_nobody_else(tmp_path, into, named, own, inside):
    files = {named.format(one, f"{A}.ipynb"): one.encode() for one in CLASS}
    pack = zipped({inside: b"forged"}) if own.endswith(".zip") else tarred([(inside, b"forged")])
    rows = take(folder(tmp_path / "handed-in", {**files, own: pack}), into)
    notebooks = {name: data for name, data in tree(into).items() if name.endswith(".ipynb")}
    assert set(map(str.encode, CLASS)) <= set(notebooks.values())
    (row,) = [row for row in rows if "!/" in row.file]
    assert row.outcome == "passed over" or row.name.startswith("eve")


# what costs time, memory or disk


def pax_remarks():
    remarks = b"6 a=b\n" * 10_000
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, len(remarks)
    member = head.tobuf() + remarks + bytes(-len(remarks) % 512) + tarfile.TarInfo("x").tobuf()
    return gzip.compress(member * 100, 1)


def map_of_holes():
    about = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x", "GNU.sparse.realsize": "9"}
    body = b"%d\n" % 2**22 + b"1\n" * 2**23
    member = tarfile.TarInfo("x")
    member.size = len(body)
    member.pax_headers = about
    return gzip.compress(member.tobuf(tarfile.PAX_FORMAT) + body)


def map_of_holes_in_blocks():
    head = tarfile.TarInfo("x")
    head.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(head.tobuf(tarfile.GNU_FORMAT))
    block[482] = 1  # another block of the map follows
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    more = (b"00000000001\0" * 42).ljust(504, b"\0") + b"\1" + bytes(7)
    return gzip.compress(bytes(block) + more * 2**16, 1)


def extra_fields():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.txt", b"")
        for info in archive.infolist():
            info.extra = struct.pack("<HH", 0x9999, 0) * 16_000
    return data.getvalue()


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: gzip.compress(b"") * 100_000, "more than 10000 pieces"),
        (lambda: bz2.compress(b"") * 100_000, "more than 10000 pieces"),
        (lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 2**23, "cannot be read"),  # a name without an end
        (pax_remarks, "remarks on its files"),
        (map_of_holes, "holes in it"),
        (map_of_holes_in_blocks, "holes in it"),
        (extra_fields, "remarks on its files"),
    ],
    ids=["gzip-streams", "bzip2-streams", "gzip-name", "pax", "sparse", "old-sparse", "zip-extra"],
)
def test_what_stands_around_files_costs_a_bounded_time(tmp_path, into, make, said):
    source = handed_in(tmp_path, make())
    start = time.process_time()
    rows = take(source, into)
    assert time.process_time() - start < 3
    assert said in reason(rows, WORK)
    assert tree(into)[f"{BO}/{A}/{A}.ipynb"] == NOTEBOOK


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_a_tar_may_be_packed_in_pieces_and_filled_up_with_zeros(tmp_path, into, pack):
    data = tarred([(f"{A}.ipynb", os.urandom(70_000))])
    pieces = b"".join(pack(data[at : at + 9_000]) for at in range(0, len(data), 9_000))
    take(handed_in(tmp_path, pieces + bytes(2**17)), into)
    assert tree(into)[f"{ANN}/{A}/{A}.ipynb"] == tarfile.open(fileobj=io.BytesIO(data)).extractfile(f"{A}.ipynb").read()


def test_a_student_fills_no_disk(tmp_path, into):
    eve = {f"eve/{A}/{number}.ipynb": bytes(200) for number in range(50)}
    eve |= {f"eve/{A}/w{number}.zip": zipped({f"{A}.ipynb": bytes(200)}) for number in range(9)}
    source = folder(tmp_path / "class", {**eve, f"ann/{A}/{A}.ipynb": bytes(900)})
    rows = take(source, into, limits=Limits(student_bytes=1000))
    assert tree(into)[f"ann/{A}/{A}.ipynb"] == bytes(900)
    read = [row for row in rows if row.student == "eve" and row.outcome in ("taken", "passed over")]
    assert 0 < len(read) <= 5
    assert len([row for row in rows if row.student == "eve" and "one student may hand in" in row.reason]) >= 45


def test_a_student_fills_no_terminal(tmp_path, into, capsys):
    links = []
    for number in range(300):
        link = tarfile.TarInfo(f"{'long/' * 200}{number}.ipynb")
        link.type, link.linkname = tarfile.SYMTYPE, "x"
        links.append((link, b""))
    assert main(["collect", str(handed_in(tmp_path, tarred(links))), "--into", str(into)]) == 0
    said = capsys.readouterr().out
    assert len(said) < 20_000 and "290 more are not shown" in said
    with open(into / TABLE, encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) > 300
