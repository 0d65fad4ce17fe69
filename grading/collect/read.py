"""Read an export, file by file, with the layout that it has: notebooks are put aside, and every other file is a row."""

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from grading.collect import layouts, names, origin
from grading.collect.archives import Budget, Entry, Refused, entries, entries_of, is_archive
from grading.collect.layouts import LAYOUTS, MADE_BY_HAND, NAME_FILES
from grading.collect.other_layouts import (
    METADATA,
    blackboard,
    blackboard_assignment,
    submitters,
    with_submitter,
    without_assignment,
)
from grading.collect.owner import Owner
from grading.collect.people import lesson_by_ids
from grading.collect.plain_data import CollectError, FoundNotebook, Outcome, Reading, Request, Row, row
from grading.collect.receipt import MOST_STAMP_BYTES, STAMP
from grading.lesson.places import chosen

Submission = tuple[str, str, datetime | None]  # student, lesson and time, as an export says them


class Aside:
    """The notebooks that one call of `collect` has put aside, in a folder, and the student of each id."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._numbers = itertools.count()
        self._students: dict[str, str] = {}

    def put(self, data: bytes) -> tuple[Path, int]:
        """Keep a notebook; return its path and its number."""
        number = next(self._numbers)
        place = self.folder / f"{number}.ipynb"
        place.write_bytes(data)
        return place, number

    def claim(self, student: str, key: str) -> None:
        """Give a student's id to the one whom a system calls `key`.

        Raises
        ------
        Refused
            When another student has this id.
        """
        other = self._students.setdefault(student, key)
        if other != key:
            raise Refused(f"would share the folder {student} with {other}")


def read(source: Path, layout: str | None, request: Request, aside: Aside) -> Iterator[Reading]:
    """Read an export, and each archive that lies in its folder as one more.

    Raises
    ------
    CollectError
        When it is no export.
    """
    if not source.is_dir():
        yield _read(source, layout, request, aside)
        return
    inside = sorted(item for item in source.iterdir() if is_archive(item.name) and item.is_file())
    exports = [item for item in inside if not item.is_symlink() and not _somebodys(item.name, request.lessons)]
    set_aside = frozenset(names.decoded(os.fsencode(item.name)) for item in exports)
    loose = None
    try:
        loose = _read(source, layout, request, aside, set_aside=set_aside)
        yield loose
    except CollectError:
        if not exports:
            raise
        rows = [
            row(entry.name, "refused" if entry.problem else "left out", entry.problem or "belongs to no export")
            for entry in entries(source, request.limits)
            if entry.name not in set_aside
        ]
        yield Reading([], rows, "")
    beside = loose is not None and loose.layout in MADE_BY_HAND
    for item in exports:
        label = f"{names.decoded(os.fsencode(item.name))}!/"
        try:
            reading = _read(item, layout, request, aside, label)
            yield replace(reading, notebooks=[replace(one, beside=beside) for one in reading.notebooks])
        except CollectError as error:
            yield Reading([], [row(label[:-2], "refused", str(error).removeprefix("SOURCE: "))], "")


def _read(
    source: Path,
    layout: str | None,
    request: Request,
    aside: Aside,
    label: str = "",
    set_aside: frozenset[str] = frozenset(),
) -> Reading:
    """One export; `label` stands before the names of its files, and files in `set_aside` are not of it."""
    paths, owners = [], set()
    try:
        for entry in entries(source, request.limits):
            if entry.path and entry.name not in set_aside:
                paths.append(entry.path)
                owners.add(entry.owner)
    except Refused as reason:
        # what was read before the damage is read again below, and the damage is listed there
        if not paths:
            raise CollectError(f"SOURCE: {source.name} {reason}") from reason
    depth = 0
    try:
        best_layout, depth = layouts.detect(paths, request.lessons)
    except Refused as reason:
        if layout is None:
            raise CollectError(f"SOURCE: {source.name} {reason}") from reason
    export = _Export(request, aside, layout or best_layout, depth, paths)
    export.around = paths[0][depth - 1] if depth and len(paths[0]) > depth else source.name
    export.several_users = len(owners) > 1
    if export.system == "gradescope":
        export.submitters = _submitters(source, depth, request, set_aside)
    try:
        for entry in entries(source, request.limits):
            if entry.name not in set_aside:
                export.take(entry, label)
    except Refused as reason:
        export.note(label[:-2] or source.name, "refused", f"{reason}; files behind this place were not seen")
    return export.reading()


def _submitters(source: Path, depth: int, request: Request, set_aside: frozenset[str]) -> dict[str, Owner]:
    """By folder, the student, as a file of a Gradescope export says."""
    with contextlib.suppress(Refused):
        for entry in entries(source, request.limits):
            if entry.path[depth:] == (METADATA,) and entry.name not in set_aside and not entry.problem:
                return submitters(entry.read())
    return {}


class _Export:
    """One export while it is read: its layout, and which students have been seen in it."""

    def __init__(self, request: Request, aside: Aside, system: str, depth: int, paths: list[tuple[str, ...]]):
        self.request, self.aside = request, aside
        self.system, self.layout, self.depth = system, LAYOUTS[system], depth
        if system == "blackboard":
            assignment = blackboard_assignment(path[depth] for path in paths if len(path) == depth + 1)
            self.layout = partial(blackboard, assignment=assignment)
        self.around, self.several_users = "", False
        self.submitters: dict[str, Owner] = {}
        self.found: list[FoundNotebook] = []
        self.rows: list[Row] = []
        self.prefixes: dict[str, str] = {}
        self.twins = self._twins(paths)
        self.stamps: dict[Submission, datetime] = {}
        self.secrets: dict[Submission, str] = {}
        self.files: dict[Submission, tuple[Owner, int]] = {}
        self.settled: set[Submission] = set()
        self.budgets: dict[str, Budget] = {}
        tops = {path[depth] for path in paths if len(path) > depth + 1}
        self.folders = {name for name in tops if not name.startswith((".", "__"))}
        self.owned: set[str] = set()

    def _twins(self, paths: list[tuple[str, ...]]) -> set[str]:
        """The names that more than one student of the export has."""
        numbers: dict[str, set[str]] = {}
        for path in paths:
            try:
                owner = self.layout(path[self.depth :], self.request.lessons) if len(path) > self.depth else None
            except Refused:
                continue
            if owner is not None and owner.number:
                numbers.setdefault(owner.student, set()).add(owner.number)
        return {name for name, numbers_of_name in numbers.items() if len(numbers_of_name) > 1}

    def note(self, file: str, outcome: Outcome, reason: str, owner: Owner | None = None) -> None:
        """Add a row."""
        self.rows.append(row(file, outcome, reason, owner, owner.lesson if owner else ""))
        if owner and owner.prefix and outcome == "refused":
            self.prefixes[owner.student] = owner.prefix

    def take(self, entry: Entry, label: str) -> None:
        name = label + entry.name
        try:
            owner = self._owner(entry)
        except Refused as reason:
            self.note(name, "refused", str(reason))
            return
        if owner is None:
            hidden = any(part.startswith(".") or part == "__MACOSX" for part in entry.path)
            if entry.problem:
                self.note(name, "refused", entry.problem)
            elif hidden or not (names.is_notebook(entry.path[-1]) or is_archive(entry.path[-1])):
                self.note(name, "left out", "is no notebook")
            else:
                self.note(name, "refused", "its name does not tell whose it is")
            return
        limits = self.request.limits
        of_student = self.budgets.setdefault(owner.student, Budget(limits.export_files, limits.student_bytes))
        entry = replace(entry, read=partial(_read_within, entry, of_student))
        budget = Budget(limits.archive_files, limits.archive_bytes, of_student)
        self._take_owned(entry, name, owner, limits.nesting, budget)

    def _owner(self, entry: Entry) -> Owner | None:
        if not entry.path:
            raise Refused(entry.problem)
        path = entry.path[self.depth :]
        owner = self.layout(path, self.request.lessons) if path else None
        if owner is None:
            return None
        self.owned.add(path[0])
        owner = with_submitter(owner, self.submitters)
        if self.system in ("repositories", "folders", "plain"):
            owner = without_assignment(owner, self.around)
        return self._with_id(self._checked(entry, owner))

    def _of_folder(self, folder: str) -> Owner:
        """The owner of a student's folder in which no file is a submission."""
        return self._with_id(without_assignment(Owner(folder, display=folder), self.around))

    def _with_id(self, owner: Owner) -> Owner:
        """The owner with an id of ours, which no other student of the export has.

        Raises
        ------
        Refused
        """
        key = owner.student
        if owner.student in self.twins:
            key = f"{owner.student} {owner.number}"
        try:
            student = names.student_id(key)
        except ValueError:
            raise Refused("its name does not tell whose it is") from None
        self.aside.claim(student, key)
        return replace(owner, student=student)

    def _checked(self, entry: Entry, owner: Owner) -> Owner:
        """The owner by the name of a folder of nbgrader's exchange, as far as it can be checked: students write these
        names.

        Raises
        ------
        Refused
            When the folder belongs to another user.
        """
        if self.layout is not layouts.exchange:
            return owner
        if self.several_users and entry.owner not in (None, 0, os.getuid()):
            name = names.user_name(entry.owner)
            if name != owner.student:
                raise Refused(f"says that it is {owner.student}'s, and belongs to the user {name}")
        if owner.submitted and owner.submitted > self.request.now:
            return replace(owner, submitted=self.request.now, doubt="its time is to come, and is not believed")
        return owner

    def _take_owned(self, entry: Entry, name: str, owner: Owner, nesting: int, budget: Budget) -> None:
        key = _submission(owner)
        before = self.files.get(key, (owner, 0))
        self.files[key] = (owner, before[1] + 1)
        if owner.lesson and self.request.lesson and owner.lesson != self.request.lesson:
            self.settled.add(key)
            self.note(name, "left out", f"is of lesson {owner.lesson}", owner)
            return
        try:
            if owner.lesson and owner.lesson not in self.request.lessons:
                raise Refused(f"there is no lesson {owner.lesson!r}")
            if entry.problem:
                raise Refused(entry.problem)
            if owner.submitted and owner.inner == (STAMP,):
                self._stamp(entry, key)
                self.note(name, "left out", "is the time of the submission", owner)
            elif owner.submitted and owner.inner == (origin.SECRET,):
                self.secrets[key] = origin.secret_from(entry.read())
                self.note(name, "left out", "is the key to the feedback in the exchange", owner)
            elif layouts.worth_reading(owner):
                match = self._match(owner)
                self._put_aside(entry.read(), name, owner, match)
                self.settled.add(key)
            elif is_archive(owner.inner[-1]) and not owner.inner[-1].startswith("."):
                self._unpack(entry, name, owner, nesting, budget)
            else:
                self.note(name, "left out", "is no notebook, or a copy that a program made for itself", owner)
        except Refused as reason:
            self.settled.add(key)
            self.note(name, "refused", str(reason), owner)

    def _unpack(self, entry: Entry, name: str, owner: Owner, nesting: int, budget: Budget) -> None:
        if nesting == 0:
            raise Refused(f"lies more than {self.request.limits.nesting} archives deep")
        for inner in entries_of(entry.read(), name, self.request.limits, budget):
            within = f"{name}!/{inner.name}"
            if not inner.path:
                inner = replace(inner, path=("?",))
            self._take_owned(inner, within, replace(owner, inner=inner.path), nesting - 1, budget)

    def _put_aside(self, data: bytes, name: str, owner: Owner, match: names.LessonMatch) -> None:
        place, position = self.aside.put(data)
        digest = hashlib.sha256(data).hexdigest()
        by_ids = "" if match.lesson else lesson_by_ids(data, self.request.lessons)
        self.found.append(FoundNotebook(owner, name, match, digest, place, position, by_ids, system=self.system))

    def _match(self, owner: Owner) -> names.LessonMatch:
        """How well a notebook's name fits a lesson. The lesson is empty where neither name nor system says it."""
        if owner.lesson:
            match = names.lesson_match(owner.inner[-1], [owner.lesson])
            return match or names.LessonMatch(0, lesson=owner.lesson)
        match = names.lesson_match(owner.inner[-1], chosen(None))
        if match is not None and match.lesson not in self.request.lessons:
            raise Refused(f"is of lesson {match.lesson} by its name")
        return match or names.LessonMatch(0)

    def _stamp(self, entry: Entry, key: Submission) -> None:
        data = entry.read()
        when = layouts.utc(data[:MOST_STAMP_BYTES].decode("ascii", "replace"))
        if when is None:
            raise Refused("holds no time; the one in the folder's name counts")
        self.stamps[key] = when

    def reading(self) -> Reading:
        """What was found, with times and keys that stood in other files, and a row for who handed in no notebook."""
        for key, (owner, count) in self.files.items():
            if key not in self.settled:
                more = f" and {count - 1} other files" if count > 1 else ""
                self.note("", "refused", f"handed in no notebook, but {owner.inner[-1]}{more}", owner)
        if self.system == "repositories":  # where a file that is no submission's has no owner
            for folder in sorted(self.folders - self.owned):
                self.note("", "refused", "has no notebook in its place", self._of_folder(folder))
        notebooks = [self._corrected(one) for one in self.found]
        # where all notebooks of an export are of one lesson, so is what was refused of it
        lessons = {one.match.lesson for one in notebooks} - {""}
        guess = self.request.lesson or (lessons.pop() if len(lessons) == 1 else "")
        rows = [
            replace(one, lesson=guess) if one.outcome == "refused" and one.student and not one.lesson else one
            for one in self.rows
        ]
        return Reading([replace(one, guess=guess) for one in notebooks], rows, self.system, self.prefixes)

    def _corrected(self, one: FoundNotebook) -> FoundNotebook:
        key = _submission(one.owner)
        submitted, stamp = one.owner.submitted, self.stamps.get(key)
        if submitted and stamp and stamp > submitted:
            # both are the student's process's own words: the one that is not in their favour counts
            one = replace(one, owner=replace(one.owner, submitted=stamp))
        return replace(one, secret=self.secrets.get(key, ""))


def _read_within(entry: Entry, budget: Budget) -> bytes:
    """A file's bytes, which are spent of its student's budget.

    Raises
    ------
    Refused
    """
    too_much = Refused(f"is more than one student may hand in, {budget.most_size >> 20} MiB")
    if budget.is_used_up:
        raise too_much
    data = entry.read()
    try:
        budget.spend_bytes(len(data))
    except Refused:
        raise too_much from None
    return data


def _submission(owner: Owner) -> Submission:
    """The key of a submission within an export."""
    return owner.student, owner.lesson, owner.submitted


def _somebodys(file_name: str, lessons: list[str]) -> bool:
    """Whether an archive at the top of a folder belongs to a student, and is not an export."""
    path = (names.decoded(os.fsencode(file_name)),)
    try:
        return any(LAYOUTS[system](path, lessons) is not None for system in NAME_FILES)
    except Refused:
        return True
