"""A class list from Canvas, Moodle or by hand: who a student of ours is in the other program, and who is in the class.

`convgrade roster` keeps one in the output folder: then everybody on it has a row in every table.
"""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from grading.collect.names import student_id
from grading.files import write_whole
from grading.output import Output

# the columns that tell Canvas who a student is, in its order
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
# for each of Moodle's "Map to" choices, the headers that its own exports and reports give the column
MOODLE_COLUMNS = {
    "Email address": ("email address", "email", "useremail"),
    "ID number": ("id number", "idnumber", "useridnumber"),
    "Username": ("username",),
}


NAME_COLUMNS = ("student", "first name", "last name", "surname", "full name", "name")
_SAY_WHO = ("student", *CANVAS_COLUMNS[1:4], *MOODLE_COLUMNS, "First name", "Last name")
_ID_COLUMNS = (*CANVAS_COLUMNS[1:4], *(name for known in MOODLE_COLUMNS.values() for name in known))
_NOBODY = ("points possible", "manual posting")  # lines of Canvas's export that are no student


def keep_roster(path: Path, out: Output) -> list[dict[str, str]]:
    """Make a class list the roster of `out`, and return its rows.

    Raises
    ------
    ValueError
        As `read_roster`.
    """
    rows = read_roster(path)
    write_whole(out.roster, path.read_bytes())
    return rows


def kept_roster(out: Output) -> list[dict[str, str]] | None:
    """The rows of the roster of `out`; None where there is none."""
    return read_roster(out.roster) if out.roster.exists() else None


def people(roster: Sequence[Mapping[str, str]], by_id: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Everybody on a roster: the id that `collect` would give them, and their name.

    `by_id` holds the rows of students who have handed in, by their ids. Where one column, such as the user name, gives
    most of these ids, it gives those of the others too.
    """
    counts = {column: sum(field(row, column) == student for student, row in by_id.items()) for column in _ID_COLUMNS}
    column = max(counts, key=lambda column: counts[column])
    by_column = 2 * counts[column] > len(by_id)
    everybody = []
    for row in roster:
        text = field(row, column) if by_column else ""
        everybody.append((student_id(text) if text else _id(row), full_name(row)))
    return [(student, name) for student, name in everybody if student]


def not_there(roster: Sequence[Mapping[str, str]], students: Iterable[str]) -> list[Mapping[str, str]]:
    """The rows of a roster that belong to none of these students."""
    handed_in = {id(row_of(student, roster)[0]) for student in students}
    return [row for row in roster if _id(row) and id(row) not in handed_in]


def refuse_strangers(count: int, students: Collection[str], remarks: Sequence[str], roster: object) -> None:
    """Refuse a roster on which nobody with marks is: it is of another class, or says who is who in unknown columns.

    Raises
    ------
    ValueError
    """
    if roster and students and len(remarks) >= len(students) and not count:
        raise ValueError(
            f"--roster: none of the {len(students)} students with marks is in it ({remarks[0]}); the missing column "
            f"may be one of {_listed(_SAY_WHO)}"
        )


def names(roster: Sequence[Mapping[str, str]], students: Iterable[str]) -> dict[str, tuple[str, str]]:
    """First and last name, empty where it has none, of those of the students whom the roster has, by id."""
    row_by_student = {student: row_of(student, roster)[0] for student in students}
    return {student: _first_and_last(row) for student, row in row_by_student.items() if row is not None}


def read_roster(path: Path) -> "Roster":
    """The rows of a class list: a CSV with a header, such as Canvas's or Moodle's own export of grades.

    Its separator may be a comma, a semicolon or a tab. Column names are compared in lower case. Lines of Canvas's
    export that are no student's are left out.

    Raises
    ------
    ValueError
        When the file cannot be read, is not UTF-8, has no header or none that says who a student is, or two of its rows
        have the same `student`.
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
    if not set(columns) & {*NAME_COLUMNS, *(name.lower() for name in _ID_COLUMNS)}:
        raise ValueError(
            f"--roster: {path} has no column that says who a student is; the missing column is one of "
            f"{_listed(_SAY_WHO)}; there are {_listed(table[0])}: export "
            "it with the program's language set to English, or rename its columns"
        )
    rows = [dict(zip(columns, (cell.strip() for cell in line), strict=False)) for line in table[1:] if any(line)]
    rows = [row for row in rows if row.get("student", "").strip(" ,").lower() not in _NOBODY]
    ids = [row["student"] for row in rows if "student" in columns and not _is_system_export(columns)]
    for name in ids:
        if ids.count(name) > 1 and name:
            raise ValueError(f"--roster: {path} has student {name!r} twice")
    return Roster(rows)


def row_of(student: str, roster: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str] | None, str]:
    """A student's row of the roster; None with the reason when there is none, or more than one."""
    index = roster.by_name if isinstance(roster, Roster) else _index(roster)
    rows = index.get(student, [])
    if len(rows) == 1:
        return rows[0], ""
    return None, "is not in the roster" if not rows else f"fits {len(rows)} rows of the roster"


class Roster(list[dict[str, str]]):
    """Rows of a class list."""

    @cached_property
    def by_name(self) -> dict[str, list[Mapping[str, str]]]:
        return _index(self)


def _index(roster: Sequence[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    """The rows by every name that their student may have."""
    index: dict[str, list[Mapping[str, str]]] = {}
    for row in roster:
        texts = [row["student"]] if row.get("student") and not _is_system_export(row) else _names(row)
        for text in {*texts, *(student_id(text) for text in texts if text.strip())}:
            index.setdefault(text, []).append(row)
    return index


def _names(row: Mapping[str, str]) -> list[str]:
    """The names that a student may have by a row of a system's own export."""
    first, last = _first_and_last(row)
    # where the family name comes first, often without a blank
    turned = [f"{last} {first}", f"{last}{first}", f"{first}{last}", f"{last}, {first}"] if first and last else []
    return [text for text in (*(field(row, column) for column in _ID_COLUMNS), full_name(row), *turned) if text]


def _id(row: Mapping[str, str]) -> str:
    if row.get("student") and not _is_system_export(row):
        return row["student"]
    if _is_system_export(row):
        return field(row, "ID")
    text = full_name(row) or next(filter(None, (field(row, column) for column in _ID_COLUMNS)), "")
    return student_id(text) if text else ""


def _first_and_last(row: Mapping[str, str]) -> tuple[str, str]:
    """First and last name; where the row has one name, that is the last, unless Canvas writes it "Last, First"."""
    first, last = field(row, "first name"), field(row, "last name") or field(row, "surname")
    if first or last:
        return first, last
    name = full_name(row)
    last, _, first = name.partition(", ")
    return first, last


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column.strip()}"' for column in columns)


def _is_system_export(columns: Iterable[str]) -> bool:
    """Whether the list is a system's own export. Canvas calls the column of names "Student": it then holds no ids."""
    return {"student", "id", "section"} <= set(columns)


def full_name(row: Mapping[str, str]) -> str:
    first, last = field(row, "first name"), field(row, "last name") or field(row, "surname")
    name = f"{first} {last}".strip() or field(row, "full name") or field(row, "name")
    return name or (field(row, "student") if _is_system_export(row) else "")


def field(row: Mapping[str, str], column: str) -> str:
    return row.get(column.lower(), "")
