"""Late penalties: nbgrader's plugin, its due dates and its column, without a connection of its own."""

import logging
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

CONFIG = Path(__file__).parent / "nbgrader_config.py"


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
