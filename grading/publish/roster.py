"""A class list from Canvas, Moodle or by hand: who a student of ours is in the other program."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.collect.names import student_id

# the columns that tell Canvas who a student is, in its order
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
# for each of Moodle's "Map to" choices, the headers that its own exports and reports give the column
MOODLE_COLUMNS = {
    "Email address": ("email address", "email", "useremail"),
    "ID number": ("id number", "idnumber", "useridnumber"),
    "Username": ("username",),
}


def read_roster(path: Path) -> list[dict[str, str]]:
    """The rows of a class list: a CSV with a header, such as Canvas's or Moodle's own export of grades.

    Its separator may be a comma, a semicolon or a tab. Column names are compared in lower case.

    Raises
    ------
    ValueError
        When the file cannot be read, is not UTF-8 or has no header, or two of its rows have the same `student`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"--roster: {path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ValueError(f"--roster: {path} cannot be read ({error.strerror})") from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    table = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
    if not table or len(table[0]) < 2:
        raise ValueError(f"--roster: {path} has no header with two columns or more")
    columns = [name.strip().lower() for name in table[0]]
    rows = [dict(zip(columns, (cell.strip() for cell in line), strict=False)) for line in table[1:] if any(line)]
    named = [row["student"] for row in rows if "student" in columns and not _is_system_export(columns)]
    for name in named:
        if named.count(name) > 1 and name:
            raise ValueError(f"--roster: {path} has student {name!r} twice")
    return rows


def row_of(student: str, roster: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str] | None, str]:
    """A student's row of the roster; None with the reason when there is none, or more than one."""
    found = []
    for row in roster:
        texts = [row["student"]] if row.get("student") and not _is_system_export(row) else _names(row)
        if student in texts or student in {student_id(text) for text in texts}:
            found.append(row)
    if len(found) == 1:
        return found[0], ""
    return None, "is not in the roster" if not found else f"fits {len(found)} rows of the roster"


def _names(row: Mapping[str, str]) -> list[str]:
    """What of a system's own export a student may be called by."""
    known = [*CANVAS_COLUMNS[1:4], *(name for names in MOODLE_COLUMNS.values() for name in names)]
    return [text for text in (*(field(row, column) for column in known), full_name(row)) if text]


def _is_system_export(columns: Iterable[str]) -> bool:
    """Canvas heads the names with "Student" too: there it is no id of ours."""
    return {"student", "id", "section"} <= set(columns)


def full_name(row: Mapping[str, str]) -> str:
    first, last = field(row, "first name"), field(row, "last name") or field(row, "surname")
    return f"{first} {last}".strip() or field(row, "full name") or field(row, "name")


def field(row: Mapping[str, str], column: str) -> str:
    return row.get(column.lower(), "")
