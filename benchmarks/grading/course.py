"""A class over the whole course: submissions a second and seconds of processor time each, lesson by lesson."""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.grading.classes import hand_in
from benchmarks.grading.speed import run_module
from grading.lesson.load import lesson_names


@dataclass(frozen=True)
class LessonSpeed:
    """What grading one lesson's submissions took: wall seconds of the command, processor seconds of all its processes.

    `start` is what the command takes for no submission more: the second run, in which nothing is new.
    """

    lesson: str
    size: int
    wall: float
    processor: float
    start: float

    @property
    def each(self) -> float:
        """Processor seconds of one submission."""
        return (self.processor - self.start) / self.size


def measure(size: int, workers: int) -> list[LessonSpeed]:
    """Grade `size` submissions of every lesson, a command each."""
    speeds = []
    with tempfile.TemporaryDirectory() as scratch:
        for lesson in lesson_names():
            folder = Path(scratch) / lesson
            hand_in(folder / "submitted", lesson, size)
            words = ["grade", lesson, "--submissions", str(folder / "submitted"), "--out", str(folder / "out")]
            words += ["--workers", str(workers), "--quiet"]
            wall, processor = _timed(words)
            _, start = _timed(words)
            speeds.append(LessonSpeed(lesson, size, wall, processor, start))
            print(row(speeds[-1]), flush=True)
    return speeds


def _timed(words: list[str]) -> tuple[float, float]:
    """Wall seconds, and user and system seconds of the command and all that it waited for."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run_module("grading.cli", *words)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


HEAD = "| lesson | submissions a second | processor seconds each |\n|---|---|---|"


def row(speed: LessonSpeed) -> str:
    """A lesson's line of the table in Markdown."""
    return f"| {speed.lesson} | {speed.size / speed.wall:.2f} | {speed.each:.2f} |"


def total(speeds: list[LessonSpeed]) -> str:
    """The line of the whole course."""
    submissions, wall = sum(one.size for one in speeds), sum(one.wall for one in speeds)
    each = sum(one.each for one in speeds) / len(speeds)
    return f"| the course | {submissions / wall:.2f} | {each:.2f} |"
