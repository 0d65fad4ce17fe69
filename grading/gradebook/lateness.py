"""Late penalties: nbgrader's plugin, its due dates and its column, without a connection of its own.

They change without a submission's being graded again: due dates and extensions are nbgrader's. `LatePenalties` finds a
submission through nbgrader's gradebook, so these functions take that and not its session.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.gradebook import tables

CONFIG = Path(__file__).parents[1] / "nbgrader_config.py"


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
        notebook.late_submission_penalty = None
        seconds = _seconds_late(submission)
        if seconds <= 0:
            return 0.0
        penalty = self.plugin.late_submission_penalty(student, notebook.score, seconds)
        if penalty is not None:
            notebook.late_submission_penalty = min(max(0.0, penalty), notebook.score)
        return notebook.late_submission_penalty or 0.0


def penalise(gradebook: Gradebook, late: LatePenalties, lesson: str, student: str) -> None:
    """Set the penalty of a submission whose marks and time of intake are written; none without a due date."""
    assignment = tables.assignment.c
    due = gradebook.db.execute(sa.select(assignment.duedate).where(assignment.name == lesson)).scalar()
    if due is not None:
        late.assign(gradebook, lesson, student)
        gradebook.db.flush()


def settle(gradebook: Gradebook, received: Mapping[tuple[str, str], datetime | None], late: LatePenalties) -> int:
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


def penalties(gradebook: Gradebook) -> dict[tuple[str, str], float]:
    """What lateness costs, by student and lesson; without those whom it costs nothing."""
    found = (
        gradebook.db.query(Student.id, Assignment.name, SubmittedNotebook.late_submission_penalty)
        .select_from(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Student, Student.id == SubmittedAssignment.student_id)
        .filter(SubmittedNotebook.late_submission_penalty > 0)
    )
    return {(student, lesson): penalty for student, lesson, penalty in found}


def _seconds_late(submission: SubmittedAssignment) -> float:
    """nbgrader's own count, and 0 for an extension of a lesson that is never due, which nbgrader cannot add."""
    return 0.0 if submission.assignment.duedate is None else submission.total_seconds_late
