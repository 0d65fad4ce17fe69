"""Marks of other points than their lesson has now: scaled to the new points, and held until they are graded again.

A lesson's points may change when some of its submissions are not there to be graded again, and grading everybody else
takes time and may be interrupted. So at every moment no mark is above its maximum, and the submissions
whose marks are not all by the lesson's present points are written down.
"""

import sqlalchemy as sa
from nbgrader import api
from sqlalchemy.orm import scoped_session

from grading.gradebook import changes, marks, tables
from grading.gradebook.folders import folder_names


def hold(session: scoped_session, lesson: str, assignment: str) -> None:
    """Hold the marks of everybody who has handed in a lesson. `assignment` is its id in nbgrader's tables."""
    submission, table = tables.submitted_assignment.c, tables.held
    already = {row.student for row in session.execute(sa.select(table.c.student).where(table.c.lesson == lesson))}
    there = session.execute(sa.select(submission.student_id).where(submission.assignment_id == assignment)).scalars()
    rows = [{"student": student, "lesson": lesson} for student in sorted(set(there) - already)]
    if rows:
        session.execute(table.insert(), rows)


def release(session: scoped_session, student: str, lesson: str) -> None:
    """Hold a submission's marks no longer."""
    table = tables.held
    session.execute(table.delete().where(table.c.student == student, table.c.lesson == lesson))


def places(session: scoped_session) -> set[tuple[str, str]]:
    """Student and lesson of every submission whose marks are held."""
    return {(row.student, row.lesson) for row in session.execute(sa.select(tables.held))}


def scale(session: scoped_session, lesson: str, cell: api.BaseCell, points: float) -> None:
    """Let every mark of a cell, also one by hand, keep its share of the cell's points; each change is noted."""
    factor = points / cell.max_score if cell.max_score else 0.0
    submission, submitted, grade = tables.submitted_assignment, tables.submitted_notebook, tables.grade
    rows = session.execute(
        sa.select(submission.c.student_id, grade)
        .join_from(grade, submitted, submitted.c.id == grade.c.notebook_id)
        .join(submission, submission.c.id == submitted.c.assignment_id)
        .where(grade.c.cell_id == cell.id)
    ).all()
    folders = folder_names(session)
    for row in rows:
        old = dict(row._mapping)
        new = {name: _times(old[name], factor) for name in ("auto_score", "manual_score", "extra_credit")}
        session.execute(grade.update().where(grade.c.id == row.id).values(**new))
        before, after = marks.score_of(old), marks.score_of(new)
        student = folders.get(row.student_id, row.student_id)
        changes.note(session, student, lesson, {cell.name: before}, {cell.name: after})


def fill(session: scoped_session, notebook: str, marked: dict[str, str], points: dict[str, float]) -> None:
    """Give each new cell, of which a submission has no mark yet, the share of the points that it has in all other
    cells.

    Parameters
    ----------
    session : scoped_session
    notebook : str
        The submission's id in nbgrader's table of submitted notebooks.
    marked, points : dict
        As in `grading.gradebook.lessons.Place`.
    """
    grade = tables.grade
    rows = {row.cell_id: row for row in session.execute(grade.select().where(grade.c.notebook_id == notebook))}
    scores = {cell: marks.score_of(rows[cell]._mapping) for cell in marked.values() if cell in rows}
    marked_scores = {cell: score for cell, score in scores.items() if score is not None}
    of = sum(points[cell] for cell in marked_scores)
    share = min(1.0, sum(marked_scores.values()) / of) if of else 0.0
    for cell, score in scores.items():
        # a written answer that waits for a marker waits on
        if score is None and not rows[cell].needs_manual_grade:
            session.execute(grade.update().where(grade.c.id == rows[cell].id).values(auto_score=share * points[cell]))


def _times(mark: float | None, factor: float) -> float | None:
    return None if mark is None else mark * factor
