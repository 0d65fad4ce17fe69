"""`convgrade build`: make the learners' notebooks and checks from the text."""

import argparse

from rich.console import Console

from grading.cli.common import add_lessons
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("build", help="make the learners' notebooks and checks from the text")
    add_lessons(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where course/ is stale")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author import overview
    from grading.author.build import build, stale_files

    stale = []
    for name in chosen(options.lessons):
        if options.check:
            stale += [f"course/{file}" for file in stale_files(name)]
        else:
            build(name)
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
