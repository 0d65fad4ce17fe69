"""`convgrade extend`: more time for a student, or for those of a list."""

import argparse
from datetime import datetime
from pathlib import Path

from rich.console import Console

from grading.cli.common import add_gradebook, moment, output
from grading.files import NotRead, read_lines
from grading.lesson.places import lesson_names

COLUMNS = ("student", "lesson", "until")


def add(commands) -> None:
    parser = commands.add_parser("extend", help="give a student, or those of a list, more time for a lesson")
    parser.add_argument("student", nargs="?", metavar="STUDENT", help="an id, or a name that only one has")
    parser.add_argument("lesson", nargs="?", metavar="LESSON")
    parser.add_argument(
        "until",
        nargs="?",
        metavar="UNTIL",
        help='a time such as 2026-12-01T17:00Z, or "2026-12-01T17:00 Europe/Berlin"',
    )
    parser.add_argument(
        "--from", type=Path, dest="table", metavar="FILE.csv", help=f"a table with the columns {', '.join(COLUMNS)}"
    )
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.gradebook.lateness import LatePenalties
    from grading.publish.everybody import find_student

    words = [options.student, options.lesson, options.until]
    if options.table is None and None in words:
        raise ValueError("say STUDENT LESSON UNTIL, or --from FILE.csv")
    if options.table is not None and words != [None] * 3:
        raise ValueError("--from: the table says who, so STUDENT, LESSON and UNTIL are not wanted")
    lines = _read(options.table) if options.table else [("", *words)]
    options.out.mkdir(parents=True, exist_ok=True)
    out = output(options)
    with out.record() as record:
        deadlines, names = record.deadlines(), record.students()
        extensions: dict[tuple[str, str], datetime] = {}
        for where, student, lesson, until in lines:
            if lesson not in lesson_names():
                raise ValueError(f"{where}LESSON: there is no lesson {lesson!r}; there are {', '.join(lesson_names())}")
            try:
                student = find_student(student, record, out) or student
            except ValueError as error:
                raise ValueError(f"{where}{error}") from None
            end = _moment(where, until)
            if extensions.setdefault((student, lesson), end) != end:
                raise ValueError(f"{where}{student} has another extension of {lesson} in a line above")
        before = _penalties(record)
        record.extend(extensions)
        record.settle_lateness({}, LatePenalties())
        after = _penalties(record)
    for (student, lesson), until in extensions.items():
        due = deadlines.due.get(lesson)
        remarks = []
        if student not in names:
            remarks.append("nobody of that name has handed in anything yet")
        if due is None:
            remarks.append("the lesson is never due: `convgrade due` sets when")
        elif until <= due:
            remarks.append(f"that is no later than everybody's {due:%Y-%m-%d %H:%M} UTC")
        old, new = (penalties.get((student, lesson), 0.0) for penalties in (before, after))
        if old != new:
            remarks.append(f"lateness takes {new:g} and no longer {old:g}")
        rest = f"; {'; '.join(remarks)}" if remarks else ""
        console.print(f"{student}: {lesson} until {until:%Y-%m-%d %H:%M} UTC{rest}", markup=False, soft_wrap=True)
    console.print("`convgrade grade` brings up to date which notebooks count, and all pages and tables.")
    return 0


def _penalties(record) -> dict[tuple[str, str], float]:
    from grading.collect.names import harmless_id

    return {(harmless_id(student), lesson): penalty for (student, lesson), (penalty, _) in record.lateness().items()}


def _moment(where: str, text: str) -> datetime:
    try:
        return moment(text).replace(tzinfo=None)
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"{where}UNTIL: {error}") from None


def _read(path: Path) -> list[tuple[str, str, str, str]]:
    """For each line of the list, where it stands, and its student, lesson and time."""
    try:
        header, *table = read_lines(path) or [[]]
    except NotRead as error:
        raise ValueError(f"--from: {error}") from None
    names = [name.strip().lower() for name in header]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise ValueError(f"--from: {path} has no column {', '.join(missing)}")
    lines = []
    for number, row in enumerate(table, start=2):
        if any(row):
            cells = dict(zip(names, row, strict=False))
            student, lesson, until = (cells.get(column, "").strip() for column in COLUMNS)
            lines.append((f"{path}, line {number}: ", student, lesson, until))
    return lines
