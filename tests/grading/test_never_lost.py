"""Whatever ends the grader, and wherever: nothing is half-written, and the next run does the rest."""

import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from multiprocessing import forkserver

import pytest
from small_course import LESSON, Fake, files, gradebook, hand_in, hand_in_class, rows

from grading.cli import main
from tests.machine import in_ci

SIZE = 18


def run(course, out, workers="1", *more):
    """Grade in a process of its own, forked from this one."""
    process = multiprocessing.get_context("fork").Process(target=_grade, args=(course, out, workers, more))
    process.start()
    return process


def _grade(course, out, workers, more):
    os.setsid()
    forkserver._forkserver._forkserver_pid = None  # one that an earlier test started is no child of this process
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    os._exit(course.grade("--workers", workers, *more, out=out))


def finish(course, out, *more):
    process = run(course, out, *more)
    process.join()
    return process.exitcode


def start_of(course, name):
    """An output folder with the same seed as every other."""
    out = course.out.with_name(name)
    out.mkdir()
    (out / "seed").write_text("7\n")
    return out


@pytest.fixture
def undisturbed(course):
    """A class, graded without a kill, and how long that took."""
    hand_in_class(course.submissions, SIZE)
    course.fake = Fake(0.01)
    out = start_of(course, "undisturbed")
    course.grade(out=out)  # what is loaded once for a process is loaded now
    shutil.rmtree(out)
    out = start_of(course, "undisturbed")
    start = time.monotonic()
    assert finish(course, out) == 0
    return out, time.monotonic() - start


def assert_equal(out, undisturbed):
    assert gradebook(out) == gradebook(undisturbed)
    assert files(out) == files(undisturbed)
    assert not [path for path in out.rglob("*") if path.name.endswith((".new", "-journal"))]


def test_killed_at_random_moments_and_run_again(course, undisturbed, request):
    clean, seconds = undisturbed
    kills = request.config.getoption("--kills")
    chance = random.Random(int(os.environ.get("CONVGRADE_KILL_SEED", "5")))
    recorded = []
    for number in range(kills):
        out = start_of(course, f"killed-{number}")
        for _ in range(chance.choice([1, 1, 2, 3])):
            process = run(course, out)
            time.sleep(chance.uniform(0.02, 1.05 * seconds))
            process.kill()
            process.join()
        recorded.append(count(out))
        assert finish(course, out) == 0
        assert_equal(out, clean)
        shutil.rmtree(out)
    print("recorded when the last kill came:", recorded)


def test_killed_after_a_check_was_mended(course, undisturbed, request):
    clean, seconds = undisturbed
    base = start_of(course, "base")
    assert finish(course, base) == 0
    course.fake.easy = {"double-zero"}
    course.change({"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4, "large": 1}}, "mended")
    out = start_of(course, "regraded")
    shutil.copytree(base, out, dirs_exist_ok=True)
    assert finish(course, out, "1", "--regrade") == 0
    changes = (out / "changes.csv").read_bytes()
    chance = random.Random(6)
    for number in range(max(1, request.config.getoption("--kills") // 3)):
        killed = start_of(course, f"killed-{number}")
        shutil.copytree(base, killed, dirs_exist_ok=True)
        process = run(course, killed, "1", "--regrade")
        time.sleep(chance.uniform(0.02, seconds))
        process.kill()
        process.join()
        assert finish(course, killed, "1", "--regrade") == 0
        assert_equal(killed, out)
        assert (killed / "changes.csv").read_bytes() == changes


def test_killed_while_several_processes_write_pages(course, undisturbed):
    clean, _ = undisturbed
    out = start_of(course, "pool")
    process = run(course, out, "2")
    end = time.monotonic() + 60
    while not list((out / "feedback").rglob("*.html")) and time.monotonic() < end:
        time.sleep(0.01)
    process.kill()
    process.join()
    assert finish(course, out, "2") == 0
    assert_equal(out, clean)
    end = time.monotonic() + 20
    while time.monotonic() < end and _in_session(process.pid):
        time.sleep(0.1)
    assert not _in_session(process.pid)


def _in_session(session):
    """The processes that a killed grader has left."""
    found = []
    for path in os.listdir("/proc"):
        try:
            if path.isdigit() and os.getsid(int(path)) == session:
                found.append(path)
        except OSError:
            continue
    return found


def count(out):
    """How many submissions the gradebook holds."""
    if not (out / "gradebook.db").exists():
        return 0
    with sqlite3.connect(out / "gradebook.db") as database:
        return database.execute("select count(*) from convgrade_submission").fetchone()[0]


# what a machine refuses

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


@contextmanager
def mounted(place, *words):
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", *words, str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@ROOT
def test_a_full_disk_ends_grading_with_an_error_and_nothing_half_written(course, undisturbed, capsys):
    clean, _ = undisturbed
    out = course.out.with_name("small-disk")
    with mounted(out, "-t", "tmpfs", "-o", "size=1300k", "tmpfs"):
        (out / "seed").write_text("7\n")
        assert course.grade(out=out) == 2
        said = capsys.readouterr().err
        assert "full" in said or "No space" in said
        result = count(out)
        assert 0 < result
        whole = {name: data for name, data in files(out).items() if name.startswith(("autograded", "feedback"))}
        theirs = files(clean)
        assert all(theirs[name] == data for name, data in whole.items())
        subprocess.run(["mount", "-o", "remount,size=100m", str(out)], check=True)
        assert course.grade(out=out) == 0
        assert len(course.fake.graded) <= SIZE - result
        assert_equal(out, clean)


@ROOT
@pytest.mark.parametrize("free", in_ci([0, 60, 150, 240, 400], by_hand=[0, 240]))
def test_a_disk_that_is_full_from_the_start_or_soon(course, undisturbed, capsys, free):
    clean, _ = undisturbed
    out = course.out.with_name("small-disk")
    with mounted(out, "-t", "tmpfs", "-o", f"size={free + 4}k", "tmpfs"):
        (out / "seed").write_text("7\n")
        assert course.grade(out=out) == 2
        assert "small-disk" in capsys.readouterr().err
        subprocess.run(["mount", "-o", "remount,size=100m", str(out)], check=True)
        assert course.grade(out=out) == 0
        assert_equal(out, clean)


@ROOT
def test_a_read_only_folder(course, undisturbed, capsys):
    clean, _ = undisturbed
    out = start_of(course, "read-only")
    shutil.copytree(clean, out, dirs_exist_ok=True)
    hand_in(course.submissions, "new", {"double": "# right"})
    before = files(out), gradebook(out)
    with mounted(out, "--bind", str(out)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(out)], check=True)
        capsys.readouterr()
        assert course.grade(out=out) == 2
        said = capsys.readouterr().err
        assert "Read-only" in said and "read-only" in said
        (course.submissions / "class.csv").write_text("student,Email address\nnew,new@x.org\n")
        assert main(["roster", str(course.submissions / "class.csv"), "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert "roster.csv" in said and "Read-only file system" in said and "Errno" not in said
    assert (files(out), gradebook(out)) == before


def test_a_folder_that_is_not_ones_own(course, tmp_path):
    """As somebody else than root, who may write everywhere."""
    if os.geteuid() != 0:
        pytest.skip("to become somebody else needs root")
    hand_in(course.submissions, "one", {})
    out = tmp_path / "closed"
    out.mkdir()
    said = tmp_path / "said"
    process = multiprocessing.get_context("fork").Process(target=_grade_as_nobody, args=(course, out, said))
    process.start()
    process.join()
    assert process.exitcode == 2
    assert "closed cannot be written" in said.read_text() and "Permission denied" in said.read_text()
    assert not list(out.iterdir())


def _grade_as_nobody(course, out, said):
    sys.stderr = open(said, "w")
    os.setgroups([])
    for path in (out, *out.parents[:4]):
        path.chmod(path.stat().st_mode | 0o055)  # pytest's folders are closed, and one more with xdist
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    code = course.grade(out=out)
    sys.stderr.flush()
    os._exit(code)


def test_a_locked_gradebook(course, undisturbed, capsys):
    clean, _ = undisturbed
    out = start_of(course, "locked")
    shutil.copytree(clean, out, dirs_exist_ok=True)
    hand_in(course.submissions, "new", {"double": "# right"})
    before = gradebook(out)
    other = sqlite3.connect(out / "gradebook.db", isolation_level=None)
    other.execute("begin exclusive")
    capsys.readouterr()
    assert course.grade(out=out) == 2
    assert "another program holds it locked" in capsys.readouterr().err
    other.execute("rollback")
    assert gradebook(out) == before
    assert course.grade(out=out) == 0
    assert [row["student"] for row in rows(out) if row["student"] == "new"]


def test_two_graders_do_not_meet(course, capsys):
    hand_in_class(course.submissions, 4)
    course.fake = Fake(0.5)
    process = run(course, course.out)
    while not (course.out / "autograded").exists():
        time.sleep(0.05)
    assert course.grade() == 2
    assert "another `convgrade grade` is at work" in capsys.readouterr().err
    process.join()
    assert process.exitcode == 0


def test_a_submission_that_the_grader_cannot_handle_stops_no_other(course, capsys):
    students = hand_in_class(course.submissions, 6)

    class Breaks(Fake):
        def __call__(self, job, sandbox="auto"):
            if job.student == students[1]:
                raise OSError("the worker has vanished")
            return super().__call__(job, sandbox)

    course.fake = Breaks()
    assert course.grade() == 0
    said = capsys.readouterr().err
    assert f"{students[1]}/{LESSON}" in said and "vanished" in said and "tries it again" in said
    assert {row["status"] for row in rows(course.out) if row["student"] == students[1]} == {"crashed"}
    assert {row["student"] for row in rows(course.out)} == set(students)
    course.fake = Fake()
    assert course.grade() == 0
    assert course.fake.graded == [students[1]]
    assert {row["student"] for row in rows(course.out)} == set(students)
