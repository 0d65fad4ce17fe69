"""Write one submission: its marks and comments into nbgrader's tables, its state, mistakes and basis into ours."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from nbgrader import api
from sqlalchemy.orm import scoped_session

from grading.collect.names import harmless_id
from grading.gradebook import changes, marks, new_points, tables
from grading.gradebook.lessons import Place
from grading.gradebook.rows import Basis, FinalState
from grading.job import Executed


def write(
    session: scoped_session, place: Place, executed: Executed, received: datetime | None, basis: Basis | None
) -> None:
    """Write a submission; an earlier run's marks, state and mistakes are replaced, and marks that change are noted.

    Parameters
    ----------
    session : scoped_session
    place : Place
        Where its lesson is.
    executed : Executed
    received : datetime or None
        The time of intake.
    basis : Basis or None
        What the marks rest on.
    """
    student, lesson = executed.student, executed.lesson
    same = _is_same(session, place, executed, received, basis)
    notebook = submitted_notebook(session, place, student, received)
    passed = {cell.grade_id: cell.passed for cell in executed.cells}
    answered = _answered(executed.notebook)
    old = rows(session, tables.grade, notebook)
    before, after, grades = {}, {}, {}
    for name, cell in place.marked.items():
        row, to_mark = old.get(cell, {}), answered.get(name, False)
        grades[cell] = marks.grade_cell(
            row, place.points[cell], passed.get(name, False), to_mark, place.bonus.get(name), same
        )
        before[name], after[name] = marks.score_of(row), marks.score_of({**row, **grades[cell]})
    put(session, tables.grade, notebook, old, grades)
    comments = {
        cell: {"auto_comment": None if answered.get(name, False) else "No response."}
        for name, cell in place.commented.items()
    }
    put(session, tables.comment, notebook, rows(session, tables.comment, notebook), comments)
    new_points.release(session, harmless_id(student), lesson)
    state = tables.submissions.c
    graded = sa.select(state.status).where(state.student == student, state.lesson == lesson)
    if session.execute(graded).first() is not None:
        changes.note(session, student, lesson, before, after)
    _put_state(session, executed, basis)


def _is_same(
    session: scoped_session, place: Place, executed: Executed, received: datetime | None, basis: Basis | None
) -> bool:
    """Whether the notebook that was graded is the one whose marks are there: of several that may count, the one of the
    same time.
    """
    based, submission = tables.bases.c, tables.submitted_assignment.c
    handed_in = session.execute(
        sa.select(based.handed_in).where(based.student == executed.student, based.lesson == executed.lesson)
    ).scalar()
    when = session.execute(
        sa.select(submission.timestamp).where(
            submission.assignment_id == place.assignment, submission.student_id == harmless_id(executed.student)
        )
    ).scalar()
    return basis is not None and handed_in == basis.handed_in and when == received


def submitted_notebook(session: scoped_session, place: Place, student: str, received: datetime | None) -> str:
    """The id of a submission's notebook in nbgrader's tables, made with the submission when it is missing."""
    student = harmless_id(student)
    submission, submitted = tables.submitted_assignment, tables.submitted_notebook
    row = session.execute(
        sa.select(submission.c.id, submitted.c.id.label("notebook"), submission.c.timestamp)
        .join_from(submission, submitted, submitted.c.assignment_id == submission.c.id)
        .where(
            submission.c.assignment_id == place.assignment,
            submission.c.student_id == student,
            submitted.c.notebook_id == place.notebook,
        )
    ).first()
    if row is None:
        if session.execute(sa.select(tables.student.c.id).where(tables.student.c.id == student)).first() is None:
            session.execute(tables.student.insert().values(id=student))
        handed_in, notebook = api.new_uuid(), api.new_uuid()
        session.execute(
            submission.insert().values(
                id=handed_in, assignment_id=place.assignment, student_id=student, timestamp=received
            )
        )
        session.execute(submitted.insert().values(id=notebook, assignment_id=handed_in, notebook_id=place.notebook))
        return notebook
    if row.timestamp != received:
        session.execute(submission.update().where(submission.c.id == row.id).values(timestamp=received))
    return row.notebook


def notebooks(session: scoped_session, place: Place, student: str) -> list[str]:
    """The id of a student's notebook of a lesson in nbgrader's tables; none where nothing was handed in."""
    submission, submitted = tables.submitted_assignment, tables.submitted_notebook
    query = (
        sa.select(submitted.c.id)
        .join_from(submission, submitted, submitted.c.assignment_id == submission.c.id)
        .where(submission.c.assignment_id == place.assignment, submission.c.student_id == harmless_id(student))
    )
    return list(session.execute(query).scalars())


def _put_state(session: scoped_session, executed: Executed, basis: Basis | None) -> None:
    student, lesson = executed.student, executed.lesson
    for table in (tables.submissions, tables.mistakes, tables.bases):
        session.execute(table.delete().where(table.c.student == student, table.c.lesson == lesson))
    about = {} if executed.notebook is None else executed.notebook["metadata"].get("convgrade", {})
    reason = executed.reason.replace("\0", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL's text has no NUL
    state = FinalState(student, lesson, executed.status, reason, about.get("sandbox", ""))
    session.execute(tables.submissions.insert().values(**asdict(state)))
    if basis is not None:
        session.execute(tables.bases.insert().values(student=student, lesson=lesson, **asdict(basis)))
    cells = [cell for cell in executed.cells if cell.mistake]
    if cells:
        rows = [
            {"student": student, "lesson": lesson, "exercise": cell.grade_id, "mistake": cell.mistake} for cell in cells
        ]
        session.execute(tables.mistakes.insert(), rows)


def rows(session: scoped_session, table: sa.Table, notebook: str) -> dict[str, dict]:
    """A submitted notebook's marks or comments by cell."""
    result = session.execute(table.select().where(table.c.notebook_id == notebook))
    return {row.cell_id: dict(row._mapping) for row in result}


def put(session: scoped_session, table: sa.Table, notebook: str, old: dict[str, dict], new: dict[str, dict]) -> None:
    """Bring the rows of a submitted notebook up to `new`, by cell; the other columns stay."""
    missing = [{"notebook_id": notebook, "cell_id": cell, **row} for cell, row in new.items() if cell not in old]
    if missing:
        session.execute(table.insert(), missing)
    for cell, row in new.items():
        if cell in old and any(old[cell][name] != value for name, value in row.items()):
            session.execute(table.update().where(table.c.id == old[cell]["id"]).values(**row))


def _answered(notebook: dict | None) -> dict[str, bool]:
    """For each answer cell, whether it differs from what learners got."""
    cells = notebook["cells"] if notebook else []
    return {cell["id"]: cell["metadata"]["convgrade"]["answered"] for cell in cells if "convgrade" in cell["metadata"]}
