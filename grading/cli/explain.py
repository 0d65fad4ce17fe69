"""`convgrade explain`: why a part got its mark."""

import argparse

from rich.console import Console

from grading.cli.common import add_gradebook, graded_output, seconds
from grading.job import Limits, SandboxKind


def add(commands) -> None:
    parser = commands.add_parser("explain", help="why a part got its mark: which case fails, and does it again?")
    parser.add_argument("student", metavar="STUDENT", help="an id, or a name that only one has")
    parser.add_argument("part", metavar="PART", help="a marked cell, such as conv2d-backward-dw")
    parser.add_argument("--hidden", action="store_true", help="the hidden cases; for your eyes alone")
    parser.add_argument("--timeout", type=seconds, default=60.0, metavar="S", help="seconds for a cell (60)")
    parser.add_argument("--no-sandbox", action="store_true", help="run the learner's code with your own rights")
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.explain import explain

    out = graded_output(options)
    limits = Limits(options.timeout, 5 * options.timeout)
    sandbox: SandboxKind = "none" if options.no_sandbox else "auto"
    for line in explain(options.student, options.part, options.hidden, out, limits, sandbox):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0
