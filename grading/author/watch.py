"""`convgrade watch`: on each save, build the lesson and verify what changed.

A server process imports everything once. Each look is a child that it forks, which reads the lesson anew.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from grading.author.build import build
from grading.author.verify import Row, verify_exercise
from grading.lesson.load import load_lesson
from grading.lesson.places import SOLUTIONS

POLL_SECONDS = 0.2
KINDS = (".md", ".py", ".toml")


def watch(name: str, show: Callable[[str], None]) -> None:
    """Look at a lesson now and after each save, until interrupted; `show` is called with each line of output."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    contents: dict[str, str] = {}
    for _ in _states(SOLUTIONS / name):
        reader, writer = context.Pipe(duplex=False)
        child = context.Process(target=_look, args=(name, contents, writer))
        child.start()
        writer.close()
        with reader:
            while True:
                try:
                    what, value = reader.recv()
                except EOFError:
                    break
                if what == "known":
                    contents = value
                else:
                    show(value)
        child.join()


def _states(folder: Path) -> Iterator[tuple]:
    """The state of a lesson's files, now and whenever it differs."""
    before = None
    while True:
        files = sorted(file for file in folder.rglob("*") if file.suffix in KINDS and "__pycache__" not in file.parts)
        now = tuple((file, os.stat(file).st_mtime_ns) for file in files if file.exists())
        if now != before:
            before = now
            yield now
        else:
            time.sleep(POLL_SECONDS)


def _look(name: str, contents: dict[str, str], writer) -> None:
    """Build, and verify the exercises whose text, cases or bank differ from `contents`; send the lines of output."""
    began = time.monotonic()

    def say(line: str) -> None:
        writer.send(("line", line))

    try:
        build(name)
        say(f"built course/{name} in {time.monotonic() - began:.1f} s")
        now = _contents(name)
        for exercise in [key for key in now if now[key] != contents.get(key)] if contents else []:
            rows = verify_exercise(name, exercise, seeds=1)
            for line in _lines(rows):
                say(line)
            holes = sum(bool(row.holes) for row in rows)
            say(f"{exercise}: {len(rows)} answers, {holes} holes, after {time.monotonic() - began:.1f} s")
        writer.send(("known", now))
    except (ValueError, OSError) as error:
        say(f"{error}")
    finally:
        writer.close()


def _contents(name: str) -> dict[str, str]:
    """Of each exercise, all that its rows depend on, as one text."""
    lesson = load_lesson(name)
    shared = (lesson.folder / "checks.py").read_text(encoding="utf-8")
    authored = "".join(cell.source for cell in lesson.cells if cell.kind == "ours")
    return {
        exercise.id: repr((shared, authored, lesson.answers[exercise.id], exercise.mistakes, exercise.correct))
        for exercise in lesson.with_banks
        if exercise.parts
    }


def _lines(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        for hole in row.holes:
            yield f"  {row.entry}: {hole}"
