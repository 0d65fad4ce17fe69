"""`convgrade build`: make the learners' notebooks and checks from the text."""

import argparse

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
    from grading.author.side_by_side import side_by_side

    stale = []
    names = chosen(options.lessons)
    if options.check:
        for files in side_by_side(stale_files, names, options.workers):
            stale += [f"course/{file}" for file in files]
    else:
        for name, _ in zip(names, side_by_side(build, names, options.workers), strict=True):
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
