"""`convgrade due`: when a lesson is due."""

import argparse

from rich.console import Console

from grading.cli.common import add_gradebook, moment, number_of, output
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("due", help="set when a lesson is due, for everybody")
    parser.add_argument("lesson", metavar="LESSON")
    parser.add_argument(
        "when",
        type=_moment_or_never,
        metavar="TIME",
        help='such as 2026-12-01T17:00Z, "2026-12-01T17:00 Europe/Berlin", or never',
    )
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.gradebook.lateness import LatePenalties

    chosen([options.lesson])
    options.out.mkdir(parents=True, exist_ok=True)
    due = options.when and options.when.replace(tzinfo=None)
    with output(options).record() as record:
        record.set_due(options.lesson, due)
        changed = record.settle_lateness({}, LatePenalties())
    console.print(f"{options.lesson} is due {f'{due:%Y-%m-%d %H:%M} UTC' if due else 'never'}")
    if changed:
        console.print(f"{number_of(changed, 'penalty', 'penalties')} changed")
    console.print("`convgrade grade` brings up to date which notebooks count, and all pages and tables.")
    return 0


def _moment_or_never(text: str):
    return None if text == "never" else moment(text)
