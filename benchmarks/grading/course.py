"""A class over the whole course: submissions a second and seconds of processor time each, lesson by lesson."""

import resource
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.grading import roles, speed
from benchmarks.grading.classes import hand_in
from benchmarks.grading.stock import prepare
from grading.lesson.places import lesson_names


@dataclass(frozen=True)
class LessonSpeed:
    """What grading one lesson's submissions took: wall seconds of the command, processor seconds of its own processes.

    `start` is what the command takes for no submission more: the second run, in which nothing is new; `pages` what it
    takes when all pages are gone. `roles` are seconds of one submission (`benchmarks.grading.roles`).
    """

    lesson: str
    size: int
    wall: float
    processor: float
    start: float
    pages: float
    roles: dict[str, float]

    @property
    def each(self) -> float:
        """Processor seconds of one submission.

        Learners' processes end with their sandbox, and nobody waits for them: their seconds come from `roles`.
        """
        return (self.processor - self.start) / self.size + self.roles["learner's code"]

    @property
    def each_page(self) -> float:
        """Processor seconds of one page."""
        return (self.pages - self.start) / self.size


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
            shutil.rmtree(folder / "out" / "feedback")
            _, pages = _timed(words)
            speeds.append(LessonSpeed(lesson, size, wall, processor, start, pages, roles.measure(lesson)))
            print(row(speeds[-1]), flush=True)
    return speeds


def _timed(words: list[str]) -> tuple[float, float]:
    """Wall seconds, and user and system seconds of the command and all that it waited for."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    speed.run_module("grading.cli", *words)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


HEAD = (
    f"| lesson | submissions a second | processor seconds each | {' | '.join(roles.ROLES)} | page |\n"
    f"|{'---|' * (4 + len(roles.ROLES))}"
)


def row(one: LessonSpeed) -> str:
    """A lesson's line of the table in Markdown."""
    parts = [one.each, *one.roles.values(), one.each_page]
    return f"| {one.lesson} | {one.size / one.wall:.2f} | {' | '.join(f'{part:.2f}' for part in parts)} |"


def total(speeds: list[LessonSpeed]) -> str:
    """The line of the whole course."""
    submissions, wall = sum(one.size for one in speeds), sum(one.wall for one in speeds)
    each = sum(one.each for one in speeds) / len(speeds)
    return f"| the course | {submissions / wall:.2f} | {each:.2f} |{' |' * (1 + len(roles.ROLES))}"


def beside_stock(lesson: str, size: int, stock_size: int, workers: int) -> str:
    """Submissions a minute of nbgrader's API and of `convgrade grade`, in turn on one class, in one line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = hand_in(folder / "submitted", lesson, size)
        prepare(folder, lesson)
        stock = speed.stock_rate(folder, lesson, names[:stock_size])
        ours = speed.our_rate(folder, lesson, size, workers)
    return f"{lesson}: nbgrader's API {stock:.1f} a minute, convgrade {ours:.1f}: {ours / stock:.1f} times"
