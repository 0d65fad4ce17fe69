"""`convgrade roster`: the class list, on which everybody has a row."""

import argparse
from pathlib import Path

from rich.console import Console

from grading.cli.common import add_gradebook


def add(commands) -> None:
    parser = commands.add_parser("roster", help="keep a class list: everybody on it has a row, and a name")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="Canvas's or Moodle's own export, or your own")
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.gradebook import Record
    from grading.gradebook.database import gradebook_url, has_gradebook
    from grading.publish import everybody
    from grading.publish.roster import keep_roster, people, row_of

    options.out.mkdir(parents=True, exist_ok=True)
    roster = keep_roster(options.file, options.out)
    console.print(f"{len(people(roster, {}))} people are on the roster in {options.out}", soft_wrap=True, markup=False)
    url = gradebook_url(options.db, options.out)
    if has_gradebook(url):
        with Record(url) as record:
            everybody.put_names(record, options.out)
            for student in record.students():
                row, remark = row_of(student, roster)
                if row is None:
                    console.print(f"{student}: {remark}", style="yellow", markup=False)
    return 0
