"""Our tables beside nbgrader's (`OURS`, with plural names), and nbgrader's own by the names that they have there."""

import sqlalchemy as sa
from nbgrader import api

OURS = sa.MetaData()


def _key(*more: str) -> list[sa.Column]:
    names = ("student", "lesson", *more)
    return [sa.Column(name, sa.String, primary_key=True) for name in names]


def _part_key() -> list[sa.Column]:
    return [sa.Column(name, sa.String(128), primary_key=True) for name in ("lesson", "part")]


submissions = sa.Table(
    "convgrade_submission",
    OURS,
    *_key(),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sandbox", sa.String(64), nullable=False),
)
mistakes = sa.Table("convgrade_mistake", OURS, *_key("exercise"), sa.Column("mistake", sa.String(128), nullable=False))
bases = sa.Table(
    "convgrade_basis",
    OURS,
    *_key(),
    *(sa.Column(name, sa.String(64), nullable=False) for name in ("handed_in", "version", "limits", "executed")),
)
changes = sa.Table(
    "convgrade_change", OURS, *_key("exercise"), sa.Column("before", sa.Float), sa.Column("after", sa.Float)
)
# whose marks are of other points than their lesson has now, until they are graded again or released
held = sa.Table("convgrade_held", OURS, *_key())
# until when a student may hand in a lesson, also one of whom there is no submission yet; in UTC without a zone
extensions = sa.Table("convgrade_extension", OURS, *_key(), sa.Column("until", sa.DateTime, nullable=False))
# what else is to be told of a submission, such as which of several notebooks counts
notes = sa.Table("convgrade_note", OURS, *_key(), sa.Column("note", sa.Text, nullable=False))
# parts that count for nobody, and why
voids = sa.Table(
    "convgrade_void",
    OURS,
    *_part_key(),
    sa.Column("reason", sa.Text, nullable=False),
)
# parts for a bonus, whose points nbgrader's tables do not count, and what each can give
bonuses = sa.Table(
    "convgrade_bonus",
    OURS,
    *_part_key(),
    sa.Column("points", sa.Float, nullable=False),
)
lessons = sa.Table(
    "convgrade_lesson",
    OURS,
    sa.Column("lesson", sa.String(128), primary_key=True),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("marked", sa.JSON, nullable=False),
)

student, assignment, notebook = (kind.__table__ for kind in (api.Student, api.Assignment, api.Notebook))
submitted_assignment, submitted_notebook = api.SubmittedAssignment.__table__, api.SubmittedNotebook.__table__
grade, comment, base_cell = api.Grade.__table__, api.Comment.__table__, api.BaseCell.__table__
grade_cell, task_cell = api.GradeCell.__table__, api.TaskCell.__table__

# a cell with its points, which nbgrader keeps in another table for tests than for tasks; NULL for one without a mark
cell_with_points = base_cell.outerjoin(grade_cell, grade_cell.c.id == base_cell.c.id).outerjoin(
    task_cell, task_cell.c.id == base_cell.c.id
)
points = sa.func.coalesce(grade_cell.c.max_score, task_cell.c.max_score).label("points")
