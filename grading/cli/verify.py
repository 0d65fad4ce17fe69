"""`convgrade verify`: prove that the checks catch every known mistake."""

import argparse

from rich.console import Console

from grading.cli.common import add_lessons, add_workers, positive
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("verify", help="prove that the checks catch every known mistake")
    add_lessons(parser)
    parser.add_argument("--exercise", default="", metavar="ID", help="only this exercise")
    parser.add_argument("--entry", default="", metavar="ID", help="only this mistake or correct answer")
    parser.add_argument("--correct", action="store_true", help="only correct answers: with many seeds, is a mark luck?")
    parser.add_argument("--sample", type=positive, default=0, metavar="N", help="at most N entries of each exercise")
    parser.add_argument("--propose", action="store_true", help="print the `loses` and `silent` that the rows show")
    parser.add_argument("--seeds", type=positive, default=2, metavar="N", help="draws of hidden cases (2)")
    add_workers(parser)
    parser.add_argument("--across", action="store_true", help="through the sandbox, as at grading: slow, and the proof")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.verify import Choice, matrix, proposals, verify
    from grading.author.verify_across import verify_across

    prove = verify_across if options.across else verify
    holes = 0
    choice = Choice(options.exercise, options.entry, options.correct, options.sample)
    for found in prove(chosen(options.lessons), options.seeds, options.workers, choice):
        name, rows = found.lesson, found.rows
        matrix(name, rows, console)
        for line in found.holes:
            console.print(line, style="red", markup=False)
        for line in found.notes:
            console.print(line, style="yellow", markup=False)
        if options.propose:
            for line in proposals(rows):
                console.print(line, markup=False, soft_wrap=True)
        holes += sum(bool(row.holes) for row in rows) + len(found.holes)
        mistakes = {(row.exercise, row.mistake) for row in rows if row.mistake}
        ways = sum(bool(row.mistake) for row in rows)
        correct = sum(not row.mistake for row in rows)
        part = f", of each exercise at most {options.sample} entries" if options.sample else ""
        console.print(f"{name}: {len(mistakes)} mistakes, made in {ways} ways, {correct} correct answers{part}")
    console.print(f"[red]{holes} hole{'s' * (holes > 1)}[/]" if holes else "no hole")
    return 1 if holes else 0
