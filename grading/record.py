"""Write marks into nbgrader's gradebook, and beside them what nbgrader has no place for. Knows no kernels."""

import warnings
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from nbgrader.api import Gradebook

from grading.outcome import Executed

if TYPE_CHECKING:
    from grading.late import LatePenalties

_tables = sa.MetaData()
_submissions = sa.Table(
    "convgrade_submission",
    _tables,
    sa.Column("student", sa.String(128), primary_key=True),
    sa.Column("lesson", sa.String(128), primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sandbox", sa.String(64), nullable=False),
)
_mistakes = sa.Table(
    "convgrade_mistake",
    _tables,
    sa.Column("student", sa.String(128), primary_key=True),
    sa.Column("lesson", sa.String(128), primary_key=True),
    sa.Column("exercise", sa.String(128), primary_key=True),
    sa.Column("mistake", sa.String(128), nullable=False),
)


@dataclass(frozen=True)
class Mark:
    """One row of ``grades.csv``: one marked cell, or a submission that could not be run (empty `exercise`)."""

    student: str
    lesson: str
    exercise: str
    score: float
    max_score: float
    status: str
    mistake: str


@dataclass(frozen=True)
class FinalState:
    """How a submission ended, and why, and how its code was kept apart (empty where none was run)."""

    student: str
    lesson: str
    status: str
    reason: str
    sandbox: str


class Record:
    """The gradebook of one class: nbgrader's schema, and two tables of ours for states and mistakes.

    Parameters
    ----------
    db_url : str
        As SQLAlchemy reads it, such as ``sqlite:///work/gradebook.db``.
    """

    def __init__(self, db_url: str):
        self.gradebook = Gradebook(db_url, course_id="")
        _tables.create_all(self.gradebook.engine)

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *exception) -> None:
        self.gradebook.close()

    def write(
        self, executed: Executed, received: datetime | None = None, late: "LatePenalties | None" = None
    ) -> None:
        """Record a submission's marks and state in one transaction; an earlier run's are replaced.

        Manual marks and comments stay. A written answer that was left as it came gets 0; one that was
        changed waits for a marker. With `received`, the time of intake, `late` sets the penalty.
        """
        student, lesson = executed.student, executed.lesson
        session = self.gradebook.db
        with warnings.catch_warnings():
            # nbgrader adds a submission to its assignment before it adds it to the session, and then does
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            self.gradebook.update_or_create_student(student)
            self.gradebook.update_or_create_submission(lesson, student, timestamp=received)
        passed = {cell.grade_id: cell.passed for cell in executed.cells}
        answered = _answered(executed.notebook)
        notebook = self.gradebook.find_submission_notebook(lesson, lesson, student)
        for grade in notebook.grades:
            changed = answered.get(grade.name, False)
            grade.auto_score = None if changed else grade.cell.max_score * passed.get(grade.name, False)
            grade.needs_manual_grade = grade.manual_score is not None or changed
        for comment in notebook.comments:
            comment.auto_comment = None if answered.get(comment.name, False) else "No response."
        if late is not None:
            late.assign(self.gradebook, lesson, student)
        self._forget(student, lesson)
        about = {} if executed.notebook is None else executed.notebook["metadata"].get("convgrade", {})
        state = FinalState(student, lesson, executed.status, executed.reason, about.get("sandbox", ""))
        session.execute(_submissions.insert().values(**asdict(state)))
        found = [cell for cell in executed.cells if cell.mistake]
        for cell in found:
            session.execute(
                _mistakes.insert().values(
                    student=student, lesson=lesson, exercise=cell.grade_id, mistake=cell.mistake
                )
            )
        session.commit()

    def _forget(self, student: str, lesson: str) -> None:
        for table in (_submissions, _mistakes):
            mine = (table.c.student == student) & (table.c.lesson == lesson)
            self.gradebook.db.execute(table.delete().where(mine))

    def states(self) -> list[FinalState]:
        """Every submission's state, by lesson and student."""
        rows = self.gradebook.db.execute(
            sa.select(_submissions).order_by(_submissions.c.lesson, _submissions.c.student)
        )
        return [FinalState(row.student, row.lesson, row.status, row.reason, row.sandbox) for row in rows]

    def marks(self) -> list[Mark]:
        """Every row of ``grades.csv``, in the order of states and then of the notebook's cells.

        A written answer has a row once it is marked, by hand or as unanswered. A manual mark replaces an
        automatic one.
        """
        found = self.gradebook.db.execute(sa.select(_mistakes))
        mistakes = {(row.student, row.lesson, row.exercise): row.mistake for row in found}
        marks = []
        for state in self.states():
            place = (state.student, state.lesson)
            notebook = self.gradebook.find_submission_notebook(state.lesson, state.lesson, state.student)
            if state.status == "invalid":
                marks.append(Mark(*place, "", 0.0, notebook.max_score, state.status, ""))
                continue
            for grade in notebook.grades:
                if grade.manual_score is None and grade.auto_score is None:
                    continue
                mistake = mistakes.get((*place, grade.name), "")
                marks.append(Mark(*place, grade.name, grade.score, grade.max_score, state.status, mistake))
        return marks

    def waiting(self) -> int:
        """How many written answers wait for a marker."""
        return sum(
            grade.manual_score is None and grade.auto_score is None
            for state in self.states()
            for grade in self.gradebook.find_submission_notebook(state.lesson, state.lesson, state.student).grades
        )


def sqlite_url(out: Path) -> str:
    """The gradebook below an output folder."""
    return f"sqlite:///{out.resolve() / 'gradebook.db'}"


def _answered(notebook: dict | None) -> dict[str, bool]:
    """For each answer cell, whether it differs from what learners got."""
    cells = notebook["cells"] if notebook else []
    return {
        cell["id"]: cell["metadata"]["convgrade"]["answered"] for cell in cells if "convgrade" in cell["metadata"]
    }
