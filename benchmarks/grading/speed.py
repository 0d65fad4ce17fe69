"""Submissions per minute: stock nbgrader and `convgrade grade`, interleaved, on the same class."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.grading.classes import hand_in
from benchmarks.grading.stock import prepare
from convschool import mode


def measure(lesson: str, rounds: int, size: int, stock_size: int) -> dict[str, list[float]]:
    """Submissions per minute of each way, by round.

    `size` submissions for `convgrade`, the first `stock_size` of them for nbgrader. The time of `convgrade` is that of
    the whole command: its start, feedback pages and report, which nbgrader's does not hold, included.
    """
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = hand_in(folder / "submitted", lesson, size)
        prepare(folder, lesson)
        for number in range(rounds):
            ways = {
                "nbgrader, its API in one process": lambda: stock_rate(folder, lesson, names[:stock_size]),
                "nbgrader autograde, a command each": lambda: _commands(folder, lesson, names[:1]),
                "convgrade grade, 1 worker": lambda: our_rate(folder, lesson, size, 1),
                "convgrade grade, 2 workers": lambda: our_rate(folder, lesson, size, 2),
            }
            for way, run in ways.items():
                rates.setdefault(way, []).append(run())
                print(f"round {number + 1}: {way}: {rates[way][-1]:.1f}/min (load {os.getloadavg()[0]:.1f})")
    return rates


def table(rates: dict[str, list[float]]) -> str:
    """The medians as a table in Markdown, with the ratio to nbgrader's fastest way."""
    medians = {way: statistics.median(found) for way, found in rates.items()}
    stock = max(median for way, median in medians.items() if way.startswith("nbgrader"))
    lines = ["| way | submissions a minute | of each round | against stock |", "|---|---|---|---|"]
    for way, median in medians.items():
        each = ", ".join(f"{rate:.1f}" for rate in rates[way])
        lines.append(f"| {way} | {median:.1f} | {each} | {median / stock:.1f} |")
    return "\n".join(lines)


def stock_rate(folder: Path, lesson: str, names: list[str]) -> float:
    """Submissions a minute of nbgrader's API. Its start is not counted: a class is graded by one process."""
    seconds = json.loads(_run("-m", "benchmarks.grading.stock", str(folder), lesson, *names).splitlines()[-1])
    return 60 * len(seconds) / sum(seconds)


def _commands(folder: Path, lesson: str, names: list[str]) -> float:
    start = time.perf_counter()
    for name in names:
        words = [
            f"--CourseDirectory.root={folder}",
            f"--CourseDirectory.db_url=sqlite:///{folder}/gradebook.db",
        ]
        _run("-m", "nbgrader", "autograde", lesson, f"--student={name}", "--force", *words)
    return 60 * len(names) / (time.perf_counter() - start)


def our_rate(folder: Path, lesson: str, size: int, workers: int) -> float:
    """Submissions a minute of `convgrade grade`, its start, pages and report included."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    words = [
        "--submissions",
        str(folder / "submitted"),
        "--out",
        str(out),
        "--workers",
        str(workers),
        "--quiet",
    ]
    _run("-m", "grading.cli", "grade", lesson, *words)
    return 60 * size / (time.perf_counter() - start)


def run_module(*words: str) -> str:
    """Run ``python -m`` with these words, and return what it prints.

    Raises
    ------
    RuntimeError
        When it ends with another code than 0.
    """
    return _run("-m", *words)


def _run(*words: str) -> str:
    environment = {
        **os.environ,
        **mode.environment(mode.Mode(progress=False)),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout
