"""`convgrade similar`: which submissions are nearly the same."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grading.cli.common import add_gradebook, add_lessons, graded_output
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("similar", help="pairs of submissions whose code is nearly the same: to be looked at")
    add_lessons(parser)
    parser.add_argument(
        "--share", type=_percent, default=80, metavar="PERCENT", help="of one's code that is in the other's too (80)"
    )
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.similar import similar

    out = graded_output(options)
    pairs = similar(chosen(options.lessons), out, options.share / 100)
    table = Table(title="Nearly the same code, names and layout aside", title_justify="left")
    for column in ("lesson", "student", "other", "of the first", "of the other"):
        table.add_column(column, overflow="fold")
    for pair in pairs:
        shares = (f"{100 * share:.0f} %" for share in (pair.share, pair.others_share))
        table.add_row(*(Text(text) for text in (pair.lesson, pair.student, pair.other, *shares)))
    if pairs:
        console.print(table)
    console.print(
        f"{len(pairs)} pair{'s' * (len(pairs) != 1)}. What we handed out and our own answers are left out; short right "
        "answers are alike all the same. A pair is a reason to look at both, and nothing else.",
    )
    console.print(f"{out.table('similar')} lists them; `convgrade report` shows them.", soft_wrap=True, markup=False)
    return 0


def _percent(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 1 to 100")
    return int(text)
