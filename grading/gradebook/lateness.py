"""Late penalties: nbgrader's plugin, its due dates and its column. The caller opens the gradebook.

They change without a submission's being graded again: due dates and extensions are nbgrader's. `LatePenalties` finds a
submission through nbgrader's gradebook, so what settles penalties takes that; what reads and writes due dates takes its
session.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.orm import scoped_session
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.collect.names import harmless_id
from grading.gradebook import tables
from grading.gradebook.marks import score_within, total_of

CONFIG = Path(__file__).parents[1] / "nbgrader_config.py"


@dataclass(frozen=True)
class Deadlines:
    """Until when submissions are on time, in UTC without a zone: by lesson, and by student and lesson with an
    extension."""

    due: Mapping[str, datetime | None]
    extended: Mapping[tuple[str, str], datetime]

    def of(self, student: str, lesson: str) -> datetime | None:
        """None for a lesson that is never due. An extension that ends before the due date takes nothing away."""
        due = self.due.get(lesson)
        return None if due is None else max(due, self.extended.get((harmless_id(student), lesson), due))


class LatePenalties:
    """The plugin that an instructor chose, made once for a class.

    Parameters
    ----------
    config : Config, optional
        nbgrader's settings: ``AssignLatePenalties.plugin_class`` and those of the plugin. Default: what
        ``grading/nbgrader_config.py`` says. nbgrader's own default gives no penalty.
    """

    def __init__(self, config: Config | None = None):
        if config is None:
            config = PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()
        assigner = AssignLatePenalties(config=config)
        assigner.init_plugin()
        self.plugin = assigner.plugin_inst
        # one line for each late notebook is for a terminal, not for a thousand of them
        self.plugin.log = logging.getLogger(__name__)

    def assign(self, gradebook: Gradebook, lesson: str, student: str) -> float:
        """Set ``late_submission_penalty`` of a submission whose marks and timestamp are set; nothing is committed.

        As nbgrader does: the plugin is asked only where the submission is late, extensions included; what it
        says is kept between 0 and the notebook's score.

        Returns
        -------
        float
            The penalty, 0 without one.
        """
        session = gradebook.db
        session.flush()
        submission = gradebook.find_submission(lesson, student)
        notebook = gradebook.find_submission_notebook(lesson, lesson, student)
        session.expire(notebook)
        seconds = seconds_late(submission.timestamp, submission.assignment.duedate, submission.extension)
        notebook.late_submission_penalty = self.penalty(student, _counted(session, notebook), seconds) or None
        return notebook.late_submission_penalty or 0.0

    def penalty(self, student: str, score: float, seconds: float) -> float:
        """What being `seconds` late takes of a `score`: between 0 and all of it; 0 for what is on time."""
        if seconds <= 0:
            return 0.0
        return min(max(0.0, self.plugin.late_submission_penalty(student, score, seconds) or 0.0), score)


def _counted(session: scoped_session, notebook: SubmittedNotebook) -> float:
    """The score of a notebook without a penalty, as its sheet has it: parts that count for nobody are left out, and
    extra credit fills up to the maximum."""
    grade, cell, void = tables.grade, tables.base_cell, tables.voids
    counted_rows = session.execute(
        sa.select(grade, tables.points)
        .join_from(grade, tables.cell_with_points, cell.c.id == grade.c.cell_id)
        .join(void, (void.c.part == cell.c.name) & (void.c.lesson == notebook.name), isouter=True)
        .where(grade.c.notebook_id == notebook.id, void.c.part.is_(None))
    ).all()
    scores = [score_within(row._mapping, row.points) for row in counted_rows]
    return total_of(scores, [max(0.0, row.extra_credit or 0.0) for row in counted_rows])


def penalise(gradebook: Gradebook, late: LatePenalties, lesson: str, student: str) -> None:
    """Set the penalty of a submission whose marks and time of intake are written; none without a due date."""
    assignment = tables.assignment.c
    due = gradebook.db.execute(sa.select(assignment.duedate).where(assignment.name == lesson)).scalar()
    if due is not None:
        _put_extensions(gradebook.db)
        late.assign(gradebook, lesson, harmless_id(student))
        gradebook.db.flush()


def deadlines(session: scoped_session) -> Deadlines:
    """Until when submissions are on time: due dates, extensions of ours, and those that nbgrader's own API gave."""
    assignment, submission = tables.assignment.c, tables.submitted_assignment.c
    due = {row.name: row.duedate for row in session.execute(sa.select(assignment.name, assignment.duedate))}
    nbgrader_rows = session.execute(
        sa.select(submission.student_id, assignment.name, submission.extension)
        .join_from(tables.submitted_assignment, tables.assignment, assignment.id == submission.assignment_id)
        .where(submission.extension.is_not(None), assignment.duedate.is_not(None))
    )
    extended = {(row.student_id, row.name): due[row.name] + row.extension for row in nbgrader_rows}
    own_rows = session.execute(sa.select(tables.extensions))
    return Deadlines(due, extended | {(row.student, row.lesson): row.until for row in own_rows})


def extend(session: scoped_session, extensions: Mapping[tuple[str, str], datetime]) -> None:
    """Write extensions down, and into nbgrader's own column of the submissions that there are."""
    table = tables.extensions
    for (student, lesson), until in extensions.items():
        session.execute(table.delete().where(table.c.student == student, table.c.lesson == lesson))
        session.execute(table.insert().values(student=student, lesson=lesson, until=until))
    _put_extensions(session)


def move_extensions(session: scoped_session, owners: Mapping[str, str]) -> None:
    """Give the extensions of each key to the student of its value; where both have one, the longer stays."""
    table = tables.extensions
    rows = {(row.student, row.lesson): row.until for row in session.execute(sa.select(table))}
    longest: dict[tuple[str, str], datetime] = {}  # several keys may mean one student
    for (student, lesson), until in rows.items():
        owner = owners.get(student)
        if owner is not None:
            longest[owner, lesson] = max(until, longest.get((owner, lesson), until))
            session.execute(table.delete().where(table.c.student == student, table.c.lesson == lesson))
    extend(session, {place: max(until, rows.get(place, until)) for place, until in longest.items()})


def _put_extensions(session: scoped_session) -> None:
    """nbgrader counts an extension from the due date, which may have moved."""
    submission, assignment, extension = tables.submitted_assignment, tables.assignment, tables.extensions
    rows = session.execute(
        sa.select(submission.c.id, submission.c.extension, assignment.c.duedate, extension.c.until)
        .join_from(submission, assignment, assignment.c.id == submission.c.assignment_id)
        .join(extension, (extension.c.student == submission.c.student_id) & (extension.c.lesson == assignment.c.name))
        .where(assignment.c.duedate.is_not(None))
    ).all()
    for row in rows:
        length = max(row.until - row.duedate, timedelta(0))
        if length != row.extension:
            session.execute(submission.update().where(submission.c.id == row.id).values(extension=length))


def settle(
    gradebook: Gradebook,
    received: Mapping[tuple[str, str], datetime | None],
    late: LatePenalties,
    only_due: bool = False,
) -> int:
    """Bring times of intake and late penalties up to date, where they may have changed; how many had to be.

    With `only_due`, penalties of lessons that are never due stay as somebody has set them.
    """
    session = gradebook.db
    _put_extensions(session)
    session.expire_all()
    received = {(harmless_id(student), lesson): when for (student, lesson), when in received.items()}
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
            of_row = submission.update().where(submission.c.id == row.id)
            session.execute(of_row.values(timestamp=when))
        overdue = row.duedate is not None and when is not None and when > row.duedate
        if only_due and row.duedate is None:
            continue
        if overdue or row.late_submission_penalty is not None:
            penalty = late.assign(gradebook, row.name, row.student_id)
            session.flush()
            settled += penalty != (row.late_submission_penalty or 0.0)
    return settled


def penalties(gradebook: Gradebook) -> dict[tuple[str, str], float]:
    """What lateness costs, by the student's id in nbgrader's tables and lesson; without those whom it costs nothing."""
    rows = (
        gradebook.db.query(Student.id, Assignment.name, SubmittedNotebook.late_submission_penalty)
        .select_from(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Student, Student.id == SubmittedAssignment.student_id)
        .filter(SubmittedNotebook.late_submission_penalty > 0)
    )
    return {(student, lesson): penalty for student, lesson, penalty in rows}


def duration(seconds: float) -> str:
    """A time in the two largest units that it fills, for people."""
    minutes = max(1, math.ceil(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def seconds_late(received: datetime | None, due: datetime | None, extension: timedelta | None) -> int:
    """How late a submission is, in whole seconds; 0 on time, where nobody knows, and for a lesson that is never due."""
    if received is None or due is None:
        return 0
    late = (received - due - (extension or timedelta(0))).total_seconds()
    return max(0, math.ceil(late))
