"""Grade a class: find submissions, rebuild, execute, record. One process writes to the gradebook."""

import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.build import generate_release, source_notebook
from grading.dispatch import dispatch
from grading.execute import SandboxUnavailable, close, execute
from grading.export import write_csv
from grading.late import LatePenalties, received
from grading.lesson import COURSE, load_lesson
from grading.outcome import Executed, Job, Limits
from grading.rebuild import InvalidNotebook, read_submission, rebuild
from grading.record import Record, sqlite_url


class GradingError(ValueError):
    """Grading cannot start; the message names the folder or the file."""


@dataclass(frozen=True)
class Submission:
    """One learner's notebook of one lesson, as it was handed in."""

    student: str
    lesson: str
    path: Path


@dataclass(frozen=True)
class Master:
    """A lesson as grading needs it: with hidden tests, and as learners got it."""

    source: NotebookNode
    release: NotebookNode


def find_submissions(folder: Path, lessons: list[str]) -> list[Submission]:
    """Every ``<student>/<lesson>`` folder below `folder`, whether or not a notebook lies in it.

    Raises
    ------
    GradingError
        When the folder is not there, or holds no submission of these lessons.
    """
    if not folder.is_dir():
        raise GradingError(f"--submissions: there is no folder {folder}")
    found = [
        Submission(student.name, lesson, student / lesson / f"{lesson}.ipynb")
        for lesson in lessons
        for student in sorted(folder.iterdir())
        if (student / lesson).is_dir() and not student.name.startswith(".")
    ]
    if not found:
        raise GradingError(f"--submissions: {folder} has no folder <student>/<lesson> for {', '.join(lessons)}")
    return found


def grade(
    lessons: list[str],
    submissions: Path,
    out: Path,
    workers: int,
    limits: Limits,
    done: Callable[[Executed], None],
    sandbox: str = "auto",
) -> None:
    """Grade every submission of `lessons` and leave ``gradebook.db``, ``grades.csv`` and the notebooks in `out`.

    Parameters
    ----------
    lessons : list of str
    submissions : Path
        Holds ``<student>/<lesson>/<lesson>.ipynb``.
    out : Path
        Made if it is missing. Marks of earlier runs are replaced, manual marks stay.
    workers : int
        How many notebooks are executed at a time.
    limits : Limits
    done : callable
        Told of each submission when it is recorded.
    sandbox : str
        As in `grading.execute.execute`.

    Raises
    ------
    GradingError
        When there is nothing to grade, `out` cannot be written, or this machine has no sandbox.
    """
    found = find_submissions(submissions, lessons)
    try:
        out.mkdir(parents=True, exist_ok=True)
        seed = _seed(out)
    except OSError as error:
        raise GradingError(f"--out: {out} cannot be written ({error.strerror})") from error
    masters = {lesson: prepare(lesson, sqlite_url(out)) for lesson in lessons}
    jobs, rejected = _jobs(found, masters, seed, limits)
    late = LatePenalties()
    with Record(sqlite_url(out)) as record:

        def write(executed: Executed) -> None:
            record.write(executed, received(submissions, executed.student, executed.lesson), late)

        for executed in rejected:
            write(executed)
            done(executed)
        try:
            for executed in dispatch(jobs, partial(execute, sandbox=sandbox), workers):
                write(executed)
                _keep_notebook(out, executed)
                done(executed)
        except SandboxUnavailable as reason:
            raise GradingError(str(reason)) from reason
        finally:
            close()
        write_csv(record.marks(), out / "grades.csv")
    _keep_submitted(out, submissions, found)


def prepare(lesson: str, db_url: str) -> Master:
    """Put a lesson into the gradebook, by nbgrader's own assignment generator, and read its two notebooks."""
    source = source_notebook(load_lesson(lesson))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "source" / lesson
        folder.mkdir(parents=True)
        nbformat.write(source, folder / f"{lesson}.ipynb")
        generate_release(Path(scratch), lesson, db_url)
        release = nbformat.read(Path(scratch) / "release" / lesson / f"{lesson}.ipynb", as_version=4)
    if not (COURSE / lesson).is_dir():
        raise GradingError(f"{COURSE / lesson} is missing: run `convgrade build {lesson}` first")
    return Master(source, release)


def _jobs(
    found: list[Submission], masters: dict[str, Master], seed: int, limits: Limits
) -> tuple[list[Job], list[Executed]]:
    """What is to be executed, and the final state of what cannot be."""
    jobs, rejected = [], []
    for submission in found:
        master = masters[submission.lesson]
        try:
            cells = read_submission(submission.path)
        except InvalidNotebook as reason:
            rejected.append(Executed(submission.student, submission.lesson, "invalid", str(reason)))
            continue
        notebook = rebuild(master.source, master.release, cells)
        jobs.append(Job(submission.student, submission.lesson, dict(notebook), seed, limits))
    return jobs, rejected


def _keep_notebook(out: Path, executed: Executed) -> None:
    folder = out / "autograded" / executed.student / executed.lesson
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.from_dict(executed.notebook), folder / f"{executed.lesson}.ipynb")


def _keep_submitted(out: Path, submissions: Path, found: list[Submission]) -> None:
    """Copy what was handed in to where nbgrader's own commands and formgrader look for it."""
    for submission in found:
        folder = out / "submitted" / submission.student / submission.lesson
        if submission.path.is_file() and folder.resolve() != submission.path.parent.resolve():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(submission.path, folder / submission.path.name)
            if received(submissions, submission.student, submission.lesson):
                shutil.copyfile(submission.path.with_name("timestamp.txt"), folder / "timestamp.txt")


def _seed(out: Path) -> int:
    """The seed of the hidden cases, drawn once per class and kept beside the gradebook."""
    file = out / "seed"
    if not file.exists():
        file.write_text(f"{secrets.randbelow(2**31)}\n", encoding="ascii")
        file.chmod(0o600)
    try:
        return int(file.read_text(encoding="ascii"))
    except ValueError:
        raise GradingError(f"--out: {file} does not hold an integer") from None
