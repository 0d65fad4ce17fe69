"""`convgrade release`: one archive with all that learners need."""

import argparse
from pathlib import Path

from rich.console import Console

from grading.cli.common import OUT
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("release", help="make one archive of lessons, with all that learners need")
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    parser.add_argument("--all", action="store_true", help="every lesson")
    parser.add_argument(
        "--into",
        type=Path,
        default=OUT / "release" / "convolutional-networks.zip",
        metavar="FILE",
        help="default: work/release/convolutional-networks.zip",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.release import release

    if bool(options.lessons) == options.all:
        raise ValueError("LESSON: name the lessons to hand out, or say --all")
    lessons = chosen(options.lessons)
    names = release(lessons, options.into)
    console.print(f"{options.into}: {', '.join(lessons)}; {len(names)} files, START.ipynb and README.md among them")
    return 0
