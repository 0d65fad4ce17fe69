"""Marks as tables for other programs: our own CSV, and what Canvas and Moodle import.

Sources: Canvas, "How do I import grades in the Gradebook?" (Instructor Guide) and class ``GradebookImporter``
(lib/gradebook_importer.rb); Moodle, "Grade import" (MoodleDocs) and class ``gradeimport_csv_load_data``
(grade/import/csv/classes/load_data.php).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from grading.collect.names import student_id
from grading.files import harmless, write_table
from grading.gradebook import Mark

COLUMNS = [field.name for field in fields(Mark)]

# the columns that tell Canvas who a student is, in its order
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
# for each of Moodle's "Map to" choices, the headers that its own exports and reports give the column
MOODLE_COLUMNS = {
    "Email address": ("email address", "email", "useremail"),
    "ID number": ("id number", "idnumber", "useridnumber"),
    "Username": ("username",),
}
# "-" is how Moodle writes no grade; an empty cell of a new grade item would count 0
_MOODLE_NO_GRADE = "-"
_MOODLE_MOST = 100


@dataclass(frozen=True)
class Exported:
    """What became of an export: how many students are in it, and why others are not or may not be found."""

    students: int
    remarks: tuple[str, ...]


def write_csv(marks: Iterable[Mark], path: Path) -> None:
    """Write ``grades.csv``: one row per marked cell; the file is whole or not there.

    A text that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    write_table(path, COLUMNS, (asdict(mark) for mark in marks))


def write_canvas(
    marks: Iterable[Mark],
    possible: Mapping[str, float],
    path: Path,
    roster: Sequence[Mapping[str, str]] | None = None,
    penalties: Mapping[tuple[str, str], float] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Exported:
    """Write a CSV that Canvas's gradebook imports: a row with the points possible, then a row per student.

    Parameters
    ----------
    marks : iterable of Mark
    possible : mapping
        By lesson, the points of all its cells.
    path : Path
    roster : sequence of mappings, optional
        From `read_roster`; only its students are written. Without one, a student's id is taken for
        the login that Canvas shows as "SIS Login ID".
    penalties : mapping, optional
        By student and lesson, what lateness costs.
    titles : mapping, optional
        By lesson, the title of Canvas's assignment, or "title (number)" as Canvas's own export writes it.
        A lesson without one keeps its name; Canvas offers to make an assignment of a title it does not know.

    Returns
    -------
    Exported
    """
    totals = _totals(marks, penalties or {})
    lessons = sorted(possible)
    titles = _titles(lessons, titles or {}, CANVAS_COLUMNS)
    rows: list[dict] = [
        {
            "Student": "    Points Possible",
            **{titles[lesson]: _number(possible[lesson]) for lesson in lessons},
        }
    ]
    remarks = []
    for student, scores in sorted(totals.items()):
        person = {"Student": student, "SIS Login ID": student}
        if roster is not None:
            found, remark = _find(student, roster)
            if found is None:
                remarks.append(f"{student}: {remark}")
                continue
            person = {column: _of(found, column) for column in CANVAS_COLUMNS}
            person["Student"] = person["Student"] or _full_name(found) or student
        remarks += _changed(student, person, CANVAS_COLUMNS[1:4])
        rows.append({**person, **{titles[lesson]: _number(score) for lesson, score in scores.items()}})
    write_table(path, [*CANVAS_COLUMNS, *titles.values()], rows)
    return Exported(len(rows) - 1, tuple(remarks))


def write_moodle(
    marks: Iterable[Mark],
    possible: Mapping[str, float],
    path: Path,
    roster: Sequence[Mapping[str, str]] | None = None,
    penalties: Mapping[tuple[str, str], float] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Exported:
    """Write a CSV that Moodle's gradebook imports: who the student is, and a column per lesson.

    Of "Email address", "ID number" and "Username" the file has those that every student of the roster has.
    Moodle drops the whole import at the first student it does not know, so no one without a row in the
    roster is written. Parameters as `write_canvas`; without a roster, a student's id is taken for the
    user name.

    Raises
    ------
    ValueError
        When the roster has none of the three columns filled for all the students with marks.
    """
    totals = _totals(marks, penalties or {})
    lessons = sorted(possible)
    titles = _titles(lessons, titles or {}, tuple(MOODLE_COLUMNS))
    remarks = [
        f"{lesson}: counts {_number(most)}; Moodle takes no grade above {_MOODLE_MOST} unless its site allows it"
        for lesson, most in sorted(possible.items())
        if most > _MOODLE_MOST
    ]
    people: dict[str, dict[str, str]] = {}
    for student in sorted(totals):
        person = {"Username": student}
        if roster is not None:
            found, remark = _find(student, roster)
            if found is None:
                remarks.append(f"{student}: {remark}")
                continue
            person = {
                column: next(filter(None, (_of(found, name) for name in known)), "")
                for column, known in MOODLE_COLUMNS.items()
            }
        people[student] = person
    columns = [column for column in MOODLE_COLUMNS if all(person.get(column) for person in people.values())]
    if people and not columns:
        raise ValueError(f"--roster: none of {', '.join(MOODLE_COLUMNS)} is filled for every student with marks")
    rows = []
    for student, person in people.items():
        remarks += _changed(student, person, columns)
        scores = {
            titles[lesson]: _number(totals[student][lesson]) if lesson in totals[student] else _MOODLE_NO_GRADE
            for lesson in lessons
        }
        rows.append({**{column: person[column] for column in columns}, **scores})
    write_table(path, [*columns, *titles.values()], rows)
    return Exported(len(rows), tuple(remarks))


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


def _totals(marks: Iterable[Mark], penalties: Mapping[tuple[str, str], float]) -> dict[str, dict[str, float]]:
    """Each student's points by lesson, after penalties."""
    totals: dict[str, dict[str, float]] = {}
    for mark in marks:
        scores = totals.setdefault(mark.student, {})
        scores[mark.lesson] = scores.get(mark.lesson, 0.0) + mark.score
    for student, scores in totals.items():
        for lesson, score in scores.items():
            scores[lesson] = max(0.0, score - penalties.get((student, lesson), 0.0))
    return totals


def _titles(lessons: Sequence[str], titles: Mapping[str, str], taken: tuple[str, ...]) -> dict[str, str]:
    chosen = {lesson: titles.get(lesson, lesson) for lesson in lessons}
    unknown = set(titles) - set(lessons)
    if unknown:
        raise ValueError(f"--title: there are no marks of lesson {min(unknown)!r}; there are {', '.join(lessons)}")
    if len({*chosen.values(), *taken}) < len(chosen) + len(taken):
        raise ValueError("--title: two columns would have the same name")
    return chosen


def _find(student: str, roster: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str] | None, str]:
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
    return [text for text in (*(_of(row, column) for column in known), _full_name(row)) if text]


def _is_system_export(columns: Iterable[str]) -> bool:
    """Canvas heads the names with "Student" too: there it is no id of ours."""
    return {"student", "id", "section"} <= set(columns)


def _full_name(row: Mapping[str, str]) -> str:
    first, last = _of(row, "first name"), _of(row, "last name") or _of(row, "surname")
    return f"{first} {last}".strip() or _of(row, "full name") or _of(row, "name")


def _of(row: Mapping[str, str], column: str) -> str:
    return row.get(column.lower(), "")


def _changed(student: str, person: Mapping[str, str], columns: Iterable[str]) -> list[str]:
    """Ids that an apostrophe changes: the other program will not know them."""
    return [
        f"{student}: {column} {person[column]!r} is written {harmless(person[column])!r}, lest it be a formula"
        for column in columns
        if harmless(person.get(column, "")) != person.get(column, "")
    ]


def _number(points: float) -> str:
    return f"{points:.4f}".rstrip("0").rstrip(".")
