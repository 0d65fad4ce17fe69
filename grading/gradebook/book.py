"""The gradebook of one class: opened, used in transactions, with errors that say which and why."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from nbgrader import api
from sqlalchemy.orm import scoped_session

from grading.gradebook import changes, lateness, lessons, merging, new_points, reading, submissions, tables
from grading.gradebook.create import new_gradebook
from grading.gradebook.database import message_of, printable_url
from grading.gradebook.lateness import LatePenalties
from grading.gradebook.rows import Basis, Change, FinalState, Mark, Sheet
from grading.job import Executed

if TYPE_CHECKING:
    from grading.gradebook.master import LessonCells


class RecordError(ValueError):
    """The gradebook cannot be read or written; the message says which and why."""


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
        self._name = printable_url(self._url)
        self._lessons: dict[str, lessons.Place] = {}
        try:
            new_gradebook(db_url, tables.OURS)
            self.gradebook = api.Gradebook(db_url, course_id="")
        except (sa.exc.DBAPIError, api.InvalidEntry, OSError) as error:
            raise self._error(error) from error

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *exception) -> None:
        self.gradebook.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[scoped_session]:
        """A session whose work is committed whole, or not at all."""
        session = self.gradebook.db
        try:
            yield session
            session.commit()
        except sa.exc.DBAPIError as error:
            session.rollback()
            raise self._error(error) from error
        except BaseException:
            session.rollback()
            raise
        finally:
            session.expunge_all()

    def _error(self, error: Exception) -> RecordError:
        text = message_of(self._url, error)
        if "locked" in text:
            text = "another program holds it locked: end that (formgrader, a database browser) and run this again"
        return RecordError(f"{self._name}: the gradebook cannot be used: {text}")

    # lessons

    def lesson_versions(self) -> dict[str, str]:
        """The version of each lesson in the gradebook."""
        with self._transaction() as session:
            return lessons.versions(session)

    def fits(self, lesson: str, cells: "LessonCells") -> bool:
        """Whether a lesson's marked cells are those of the gradebook, or nobody has been graded there."""
        with self._transaction() as session:
            return not lessons.is_graded(session, lesson) or lessons.has_marked(self._find(session, lesson), cells)

    def put_lesson(self, lesson: str, version: str, cells: "LessonCells") -> None:
        """Bring a lesson's cells in the gradebook up to `cells`, in one transaction.

        Marks and comments of cells that stay, stay. A cell that is gone takes its marks with it, and each is
        noted as changed; for a new one every submission gets an empty mark.
        """
        with self._transaction() as session:
            lessons.put(session, lesson, version, cells)
        self._lessons.pop(lesson, None)

    def _find(self, session: scoped_session, lesson: str) -> lessons.Place | None:
        """Where a lesson is in nbgrader's tables, None where it is not there; read once."""
        place = self._lessons.get(lesson) or lessons.find(session, lesson)
        if place is not None:
            self._lessons[lesson] = place
        return place

    def _place(self, session: scoped_session, lesson: str) -> lessons.Place:
        """Where a lesson is that the gradebook must have. KeyError where it has it not."""
        place = self._find(session, lesson)
        if place is None:
            raise KeyError(lesson)
        return place

    def held(self) -> set[tuple[str, str]]:
        """Student and lesson of every submission whose marks are of other points than its lesson has now."""
        with self._transaction() as session:
            return new_points.places(session)

    def release(self, places: Iterable[tuple[str, str]]) -> None:
        """Let marks that are held count as they were scaled; a part that is new gets the share of the others."""
        with self._transaction() as session:
            for student, lesson in places:
                place = self._place(session, lesson)
                for notebook in submissions.notebooks(session, place, student):
                    new_points.fill(session, notebook, place.marked, place.points)
                new_points.release(session, student, lesson)

    # one submission

    def write(
        self,
        executed: Executed,
        received: datetime | None = None,
        late: LatePenalties | None = None,
        basis: Basis | None = None,
    ) -> None:
        """Record a submission's marks, state and mistakes in one transaction; an earlier run's are replaced.

        Manual marks and comments stay. A written answer that was left as it came gets 0; one that was
        changed waits for a marker. With `received`, the time of intake, `late` sets the penalty. `basis` is what
        the marks rest on. Where the submission had been graded, the marks that change are noted.
        """
        lesson = executed.lesson
        with self._transaction() as session:
            place = self._find(session, lesson)
            if place is None:
                raise RecordError(f"{self._name}: there is no lesson {lesson!r} in the gradebook")
            submissions.write(session, place, executed, received, basis)
            if late is not None:
                lateness.penalise(self.gradebook, late, lesson, executed.student)

    def settle_lateness(
        self, received: Mapping[tuple[str, str], datetime | None], late: LatePenalties, only_due: bool = False
    ) -> int:
        """Bring times of intake and late penalties up to date, where they may have changed; how many had to be.

        Marks by hand, due dates and extensions change a penalty without a submission's being graded again. With
        `only_due`, penalties of lessons that are never due stay.
        """
        with self._transaction():
            return lateness.settle(self.gradebook, received, late, only_due)

    def fits_in(self, other: "Record") -> str:
        """Why another gradebook cannot be taken into this one; empty where it can."""
        with self._transaction() as session, other._transaction() as other_session:
            here, there = merging.places(session), merging.places(other_session)
        for lesson, place in there.items():
            if lesson not in here:
                return f"{lesson} is not in the gradebook here"
            if merging.points(place) != merging.points(here[lesson]):
                return f"{lesson}: the marked cells or their points differ"
        return ""

    def take(self, other: "Record") -> tuple[list[tuple[str, str]], list[merging.Conflict]]:
        """Take another gradebook of the class into this one, as `grading.gradebook.merging.take`."""
        with other._transaction() as session:
            there = merging.read(session)
        with self._transaction() as session:
            return merging.take(session, there)

    def students(self) -> dict[str, str]:
        """Everybody in the gradebook by id, with the name; the id where no name is known."""
        with self._transaction() as session:
            return reading.students(session)

    def put_names(self, names: Mapping[str, tuple[str, str]], replace: bool) -> None:
        """Set first and last names, by id, of students of the gradebook; without `replace` only of those without."""
        with self._transaction() as session:
            student = tables.student.c
            for row in session.execute(sa.select(student.id, student.first_name, student.last_name)).all():
                first, last = names.get(row.id, (row.first_name, row.last_name))
                has_name = row.first_name or row.last_name
                if (replace or not has_name) and (first, last) != (row.first_name, row.last_name):
                    row_of_student = tables.student.update().where(student.id == row.id)
                    session.execute(row_of_student.values(first_name=first, last_name=last))

    def deadlines(self) -> lateness.Deadlines:
        """Until when each submission is on time."""
        with self._transaction() as session:
            return lateness.deadlines(session)

    def set_due(self, lesson: str, due: datetime | None) -> None:
        """Set when a lesson is due, in UTC without a zone; None for never. It need not be in the gradebook yet."""
        with self._transaction():
            self.gradebook.update_or_create_assignment(lesson, duedate=due)

    def void(self, lesson: str, part: str, reason: str | None) -> None:
        """Let a part count for nobody; with None for the reason, let it count again."""
        with self._transaction() as session:
            table = tables.voids
            session.execute(table.delete().where(table.c.lesson == lesson, table.c.part == part))
            if reason is not None:
                session.execute(table.insert().values(lesson=lesson, part=part, reason=reason))

    def voids(self) -> dict[str, dict[str, str]]:
        """By lesson, the parts that count for nobody, with the reason."""
        with self._transaction() as session:
            return reading.voids(session)

    def extend(self, extensions: Mapping[tuple[str, str], datetime]) -> None:
        """Give students, by student and lesson, until then, in UTC without a zone; an earlier extension is replaced."""
        with self._transaction() as session:
            lateness.extend(session, extensions)

    def move_extensions(self, owners: Mapping[str, str]) -> None:
        """Give the extensions of each key to the student of its value; where both have one, the longer stays."""
        with self._transaction() as session:
            lateness.move_extensions(session, owners)

    def put_notes(self, notes: Mapping[tuple[str, str], str]) -> None:
        """Write a note for each of these submissions, which its page shows; an empty text removes the note."""
        with self._transaction() as session:
            table = tables.notes
            have = {(row.student, row.lesson): row.note for row in session.execute(sa.select(table))}
            for (student, lesson), note in notes.items():
                if have.get((student, lesson), "") != note:
                    row_of_submission = (table.c.student == student) & (table.c.lesson == lesson)
                    session.execute(table.delete().where(row_of_submission))
                    if note:
                        session.execute(table.insert().values(student=student, lesson=lesson, note=note))

    # what has been recorded

    def states(self) -> list[FinalState]:
        """Every submission's state, by lesson and student."""
        with self._transaction() as session:
            return reading.states(session)

    def bases(self) -> dict[tuple[str, str], Basis]:
        """What each submission's marks rest on, by student and lesson."""
        with self._transaction() as session:
            return reading.bases(session)

    def marks(self) -> list[Mark]:
        """Every row of ``grades.csv``, in the order of states and then of the notebook's cells.

        A written answer has a row once it is marked, by hand or as unanswered. A manual mark replaces an
        automatic one.
        """
        with self._transaction() as session:
            return reading.marks(session, self._sheets(session, comments=False))

    def sheets(self) -> list[Sheet]:
        """What every feedback page says, in the order of states."""
        with self._transaction() as session:
            return list(self._sheets(session, comments=True))

    def lateness(self) -> dict[tuple[str, str], tuple[float, int]]:
        """By student and lesson, of those who were late: what that takes, and how many seconds late they were."""
        with self._transaction() as session:
            return {
                (sheet.state.student, sheet.state.lesson): (sheet.penalty, sheet.seconds_late)
                for sheet in self._sheets(session, comments=False)
                if sheet.penalty or sheet.seconds_late
            }

    def scores(self) -> dict[tuple[str, str], tuple[float | None, float, int]]:
        """By student and lesson: the score (None where the marks are held), of how many, and how many written answers
        wait for a marker."""
        with self._transaction() as session:
            return {
                (sheet.state.student, sheet.state.lesson): (sheet.score, sheet.max_score, sheet.waiting)
                for sheet in self._sheets(session, comments=False)
            }

    def waiting(self) -> int:
        """How many written answers wait for a marker."""
        return sum(waiting for _, _, waiting in self.scores().values())

    def to_mark(self) -> tuple[int, list[tuple[str, str, str]]]:
        """What markers have to look at: how many written answers wait, and student, lesson and cell of every mark by
        hand whose answer has changed since.
        """
        with self._transaction() as session:
            sheets = list(self._sheets(session, comments=False))
        outdated = [(sheet.state.student, sheet.state.lesson, cell) for sheet in sheets for cell in sheet.outdated]
        return sum(sheet.waiting for sheet in sheets), outdated

    def possible(self) -> dict[str, float]:
        """The points of each lesson that somebody has handed in."""
        with self._transaction() as session:
            lesson_names = {state.lesson for state in reading.states(session)}
            voided = reading.voids(session)
            places = {lesson: self._place(session, lesson) for lesson in sorted(lesson_names)}
            counted = {
                lesson: [cell for name, cell in place.marked.items() if name not in voided.get(lesson, ())]
                for lesson, place in places.items()
            }
            return {lesson: sum(places[lesson].points[cell] for cell in cells) for lesson, cells in counted.items()}

    def _sheets(self, session: scoped_session, comments: bool) -> Iterator[Sheet]:
        """Every submission's sheet, in the order of states."""
        states = reading.states(session)
        places = {lesson: self._place(session, lesson) for lesson in {state.lesson for state in states}}
        return reading.sheets(session, states, places, comments)

    def changes(self) -> list[Change]:
        """The marks that have changed since `forget_changes`, in the order of states and exercises."""
        with self._transaction() as session:
            return changes.read(session)

    def forget_changes(self, printed: Iterable[Change]) -> None:
        """Forget these changes: they have been printed."""
        with self._transaction() as session:
            changes.forget(session, printed)
