"""A check that takes long, is interrupted, or prints without an end."""

import linecache
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

from convschool import CheckFailed, check, check_failing_case, mode, running
from convschool.running import CheckStopped

ENDLESS = "def double(x):\n    n = 0\n    while n < 10:\n        n = n * 1\n    return 2 * x\n"


def typed(code):
    """The function of a cell of its own."""
    linecache.cache["<cell>"] = (1, None, code.splitlines(keepends=True), "<cell>")
    names = {"np": np}
    exec(compile(code, "<cell>", "exec"), names)
    return names["double"]


def interrupted(after, run):
    """Run, and interrupt as the notebook's button does; whoever started the tests may have SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        run()
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_leaves_one_line_that_says_where(course):
    with pytest.raises(CheckStopped) as caught:
        interrupted(0.3, lambda: check("double-values", typed(ENDLESS)))
    (line,) = caught.value._render_traceback_()
    assert line.startswith("CheckStopped: double-values was stopped in the case 'a row', on line ")
    assert "while n < 10" in line or "n = n * 1" in line
    assert caught.value.__suppress_context__


def test_a_check_that_takes_long_says_which_case_runs_and_how_to_stop_it(course, capsys, monkeypatch):
    monkeypatch.setattr(running, "PATIENCE_SECONDS", 0.2)
    calls = []

    def slow(x):
        calls.append(x)
        time.sleep(0.5 if len(calls) == 2 else 0)
        return 2 * x

    check("double-values", slow)
    output = capsys.readouterr().out
    assert "double-values has been running for 0 seconds, now the case 'a matrix'" in output
    assert "press ■" in output
    calls.clear()
    calls.extend([0, 0])
    check("double-values", slow)
    time.sleep(0.3)
    assert "has been running" not in capsys.readouterr().out


def test_a_flood_of_prints_is_cut_off_and_the_explanation_is_still_shown(course, capsys):
    def loud(x):
        for _ in range(1000):
            print("x" * 100)
        return x

    with pytest.raises(CheckFailed):
        check("double-values", loud)
    output = capsys.readouterr().out
    assert running.MOST_CHARACTERS < len(output) < running.MOST_CHARACTERS + 3000
    assert output.count("the rest is left out") == 1 and "✗ double-values" in output
    print("after")
    assert capsys.readouterr().out == "after\n"


def test_a_case_of_the_learners_may_be_endless_too(course):
    make_case = typed(ENDLESS.replace("(x)", "(x=1)"))
    with pytest.raises(CheckStopped, match="double-case-shown was stopped"):
        interrupted(0.3, lambda: check_failing_case("double-case-shown", make_case, abs, abs))


@pytest.mark.parametrize("pass_of_grading", ["silent", "shown"])
def test_at_grading_nothing_is_watched(course, pass_of_grading):
    before = sys.stdout
    seen = []
    with mode.using(checks=pass_of_grading, progress=False):
        check("double-values", lambda x: seen.append(sys.stdout) or 2 * x)
    assert all(out is before for out in seen)


@pytest.mark.parametrize("pass_of_grading", ["silent", "shown"])
def test_at_grading_nothing_is_said_of_what_is_left(course, monkeypatch, pass_of_grading):
    monkeypatch.setattr("convschool.checking.left_of", lambda part: pytest.fail(f"{part}: every lesson is read"))
    with mode.using(checks=pass_of_grading, progress=False):
        check("double-values", lambda x: 2 * x)


def test_where_there_are_no_threads_a_check_runs_all_the_same(course, capsys, monkeypatch):
    def no_threads(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Timer, "start", no_threads)
    check("double-values", lambda x: 2 * x)
    assert "✓ double-values" in capsys.readouterr().out
