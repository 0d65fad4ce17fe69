"""Where the time of grading a class goes, and how memory grows with it: in one process, as the command does it."""

import os
import resource
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from benchmarks.grading.classes import hand_in
from benchmarks.grading.processes import memory_mb, tree


class Clock:
    """Adds up the time of calls, by name."""

    def __init__(self):
        self.seconds: Counter = Counter()

    @contextmanager
    def of(self, name: str):
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start

    def watch(self, owner: object, attribute: str, name: str) -> None:
        """Time every call of `owner`'s function."""
        function = getattr(owner, attribute)

        def timed(*args, **kwargs):
            with self.of(name):
                return function(*args, **kwargs)

        setattr(owner, attribute, timed)


def measure(
    lesson: str, size: int, workers: int, every: int = 100
) -> tuple[dict[str, float], list[tuple[int, float, float]]]:
    """Seconds by what they were spent on, and (submissions graded, MB of the grader, MB of all its processes)."""
    clock, memory = Clock(), []
    start = time.perf_counter()
    with clock.of("start: imports"):
        from grading import grade, gradebook
        from grading.job import Limits
        from grading.output import Output
        from grading.plan import Grading
        from grading.publish import feedback, report
    clock.watch(grade, "load_master", "start: the lesson")
    clock.watch(grade, "read_submission", "writer: read and rebuild")
    clock.watch(grade, "rebuild", "writer: read and rebuild")
    clock.watch(grade, "_keep_files", "writer: files")
    clock.watch(grade, "_keep_submitted", "writer: files")
    clock.watch(gradebook.Record, "write", "writer: database")
    executed = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch, "submitted"), Output(Path(scratch, "out"))
        hand_in(folder, lesson, size)
        request = Grading([lesson], folder, out, Limits(), workers)
        with grade.open_gradebook(request) as record:
            with clock.of("all of grading"):
                steps = grade.grade(request, record)
                next(steps)
                for result in steps:
                    executed["seconds"] += result.seconds
                    executed["count"] += 1
                    if executed["count"] % every == 0 or executed["count"] == size:
                        memory.append(_memory(executed["count"]))
            with clock.of("feedback pages"), _peak(memory, size):
                feedback.write_feedback(record, out, workers)
            with clock.of("report"):
                report.write_report(record, out)
    found = dict(clock.seconds)
    found["waiting for results"] = found.pop("all of grading") - sum(
        seconds for name, seconds in found.items() if name.startswith(("writer", "start: the"))
    )
    found["in execute, over the workers"] = executed["seconds"] / workers
    found["all"] = time.perf_counter() - start
    found["grader's own CPU"] = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    return found, memory


def _memory(count: int) -> tuple[int, float, float]:
    own, everything = memory_mb(os.getpid()), sum(map(memory_mb, tree(os.getpid())))
    print(f"{count} graded: the grader {own:.0f} MB, all processes {everything:.0f} MB", flush=True)
    return count, own, everything


@contextmanager
def _peak(memory: list, size: int):
    """The most memory of all processes while pages are made."""
    stop, most = threading.Event(), [0.0, 0.0]

    def look() -> None:
        while not stop.wait(0.5):
            most[0] = max(most[0], memory_mb(os.getpid()))
            most[1] = max(most[1], sum(map(memory_mb, tree(os.getpid()))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        memory.append((size, *most))
