"""Marks as Canvas's gradebook imports them.

Sources: Canvas, "How do I import grades in the Gradebook?" (Instructor Guide) and class ``GradebookImporter``
(lib/gradebook_importer.rb).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grading.files import write_table
from grading.gradebook import Mark
from grading.publish.grades_csv import Exported, changed_ids, number, points_by_lesson, titled
from grading.publish.roster import CANVAS_COLUMNS, field, full_name, not_there, refuse_strangers, row_of


def write_canvas(
    marks: Iterable[Mark],
    possible: Mapping[str, float],
    path: Path,
    roster: Sequence[Mapping[str, str]] | None = None,
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
        From `read_roster`; its students are written, with empty cells where they have no marks, and nobody else.
        Without one, a student's id is taken for the login that Canvas shows as "SIS Login ID".
    titles : mapping, optional
        By lesson, the title of Canvas's assignment, or "title (number)" as Canvas's own export writes it.
        A lesson without one keeps its name; Canvas offers to make an assignment of a title it does not know.

    Returns
    -------
    Exported
    """
    totals = points_by_lesson(marks)
    lessons = sorted(possible)
    titles = titled(lessons, titles or {}, CANVAS_COLUMNS)
    rows: list[dict] = [
        {
            "Student": "    Points Possible",
            **{titles[lesson]: number(possible[lesson]) for lesson in lessons},
        }
    ]
    remarks = []
    for student, scores in sorted(totals.items()):
        person = {"Student": student, "SIS Login ID": student}
        if roster is not None:
            roster_row, remark = row_of(student, roster)
            if roster_row is None:
                remarks.append(f"{student}: {remark}")
                continue
            person = {column: field(roster_row, column) for column in CANVAS_COLUMNS}
            person["Student"] = person["Student"] or full_name(roster_row) or student
        remarks += changed_ids(student, person, CANVAS_COLUMNS[1:4])
        rows.append({**person, **{titles[lesson]: number(score) for lesson, score in scores.items()}})
    refuse_strangers(len(rows) - 1, totals, remarks, roster)
    for row in not_there(roster, totals) if roster is not None else ():
        person = {column: field(row, column) for column in CANVAS_COLUMNS}
        if any(person[column] for column in CANVAS_COLUMNS[1:4]):
            rows.append({**person, "Student": person["Student"] or full_name(row)})
        else:
            remarks.append(f"{full_name(row)}: has no id of Canvas in the roster")
    write_table(path, [*CANVAS_COLUMNS, *titles.values()], rows)
    return Exported(len(rows) - 1, tuple(remarks))
