"""Which submissions there are, which of them must be graded, and what their marks will rest on."""

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from grading import fingerprint
from grading.collect.earlier import versions
from grading.collect.names import folder_student
from grading.collect.people import refusal
from grading.files import printable
from grading.gradebook import Basis, Record
from grading.gradebook.lateness import Deadlines
from grading.gradebook.rows import ELSEWHERE, FinalState
from grading.job import Limits, SandboxKind
from grading.lesson.places import lesson_names
from grading.output import Output

ON_TIME = "the newest notebook that came in time counts; a later one came"
LIMITED = ("timed-out", "out-of-memory")
COLLECTED, STALE = "collected", "stale"  # never graded; graded by an earlier version of its lesson or of the grader


class GradingError(ValueError):
    """Grading cannot start or go on; the message says what is in the way. What is recorded stays recorded."""


@dataclass(frozen=True)
class Submission:
    """One learner's notebook of one lesson, as it was handed in. `student` is what tables call the learner.

    `received` is its time of intake, in UTC without a zone; None where nobody knows. Where the best counts, `others`
    are those that were handed in besides, and `due` says until when they were on time. `note` says which one counts
    where it is not the newest.
    """

    student: str
    lesson: str
    path: Path
    received: datetime | None = None
    others: tuple["Submission", ...] = ()
    due: datetime | None = None
    note: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.student, self.lesson

    @property
    def folder(self) -> str:
        """The name of the student's folder, which need not be text."""
        return self.path.parents[1].name if self.path.parent.name == self.lesson else self.path.parents[2].name


@dataclass(frozen=True)
class Grading:
    """What `convgrade grade` is asked for.

    Parameters
    ----------
    lessons : list of str
    submissions : Path
        Holds ``<student>/<lesson>/<lesson>.ipynb``.
    out : Output
        Made if it is missing. Manual marks stay.
    limits : Limits, optional
        Default: the limits that each was graded with, and for what is new, those of `Limits`.
    workers : int
        How many notebooks are executed at a time.
    sandbox : SandboxKind
        As in `grading.execute.execute`.
    regrade : bool
        Whether to grade anew what an earlier version of its lesson or of the grader has graded.
    cluster : str, optional
        The address of a Dask scheduler. Its workers execute then, as many notebooks as they have threads.
    absent : {"scale", "hold"}, optional
        What becomes of the marks of those who are not there to be graded again when a lesson's points have changed.
        "scale": they keep their share of the points. "hold": they are no marks until their submission is graded
        again. Default: nothing is changed, and they are named.
    which : {"on-time", "latest", "best"}, optional
        Which of several notebooks of a student counts, as in `counting`; kept in `out`. Default: as it was there
        before, at first "on-time".
    seed : int, optional
        Of the hidden cases, for a class of which nobody has been graded yet. Default: drawn at random.
    """

    lessons: list[str]
    submissions: Path
    out: Output
    limits: Limits | None = None
    workers: int = 1
    sandbox: SandboxKind = "auto"
    regrade: bool = False
    cluster: str | None = None
    absent: str | None = None
    which: str | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Planned:
    """A submission that has to be graded, what its marks will rest on, and why: as `why_grade` says."""

    submission: Submission
    basis: Basis
    why: str


@dataclass(frozen=True)
class Plan:
    """What is to be done: `todo` has to be graded; `stale` was graded by an earlier version of lesson or grader, and so
    was `gone`, student and lesson of submissions that are not there to be graded again."""

    todo: list[Planned]
    stale: list[Submission]
    unchanged: int
    gone: list[tuple[str, str]] = field(default_factory=list)


def find_submissions(folder: Path, lessons: list[str]) -> list[Submission]:
    """Every ``<student>/<lesson>`` below `folder`, whether or not it is a folder and a notebook lies in it.

    Raises
    ------
    GradingError
        When the folder is not there, or holds no submission of these lessons.
    """
    if not folder.is_dir():
        raise GradingError(f"--submissions: there is no folder {folder}")
    all_submissions = [
        Submission(folder_student(student.name), lesson, student / lesson / f"{lesson}.ipynb")
        for lesson in lessons
        for student in sorted(folder.iterdir())
        if os.path.lexists(student / lesson)
    ]
    if not all_submissions:
        raise GradingError(f"--submissions: {folder} has no folder <student>/<lesson> for {', '.join(lessons)}")
    return all_submissions


def counting(newest: list[Submission], submissions: Path, deadlines: Deadlines, which: str) -> list[Submission]:
    """The notebook that counts of each submission, where several were handed in.

    Parameters
    ----------
    newest : list of Submission
        From `find_submissions`.
    submissions : Path
        The folder that they are in.
    deadlines : Deadlines
    which : {"on-time", "latest", "best"}
        "on-time": the newest of those that came in time, or else the newest. "latest": the newest. "best": the one with
        the highest score, after the penalty for lateness; grading finds it.
    """
    counted = []
    for one in newest:
        *earlier, last = [
            replace(one, path=version.path, received=version.received)
            for version in versions(submissions, one.folder, one.lesson)
        ]
        due = deadlines.of(*one.place)
        if which == "best" and earlier:
            last = replace(last, others=tuple(earlier), due=due)
        elif which == "on-time" and due and last.received and last.received > due:
            in_time = [version for version in earlier if version.received and version.received <= due]
            last = replace(in_time[-1], note=f"{ON_TIME} {last.received:%Y-%m-%d %H:%M} UTC") if in_time else last
        counted.append(last)
    return counted


def of_handed_in(one: Submission) -> str:
    """A hash of what was handed in and may count."""
    hashes = [fingerprint.of_file(version.path) for version in (*one.others, one)]
    if len(hashes) == 1:
        refused = "" if one.path.exists() else refusal(one.path.parents[2], one.folder, one.lesson)
        return fingerprint.of_bytes(refused.encode()) if refused else hashes[0]
    return fingerprint.of_bytes(f"{one.due}".encode(), *(text.encode() for text in hashes))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # one that may not be looked into
        return False


def passed_over(folder: Path) -> list[str]:
    """The names in a folder of submissions that are no submission: notebooks, folders not named by a lesson, and
    folders that cannot be looked into. As it can be printed.
    """
    lessons, files = set(lesson_names()), sorted(folder.iterdir())
    students = [file for file in files if _is_folder(file) and not file.name.startswith(".")]
    names = [file.name for file in files if file.suffix == ".ipynb"]
    for student in students:
        try:
            others = sorted(inner for inner in student.iterdir() if inner.name not in lessons)
        except OSError as error:
            names.append(f"{student.name} ({error.strerror})")
            continue
        names += [f"{student.name}/{file.name}" for file in others if _is_folder(file) or file.suffix == ".ipynb"]
    return [printable(name) for name in names]


def why_grade(one: Submission, basis: Basis, old: Basis | None, state: FinalState | None, request: Grading) -> str:
    """Why a submission has to be graded, in the words of ``convgrade status``; empty where its marks stand.

    A mark depends on limits only where one was reached, and on the sandbox only in that none was there.

    Parameters
    ----------
    one : Submission
    basis, old : Basis
        What its marks will rest on, and what they rest on; None where it has none.
    state : FinalState or None
        How its last run ended.
    request : Grading
    """
    if old is None or state is None:
        return COLLECTED
    if old.handed_in != basis.handed_in:
        return "handed in again"
    if request.limits and state.status in LIMITED and old.limits != basis.limits:
        return "had other limits"
    if state.sandbox == "none" and request.sandbox != "none":
        return "ran without a sandbox"
    if old.executed and not request.out.notebook(*one.place).exists():
        return "notebook missing"
    return STALE if old.version != basis.version else ""


def make_plan(submissions: list[Submission], record: Record, lesson_versions: dict[str, str], request: Grading) -> Plan:
    """Plan what is to be graded: compare the submissions with the bases of their marks."""
    bases = record.bases()
    states = {(state.student, state.lesson): state for state in record.states()}
    todo, stale, unchanged = [], [], 0
    allowed = fingerprint.of_limits(request.limits) if request.limits else ""
    for one in submissions:
        basis = Basis(of_handed_in(one), lesson_versions[one.lesson], allowed)
        why = why_grade(one, basis, bases.get(one.place), states.get(one.place), request)
        if not why:
            unchanged += 1
        elif why == STALE and not request.regrade:
            stale.append(one)
        else:
            todo.append(Planned(one, basis, why))
    there = {one.place for one in submissions}
    gone = [
        place
        for place in states
        if place not in there and place[1] in lesson_versions and states[place].status != ELSEWHERE
        if place not in bases or bases[place].version != lesson_versions[place[1]]
    ]
    return Plan(todo, stale, unchanged, gone)
