"""The grader is killed while learners' code runs in the real sandbox: nothing is lost, and nothing goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from small_course import files, gradebook

from benchmarks.grading.processes import tree
from grading.lesson.places import PROJECT
from tests.machine import in_ci

LESSON = "04-pooling"
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
    return subprocess.Popen(
        [*command, "--submissions", submitted, "--out", out],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a shell's "&" ignores it
    )


def notebooks(out):
    return len(list(out.glob(f"autograded/*/{LESSON}/{LESSON}.ipynb")))


def command(pid):
    """What a process was started as; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def started_by(pid):
    """The process and all that descend from it, in the sandbox too."""
    return {(process, command(process)) for process in tree(pid) if command(process)}


def alive(processes):
    return {(pid, was) for pid, was in processes if was and command(pid) == was}


def assert_all_end(processes):
    end = time.monotonic() + 30
    while time.monotonic() < end and alive(processes):
        time.sleep(0.1)
    assert not alive(processes)


def test_killed_in_the_middle_of_notebooks_and_run_again(submitted, tmp_path):
    clean, out = tmp_path / "undisturbed", tmp_path / "killed"
    assert start(submitted, clean).wait() == 0
    started = set()
    for result in in_ci((0, 1, 2), by_hand=(1,)):  # at first while processes start
        process = start(submitted, out)
        while notebooks(out) < result or len(started_by(process.pid)) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        started |= started_by(process.pid)
        os.kill(process.pid, 9)
        process.wait()
        assert notebooks(out) < len(STUDENTS)
    assert start(submitted, out).wait() == 0
    assert gradebook(out) == gradebook(clean)
    assert files(out) == files(clean)
    assert_all_end(started)


def test_ctrl_c_does_not_wait_for_a_notebook_that_never_ends(submitted, tmp_path):
    path = submitted / STUDENTS[0] / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    answers[0].source = "while True: pass"
    nbformat.write(notebook, path)
    process = start(submitted, tmp_path / "out")
    while notebooks(tmp_path / "out") < len(STUDENTS) - 1:  # all the others, so that one is running
        assert process.poll() is None
        time.sleep(0.05)
    started = started_by(process.pid)
    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=15)
    assert process.returncode == 130 and "Traceback" not in output
    assert output.endswith("\nconvgrade: interrupted; what is recorded stays, and the same command does the rest\n")
    assert_all_end(started)
