"""The marks that grading again, or a new version of a lesson, has changed, kept until they have been printed."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import scoped_session

from grading.gradebook import tables
from grading.gradebook.rows import Change


def note(
    session: scoped_session,
    student: str,
    lesson: str,
    before: Mapping[str, float | None],
    after: Mapping[str, float | None],
) -> None:
    """Note the marks that differ. A mark with a note that was not printed yet keeps that note's old mark."""
    names = {name for name in (*before, *after) if before.get(name) != after.get(name)}
    if not names:
        return
    noted = tables.changes
    of_submission = sa.and_(noted.c.student == student, noted.c.lesson == lesson, noted.c.exercise.in_(names))
    untold = {row.exercise: row.before for row in session.execute(noted.select().where(of_submission))}
    session.execute(noted.delete().where(of_submission))
    for name in sorted(names):
        change = Change(student, lesson, name, untold.get(name, before.get(name)), after.get(name))
        if change.before != change.after:
            session.execute(noted.insert().values(**asdict(change)))


def read(session: scoped_session) -> list[Change]:
    """The changes that have not been printed yet, by lesson, student and exercise."""
    rows = [Change(**row._mapping) for row in session.execute(sa.select(tables.changes))]
    return sorted(rows, key=lambda change: (change.lesson, change.student, change.exercise))


def forget(session: scoped_session, printed: Iterable[Change]) -> None:
    """Forget these changes: they have been printed."""
    noted = tables.changes
    for change in printed:
        of_submission = (noted.c.student == change.student) & (noted.c.lesson == change.lesson)
        session.execute(noted.delete().where(of_submission, noted.c.exercise == change.exercise))
