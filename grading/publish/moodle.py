"""Marks as Moodle's gradebook imports them.

Sources: Moodle, "Grade import" (MoodleDocs) and class ``gradeimport_csv_load_data``
(grade/import/csv/classes/load_data.php).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.files import write_table
from grading.gradebook import Mark
from grading.publish.grades_csv import Exported, changed_ids, number, points_by_lesson, titled
from grading.publish.roster import MOODLE_COLUMNS, field, full_name, not_there, refuse_strangers, row_of

# "-" is how Moodle writes no grade; an empty cell of a new grade item would count 0
_MOODLE_NO_GRADE = "-"
_MOODLE_MOST = 100


def write_moodle(
    marks: Iterable[Mark],
    possible: Mapping[str, float],
    path: Path,
    roster: Sequence[Mapping[str, str]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Exported:
    """Write a CSV that Moodle's gradebook imports: who the student is, and a column per lesson.

    Of "Email address", "ID number" and "Username" the file has those that every student of the roster has.
    Moodle drops the whole import at the first student it does not know, so no one without a row in the
    roster is written. Parameters as `grading.publish.canvas.write_canvas`; without a roster, a student's id is
    taken for the user name.

    Raises
    ------
    ValueError
        When the roster has none of the three columns filled for all the students with marks.
    """
    totals = points_by_lesson(marks)
    lessons = sorted(possible)
    titles = titled(lessons, titles or {}, tuple(MOODLE_COLUMNS))
    remarks = [
        f"{lesson}: counts {number(most)}; Moodle takes no grade above {_MOODLE_MOST} unless its site allows it"
        for lesson, most in sorted(possible.items())
        if most > _MOODLE_MOST
    ]
    people: list[tuple[str, dict[str, str]]] = []
    for student in sorted(totals):
        person = {"Username": student}
        if roster is not None:
            roster_row, remark = row_of(student, roster)
            if roster_row is None:
                remarks.append(f"{student}: {remark}")
                continue
            person = _person(roster_row)
        people.append((student, person))
    refuse_strangers(len(people), totals, remarks, roster)
    columns = [column for column in MOODLE_COLUMNS if all(person.get(column) for _, person in people)]
    if people and not columns:
        raise ValueError(f"--roster: none of {', '.join(MOODLE_COLUMNS)} is filled for every student with marks")
    there = len(people)
    for row in not_there(roster, totals) if roster is not None else ():
        person = _person(row)
        columns = columns or [column for column in MOODLE_COLUMNS if person[column]]
        if columns and all(person[column] for column in columns):
            people.append((full_name(row) or person[columns[0]], person))
        else:
            remarks.append(f"{full_name(row)}: has no {' or '.join(columns or MOODLE_COLUMNS)} in the roster")
    rows = []
    for number_of, (student, person) in enumerate(people):
        remarks += changed_ids(student, person, columns)
        of_student = totals[student] if number_of < there else {}
        scores = {
            titles[lesson]: number(of_student[lesson]) if lesson in of_student else _MOODLE_NO_GRADE
            for lesson in lessons
        }
        rows.append({**{column: person[column] for column in columns}, **scores})
    write_table(path, [*columns, *titles.values()], rows)
    return Exported(len(rows), tuple(remarks))


def _person(row: Mapping[str, str]) -> dict[str, str]:
    """What a row of the roster says for each of Moodle's columns."""
    return {
        column: next(filter(None, (field(row, name) for name in names)), "") for column, names in MOODLE_COLUMNS.items()
    }
