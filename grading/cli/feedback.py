"""`convgrade feedback`: write the feedback pages anew, with manual marks."""

import argparse

from rich.console import Console

from grading.cli.common import add_gradebook, add_workers, needs_gradebook


def add(commands) -> None:
    parser = commands.add_parser("feedback", help="write the feedback pages anew, with manual marks")
    add_workers(parser)
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.publish.feedback import write_feedback

    needs_gradebook(options)
    write_feedback(options.out, options.workers, options.db)
    return 0
