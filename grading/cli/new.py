"""`convgrade new`: a lesson to be filled."""

import argparse

from rich.console import Console


def add(commands) -> None:
    parser = commands.add_parser("new", help="write a small lesson that builds, verifies and is graded, to be filled")
    parser.add_argument("name", metavar="NN-NAME", help="two digits and words, like 09-attention")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.new import new_lesson

    for file in new_lesson(options.name):
        console.print(f"wrote {file}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"next: convgrade watch {options.name}")
    return 0
