"""`convgrade report`: write the class report anew."""

import argparse

from rich.console import Console

from grading.cli.common import add_anonymous, add_gradebook, graded_output


def add(commands) -> None:
    parser = commands.add_parser("report", help="write the class report anew")
    add_anonymous(parser)
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.publish.report import write_report

    out = graded_output(options)
    with out.record() as record:
        write_report(record, out, options.anonymous)
    return 0
