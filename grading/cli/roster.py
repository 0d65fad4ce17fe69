"""`convgrade roster`: the class list, on which everybody has a row."""

import argparse
from pathlib import Path

from rich.console import Console

from grading.cli.common import add_gradebook, number_of, output


def add(commands) -> None:
    parser = commands.add_parser("roster", help="keep a class list: everybody on it has a row, and a name")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="Canvas's or Moodle's own export, or your own")
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.publish import everybody
    from grading.publish.grades_csv import write_csv
    from grading.publish.roster import keep_roster, people, row_of

    out = output(options)
    out.folder.mkdir(parents=True, exist_ok=True)
    roster = keep_roster(options.file, out)
    console.print(
        f"on the roster in {out}: {number_of(len(people(roster, {})), 'person', 'people')}",
        soft_wrap=True,
        markup=False,
    )
    if out.is_graded():
        with out.record() as record:
            everybody.put_names(record, out)
            for student in record.students():
                row, remark = row_of(student, roster)
                if row is None:
                    console.print(f"{student}: {remark}", style="yellow", markup=False)
            write_csv(everybody.marks(record, out), out.grades)
        console.print("`convgrade report` and `convgrade export` bring the report and other tables up to date.")
    return 0
