"""Grade a class: find submissions, rebuild, execute, record. One process writes, and what is recorded stays."""

import contextlib
import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

from grading import fingerprint
from grading.bounded import Bounded, Failed
from grading.collect.names import harmless_id
from grading.collect.people import refusal
from grading.collect.receipt import STAMP, stamp_text
from grading.execute import SandboxUnavailable, close, execute, warm_up
from grading.execute.cluster import OtherVersion, on_cluster
from grading.execute.dispatch import LostWorkers, Workers, dispatch
from grading.execute.placing import LOST_MARKINGS
from grading.execute.rebuild import rebuild
from grading.execute.shown import make_harmless
from grading.execute.submitted_notebook import InvalidNotebook, read_submission
from grading.files import NotRead, printable, read_bounded, write_whole
from grading.gradebook import Basis, Record
from grading.gradebook.database import only_writer
from grading.gradebook.lateness import Deadlines, LatePenalties, seconds_late
from grading.gradebook.marks import total_of
from grading.gradebook.master import Master, load_master
from grading.gradebook.rows import ELSEWHERE
from grading.job import COUNTING, MOST_BYTES, MOST_REBUILT, Executed, Job, Limits, SandboxKind, few
from grading.lesson.criteria import with_criteria
from grading.lesson.places import COURSE
from grading.lesson.seed import kept_seed
from grading.output import Output
from grading.plan import (
    Grading,
    GradingError,
    Plan,
    Planned,
    Submission,
    counting,
    find_submissions,
    make_plan,
)
from grading.publish import everybody
from grading.publish.grades_csv import write_csv
from grading.publish.submission_log import write_log

READ_SECONDS, READ_MB = 20.0, 2048  # CPU time and memory to read a notebook: an honest one takes a hundredth
NOT_HANDLED = "the grader could not handle it"
MOST_IN_A_ROW = 20  # submissions that the grader cannot handle: then the fault is not theirs


@contextlib.contextmanager
def open_gradebook(request: Grading) -> Iterator[Record]:
    """The gradebook of `request.out`, for this grader alone.

    Raises
    ------
    GradingError
        When there is nothing to grade, `request.out` cannot be written, or another grader is at work there.
    grading.gradebook.RecordError
        When the gradebook cannot be read or written.
    grading.gradebook.database.DatabaseError
        When the database cannot be used, or another grader is writing there.
    """
    url = request.out.gradebook
    find_submissions(request.submissions, request.lessons)  # before anything is made
    with _writable(request.out), only_grader(request.out), only_writer(url), Record(url) as record:
        yield record


def grade(request: Grading, record: Record) -> Generator[Plan | Executed]:
    """Grade what is new or changed; leave marks in `record`, ``grades.csv`` and the notebooks in `request.out`.

    Run again after whatever ended it, it does the rest.

    Parameters
    ----------
    request : Grading
    record : Record
        From `open_gradebook`.

    Yields
    ------
    Plan or Executed
        The plan, and then each submission when it is recorded.

    Raises
    ------
    GradingError
        When this machine has no sandbox, or a submission could not be graded.
    grading.execute.cluster.ClusterError
        When the cluster cannot be used.
    """
    lessons, out = request.lessons, request.out
    seed = seed_of(out, request.seed)
    _remember(request.submissions, out)
    versions = {lesson: fingerprint.of_lesson(lesson, seed) for lesson in lessons}
    all_submissions = find_submissions(request.submissions, lessons)
    everybody.settle_extensions(record, out, {one.student for one in all_submissions})
    late, deadlines = LatePenalties(), record.deadlines()
    all_submissions = counting(all_submissions, request.submissions, deadlines, counts(out, request.which))
    # which of several is the best is known once they have run
    times = {one.place: one.received for one in all_submissions if not one.others}
    notes = {one.place: one.note for one in all_submissions if not one.others}
    plan = make_plan(all_submissions, record, versions, request)
    yield plan
    if plan.todo:
        to_run = Counter(one.submission.lesson for one in plan.todo)
        with _workers(request, to_run, seed) as workers:
            absent_students = [*plan.gone, *_elsewhere(record, all_submissions)] if request.absent is None else []
            masters = _masters(set(to_run), record, versions, request.regrade, absent_students)
            job = partial(Job, seed=seed, limits=request.limits or Limits())
            run = partial(_execute_all, masters=masters, job=job, workers=workers)
            value = partial(_value, masters=masters, deadlines=deadlines, late=late)
            for executed, basis, one in _best(plan.todo, run, value):
                _keep_submitted(out, one)
                record.write(executed, one.received, late, _keep_files(out, executed, basis))
                times[one.place], notes[one.place] = one.received, one.note
                yield executed
    if request.absent == "scale":
        there = {(harmless_id(one.student), one.lesson) for one in all_submissions}
        record.release(place for place in record.held() if place[1] in lessons and place not in there)
    record.settle_lateness(times, late)
    record.put_notes(notes)
    everybody.put_names(record, out)
    write_csv(everybody.marks(record, out), out.grades)


def _elsewhere(record: Record, submissions: list[Submission]) -> list[tuple[str, str]]:
    """Student and lesson of what nbgrader's own commands have graded, and is not there to be graded here."""
    there = {one.place for one in submissions}
    states = [(state.student, state.lesson) for state in record.states() if state.status == ELSEWHERE]
    return [place for place in states if place not in there]


def _masters(
    lessons: set[str], record: Record, versions: dict[str, str], regrade: bool, gone: list[tuple[str, str]]
) -> Callable[[str], Master]:
    """The lessons to grade, made once, with the gradebook brought up to them. `gone` are submissions that are not there
    to be graded again, and for which nobody has said what becomes of their marks."""

    old_versions = record.lesson_versions()
    for lesson in sorted(lessons):
        if not (COURSE / lesson).is_dir():
            raise GradingError(f"{COURSE / lesson} is missing: run `convgrade build {lesson}` first")
        if old_versions.get(lesson) == versions[lesson]:
            continue
        fits = record.fits(lesson, load_master(lesson).cells)
        if not regrade and not fits:
            raise GradingError(
                f"{lesson}: its marked cells or their points have changed since the class was graded: "
                f"`convgrade grade {lesson} --regrade` grades everybody by the new ones"
            )
        absent = [place for place in gone if place[1] == lesson]
        if absent and not fits:
            raise GradingError(
                f"{lesson}: its marked cells or their points have changed, and these are not there to be graded again: "
                f"{few(absent)}: put their submissions there too, or say what becomes of their marks: `--absent scale` "
                "(each keeps its share of the points) or `--absent hold` (none until they are graded again)"
            )
        record.put_lesson(lesson, versions[lesson], load_master(lesson).cells)
    return load_master


def _workers(request: Grading, to_run: Counter[str], seed: int) -> contextlib.AbstractContextManager[Workers]:
    """The workers: of the cluster, or of this machine. `to_run` counts the submissions of each lesson."""
    if request.cluster:
        return on_cluster(request.cluster, set(to_run), seed, request.sandbox)
    return _workers_here(request.workers, to_run, seed, request.sandbox)


@contextlib.contextmanager
def _workers_here(workers: int, to_run: Counter[str], seed: int, sandbox: SandboxKind) -> Iterator[Workers]:
    """Execute on this machine. What that needs is started now and gets ready while the lessons are read here."""
    try:
        warm_up(sandbox, to_run, seed)
        with ThreadPoolExecutor(workers) as executor:
            yield Workers(executor, partial(execute, sandbox=sandbox), lambda: workers)
    finally:
        close()


def _best(
    todo: list[Planned],
    run: Callable[[list[Planned]], Iterator[tuple[Executed, Basis]]],
    value: Callable[[Executed, Submission], float],
) -> Iterator[tuple[Executed, Basis, Submission]]:
    """Execute what is planned, and of a submission whose best notebook counts each of them; yield the one that counts.

    Each round executes at most one notebook of a submission.
    """
    best: dict[tuple[str, str], tuple[float, Executed, Submission]] = {}
    turn = 0
    while todo:
        notebooks = {one.submission.place: _notebooks(one.submission)[turn] for one in todo}
        last = {one.submission.place for one in todo if len(one.submission.others) == turn}
        for executed, basis in run([replace(one, submission=notebooks[one.submission.place]) for one in todo]):
            place = executed.student, executed.lesson
            if turn == 0 and place in last:
                yield executed, basis, notebooks[place]
                continue
            of_this = value(executed, notebooks[place]), executed, notebooks[place]
            # of two that are worth the same, the newer one
            best[place] = of_this if place not in best or of_this[0] >= best[place][0] else best[place]
            if place in last:
                yield best[place][1], basis, best[place][2]
        turn += 1
        todo = [one for one in todo if len(one.submission.others) >= turn]


def _notebooks(one: Submission) -> list[Submission]:
    """Each notebook of a submission that may count, oldest first."""
    note = f"the best of {len(one.others) + 1} notebooks counts" if one.others else one.note
    return [replace(each, others=(), note=note) for each in (*one.others, one)]


def _value(
    executed: Executed,
    one: Submission,
    masters: Callable[[str], Master],
    deadlines: Deadlines,
    late: LatePenalties,
) -> float:
    """A notebook's score after the penalty for lateness, without marks by hand."""
    if executed.status == "invalid":
        return 0.0
    described = masters(one.lesson).cells
    passed = {cell.grade_id for cell in executed.cells if cell.passed}
    scores = [(points * (name in passed), points) for name, _, _, points in described.marked]
    score = total_of(scores, [points for name, points in described.bonus.items() if name in passed])
    seconds = seconds_late(one.received, deadlines.of(*one.place), None)
    return score - late.penalty(one.student, score, seconds)


def _execute_all(
    todo: list[Planned], masters: Callable[[str], Master], job: Callable[[str, str, dict], Job], workers: Workers
) -> Iterator[tuple[Executed, Basis]]:
    """Execute what is planned, and yield each result with the `Basis` of its marks.

    `job` makes a `Job` of a student, a lesson and a notebook. A fault of one submission, or of the grader with it, ends
    that submission only.
    """
    bases, rejected, unmarked, in_a_row = {}, [], set(), 0

    def jobs(processes: Bounded) -> Iterator[Job]:
        for planned in todo:
            one = planned.submission
            bases[one.place] = planned.basis
            answer = rebuild_file(processes, one.path, one.lesson)
            if "invalid" in answer:
                refused = refusal(one.path.parents[2], one.folder, one.lesson)
                problem = f"Nothing that was handed in could be taken: {refused}" if refused else answer["invalid"]
                rejected.append(Executed(*one.place, "invalid", problem))
                continue
            if answer["notebook"]["metadata"].get("convgrade", {}).get("lost_markings"):
                unmarked.add(one.place)
            yield job(*one.place, answer["notebook"])

    def with_basis(executed: Executed) -> tuple[Executed, Basis]:
        place = executed.student, executed.lesson
        marks = LOST_MARKINGS if place in unmarked else ""
        reason = "; ".join(filter(None, (printable(executed.reason), marks)))
        return replace(executed, reason=reason), bases.pop(place)

    for lesson in {one.submission.lesson for one in todo}:
        masters(lesson)  # read now, for the process that is forked
    try:
        with rebuilder(masters) as processes:
            for result in dispatch(jobs(processes), workers):
                while rejected:
                    yield with_basis(rejected.pop())
                if isinstance(result, Executed):
                    in_a_row = 0
                    yield with_basis(result)
                    continue
                failed, error = result
                if isinstance(error, (SandboxUnavailable, OtherVersion)):
                    raise GradingError(str(error)) from error
                in_a_row += 1
                problem = f"{NOT_HANDLED} ({type(error).__name__}: {error})"
                if in_a_row == MOST_IN_A_ROW:
                    raise GradingError(f"{in_a_row} submissions in a row could not be graded; of the last, {problem}")
                executed = Executed(failed.student, failed.lesson, "crashed", problem[:500], failed.notebook)
                yield with_basis(executed)[0], Basis()  # so that the next run tries it again
            while rejected:
                yield with_basis(rejected.pop())
    except LostWorkers as error:
        raise GradingError(f"{error}: run the same command again, it does the rest") from error


def rebuilder(masters: Callable[[str], Master], harmless: bool = True) -> Bounded:
    """Processes for `rebuild_file`, one for each submission. With `harmless` what they give is harmless to look at."""
    return Bounded(partial(_rebuild_task, masters, harmless), READ_SECONDS, READ_MB, fresh=True)


def rebuild_file(processes: Bounded, path: Path, lesson: str) -> dict[str, Any]:
    """Read a submission and rebuild it, by the processes of `rebuilder`: its `notebook`, or why it is `invalid`."""
    answer = processes(json.dumps([os.fspath(path), lesson]).encode())
    if isinstance(answer, Failed):
        return {"invalid": f"{path.name} cannot be read: {answer.reason}"}
    return json.loads(answer)


def _rebuild_task(masters: Callable[[str], Master], harmless: bool, task: bytes) -> bytes:
    """In a process of its own: read a submission and rebuild it from its master. Task and result are JSON."""
    path, lesson = json.loads(task)
    master = masters(lesson)
    try:
        rebuilt = rebuild(master.source, master.release, read_submission(Path(path)))
        if harmless:
            rebuilt = make_harmless(rebuilt)
        notebook = json.dumps({"notebook": rebuilt}).encode()
        if len(notebook) > MOST_REBUILT:
            raise InvalidNotebook(f"{lesson}.ipynb has more than {MOST_REBUILT >> 20} MiB of text in its cells")
    except InvalidNotebook as reason:
        return json.dumps({"invalid": printable(str(reason))}).encode()
    return notebook


def _keep_files(out: Output, executed: Executed, basis: Basis) -> Basis:
    """Write the notebook as it ran, and the log; before the record says that they are there."""
    file = out.notebook(executed.student, executed.lesson)
    write_log(out, executed, basis)
    if executed.notebook is None:
        file.unlink(missing_ok=True)
        return basis
    notebook = with_criteria(executed.notebook, executed.lesson)
    data = _a_line_for_each_cell(notebook).encode("utf-8", "backslashreplace")  # half a character becomes an escape
    write_whole(file, data)
    return Basis(basis.handed_in, basis.version, basis.limits, fingerprint.of_bytes(data))


def _a_line_for_each_cell(notebook: dict) -> str:
    """A notebook as JSON. With `indent` json.dumps would take twenty times as long: Python would write it, not C."""
    line = partial(json.dumps, ensure_ascii=False, sort_keys=True)
    cells = ",\n".join(map(line, notebook["cells"]))
    rest = line({key: value for key, value in notebook.items() if key != "cells"})
    return f'{{"cells": [\n{cells}\n],\n{rest[1:]}\n'


def _keep_submitted(out: Output, one: Submission) -> None:
    """Copy what was handed in to where nbgrader's own commands and formgrader look for it."""
    folder = out.submitted(*one.place)
    notebook, stamp = folder / f"{one.lesson}.ipynb", folder / STAMP
    if os.path.realpath(notebook) == os.path.realpath(one.path):  # a link to itself ends `Path.resolve`
        return
    try:
        data = None if one.path.is_symlink() else read_bounded(one.path, MOST_BYTES)
    except (OSError, NotRead):  # rebuilding says what is the matter with it
        data = None
    if data is None:
        notebook.unlink(missing_ok=True)
    else:
        write_whole(notebook, data)
    if one.received:
        write_whole(stamp, f"{stamp_text(one.received.replace(tzinfo=UTC))}\n".encode("ascii"))
    else:
        stamp.unlink(missing_ok=True)


@contextlib.contextmanager
def _writable(out: Output) -> Iterator[None]:
    """Turn an error of writing below `out` into a `GradingError`."""
    try:
        out.folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        raise GradingError(
            f"--out: {out} cannot be written:{name}: {error.strerror or error}; what is recorded stays, and the same "
            "command does the rest"
        ) from error


@contextlib.contextmanager
def only_grader(out: Output) -> Iterator[None]:
    """Keep a second grader out. The lock goes with the process, however that ends."""
    with open(out.lock, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GradingError(f"--out: another `convgrade grade` is at work in {out}") from None
        yield


def _remember(submissions: Path, out: Output) -> None:
    if everybody.graded_last(out) != submissions.resolve():
        write_whole(out.graded_from, os.fsencode(submissions.resolve()))


def counts(out: Output, which: str | None = None) -> str:
    """The rule which of several notebooks of a student counts, as kept in `out`. `which`, if given, replaces it."""
    file = out.counts
    if which is not None and which != counts(out):
        write_whole(file, f"{which}\n".encode())
    try:
        rule = file.read_text(encoding="ascii").strip()
    except OSError:
        rule = COUNTING[0]
    if rule not in COUNTING:
        raise GradingError(f"--out: {file} says {rule!r}, and not one of {', '.join(COUNTING)}")
    return rule


def seed_of(out: Output, number: int | None = None) -> int:
    """The seed of the hidden cases, drawn once per class and kept beside the gradebook; the first time it is `number`,
    if given.
    """
    try:
        seed = kept_seed(out.seed, number)
    except ValueError:
        raise GradingError(f"--out: {out.seed} does not hold an integer") from None
    if number not in (None, seed):
        raise GradingError(f"--seed: the class in {out} has been graded with another; the file `seed` there holds it")
    return seed
