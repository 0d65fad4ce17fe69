"""`convgrade status`: where every learner's every lesson stands."""

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grading.cli.common import (
    add_anonymous,
    add_gradebook,
    add_lessons,
    choose_submissions,
    handed_in,
    needs_linux,
    output,
    plain,
)


def add(commands) -> None:
    parser = commands.add_parser("status", help="where every learner's every lesson stands")
    add_lessons(parser)
    parser.add_argument("--submissions", type=Path, metavar="DIR", help="default: as for grade")
    add_anonymous(parser)
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    needs_linux()
    from grading.status import standings

    choose_submissions(options, console)
    rows = standings(handed_in(options), options.submissions, output(options))
    lessons = list(dict.fromkeys(row.lesson for row in rows))
    table = Table(title="Where everybody stands", title_justify="left")
    names = {row.student: row.name for row in rows if row.name not in ("", row.student)}
    shows_names = bool(names) and not options.anonymous
    for column in ("student", *(["name"] if shows_names else []), *(lesson or "no lesson" for lesson in lessons)):
        table.add_column(column, overflow="fold")
    cells = {(row.student, row.lesson): _standing(row) for row in rows}
    for student in sorted({row.student for row in rows}):
        name_cells = [names.get(student, "")] if shows_names else []
        stands = [cells.get((student, lesson), "-") for lesson in lessons]
        table.add_row(*(plain(text) for text in (student, *name_cells, *stands)))
    console.print(table)
    counts = Counter(row.stands for row in rows)
    console.print(", ".join(f"{count} {stands}" for stands, count in counts.most_common()))
    return 0


def _standing(row) -> str:
    from grading.gradebook.lateness import duration

    if not row.status:
        return row.stands
    if row.score is None:
        return f"{row.stands}: {row.status}"
    late = f", late {duration(row.seconds_late)}" if row.seconds_late else ""
    return f"{row.stands}: {row.status}, {row.score:g} of {row.max_score:g}{late}"
