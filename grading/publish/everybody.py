"""The whole class: who has handed in, whose files were refused, and who is on the roster and has handed in nothing.

A class is larger than its gradebook: every list of the class is made with this module.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from grading.collect.people import names_of, without_a_lesson
from grading.gradebook import Mark, Record
from grading.output import Output
from grading.publish.roster import kept_roster, names, not_there, people, row_of

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
    expected = [(student, " ".join(filter(None, name))) for student, name in named.items()]
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


def put_names(record: Record, out: Output) -> None:
    """Bring the gradebook's names up to the roster, and where that has none, to what was collected."""
    students, submissions = record.students(), graded_last(out)
    known_names = names_of(submissions) if submissions else {}
    collected = {student: ("", name) for student, name in known_names.items() if student in students}
    of_roster = {student: name for student, name in names(kept_roster(out) or [], students).items() if any(name)}
    record.put_names(collected, replace=False)
    record.put_names(of_roster, replace=True)
