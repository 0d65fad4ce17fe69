"""`convgrade merge`: two output folders of one class become one."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grading.cli.common import number_of


def add(commands) -> None:
    parser = commands.add_parser("merge", help="take what was graded or marked on another machine into a class")
    parser.add_argument("out", type=Path, metavar="OUT", help="the class's output folder, which gets everything")
    parser.add_argument("other", type=Path, metavar="OTHER", help="another output folder, which stays as it is")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.merge import COLUMNS, merge, open_gradebooks
    from grading.output import Output
    from grading.publish.feedback import write_feedback
    from grading.publish.report import write_report

    out, other = Output(options.out), Output(options.other)
    with open_gradebooks(out, other) as (record, other_record):
        new, conflicts = merge(record, other_record, out, other)
        write_feedback(record, out)
        write_report(record, out)
    console.print(f"new in {out}: {number_of(len(new), 'submission')}", soft_wrap=True, markup=False)
    if conflicts:
        table = Table(title=f"Conflicts: what is in {out} stays", title_justify="left")
        for column in COLUMNS:
            table.add_column(column, overflow="fold")
        for conflict in conflicts:
            table.add_row(*(Text(text) for text in vars(conflict).values()))
        console.print(table)
        console.print(f"{out.table('conflicts')} lists them too", soft_wrap=True, markup=False)
    return 1 if conflicts else 0
