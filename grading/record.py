"""Write marks into nbgrader's gradebook, and beside them what nbgrader has no place for. Knows no kernels.

One process writes. A submission's marks, state and mistakes are one transaction, so whatever ends that process, the
next one finds each submission recorded or not. What a class has in common is read once.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from nbgrader import api

from grading.database import named, said
from grading.new_gradebook import new_gradebook
from grading.outcome import Executed

if TYPE_CHECKING:
    from grading.late import LatePenalties
    from grading.lesson_cells import LessonCells

_tables = sa.MetaData()


def _place(*more: str) -> list[sa.Column]:
    names = ("student", "lesson", *more)
    return [sa.Column(name, sa.String, primary_key=True) for name in names]


_submissions = sa.Table(
    "convgrade_submission",
    _tables,
    *_place(),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sandbox", sa.String(64), nullable=False),
)
_mistakes = sa.Table(
    "convgrade_mistake", _tables, *_place("exercise"), sa.Column("mistake", sa.String(128), nullable=False)
)
_bases = sa.Table(
    "convgrade_basis",
    _tables,
    *_place(),
    *(sa.Column(name, sa.String(64), nullable=False) for name in ("handed_in", "version", "limits", "executed")),
)
_changes = sa.Table(
    "convgrade_change", _tables, *_place("exercise"), sa.Column("before", sa.Float), sa.Column("after", sa.Float)
)
_lessons = sa.Table(
    "convgrade_lesson",
    _tables,
    sa.Column("lesson", sa.String(128), primary_key=True),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("marked", sa.JSON, nullable=False),
)

_student, _assignment, _notebook = (kind.__table__ for kind in (api.Student, api.Assignment, api.Notebook))
_handed_in, _submitted = api.SubmittedAssignment.__table__, api.SubmittedNotebook.__table__
_grade, _comment, _cell = api.Grade.__table__, api.Comment.__table__, api.BaseCell.__table__
_grade_cell, _task_cell = api.GradeCell.__table__, api.TaskCell.__table__


class RecordError(ValueError):
    """The gradebook cannot be read or written; the message says which and why."""


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


@dataclass(frozen=True)
class Basis:
    """What a submission's marks rest on: hashes of the file and of what decides marks, the limits, and the notebook
    as it ran (empty where there is none)."""

    handed_in: str = ""
    version: str = ""
    limits: str = ""
    executed: str = ""


@dataclass(frozen=True)
class Change:
    """A mark that grading again has changed; None where there was, or is, no mark."""

    student: str
    lesson: str
    exercise: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Sheet:
    """Everything a submission's feedback page says beside the notebook.

    `scores` are (score, of) by cell; the score of a cell that waits for a marker is None.
    """

    state: FinalState
    basis: Basis
    scores: dict[str, tuple[float | None, float]]
    comments: dict[str, str | None]
    late_penalty: float

    @property
    def score(self) -> float:
        return sum(score or 0.0 for score, _ in self.scores.values())

    @property
    def max_score(self) -> float:
        return sum(points for _, points in self.scores.values())

    @property
    def waiting(self) -> int:
        """How many cells wait for a marker."""
        return sum(score is None for score, _ in self.scores.values())


@dataclass(frozen=True)
class _Lesson:
    """Where a lesson is in nbgrader's tables. `marked` and `commented` are cell ids; `points` by cell id."""

    assignment: str
    notebook: str
    due: datetime | None
    marked: dict[str, str]
    points: dict[str, float]
    commented: dict[str, str]


class Record:
    """The gradebook of one class: nbgrader's schema, and tables of ours beside it.

    Parameters
    ----------
    db_url : str or sqlalchemy.URL
        As SQLAlchemy reads it, such as ``sqlite:///work/gradebook.db``. Made when it is missing.

    Raises
    ------
    RecordError
        Also from every method.
    """

    def __init__(self, db_url: str | sa.URL):
        self._url = sa.make_url(db_url)
        self._name = named(self._url)
        self._lessons: dict[str, _Lesson] = {}
        try:
            new_gradebook(db_url, _tables)
            self.gradebook = api.Gradebook(db_url, course_id="")
        except (sa.exc.DBAPIError, api.InvalidEntry, OSError) as error:
            raise self._said(error) from error

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *exception) -> None:
        self.gradebook.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        """A session whose work is committed whole, or not at all."""
        session = self.gradebook.db
        try:
            yield session
            session.commit()
        except sa.exc.DBAPIError as error:
            session.rollback()
            raise self._said(error) from error
        except BaseException:
            session.rollback()
            raise
        finally:
            session.expunge_all()

    def _said(self, error: Exception) -> RecordError:
        text = said(self._url, error)
        if "locked" in text:
            text = "another program holds it locked: end that (formgrader, a database browser) and run this again"
        return RecordError(f"{self._name}: the gradebook cannot be used: {text}")

    # lessons

    def lesson_versions(self) -> dict[str, str]:
        """The version of each lesson in the gradebook."""
        with self._transaction() as session:
            return dict(session.execute(sa.select(_lessons.c.lesson, _lessons.c.version)).all())

    def fits(self, lesson: str, cells: "LessonCells") -> bool:
        """Whether a lesson's marked cells are those of the gradebook, or nobody has been graded there."""
        with self._transaction() as session:
            graded = session.execute(sa.select(_submissions.c.student).where(_submissions.c.lesson == lesson))
            if graded.first() is None:
                return True
            found = self._find(lesson)
            old = {name: found.points[cell] for name, cell in found.marked.items()} if found else {}
            return old == {name: points for name, _, _, points in cells.marked}

    def put_lesson(self, lesson: str, version: str, cells: "LessonCells") -> None:
        """Bring a lesson's cells in the gradebook up to `cells`, in one transaction.

        Marks and comments of cells that stay, stay. A cell that is gone takes its marks with it, and each is
        noted as changed; for a new one every submission gets an empty mark.
        """
        with self._transaction() as session:
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
            self._put_cells(session, notebook, cells)
            self._put_sources(session, notebook, cells)
            session.execute(_lessons.delete().where(_lessons.c.lesson == lesson))
            names = [name for name, *_ in cells.marked]
            session.execute(_lessons.insert().values(lesson=lesson, version=version, marked=names))
        self._lessons.pop(lesson, None)

    def _put_cells(self, session: Any, notebook: api.Notebook, cells: "LessonCells") -> None:
        wanted = {(name, kind): (cell_type, points) for name, kind, cell_type, points in cells.marked}
        wanted |= {(name, "SolutionCell"): None for name in cells.answers}
        have = {(cell.name, cell.type): cell for cell in notebook._base_cells}
        for place in have.keys() - wanted.keys():
            self._remove_cell(session, have[place])
        submitted = session.execute(sa.select(_submitted.c.id).where(_submitted.c.notebook_id == notebook.id))
        everybody = [row.id for row in submitted]
        for (name, kind), about in wanted.items():
            cell = have.get((name, kind))
            if cell is None:
                columns = {} if about is None else {"cell_type": about[0], "max_score": about[1]}
                cell = getattr(api, kind)(name=name, notebook=notebook, **columns)
                session.add(cell)
                session.flush()
                rows = [{"cell_id": cell.id, "notebook_id": one} for one in everybody]
                for table in ([_grade] if about else []) + ([_comment] if kind != "GradeCell" else []):
                    if rows:
                        session.execute(table.insert(), rows)
            elif about is not None:
                cell.cell_type, cell.max_score = about
        session.flush()

    def _remove_cell(self, session: Any, cell: api.BaseCell) -> None:
        lost = (
            sa.select(_handed_in.c.student_id, _grade.c.auto_score, _grade.c.manual_score, _grade.c.extra_credit)
            .join_from(_grade, _submitted, _submitted.c.id == _grade.c.notebook_id)
            .join(_handed_in, _handed_in.c.id == _submitted.c.assignment_id)
            .where(_grade.c.cell_id == cell.id)
        )
        for row in session.execute(lost).all():
            self._note(session, row.student_id, cell.notebook.name, {cell.name: _score(row._mapping)}, {})
        for table in (_grade, _comment):
            session.execute(table.delete().where(table.c.cell_id == cell.id))
        session.delete(cell)

    def _put_sources(self, session: Any, notebook: api.Notebook, cells: "LessonCells") -> None:
        have = {cell.name: cell for cell in notebook.source_cells}
        for columns in cells.sources:
            cell = have.pop(columns["name"], None) or api.SourceCell(notebook=notebook)
            for column, value in columns.items():
                setattr(cell, column, value)
            session.add(cell)
        for cell in have.values():
            session.delete(cell)

    def _find(self, lesson: str) -> _Lesson | None:
        """Where a lesson is; read once."""
        if lesson in self._lessons:
            return self._lessons[lesson]
        session = self.gradebook.db
        found = session.execute(
            sa.select(_assignment.c.id.label("assignment"), _notebook.c.id.label("notebook"), _assignment.c.duedate)
            .join_from(_assignment, _notebook, _notebook.c.assignment_id == _assignment.c.id)
            .where(_assignment.c.name == lesson, _notebook.c.name == lesson)
        ).first()
        if found is None:
            return None
        points = sa.func.coalesce(_grade_cell.c.max_score, _task_cell.c.max_score).label("points")
        cells = session.execute(
            sa.select(_cell.c.id, _cell.c.name, _cell.c.type, points)
            .join_from(_cell, _grade_cell, _grade_cell.c.id == _cell.c.id, isouter=True)
            .join(_task_cell, _task_cell.c.id == _cell.c.id, isouter=True)
            .where(_cell.c.notebook_id == found.notebook)
        ).all()
        order = session.execute(sa.select(_lessons.c.marked).where(_lessons.c.lesson == lesson)).scalar() or []
        places = {name: place for place, name in enumerate(order)}
        cells.sort(key=lambda cell: places.get(cell.name, len(places)))
        marked = {cell.name: cell.id for cell in cells if cell.points is not None}
        self._lessons[lesson] = _Lesson(
            found.assignment,
            found.notebook,
            found.duedate,
            marked,
            {cell.id: cell.points for cell in cells if cell.points is not None},
            {cell.name: cell.id for cell in cells if cell.type != "GradeCell"},
        )
        return self._lessons[lesson]

    # one submission

    def write(
        self,
        executed: Executed,
        received: datetime | None = None,
        late: "LatePenalties | None" = None,
        basis: Basis | None = None,
    ) -> None:
        """Record a submission's marks, state and mistakes in one transaction; an earlier run's are replaced.

        Manual marks and comments stay. A written answer that was left as it came gets 0; one that was
        changed waits for a marker. With `received`, the time of intake, `late` sets the penalty. `basis` is what
        the marks rest on. Where the submission had been graded, the marks that change are noted.
        """
        student, lesson = executed.student, executed.lesson
        with self._transaction() as session:
            place = self._find(lesson)
            if place is None:
                raise RecordError(f"{self._name}: there is no lesson {lesson!r} in the gradebook")
            submission, notebook = self._submission(session, place, student, received)
            passed = {cell.grade_id: cell.passed for cell in executed.cells}
            answered = _answered(executed.notebook)
            old = _rows(session, _grade, notebook)
            before, after, grades = {}, {}, {}
            for name, cell in place.marked.items():
                changed, row = answered.get(name, False), old.get(cell, {})
                auto_score = None if changed else place.points[cell] * passed.get(name, False)
                by_hand = row.get("manual_score") is not None
                grades[cell] = {"auto_score": auto_score, "needs_manual_grade": by_hand or changed}
                before[name], after[name] = _score(row), _score({**row, **grades[cell]})
            _put(session, _grade, notebook, old, grades)
            comments = {
                cell: {"auto_comment": None if answered.get(name, False) else "No response."}
                for name, cell in place.commented.items()
            }
            _put(session, _comment, notebook, _rows(session, _comment, notebook), comments)
            mine = (_submissions.c.student == student) & (_submissions.c.lesson == lesson)
            if session.execute(sa.select(_submissions.c.status).where(mine)).first() is not None:
                self._note(session, student, lesson, before, after)
            if late is not None:
                self._penalise(session, late, lesson, student)
            self._put_state(session, executed, basis)

    def _submission(
        self, session: Any, place: _Lesson, student: str, received: datetime | None
    ) -> tuple[str, str]:
        """The ids of a submission and its notebook in nbgrader's tables, made when they are missing."""
        found = session.execute(
            sa.select(_handed_in.c.id, _submitted.c.id.label("notebook"), _handed_in.c.timestamp)
            .join_from(_handed_in, _submitted, _submitted.c.assignment_id == _handed_in.c.id)
            .where(
                _handed_in.c.assignment_id == place.assignment,
                _handed_in.c.student_id == student,
                _submitted.c.notebook_id == place.notebook,
            )
        ).first()
        if found is None:
            if session.execute(sa.select(_student.c.id).where(_student.c.id == student)).first() is None:
                session.execute(_student.insert().values(id=student))
            submission, notebook = api.new_uuid(), api.new_uuid()
            session.execute(
                _handed_in.insert().values(
                    id=submission, assignment_id=place.assignment, student_id=student, timestamp=received
                )
            )
            session.execute(
                _submitted.insert().values(id=notebook, assignment_id=submission, notebook_id=place.notebook)
            )
            return submission, notebook
        if found.timestamp != received:
            session.execute(_handed_in.update().where(_handed_in.c.id == found.id).values(timestamp=received))
        return found.id, found.notebook

    def _penalise(self, session: Any, late: "LatePenalties", lesson: str, student: str) -> None:
        due = session.execute(sa.select(_assignment.c.duedate).where(_assignment.c.name == lesson)).scalar()
        if due is not None:
            late.assign(self.gradebook, lesson, student)
            session.flush()

    def _put_state(self, session: Any, executed: Executed, basis: Basis | None) -> None:
        student, lesson = executed.student, executed.lesson
        for table in (_submissions, _mistakes, _bases):
            session.execute(table.delete().where(table.c.student == student, table.c.lesson == lesson))
        about = {} if executed.notebook is None else executed.notebook["metadata"].get("convgrade", {})
        reason = executed.reason.replace("\0", "\N{REPLACEMENT CHARACTER}")  # PostgreSQL's text has no NUL
        state = FinalState(student, lesson, executed.status, reason, about.get("sandbox", ""))
        session.execute(_submissions.insert().values(**asdict(state)))
        if basis is not None:
            session.execute(_bases.insert().values(student=student, lesson=lesson, **asdict(basis)))
        found = [cell for cell in executed.cells if cell.mistake]
        if found:
            rows = [
                {"student": student, "lesson": lesson, "exercise": cell.grade_id, "mistake": cell.mistake}
                for cell in found
            ]
            session.execute(_mistakes.insert(), rows)

    def _note(
        self,
        session: Any,
        student: str,
        lesson: str,
        before: Mapping[str, float | None],
        after: Mapping[str, float | None],
    ) -> None:
        """Note the marks that differ; one that was noted and not yet told keeps what was before that."""
        names = {name for name in (*before, *after) if before.get(name) != after.get(name)}
        if not names:
            return
        mine = sa.and_(_changes.c.student == student, _changes.c.lesson == lesson, _changes.c.exercise.in_(names))
        untold = {row.exercise: row.before for row in session.execute(_changes.select().where(mine))}
        session.execute(_changes.delete().where(mine))
        for name in sorted(names):
            change = Change(student, lesson, name, untold.get(name, before.get(name)), after.get(name))
            if change.before != change.after:
                session.execute(_changes.insert().values(**asdict(change)))

    # lateness, which changes without a submission's being graded again

    def settle_lateness(self, received: Mapping[tuple[str, str], datetime | None], late: "LatePenalties") -> int:
        """Bring times of intake and late penalties up to date, where they may have changed; how many had to be."""
        with self._transaction() as session:
            rows = session.execute(
                sa.select(
                    _handed_in.c.id,
                    _handed_in.c.student_id,
                    _handed_in.c.timestamp,
                    _assignment.c.name,
                    _assignment.c.duedate,
                    _submitted.c.late_submission_penalty,
                )
                .join_from(_handed_in, _assignment, _assignment.c.id == _handed_in.c.assignment_id)
                .join(_submitted, _submitted.c.assignment_id == _handed_in.c.id)
            ).all()
            settled = 0
            for row in rows:
                when = received.get((row.student_id, row.name), row.timestamp)
                if when != row.timestamp:
                    mine = _handed_in.update().where(_handed_in.c.id == row.id)
                    session.execute(mine.values(timestamp=when))
                overdue = row.duedate is not None and when is not None and when > row.duedate
                if overdue or row.late_submission_penalty is not None:
                    penalty = late.assign(self.gradebook, row.name, row.student_id)
                    session.flush()
                    settled += penalty != (row.late_submission_penalty or 0.0)
            return settled

    # what has been recorded

    def states(self) -> list[FinalState]:
        """Every submission's state, by lesson and student."""
        with self._transaction() as session:
            # sorted here: a database sorts text by its own rules
            found = [FinalState(**row._mapping) for row in session.execute(sa.select(_submissions))]
            return sorted(found, key=lambda state: (state.lesson, state.student))

    def bases(self) -> dict[tuple[str, str], Basis]:
        """What each submission's marks rest on, by student and lesson."""
        with self._transaction() as session:
            return {
                (row.student, row.lesson): Basis(row.handed_in, row.version, row.limits, row.executed)
                for row in session.execute(sa.select(_bases))
            }

    def marks(self) -> list[Mark]:
        """Every row of ``grades.csv``, in the order of states and then of the notebook's cells.

        A written answer has a row once it is marked, by hand or as unanswered. A manual mark replaces an
        automatic one.
        """
        with self._transaction() as session:
            found = session.execute(sa.select(_mistakes))
            mistakes = {(row.student, row.lesson, row.exercise): row.mistake for row in found}
        marks = []
        for sheet in self._sheets(comments=False):
            state = sheet.state
            place = (state.student, state.lesson)
            if state.status == "invalid":
                marks.append(Mark(*place, "", 0.0, sheet.max_score, state.status, ""))
                continue
            for name, (score, points) in sheet.scores.items():
                if score is not None:
                    mistake = mistakes.get((*place, name), "")
                    marks.append(Mark(*place, name, score, points, state.status, mistake))
        return marks

    def sheets(self) -> list[Sheet]:
        """What every feedback page says, in the order of states."""
        return list(self._sheets(comments=True))

    def scores(self) -> dict[tuple[str, str], tuple[float, float, int]]:
        """By student and lesson: the score, of how many, and how many written answers wait for a marker."""
        found = {}
        for sheet in self._sheets(comments=False):
            score = sum(score or 0.0 for score, _ in sheet.scores.values())
            found[sheet.state.student, sheet.state.lesson] = (score, sheet.max_score, sheet.waiting)
        return found

    def waiting(self) -> int:
        """How many written answers wait for a marker."""
        return sum(waiting for _, _, waiting in self.scores().values())

    def _sheets(self, comments: bool) -> Iterator[Sheet]:
        """In four queries: every submission, with None as the score of what waits for a marker."""
        states, bases = self.states(), self.bases()
        with self._transaction() as session:
            lessons = {lesson: self._find(lesson) for lesson in {state.lesson for state in states}}
            places = {
                (row.student_id, row.assignment_id): row
                for row in session.execute(
                    sa.select(
                        _handed_in.c.student_id,
                        _handed_in.c.assignment_id,
                        _submitted.c.id,
                        _submitted.c.late_submission_penalty,
                    ).join_from(_handed_in, _submitted, _submitted.c.assignment_id == _handed_in.c.id)
                )
            }
            scores: dict[str, dict[str, float | None]] = {}
            columns = (
                _grade.c.notebook_id,
                _grade.c.cell_id,
                _grade.c.auto_score,
                _grade.c.manual_score,
                _grade.c.extra_credit,
            )
            for row in session.execute(sa.select(*columns)):
                scores.setdefault(row.notebook_id, {})[row.cell_id] = _score(row._mapping)
            said: dict[str, dict[str, str | None]] = {}
            if comments:
                for row in session.execute(sa.select(_comment)):
                    text = row.auto_comment if row.manual_comment is None else row.manual_comment
                    said.setdefault(row.notebook_id, {})[row.cell_id] = text
        for state in states:
            lesson = lessons[state.lesson]
            submitted = places[state.student, lesson.assignment]
            mine, mine_said = scores.get(submitted.id, {}), said.get(submitted.id, {})
            yield Sheet(
                state,
                bases.get((state.student, state.lesson), Basis()),
                {name: (mine.get(cell), lesson.points[cell]) for name, cell in lesson.marked.items()},
                {name: mine_said.get(cell) for name, cell in lesson.commented.items()},
                submitted.late_submission_penalty or 0.0,
            )

    def changes(self) -> list[Change]:
        """The marks that have changed since `forget_changes`, in the order of states and exercises."""
        with self._transaction() as session:
            found = [Change(**row._mapping) for row in session.execute(sa.select(_changes))]
            return sorted(found, key=lambda change: (change.lesson, change.student, change.exercise))

    def forget_changes(self, told: Iterable[Change]) -> None:
        """`told` have been told."""
        with self._transaction() as session:
            for change in told:
                mine = (_changes.c.student == change.student) & (_changes.c.lesson == change.lesson)
                session.execute(_changes.delete().where(mine, _changes.c.exercise == change.exercise))


def _rows(session: Any, table: sa.Table, notebook: str) -> dict[str, dict]:
    """A submitted notebook's marks or comments by cell."""
    found = session.execute(table.select().where(table.c.notebook_id == notebook))
    return {row.cell_id: dict(row._mapping) for row in found}


def _put(session: Any, table: sa.Table, notebook: str, old: dict[str, dict], new: dict[str, dict]) -> None:
    """Bring the rows of a submitted notebook up to `new`, by cell; the other columns stay."""
    missing = [{"notebook_id": notebook, "cell_id": cell, **row} for cell, row in new.items() if cell not in old]
    if missing:
        session.execute(table.insert(), missing)
    for cell, row in new.items():
        if cell in old and any(old[cell][name] != value for name, value in row.items()):
            session.execute(table.update().where(table.c.id == old[cell]["id"]).values(**row))


def _score(row: Mapping) -> float | None:
    """The mark that counts, as nbgrader adds it up; None where there is none yet."""
    mark = row.get("auto_score") if row.get("manual_score") is None else row["manual_score"]
    return None if mark is None else mark + (row.get("extra_credit") or 0.0)


def _answered(notebook: dict | None) -> dict[str, bool]:
    """For each answer cell, whether it differs from what learners got."""
    cells = notebook["cells"] if notebook else []
    return {
        cell["id"]: cell["metadata"]["convgrade"]["answered"] for cell in cells if "convgrade" in cell["metadata"]
    }
