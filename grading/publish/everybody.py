"""The whole class: who has handed in, whose files were refused, and who is on the roster and has handed in nothing.

A class is larger than its gradebook: every list of the class is made with this module.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.collect.names import harmless_id
from grading.collect.people import names_of, without_a_lesson
from grading.gradebook import Mark, Record
from grading.gradebook.reading import shown_name
from grading.output import Output
from grading.publish.roster import Roster, kept_roster, names, not_there, people, row_of

MISSING = "missing"  # a status beside those of submissions: on the roster, and nothing handed in
NOTHING = "on the roster, and has handed in nothing"


@dataclass(frozen=True)
class Missing:
    """A submission that is missing: of somebody on the roster, or (without a lesson) of refused files."""

    student: str
    lesson: str
    name: str
    status: str
    reason: str


def graded_last(out: Output) -> Path | None:
    """The folder of submissions that was graded last into `out`."""
    try:
        return Path(os.fsdecode(out.graded_from.read_bytes()))
    except OSError:
        return None


def missing(record: Record, out: Output) -> list[Missing]:
    """For each lesson that somebody has handed in, the members of the class who have not.

    `out` is where the roster is kept, and what says which folder was graded.
    """
    possible, submissions = record.possible(), graded_last(out)
    there = {(state.student, state.lesson) for state in record.states()}
    known_names = names_of(submissions) if submissions else {}
    refused = without_a_lesson(submissions) if submissions else {}
    missing_rows = [
        Missing(student, "", known_names.get(student, ""), "invalid", f"nothing could be taken: {reason}")
        for student, reason in refused.items()
    ]
    roster = kept_roster(out)
    if roster is None:
        return missing_rows
    students = sorted({student for student, _ in there} | refused.keys())
    named = names(roster, students)
    # who has handed in something is called as there, who has not, as `collect` would call them
    expected = [(student, shown_name(*name)) for student, name in named.items()]
    rows = {student: row_of(student, roster)[0] or {} for student in named}
    expected += people(not_there(roster, students), rows)
    missing_rows += [
        Missing(student, lesson, name, MISSING, NOTHING)
        for lesson in possible
        for student, name in sorted(expected)
        if (student, lesson) not in there
    ]
    return missing_rows


def marks(record: Record, out: Output) -> list[Mark]:
    """The rows of ``grades.csv``: those of submissions, then one for each that is missing."""
    possible = record.possible()
    return record.marks() + [
        Mark(one.student, one.lesson, "", 0.0, possible.get(one.lesson, 0.0), one.status, "", remark=one.reason)
        for one in missing(record, out)
    ]


def find_student(text: str, record: Record, out: Output) -> str:
    """The id of the student of the gradebook whom `text` names: an id, a name, or an id of the roster such as an email
    address; empty where that is nobody, or somebody on the roster who has handed in nothing.

    Raises
    ------
    ValueError
        When it names several, or nobody on the roster, where one is kept.
    """
    students, roster = record.students(), kept_roster(out)
    if text in students:
        return text
    if harmless_id(text) in students:
        return harmless_id(text)  # the name of a folder
    matches = {student for student, name in students.items() if _same_name(text, name)}
    row, reason = row_of(text, roster or [])
    matches |= {student for student in students if row is not None and row_of(student, roster or [])[0] is row}
    if len(matches) > 1 or reason.startswith("fits"):
        several = f"is what {len(matches)} are called: {', '.join(sorted(matches))}" if len(matches) > 1 else reason
        raise ValueError(f"STUDENT: {text!r} {several}")
    if not matches and roster is not None and row is None and text not in _folders(out):
        raise ValueError(f"STUDENT: {text!r} is nobody on the roster or in the gradebook")
    return next(iter(matches), "")


def settle_extensions(record: Record, out: Output, students: Iterable[str]) -> None:
    """Give extensions that were granted by a name, before anything was handed in, to the student who has that name now.

    `students` are those who have handed in.
    """
    waiting = {student for student, _ in record.deadlines().extended} - set(record.students())
    waiting -= {harmless_id(student) for student in students}
    if not waiting:
        return
    submissions, roster = graded_last(out), kept_roster(out) or Roster()
    known_names = names_of(submissions) if submissions else {}
    rows = {student: row_of(student, roster)[0] for student in students}
    owners = {}
    for text in waiting:
        row = row_of(text, roster)[0]
        matches = [
            student
            for student in rows
            if student == text
            or (row is not None and rows[student] is row)
            or _same_name(text, known_names.get(student, ""))
        ]
        if len(matches) == 1:
            owners[text] = harmless_id(matches[0])
    record.move_extensions(owners)


def _same_name(text: str, name: str) -> bool:
    words = _words(text)
    return bool(words) and _words(name) in (words, words[::-1])


def _words(name: str) -> list[str]:
    """The words of a name, with the family name last where a comma says which it is."""
    last, _, first = name.casefold().partition(",")
    return first.split() + last.split()


def _folders(out: Output) -> set[str]:
    """The students' folders that have been collected or graded."""
    folders = [folder for folder in (graded_last(out), out.collected) if folder is not None and folder.is_dir()]
    return {item.name for folder in folders for item in folder.iterdir()}


def put_names(record: Record, out: Output) -> None:
    """Bring the gradebook's names up to the roster, and where that has none, to what was collected."""
    students, submissions = record.students(), graded_last(out)
    known_names = names_of(submissions) if submissions else {}
    collected = {student: ("", name) for student, name in known_names.items() if student in students}
    of_roster = {student: name for student, name in names(kept_roster(out) or [], students).items() if any(name)}
    record.put_names(collected, replace=False)
    record.put_names(of_roster, replace=True)
