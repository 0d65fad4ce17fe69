"""`convgrade try`: what a learner would see."""

import argparse
from pathlib import Path

from rich.console import Console


def add(commands) -> None:
    parser = commands.add_parser("try", help="show what a learner would see who hands in a bank entry or a file")
    parser.add_argument("lesson", metavar="LESSON")
    parser.add_argument("exercise", metavar="EXERCISE")
    parser.add_argument("entry", metavar="ENTRY", help="id of a mistake or a correct answer, or a file with an answer")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write the pictures of differences there")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.try_entry import try_entry

    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    for line in try_entry(options.lesson, options.exercise, options.entry, options.pictures):
        console.print(line, markup=False, highlight=False)
    return 0
