"""`convgrade build`: make the learners' notebooks and checks from the text."""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from rich.console import Console

from grading.cli.common import add_lessons, add_workers
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("build", help="make the learners' notebooks and checks from the text")
    add_lessons(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where course/ is stale")
    add_workers(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author import overview
    from grading.author.build import build, stale_files

    stale = []
    names = chosen(options.lessons)
    if options.check:
        for files in _each(stale_files, names, options.workers):
            stale += [f"course/{file}" for file in files]
    else:
        for name, _ in zip(names, _each(build, names, options.workers), strict=True):
            console.print(f"built {name}")
    if not options.lessons:
        if options.check:
            stale += overview.stale()
        else:
            overview.write()
    for file in stale:
        console.print(f"{file} is stale: run `convgrade build`", markup=False)
    if options.check and not stale:
        console.print("course/ is what solutions/ gives")
    return 1 if stale else 0


def _each(work: Callable, names: list[str], workers: int) -> Iterator:
    """The results of `work` on each lesson, in their order, several at a time."""
    if min(workers, len(names)) == 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(min(workers, len(names)), mp_context=get_context("forkserver")) as pool:
        yield from pool.map(work, names)
