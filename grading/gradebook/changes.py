"""The marks that grading again, or a new version of a lesson, has changed, until they have been told."""

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
    """Note the marks that differ; one that was noted and not yet told keeps what was before that."""
    names = {name for name in (*before, *after) if before.get(name) != after.get(name)}
    if not names:
        return
    noted = tables.changes
    mine = sa.and_(noted.c.student == student, noted.c.lesson == lesson, noted.c.exercise.in_(names))
    untold = {row.exercise: row.before for row in session.execute(noted.select().where(mine))}
    session.execute(noted.delete().where(mine))
    for name in sorted(names):
        change = Change(student, lesson, name, untold.get(name, before.get(name)), after.get(name))
        if change.before != change.after:
            session.execute(noted.insert().values(**asdict(change)))


def read(session: scoped_session) -> list[Change]:
    """What has been noted and not yet told, by lesson, student and exercise."""
    found = [Change(**row._mapping) for row in session.execute(sa.select(tables.changes))]
    return sorted(found, key=lambda change: (change.lesson, change.student, change.exercise))


def forget(session: scoped_session, told: Iterable[Change]) -> None:
    """`told` have been told."""
    noted = tables.changes
    for change in told:
        mine = (noted.c.student == change.student) & (noted.c.lesson == change.lesson)
        session.execute(noted.delete().where(mine, noted.c.exercise == change.exercise))
