"""The grader is killed while learners' code runs in the real sandbox: nothing is lost, and nothing goes on."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import files, gradebook

from grading.lesson import PROJECT

LESSON = "04-pooling"
MARK = "CONVGRADE_TEST_FOLDER"
STUDENTS = ("ada", "bao", "carla", "deniz")


@pytest.fixture
def submitted(tmp_path):
    for name in STUDENTS:
        shutil.copytree(PROJECT / "grading" / "examples" / name / LESSON, tmp_path / "submitted" / name / LESSON)
    return tmp_path / "submitted"


def start(submitted, out):
    """`convgrade grade` with the seed that all runs have."""
    out.mkdir(exist_ok=True)
    (out / "seed").write_text("7\n")
    command = [Path(sys.executable).with_name("convgrade"), "grade", LESSON, "--quiet", "--workers", "2"]
    environment = {**os.environ, MARK: str(out)}
    return subprocess.Popen([*command, "--submissions", submitted, "--out", out], env=environment)


def notebooks(out):
    return len(list(out.glob(f"autograded/*/{LESSON}/{LESSON}.ipynb")))


def left(out):
    """The processes that were started for `out`."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={out}".encode() in file.read_bytes().split(b"\0"):
                found.append(file.parent.name)
        except OSError:  # it has just ended
            continue
    return found


def test_killed_in_the_middle_of_notebooks_and_run_again(submitted, tmp_path):
    clean, out = tmp_path / "undisturbed", tmp_path / "killed"
    assert start(submitted, clean).wait() == 0
    for done in (0, 1, 3):
        process = start(submitted, out)
        while notebooks(out) < done:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0 if done else 4)  # at first while processes start
        assert len(left(out)) > 1
        os.kill(process.pid, 9)
        process.wait()
        assert notebooks(out) < len(STUDENTS)
    assert start(submitted, out).wait() == 0
    assert gradebook(out) == gradebook(clean)
    assert files(out) == files(clean)
    end = time.monotonic() + 30
    while time.monotonic() < end and left(out):
        time.sleep(0.1)
    assert not left(out)
