"""From an export to ``<student>/<lesson>/<lesson>.ipynb``, with our own time and a list of all that was met."""

import contextlib
import csv
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from grading.collect import earlier, layouts, names, origin, people
from grading.collect.archives import Budget, Entry, Limits, Refused, entries, entries_of, is_archive
from grading.collect.layouts import LAYOUTS
from grading.collect.other_layouts import METADATA, submitters, with_submitter, without_assignment
from grading.collect.owner import Owner
from grading.collect.receipt import MOST_STAMP_BYTES, STAMP, TABLE, received_at, written
from grading.files import printable, write_table
from grading.lesson.load import chosen

Outcome = Literal["taken", "unchanged", "kept", "passed over", "left out", "refused"]


class CollectError(ValueError):
    """Collecting cannot start; the message names the argument."""


@dataclass(frozen=True)
class Row:
    """A line of ``collected.csv``: a file of the export, or a student without a notebook, and its outcome.

    `outcome` is ``taken``; ``unchanged`` where the same notebook was taken before, whose time stays; ``kept``
    where the one taken before is newer; ``passed over`` for another notebook of the same student and lesson;
    ``left out`` for what is no notebook; ``refused``. `received` is in UTC.
    """

    file: str
    outcome: Outcome
    reason: str = ""
    student: str = ""
    name: str = ""
    lesson: str = ""
    received: str = ""


@dataclass(frozen=True)
class _Candidate:
    """A notebook that may be a student's submission, put aside under a name of ours. `guess` is the lesson that it is
    refused for, where its name tells none."""

    owner: Owner
    name: str
    match: names.LessonMatch
    kept_at: Path
    position: int
    guess: str = ""
    system: str = ""
    secret: str = ""


def collect(
    source: Path,
    into: Path,
    lesson: str | None = None,
    layout: str | None = None,
    received: datetime | None = None,
    now: datetime | None = None,
    limits: Limits | None = None,
    seen: Callable[[str], None] = lambda layout: None,
) -> list[Row]:
    """Take the notebooks of an export into `into`, and list every file of it.

    Parameters
    ----------
    source : Path
        A folder, zip or tar as Moodle, Canvas or nbgrader's exchange make it, or with
        ``<student>/<lesson>/<lesson>.ipynb``. Zips and tars directly in a folder are exports of their own.
    into : Path
        Gets ``<student>/<lesson>/<lesson>.ipynb`` with ``timestamp.txt``, and ``collected.csv``. Must be
        new, empty or made by an earlier call.
    lesson : str, optional
        Take only this lesson's, and take a student's only notebook for it whatever its name.
    layout : str, optional
        One of `LAYOUTS`. Default: the one that most files are named by.
    received : datetime, optional
        The time to stamp where the export says none; default `now`, the time of collection.
    now : datetime, optional
        No stamp is later than this. Both times carry a time zone.
    limits : Limits, optional
    seen : callable, optional
        Told each layout that was met.

    Returns
    -------
    list of Row
        Of this call, sorted by file.

    Raises
    ------
    CollectError
        When `source` is no such export, or `into` cannot be used. No submission is changed then.
    """
    lessons = chosen([lesson] if lesson else None)
    now = now or datetime.now(UTC)
    for argument, value in (("received", received), ("now", now)):
        if value is not None and value.tzinfo is None:
            raise CollectError(f"{argument}: {value} has no time zone")
    if layout is not None and layout not in LAYOUTS:
        raise CollectError(f"layout: {layout!r} is none of {', '.join(LAYOUTS)}")
    if not source.exists():
        raise CollectError(f"SOURCE: there is no {source}")
    _prepare(into, source)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=into) as aside:
        intake = _Intake(Path(aside), lessons, lesson or "", min(received or now, now), now, limits or Limits())
        intake.read_all(source, layout)
        rows = intake.deliver(into)
    for one in dict.fromkeys(intake.seen):
        seen(one)
    write_table(into / TABLE, [field.name for field in fields(Row)], [asdict(row) for row in rows])
    people.remember(into, rows)
    return rows


class _Intake:
    """One call of `collect`: rows and candidates so far."""

    def __init__(self, aside: Path, lessons: list[str], wanted: str, received: datetime, now: datetime, limits: Limits):
        self.aside, self.lessons, self.wanted = aside, lessons, wanted
        self.received, self.now, self.limits = received, now, limits
        self.rows: list[Row] = []
        self.candidates: list[_Candidate] = []
        self.students: dict[str, tuple[str, str]] = {}
        self.seen: list[str] = []

    def read_all(self, source: Path, layout: str | None) -> None:
        """Read an export, and each archive that lies in its folder as one more."""
        if not source.is_dir():
            self._read(source, layout, "")
            return
        inside = sorted(item for item in source.iterdir() if is_archive(item.name) and item.is_file())
        exports = [item for item in inside if not item.is_symlink() and not _somebodys(item.name, self.lessons)]
        set_aside = {names.decoded(os.fsencode(item.name)) for item in exports}
        try:
            self._read(source, layout, "", set_aside)
        except CollectError:
            if not exports:
                raise
            for entry in entries(source, self.limits):
                if entry.name not in set_aside:
                    self._row(
                        entry.name,
                        "refused" if entry.problem else "left out",
                        entry.problem or "belongs to no export",
                    )
        for item in exports:
            label = f"{names.decoded(os.fsencode(item.name))}!/"
            try:
                self._read(item, layout, label)
            except CollectError as error:
                self._row(label[:-2], "refused", str(error).removeprefix("SOURCE: "))

    def _read(self, source: Path, layout: str | None, label: str, set_aside: set[str] = frozenset()) -> None:
        paths, owners = [], set()
        try:
            for entry in entries(source, self.limits):
                if entry.path and entry.name not in set_aside:
                    paths.append(entry.path)
                    owners.add(entry.owner)
        except Refused as reason:
            # what was read before the damage is read again below, and the damage is listed there
            if not paths:
                raise CollectError(f"SOURCE: {source.name} {reason}") from reason
        depth = 0
        try:
            found, depth = layouts.detect(paths, self.lessons)
        except Refused as reason:
            if layout is None:
                raise CollectError(f"SOURCE: {source.name} {reason}") from reason
        self.seen.append(layout or found)
        around = paths[0][depth - 1] if depth and len(paths[0]) > depth else source.name
        export = _Export(self, layout or found, depth, paths, around, several_users=len(owners) > 1)
        if export.system == "gradescope":
            export.submitters = self._submitters(source, depth, set_aside)
        try:
            for entry in entries(source, self.limits):
                if entry.name not in set_aside:
                    export.take(entry, label)
        except Refused as reason:
            self._row(label[:-2] or source.name, "refused", f"{reason}; files behind this place were not seen")
        export.close()

    def _submitters(self, source: Path, depth: int, set_aside: set[str]) -> dict[str, Owner]:
        """Who handed in what, by a file of a Gradescope export."""
        with contextlib.suppress(Refused):
            for entry in entries(source, self.limits):
                if entry.path[depth:] == (METADATA,) and entry.name not in set_aside and not entry.problem:
                    return submitters(entry.read())
        return {}

    def _row(self, file: str, outcome: Outcome, reason: str = "", **more: str) -> None:
        more = {column: printable(text) for column, text in more.items()}
        self.rows.append(Row(printable(file), outcome, printable(reason), **more))

    def put_aside(self, data: bytes, owner: Owner, name: str, match: names.LessonMatch) -> None:
        place = self.aside / f"{len(self.candidates)}.ipynb"
        place.write_bytes(data)
        self.candidates.append(_Candidate(owner, name, match, place, len(self.candidates)))

    def deliver(self, into: Path) -> list[Row]:
        """Choose one notebook for each student and lesson, and put it into its place."""
        groups: dict[tuple[str, str], list[_Candidate]] = {}
        for candidate in self._with_lesson():
            groups.setdefault((candidate.owner.student, candidate.match.lesson), []).append(candidate)
        for (student, lesson), group in sorted(groups.items()):
            best = max(group, key=_rank)
            text = best.kept_at.read_bytes()
            for other in group:
                if other is not best:
                    same = other.kept_at.read_bytes() == text
                    reason = "the same notebook as" if same else "taken instead:"
                    about = {
                        "student": student,
                        "name": other.owner.display,
                        "lesson": lesson,
                    }
                    self._row(other.name, "passed over", f"{reason} {best.name}", **about)
                    when, newest = other.owner.submitted, best.owner.submitted
                    if not same and when and newest and when < newest:
                        earlier.keep(into / student / lesson, other.kept_at.read_bytes(), min(when, self.now))
            self._place(into / student / lesson, best)
        return sorted(self.rows, key=lambda row: (row.file, row.student))

    def _with_lesson(self) -> Iterator[_Candidate]:
        """The candidates; where the lesson is given, a student's only notebook needs no name that tells it."""
        nameless: dict[str, list[_Candidate]] = {}
        named = set()
        for candidate in self.candidates:
            if not candidate.match.lesson:
                by_ids = people.lesson_by_ids(candidate.kept_at.read_bytes(), self.lessons)
                candidate = replace(candidate, match=replace(candidate.match, lesson=by_ids))
            if candidate.match.lesson:
                named.add(candidate.owner.student)
                yield candidate
            else:
                nameless.setdefault(candidate.owner.student, []).append(candidate)
        for student, group in nameless.items():
            newest = max(group, key=_rank).owner.submitted
            group_now = [candidate for candidate in group if candidate.owner.submitted == newest]
            if self.wanted and student not in named and len({c.kept_at.read_bytes() for c in group_now}) == 1:
                yield from (replace(c, match=replace(c.match, lesson=self.wanted)) for c in group)
                continue
            for candidate in group:
                about = {"student": student, "name": candidate.owner.display, "lesson": candidate.guess}
                reason = "its name tells no lesson, nor do its cells: `convgrade collect SOURCE LESSON` takes it; "
                reason += f"there are {', '.join(self.lessons)}"
                if self.wanted:
                    reason = "its name tells no lesson, and it is not this student's only notebook"
                self._row(candidate.name, "refused", reason, **about)

    def _place(self, folder: Path, best: _Candidate) -> None:
        lesson = best.match.lesson
        when = min(best.owner.submitted or self.received, self.now)
        about = {"student": best.owner.student, "name": best.owner.display, "lesson": lesson}
        remarks = ["marked late by the system"] if best.owner.late else []
        remarks += [best.owner.doubt] if best.owner.doubt else []
        if best.match.exactness < 2 or not best.match.original:
            remarks.append(f"taken as {lesson}.ipynb")
        place, before = folder / f"{lesson}.ipynb", received_at(folder)
        outcome: Outcome = "taken"
        if place.exists() and before is not None:
            if place.read_bytes() == best.kept_at.read_bytes():
                outcome, when = "unchanged", min(when, before)
            elif before > when:
                self._row(best.name, "kept", f"the one taken before is of {written(before)}", **about)
                earlier.keep(folder, best.kept_at.read_bytes(), when)
                return
            else:
                remarks.append(f"replaces the one of {written(before)}")
                earlier.keep(folder, place.read_bytes(), before)
        folder.mkdir(parents=True, exist_ok=True)
        stamp = best.kept_at.with_suffix(".txt")
        stamp.write_text(f"{written(when)}\n", encoding="ascii")
        # the time first: a notebook never lies there with the time of an older one
        os.replace(stamp, folder / STAMP)
        origin.keep(folder, origin.Origin(best.system, best.owner.prefix), best.secret)
        os.replace(best.kept_at, place)
        people.forget_refusal(folder)
        self._row(best.name, outcome, "; ".join(remarks), received=written(when), **about)


class _Export:
    """One export while it is read: its layout, and which students have been seen in it."""

    def __init__(
        self,
        intake: _Intake,
        system: str,
        depth: int,
        paths: list[tuple[str, ...]],
        around: str,
        several_users: bool = False,
    ):
        self.intake, self.system, self.layout, self.depth = intake, system, LAYOUTS[system], depth
        self.around, self.several_users = around, several_users
        self.submitters: dict[str, Owner] = {}
        self.twins = self._twins(paths)
        self.stamps: dict[str, datetime] = {}
        self.secrets: dict[str, str] = {}
        self.files: dict[str, tuple[Owner, int]] = {}
        self.first, self.first_row = len(intake.candidates), len(intake.rows)
        self.settled: set[str] = set()

    def _twins(self, paths: list[tuple[str, ...]]) -> set[str]:
        """Names that two students of the export have."""
        numbers: dict[str, set[str]] = {}
        for path in paths:
            try:
                owner = self.layout(path[self.depth :], self.intake.lessons) if len(path) > self.depth else None
            except Refused:
                continue
            if owner is not None and owner.number:
                numbers.setdefault(owner.student, set()).add(owner.number)
        return {name for name, found in numbers.items() if len(found) > 1}

    def take(self, entry: Entry, label: str) -> None:
        name = label + entry.name
        try:
            owner = self._owner(entry)
        except Refused as reason:
            self.intake._row(name, "refused", str(reason))
            return
        if owner is None:
            hidden = any(part.startswith(".") or part == "__MACOSX" for part in entry.path)
            if entry.problem:
                self.intake._row(name, "refused", entry.problem)
            elif hidden or not (names.is_notebook(entry.path[-1]) or is_archive(entry.path[-1])):
                self.intake._row(name, "left out", "is no notebook")
            else:
                self.intake._row(name, "refused", "its name does not tell whose it is")
            return
        budget = Budget(self.intake.limits.archive_files, self.intake.limits.archive_bytes)
        self._take_owned(entry, name, owner, self.intake.limits.nesting, budget)

    def _owner(self, entry: Entry) -> Owner | None:
        if not entry.path:
            raise Refused(entry.problem)
        path = entry.path[self.depth :]
        owner = self.layout(path, self.intake.lessons) if path else None
        if owner is None:
            return None
        owner = with_submitter(owner, self.submitters)
        if self.system == "repositories":
            owner = without_assignment(owner, self.around)
        owner = self._checked(entry, owner)
        key = owner.student
        if owner.student in self.twins:
            key = f"{owner.student} {owner.number}"
        try:
            student = names.student_id(key)
        except ValueError:
            raise Refused("its name does not tell whose it is") from None
        other = self.intake.students.setdefault(student, (key, owner.display))
        if other[0] != key:
            raise Refused(f"would share the folder {student} with {other[0]}")
        return replace(owner, student=student)

    def _checked(self, entry: Entry, owner: Owner) -> Owner:
        """What the name of a folder of nbgrader's exchange says, as far as it is so: a student's process wrote it.

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
        if owner.submitted and owner.submitted > self.intake.now:
            return replace(owner, submitted=self.intake.now, doubt="its time is to come, and is not believed")
        return owner

    def _take_owned(self, entry: Entry, name: str, owner: Owner, nesting: int, budget: Budget) -> None:
        intake = self.intake
        about = {"student": owner.student, "name": owner.display, "lesson": owner.lesson}
        key = f"{owner.student}/{owner.lesson}/{owner.submitted}"
        before = self.files.get(key, (owner, 0))
        self.files[key] = (owner, before[1] + 1)
        if owner.lesson and intake.wanted and owner.lesson != intake.wanted:
            self.settled.add(key)
            intake._row(name, "left out", f"is of lesson {owner.lesson}", **about)
            return
        try:
            if owner.lesson and owner.lesson not in intake.lessons:
                raise Refused(f"there is no lesson {owner.lesson!r}")
            if entry.problem:
                raise Refused(entry.problem)
            if owner.submitted and owner.inner == (STAMP,):
                self._stamp(entry, owner, key)
                intake._row(name, "left out", "is the time of the submission", **about)
            elif owner.submitted and owner.inner == (origin.SECRET,):
                self.secrets[key] = origin.secret_from(entry.read())
                intake._row(name, "left out", "is the key to the feedback in the exchange", **about)
            elif layouts.worth_reading(owner):
                match = self._match(owner)
                intake.put_aside(entry.read(), owner, name, match)
                self.settled.add(key)
            elif is_archive(owner.inner[-1]) and not owner.inner[-1].startswith("."):
                self._unpack(entry, name, owner, nesting, budget)
            else:
                intake._row(name, "left out", "is no notebook, or a copy that a program made for itself", **about)
        except Refused as reason:
            self.settled.add(key)
            intake._row(name, "refused", str(reason), **about)

    def _unpack(self, entry: Entry, name: str, owner: Owner, nesting: int, budget: Budget) -> None:
        if nesting == 0:
            raise Refused(f"lies more than {self.intake.limits.nesting} archives deep")
        for inner in entries_of(entry.read(), name, self.intake.limits, budget):
            within = f"{name}!/{inner.name}"
            if not inner.path:
                inner = replace(inner, path=("?",))
            self._take_owned(inner, within, replace(owner, inner=inner.path), nesting - 1, budget)

    def _match(self, owner: Owner) -> names.LessonMatch:
        """How well a notebook's name fits; its lesson stays empty where neither name nor system tells it."""
        intake = self.intake
        if owner.lesson:
            found = names.lesson_match(owner.inner[-1], [owner.lesson])
            return found or names.LessonMatch(0, lesson=owner.lesson)
        found = names.lesson_match(owner.inner[-1], chosen(None))
        if found is not None and found.lesson not in intake.lessons:
            raise Refused(f"is of lesson {found.lesson} by its name")
        return found or names.LessonMatch(0)

    def _stamp(self, entry: Entry, owner: Owner, key: str) -> None:
        data = entry.read()
        when = layouts.utc(data[:MOST_STAMP_BYTES].decode("ascii", "replace"))
        if when is None:
            raise Refused("holds no time; the one in the folder's name counts")
        self.stamps[key] = when

    def close(self) -> None:
        """Correct the times of what was put aside, and list the students of whom nothing was."""
        for index in range(self.first, len(self.intake.candidates)):
            candidate = self.intake.candidates[index]
            owner = candidate.owner
            key = f"{owner.student}/{owner.lesson}/{owner.submitted}"
            candidate = replace(candidate, system=self.system, secret=self.secrets.get(key, ""))
            self.intake.candidates[index] = candidate
            written = self.stamps.get(key)
            if owner.submitted and written and written > owner.submitted:
                # both are the student's process's own words: the one that is not in their favour counts
                self.intake.candidates[index] = replace(candidate, owner=replace(owner, submitted=written))
        for key, (owner, count) in self.files.items():
            if key not in self.settled:
                about = {
                    "student": owner.student,
                    "name": owner.display,
                    "lesson": owner.lesson,
                }
                reason = f"handed in no notebook ({count} other files)" if count > 1 else "handed in no notebook"
                self.intake._row("", "refused", reason, **about)
        self._guess_lessons()

    def _guess_lessons(self) -> None:
        """Where all notebooks of an export are of one lesson, so is what was refused of it."""
        candidates = self.intake.candidates[self.first :]
        found = {candidate.match.lesson for candidate in candidates} - {""}
        guess = self.intake.wanted or (found.pop() if len(found) == 1 else "")
        for index, candidate in enumerate(candidates, self.first):
            self.intake.candidates[index] = replace(candidate, guess=guess)
        for index, row in enumerate(self.intake.rows[self.first_row :], self.first_row):
            if row.outcome == "refused" and row.student and not row.lesson:
                self.intake.rows[index] = replace(row, lesson=guess)


def _rank(candidate: _Candidate) -> tuple:
    """Higher counts: the system's time, a better name, the system's number, a copy's number, the place."""
    owner, match = candidate.owner, candidate.match
    when = owner.submitted.timestamp() if owner.submitted else 0.0
    return when, match.exactness, owner.upload, match.original, match.copy, candidate.position


def _somebodys(file_name: str, lessons: list[str]) -> bool:
    """Whether an archive that lies at the top of a folder is one student's."""
    path = (names.decoded(os.fsencode(file_name)),)
    try:
        return any(layout(path, lessons) is not None for layout in (layouts.moodle, layouts.canvas))
    except Refused:
        return True


def _prepare(into: Path, source: Path) -> None:
    if into.resolve() == source.resolve() or source.resolve() in into.resolve().parents:
        raise CollectError(f"--into: {into} lies in SOURCE")
    try:
        into.mkdir(parents=True, exist_ok=True)
        if not (into / TABLE).exists():
            if any(not item.name.startswith(".incoming-") for item in into.iterdir()):
                raise CollectError(
                    f"--into: {into} holds other files; choose a new folder or one that collect has made"
                )
            with open(into / TABLE, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow([field.name for field in fields(Row)])
    except OSError as error:
        raise CollectError(f"--into: {into} cannot be written ({error.strerror})") from error
