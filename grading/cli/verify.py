"""`convgrade verify`: prove that the checks catch every known mistake."""

import argparse

from rich.console import Console

from grading.cli.common import add_lessons, add_workers, positive
from grading.lesson.load import chosen


def add(commands) -> None:
    parser = commands.add_parser("verify", help="prove that the checks catch every known mistake")
    add_lessons(parser)
    parser.add_argument("--seeds", type=positive, default=2, metavar="N", help="draws of hidden cases (2)")
    add_workers(parser)
    parser.add_argument("--across", action="store_true", help="through the sandbox, as at grading: slow, and the proof")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.verify import matrix, verify
    from grading.author.verify_across import verify_across

    prove = verify_across if options.across else verify
    holes = 0
    for name in chosen(options.lessons):
        rows = prove(name, options.seeds, options.workers)
        matrix(name, rows, console)
        holes += sum(bool(row.holes) for row in rows)
        mistakes = sum(not row.correct for row in rows)
        console.print(f"{name}: {mistakes} mistakes, {len(rows) - mistakes} correct solutions")
    console.print(f"[red]{holes} hole{'s' * (holes > 1)}[/]" if holes else "no hole")
    return 1 if holes else 0
