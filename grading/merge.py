"""`convgrade merge`: two output folders of one class, graded or marked apart, become one."""

import contextlib
import shutil
from collections.abc import Iterator

from grading.files import write_table
from grading.grade import only_grader, seed_of
from grading.gradebook import Record
from grading.gradebook.master import load_master
from grading.gradebook.merging import Conflict
from grading.output import Output
from grading.publish import everybody
from grading.publish.grades_csv import write_csv

COLUMNS = ("student", "lesson", "exercise", "what", "here", "there")


class MergeError(ValueError):
    """Two folders are not of one class; the message says why, and nothing is changed."""


@contextlib.contextmanager
def open_gradebooks(out: Output, other: Output) -> Iterator[tuple[Record, Record]]:
    """The gradebooks of two folders of one class; no grader is at work in `out` until they are closed.

    Raises
    ------
    MergeError
        When one of them is no graded class, or they have different seeds.
    """
    for folder in (out, other):
        if not folder.is_graded():
            raise MergeError(f"{folder}: there is no gradebook.db in it")
    if out.folder.resolve() == other.folder.resolve():
        raise MergeError(f"{out} is both")
    if seed_of(out) != seed_of(other):
        raise MergeError(
            f"{out} and {other} have different seeds, so that their sections met different hidden cases: copy the file "
            f"`seed` from one to the other, and `convgrade grade --regrade` there"
        )
    with only_grader(out), out.record() as record, other.record() as other_record:
        yield record, other_record


def merge(
    record: Record, other_record: Record, out: Output, other: Output
) -> tuple[list[tuple[str, str]], list[Conflict]]:
    """Take what `other` holds into `out`: submissions that are not there, and marks and comments by hand.

    Where both have something and differ, that of `out` stays, and it is listed, also in ``conflicts.csv``.

    Parameters
    ----------
    record, other_record : Record
        The gradebooks of `out` and of `other`, from `open_gradebooks`.

    Returns
    -------
    list of (student, lesson), list of Conflict
        What is new in `out`, and what both have differently.

    Raises
    ------
    MergeError
        When a lesson has other points.
    """
    for lesson, version in other_record.lesson_versions().items():
        if lesson not in record.lesson_versions():
            record.put_lesson(lesson, version, load_master(lesson).cells)
    reason = record.fits_in(other_record)
    if reason:
        raise MergeError(f"{other} does not fit into {out}: {reason}: `convgrade grade --regrade` in both")
    there = {(state.student, state.lesson) for state in record.states()}
    for state in other_record.states():
        if (state.student, state.lesson) not in there:
            _copy(out, other, state.student, state.lesson)
    new, conflicts = record.take(other_record)
    due, extra = record.deadlines().due, other_record.deadlines()
    for lesson, when in extra.due.items():
        if due.get(lesson) is None and when is not None:
            record.set_due(lesson, when)
        elif when is not None and when != due[lesson]:
            conflicts.append(Conflict("", lesson, "", "due date", f"{due[lesson]}", f"{when}"))
    extensions = record.deadlines().extended
    record.extend({place: until for place, until in extra.extended.items() if place not in extensions})
    for place, until in extra.extended.items():
        if extensions.get(place, until) != until:
            conflicts.append(Conflict(*place, "", "extension", f"{extensions[place]}", f"{until}"))
    void = record.voids()
    for lesson, parts in other_record.voids().items():
        for part, why in parts.items():
            if part not in void.get(lesson, {}):
                record.void(lesson, part, why)
            elif void[lesson][part] != why:
                conflicts.append(Conflict("", lesson, part, "why it is void", void[lesson][part], why))
    write_table(out.table("conflicts"), COLUMNS, [vars(conflict) for conflict in conflicts])
    write_csv(everybody.marks(record, out), out.grades)
    return new, conflicts


def _copy(out: Output, other: Output, student: str, lesson: str) -> None:
    """The files of a submission; before the gradebook says that they are there."""
    place = student, lesson
    folders = [(there.notebook(*place).parent, there.submitted(*place)) for there in (other, out)]
    for source, target in zip(*folders, strict=True):
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
    log = out.log(*place)
    if other.log(*place).is_file():
        log.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(other.log(*place), log)
