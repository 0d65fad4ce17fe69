"""Late penalties, which change without a submission's being graded again: due dates and extensions are nbgrader's.

`LatePenalties` finds a submission through nbgrader's gradebook, so these functions take that and not its session.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from nbgrader.api import Gradebook

from grading.record import tables

if TYPE_CHECKING:
    from grading.late import LatePenalties


def penalise(gradebook: Gradebook, late: "LatePenalties", lesson: str, student: str) -> None:
    """Set the penalty of a submission whose marks and time of intake are written; none without a due date."""
    assignment = tables.assignment.c
    due = gradebook.db.execute(sa.select(assignment.duedate).where(assignment.name == lesson)).scalar()
    if due is not None:
        late.assign(gradebook, lesson, student)
        gradebook.db.flush()


def settle(gradebook: Gradebook, received: Mapping[tuple[str, str], datetime | None], late: "LatePenalties") -> int:
    """Bring times of intake and late penalties up to date, where they may have changed; how many had to be."""
    session = gradebook.db
    submission, submitted, assignment = tables.submitted_assignment, tables.submitted_notebook, tables.assignment
    rows = session.execute(
        sa.select(
            submission.c.id,
            submission.c.student_id,
            submission.c.timestamp,
            assignment.c.name,
            assignment.c.duedate,
            submitted.c.late_submission_penalty,
        )
        .join_from(submission, assignment, assignment.c.id == submission.c.assignment_id)
        .join(submitted, submitted.c.assignment_id == submission.c.id)
    ).all()
    settled = 0
    for row in rows:
        when = received.get((row.student_id, row.name), row.timestamp)
        if when != row.timestamp:
            mine = submission.update().where(submission.c.id == row.id)
            session.execute(mine.values(timestamp=when))
        overdue = row.duedate is not None and when is not None and when > row.duedate
        if overdue or row.late_submission_penalty is not None:
            penalty = late.assign(gradebook, row.name, row.student_id)
            session.flush()
            settled += penalty != (row.late_submission_penalty or 0.0)
    return settled
