"""A class list from Canvas, Moodle or by hand: who a student of ours is in the other program, and who is in the class.

`convgrade roster` keeps one in the output folder: then everybody on it has a row in every table.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from grading.collect.names import student_id
from grading.files import NotRead, read_lines, write_whole
from grading.gradebook.reading import shown_name
from grading.output import Output

# the columns that tell Canvas who a student is, in its order
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
# for each of Moodle's "Map to" choices, the headers that its own exports and reports give the column
MOODLE_COLUMNS = {
    "Email address": ("email address", "email", "useremail"),
    "ID number": ("id number", "idnumber", "useridnumber"),
    "Username": ("username",),
}

BY_HAND = "enter the marks by hand, or give the roster a column `student`"
_ENDS_WITH_NUMBER = re.compile(r"(\d+)-[0-9a-f]{12}$")

NAME_COLUMNS = ("student", "first name", "last name", "surname", "full name", "name")
_SAY_WHO = ("student", *CANVAS_COLUMNS[1:4], *MOODLE_COLUMNS, "First name", "Last name")
_ID_COLUMNS = (*CANVAS_COLUMNS[1:4], *(name for known in MOODLE_COLUMNS.values() for name in known))
_ID_NAMES = {name.lower() for name in _ID_COLUMNS}
# how a spreadsheet writes a long number, of which it keeps a few digits
_ROUNDED = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)
# lines of Canvas's export that are no student; the last is Canvas's own test student
_NOBODY = ("points possible", "manual posting", "student, test")
# Moodle leaves these out of the names of files (`clean_param` with PARAM_FILE), and writes "_" as a blank
_NOT_IN_FILES = re.compile(r"""[\x00-\x1f\x7f&<>"`|':\\/]""")


def keep_roster(path: Path, out: Output) -> "Roster":
    """Make a class list the roster of `out`, and return its rows.

    Raises
    ------
    ValueError
        As `read_roster`.
    """
    rows = read_roster(path)
    write_whole(out.roster, path.read_bytes())
    return rows


def kept_roster(out: Output) -> "Roster | None":
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
    students = set(students)
    handed_in = {id(row_of(student, roster)[0]) for student in students}
    twins = Counter(roster.twin_name(student) for student in students) if isinstance(roster, Roster) else Counter()
    missing = []
    for row in roster:
        twin = next((name for name in _called(row) if twins[name] > 0), "")
        twins[twin] -= 1  # one of this name has handed in, whoever of them it was
        if _id(row) and id(row) not in handed_in and not twin:
            missing.append(row)
    return missing


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

    Its separator may be a comma, a semicolon or a tab, its text UTF-8, or UTF-16 as spreadsheets write "Unicode text".
    Column names are compared in lower case. Lines of Canvas's export that are no student's are left out.

    Raises
    ------
    ValueError
        When the file cannot be read as such, has no header or none that says who a student is, or two of its rows
        have the same `student`.
    """
    try:
        table = read_lines(path)
    except NotRead as error:
        raise ValueError(f"--roster: {error}") from None
    if not table or len(table[0]) < 2:
        raise ValueError(f"--roster: {path} has no header with two columns or more")
    columns = [name.strip().lower() for name in table[0]]
    if not set(columns) & {*NAME_COLUMNS, *(name.lower() for name in _ID_COLUMNS)}:
        raise ValueError(
            f"--roster: {path} has no column that says who a student is; the missing column is one of "
            f"{_listed(_SAY_WHO)}; there are {_listed(table[0])}: export "
            "it with the program's language set to English, or rename its columns"
        )
    for line in table[1:]:
        _refuse_shifted_or_rounded(path, columns, line)
    rows = [dict(zip(columns, (cell.strip() for cell in line), strict=False)) for line in table[1:] if any(line)]
    rows = _once(rows)
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
    if rows:
        return None, f"fits {len(rows)} rows of the roster"
    if isinstance(roster, Roster) and (name := roster.twin_name(student)):
        return None, f"is one of {len(index[name])} on the roster called {name}: {BY_HAND}"
    return None, "is not in the roster"


class Roster(list[dict[str, str]]):
    """Rows of a class list."""

    @cached_property
    def by_name(self) -> dict[str, list[Mapping[str, str]]]:
        return _index(self)

    @cached_property
    def _twin_names(self) -> list[str]:
        names = [name for row in self for name in _called(row)]
        return [name for name, count in Counter(names).items() if count > 1 and len(self.by_name.get(name, ())) > 1]

    def twin_name(self, student: str) -> str:
        """The name of a student whom `collect` has told from others of this name by the system's number; else empty."""
        number = _ENDS_WITH_NUMBER.search(student)
        names = self._twin_names if number else []
        return next((name for name in names if number and student_id(f"{name} {number[1]}") == student), "")


def _index(roster: Sequence[Mapping[str, str]]) -> dict[str, list[Mapping[str, str]]]:
    """The rows by every name that their student may have."""
    index: dict[str, list[Mapping[str, str]]] = {}
    for row in roster:
        texts = [row["student"]] if row.get("student") and not _is_system_export(row) else _names(row)
        for text in {*texts, *(student_id(text) for text in texts if text.strip())}:
            index.setdefault(text, []).append(row)
    return index


def _names(row: Mapping[str, str]) -> list[str]:
    """The names that a student may have by a row of a system's own export, also as Moodle names files by them."""
    first, last = _first_and_last(row)
    # where the family name comes first, often without a blank
    orders = "{0} {1}", "{1} {0}", "{1}{0}", "{0}{1}", "{1}, {0}"
    turned = [order.format(first, last) for order in orders] if first and last else []
    ids = [field(row, column) for column in _ID_COLUMNS]
    emails = [one.lower() for one in ids if "@" in one]
    return [text for text in (*ids, *emails, *_called(row), *turned, *map(in_files, turned)) if text]


def _called(row: Mapping[str, str]) -> set[str]:
    """The full name of a row, and as Moodle writes it in the names of files."""
    name = full_name(row)
    return {name, in_files(name)} - {""}


def in_files(name: str) -> str:
    """A name as Moodle writes it in the names of files."""
    return _NOT_IN_FILES.sub("", name.replace("_", " "))


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


def _refuse_shifted_or_rounded(path: Path, columns: Sequence[str], line: Sequence[str]) -> None:
    """Refuse a line whose cells are not its columns', or of whose numbers a spreadsheet has kept only some digits."""
    where = f"--roster: {path}: the line of {', '.join(line[:2])}"
    if any(line[len(columns) :]):
        raise ValueError(f"{where} has more cells than the header: a name with a comma stands in quotes")
    for column, cell in zip(columns, line, strict=False):
        if column in _ID_NAMES and _ROUNDED.fullmatch(cell.strip()):
            raise ValueError(
                f"{where} has {cell.strip()} as {column}: a spreadsheet has lost its last digits; take the "
                "system's own export, not opened before"
            )


def _once(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows without those that say the same once more, as of somebody in two groups; lines without an id may be of
    two people of one name."""
    by_cells: dict[tuple, dict[str, str]] = {}
    for number, row in enumerate(rows):
        by_cells.setdefault((*row.items(), "" if any(row.get(name) for name in _ID_NAMES) else number), row)
    return list(by_cells.values())


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column.strip()}"' for column in columns)


def _is_system_export(columns: Iterable[str]) -> bool:
    """Whether the list is a system's own export. Canvas calls the column of names "Student": it then holds no ids."""
    return {"student", "id", "section"} <= set(columns)


def full_name(row: Mapping[str, str]) -> str:
    first, last = field(row, "first name"), field(row, "last name") or field(row, "surname")
    name = shown_name(first, last) or field(row, "full name") or field(row, "name")
    return name or (field(row, "student") if _is_system_export(row) else "")


def field(row: Mapping[str, str], column: str) -> str:
    return row.get(column.lower(), "")


def email(row: Mapping[str, str]) -> str:
    return next(filter(None, (field(row, column) for column in MOODLE_COLUMNS["Email address"])), "")


def system_id(row: Mapping[str, str]) -> str:
    """What else a system knows a student by: the first id that the row has."""
    columns = [column for column in _ID_COLUMNS if column not in MOODLE_COLUMNS["Email address"]]
    return next(filter(None, (field(row, column) for column in columns)), "")
