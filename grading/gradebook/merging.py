"""Take another gradebook of a class into this one: submissions that are not here, and what was marked by hand."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import scoped_session

from grading.collect.names import harmless_id
from grading.gradebook import lessons, new_points, submissions, tables
from grading.gradebook.folders import folder_names
from grading.gradebook.lessons import Place

BY_HAND = ("manual_score", "extra_credit")


@dataclass(frozen=True)
class Conflict:
    """A mark or comment in which two gradebooks differ. The one called `here` stays."""

    student: str
    lesson: str
    exercise: str
    what: str
    here: str
    there: str


@dataclass(frozen=True)
class Whole:
    """Everything that a gradebook holds of a submission; marks and comments by the cell's name, rows by our table's
    name.
    """

    student: str
    lesson: str
    name: tuple[str | None, str | None]
    received: datetime | None
    extension: timedelta | None
    penalty: float | None
    grades: dict[str, dict]
    comments: dict[str, dict]
    ours: dict[str, list[dict]] = field(default_factory=dict)

    @property
    def handed_in(self) -> str:
        return next((row["handed_in"] for row in self.ours["bases"]), "")


_OURS = ("submissions", "mistakes", "bases", "notes", "held")


def places(session: scoped_session) -> dict[str, Place]:
    """Where each lesson of a gradebook is."""
    by_lesson = {lesson: lessons.find(session, lesson) for lesson in lessons.versions(session)}
    return {lesson: place for lesson, place in by_lesson.items() if place is not None}


def points(place: Place) -> dict[str, float]:
    """The points of each marked cell of a lesson, by its name, with what it gives for a bonus."""
    return {name: place.points[cell] + place.bonus.get(name, 0.0) for name, cell in place.marked.items()}


def read(session: scoped_session) -> list[Whole]:
    """Every submission of a gradebook."""
    submission, submitted, student = tables.submitted_assignment, tables.submitted_notebook, tables.student
    wholes, folders = [], folder_names(session)
    for lesson, place in places(session).items():
        rows = session.execute(
            sa.select(
                student.c.id,
                student.c.first_name,
                student.c.last_name,
                submission.c.timestamp,
                submission.c.extension,
                submitted.c.id.label("notebook"),
                submitted.c.late_submission_penalty,
            )
            .join_from(submission, submitted, submitted.c.assignment_id == submission.c.id)
            .join(student, student.c.id == submission.c.student_id)
            .where(submission.c.assignment_id == place.assignment, submitted.c.notebook_id == place.notebook)
        ).all()
        for row in rows:
            name = folders.get(row.id, row.id)
            grades = _by_name(session, tables.grade, row.notebook, place.marked)
            comments = _by_name(session, tables.comment, row.notebook, place.commented)
            own_rows = {
                kind: [
                    dict(one._mapping)
                    for one in session.execute(
                        sa.select(table).where(
                            table.c.student == (row.id if table is tables.held else name), table.c.lesson == lesson
                        )
                    )
                ]
                for kind, table in _tables().items()
            }
            wholes.append(
                Whole(
                    name,
                    lesson,
                    (row.first_name, row.last_name),
                    row.timestamp,
                    row.extension,
                    row.late_submission_penalty,
                    grades,
                    comments,
                    own_rows,
                )
            )
    return sorted(wholes, key=lambda one: (one.lesson, one.student))


def take(session: scoped_session, there: list[Whole]) -> tuple[list[tuple[str, str]], list[Conflict]]:
    """Take in the submissions that are not here; of those that are, the marks and comments by hand that are missing
    here.

    Returns
    -------
    list of (student, lesson), list of Conflict
        The submissions that are new here, and what both have, and differently.
    """
    here = {(one.student, one.lesson): one for one in read(session)}
    lesson_places, new, conflicts = places(session), [], []
    for one in there:
        own = here.get((one.student, one.lesson))
        place = lesson_places[one.lesson]
        if own is None:
            _insert(session, place, one)
            new.append((one.student, one.lesson))
        elif own.handed_in != one.handed_in:
            about = (one.student, one.lesson, "", "another notebook was graded")
            conflicts.append(Conflict(*about, f"of {own.received}", f"of {one.received}"))
        else:
            conflicts += _take_by_hand(session, place, own, one)
    return new, conflicts


def _tables() -> dict[str, sa.Table]:
    return {name: getattr(tables, name) for name in _OURS}


def _by_name(session: scoped_session, table: sa.Table, notebook: str, cells: dict[str, str]) -> dict[str, dict]:
    rows = submissions.rows(session, table, notebook)
    left_out = ("id", "cell_id", "notebook_id")
    return {
        name: {column: value for column, value in rows[cell].items() if column not in left_out}
        for name, cell in cells.items()
        if cell in rows
    }


def _insert(session: scoped_session, place: Place, one: Whole) -> None:
    notebook = submissions.submitted_notebook(session, place, one.student, one.received)
    first, last = one.name
    of_student = tables.student.c.id == harmless_id(one.student)
    if first or last:
        session.execute(tables.student.update().where(of_student).values(first_name=first, last_name=last))
    grades = {place.marked[name]: row for name, row in one.grades.items()}
    comments = {place.commented[name]: row for name, row in one.comments.items()}
    submissions.put(session, tables.grade, notebook, {}, grades)
    submissions.put(session, tables.comment, notebook, {}, comments)
    submission, submitted = tables.submitted_assignment, tables.submitted_notebook
    whole = sa.select(submitted.c.assignment_id).where(submitted.c.id == notebook).scalar_subquery()
    session.execute(submission.update().where(submission.c.id == whole).values(extension=one.extension))
    session.execute(submitted.update().where(submitted.c.id == notebook).values(late_submission_penalty=one.penalty))
    for name, table in _tables().items():
        for row in one.ours[name]:
            session.execute(table.insert().values(**row))


def _take_by_hand(session: scoped_session, place: Place, own: Whole, one: Whole) -> list[Conflict]:
    (notebook,) = submissions.notebooks(session, place, one.student)
    conflicts = []

    def settle(table: sa.Table, cell: str, name: str, here: dict, there: dict, columns: tuple[str, ...]) -> None:
        took = {}
        for column in columns:
            if there[column] is None or there[column] == here[column]:
                continue
            if here[column] is None:
                took[column] = there[column]
            else:
                what = column.replace("_", " ")
                conflicts.append(Conflict(one.student, one.lesson, name, what, f"{here[column]}", f"{there[column]}"))
        if took:
            if "manual_score" in took:
                took["needs_manual_grade"] = there["needs_manual_grade"]
            at = (table.c.notebook_id == notebook) & (table.c.cell_id == cell)
            session.execute(table.update().where(at).values(**took))

    for name, there in one.grades.items():
        settle(tables.grade, place.marked[name], name, own.grades[name], there, BY_HAND)
    for name, there in one.comments.items():
        settle(tables.comment, place.commented[name], name, own.comments[name], there, ("manual_comment",))
    if new_points.places(session) & {(harmless_id(one.student), one.lesson)} and not one.ours["held"]:
        conflicts.append(Conflict(one.student, one.lesson, "", "held", "held", "graded by the points of now"))
    return conflicts
