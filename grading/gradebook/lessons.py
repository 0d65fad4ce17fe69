"""A lesson in the gradebook: bring its cells up to date, and find them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from nbgrader import api
from sqlalchemy.orm import scoped_session

from grading.gradebook import changes, marks, new_points, tables
from grading.gradebook.folders import folder_names

if TYPE_CHECKING:
    from grading.gradebook.master import LessonCells


@dataclass(frozen=True)
class Place:
    """Where a lesson is in nbgrader's tables. `marked` and `commented` are cell ids; `points` by cell id. `bonus` are
    the points that a marked cell, by name, gives beside its own."""

    assignment: str
    notebook: str
    marked: dict[str, str]
    points: dict[str, float]
    commented: dict[str, str]
    bonus: dict[str, float]


def find(session: scoped_session, lesson: str) -> Place | None:
    """Where a lesson is; None where it is not in the gradebook."""
    assignment, notebook, cell = tables.assignment, tables.notebook, tables.base_cell
    row = session.execute(
        sa.select(assignment.c.id.label("assignment"), notebook.c.id.label("notebook"))
        .join_from(assignment, notebook, notebook.c.assignment_id == assignment.c.id)
        .where(assignment.c.name == lesson, notebook.c.name == lesson)
    ).first()
    if row is None:
        return None
    cells = session.execute(
        sa.select(cell.c.id, cell.c.name, cell.c.type, tables.points)
        .select_from(tables.cell_with_points)
        .where(cell.c.notebook_id == row.notebook)
    )
    marked = session.execute(sa.select(tables.lessons.c.marked).where(tables.lessons.c.lesson == lesson)).scalar()
    order = {name: number for number, name in enumerate(marked or [])}
    cells = sorted(cells, key=lambda cell: order.get(cell.name, len(order)))
    return Place(
        row.assignment,
        row.notebook,
        {cell.name: cell.id for cell in cells if cell.points is not None},
        {cell.id: cell.points for cell in cells if cell.points is not None},
        {cell.name: cell.id for cell in cells if cell.type != "GradeCell"},
        {
            row.part: row.points
            for row in session.execute(sa.select(tables.bonuses).where(tables.bonuses.c.lesson == lesson))
        },
    )


def versions(session: scoped_session) -> dict[str, str]:
    """The version of each lesson in the gradebook."""
    return dict(session.execute(sa.select(tables.lessons.c.lesson, tables.lessons.c.version)).all())


def is_graded(session: scoped_session, lesson: str) -> bool:
    """Whether anybody has been graded in a lesson."""
    graded = sa.select(tables.submissions.c.student).where(tables.submissions.c.lesson == lesson)
    return session.execute(graded).first() is not None


def has_marked(place: Place | None, cells: "LessonCells") -> bool:
    """Whether the marked cells of a lesson in the gradebook are those of `cells`, with the same points."""
    old = {name: place.points[cell] for name, cell in place.marked.items()} if place else {}
    bonus = place.bonus if place else {}
    return (old, bonus) == ({name: points for name, _, _, points in cells.marked}, cells.bonus)


def put(session: scoped_session, lesson: str, version: str, cells: "LessonCells") -> None:
    """Bring a lesson's cells in the gradebook up to `cells`.

    Where a cell's points change, its marks keep their share of them, so that none is ever above its maximum; where
    marked cells or points change, everybody's marks are held until they are graded again.
    """
    before = find(session, lesson)
    if before is not None and not has_marked(before, cells):
        new_points.hold(session, lesson, before.assignment)
    assignment = session.query(api.Assignment).filter_by(name=lesson).one_or_none()
    if assignment is None:
        assignment = api.Assignment(name=lesson, course_id="")
        session.add(assignment)
    notebook = session.query(api.Notebook).filter_by(name=lesson, assignment=assignment).one_or_none()
    if notebook is None:
        notebook = api.Notebook(name=lesson, assignment=assignment)
        session.add(notebook)
    notebook.kernelspec = cells.kernelspec
    session.flush()
    _put_cells(session, notebook, cells)
    _put_sources(session, notebook, cells)
    session.execute(tables.lessons.delete().where(tables.lessons.c.lesson == lesson))
    session.execute(tables.bonuses.delete().where(tables.bonuses.c.lesson == lesson))
    if cells.bonus:
        rows = [{"lesson": lesson, "part": part, "points": points} for part, points in cells.bonus.items()]
        session.execute(tables.bonuses.insert(), rows)
    names = [name for name, *_ in cells.marked]
    session.execute(tables.lessons.insert().values(lesson=lesson, version=version, marked=names))


def _put_cells(session: scoped_session, notebook: api.Notebook, cells: "LessonCells") -> None:
    new: dict[tuple[str, str], tuple[str, float] | None] = {
        (name, kind): (cell_type, points) for name, kind, cell_type, points in cells.marked
    }
    new |= {(name, "SolutionCell"): None for name in cells.answers}
    have = {(cell.name, cell.type): cell for cell in notebook._base_cells}
    for key in have.keys() - new.keys():
        _remove_cell(session, have[key])
    submitted = tables.submitted_notebook.c
    everybody = [row.id for row in session.execute(sa.select(submitted.id).where(submitted.notebook_id == notebook.id))]
    for (name, kind), about in new.items():
        cell = have.get((name, kind))
        if cell is None:
            columns = {} if about is None else {"cell_type": about[0], "max_score": about[1]}
            cell = getattr(api, kind)(name=name, notebook=notebook, **columns)
            session.add(cell)
            session.flush()
            rows = [{"cell_id": cell.id, "notebook_id": one} for one in everybody]
            if rows and about:
                # no marker is asked for: whoever is graded again gets a mark, or a marker then
                session.execute(tables.grade.insert(), [{**row, "needs_manual_grade": False} for row in rows])
            if rows and kind != "GradeCell":
                session.execute(tables.comment.insert(), rows)
        elif about is not None:
            if cell.max_score != about[1]:
                new_points.scale(session, notebook.name, cell, about[1])
            cell.cell_type, cell.max_score = about
    session.flush()


def _remove_cell(session: scoped_session, cell: api.BaseCell) -> None:
    submission, submitted, grade = tables.submitted_assignment, tables.submitted_notebook, tables.grade
    marks_of_cell = (
        sa.select(submission.c.student_id, grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit)
        .join_from(grade, submitted, submitted.c.id == grade.c.notebook_id)
        .join(submission, submission.c.id == submitted.c.assignment_id)
        .where(grade.c.cell_id == cell.id)
    )
    folders = folder_names(session)
    for row in session.execute(marks_of_cell).all():
        before = {cell.name: marks.score_of(row._mapping)}
        changes.note(session, folders.get(row.student_id, row.student_id), cell.notebook.name, before, {})
    for table in (tables.grade, tables.comment):
        session.execute(table.delete().where(table.c.cell_id == cell.id))
    session.delete(cell)


def _put_sources(session: scoped_session, notebook: api.Notebook, cells: "LessonCells") -> None:
    have = {cell.name: cell for cell in notebook.source_cells}
    for columns in cells.sources:
        cell = have.pop(columns["name"], None) or api.SourceCell(notebook=notebook)
        for column, value in columns.items():
            setattr(cell, column, value)
        session.add(cell)
    for cell in have.values():
        session.delete(cell)
