"""The people in a folder of collected submissions: their names, and of whose files some were refused.

`collected.csv` tells of the last export only; a class is collected lesson by lesson. So names are kept in
``names.csv``, and a submission that was refused whole has its folder, with ``refused.txt`` in place of a notebook.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grading.collect import origin
from grading.collect.receipt import TABLE
from grading.files import NotRead, read_bounded, write_table, write_whole
from grading.lesson.load import load_lesson

if TYPE_CHECKING:
    from grading.collect.plain_data import Row

NAMES = "names.csv"
REFUSED = "refused.txt"
_IDS = re.compile(rb'"(?:grade_id|id)"\s*:\s*"([a-z0-9-]{1,80})"')
_FEWEST = 2  # ids of a lesson that tell that a notebook is of it
_LONGEST, _MOST_BYTES = 500, 4000


def remember(into: Path, rows: "Iterable[Row]", origins: Mapping[str, origin.Origin]) -> None:
    """Keep the names of an export, and write down which submissions have only files that were refused.

    `origins` say by student how the system names a submission, so that the reason can be handed back.
    """
    rows = list(rows)
    old_names = names_of(into)
    fresh = {row.student: row.name for row in rows if row.student and row.name and row.name != row.student}
    if fresh.items() - old_names.items():
        all_names = sorted((old_names | fresh).items())
        write_table(into / NAMES, ["student", "name"], [{"student": one, "name": name} for one, name in all_names])
    reasons: dict[tuple[str, str], list[str]] = {}
    there = {(row.student, row.lesson) for row in rows if row.outcome in ("taken", "unchanged", "kept")}
    for row in rows:
        if row.student and row.outcome == "refused" and (row.student, row.lesson) not in there:
            texts = reasons.setdefault((row.student, row.lesson), [])
            # of one without a notebook, each file says more than that there is none
            texts.append(f"{row.file}: {row.reason}" if row.file else row.reason)
    for (student, lesson), texts in reasons.items():
        folder = into / student / lesson
        if not (lesson and (folder / f"{lesson}.ipynb").exists()):
            write_whole(folder / REFUSED, f"{'; '.join(texts)[:_LONGEST]}\n".encode("utf-8", "replace"))
            if lesson:
                origin.keep(folder, origins.get(student, origin.Origin()), "")


def forget_refusal(folder: Path) -> None:
    """Remove the note of a refusal, since a notebook is taken now. `folder` is the submission's."""
    (folder / REFUSED).unlink(missing_ok=True)
    (folder.parent / REFUSED).unlink(missing_ok=True)


def refusal(submissions: Path, student: str, lesson: str = "") -> str:
    """Why `collect` has taken nothing of a submission, or of files of a student that tell no lesson; else empty."""
    if not (submissions / TABLE).is_file():
        return ""  # a folder that collect has not made: the file may be the student's
    try:
        return read_bounded(submissions / student / lesson / REFUSED, _MOST_BYTES).decode("utf-8").strip()
    except (OSError, NotRead, UnicodeDecodeError):
        return ""


def without_a_lesson(submissions: Path) -> dict[str, str]:
    """By student, why files were refused whose lesson is not known."""
    if not submissions.is_dir():
        return {}
    reasons = {folder.name: refusal(submissions, folder.name) for folder in sorted(submissions.iterdir())}
    return {student: reason for student, reason in reasons.items() if reason}


def names_of(submissions: Path) -> dict[str, str]:
    """The names of the students by id, as the systems show them that the files came from."""
    try:
        with open(submissions / NAMES, encoding="utf-8", newline="") as file:
            return {row["student"]: row["name"] for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError):
        return {}


def lesson_by_ids(notebook: bytes, lessons: Iterable[str]) -> str:
    """The lesson that the ids of a notebook's cells tell of; empty where they tell of none, or of several.

    Only looks for text: the notebook is a stranger's, and is read when it is graded.
    """
    by_lesson = {lesson: _ids_of(lesson) for lesson in lessons}
    known = frozenset[str]().union(*by_lesson.values())
    # a notebook may hold millions of others
    ids = {id for match in _IDS.finditer(notebook) if (id := match[1].decode("ascii")) in known}
    counts = sorted(((len(ids & by_lesson[lesson]), lesson) for lesson in by_lesson), reverse=True)
    if not counts or counts[0][0] < _FEWEST or (len(counts) > 1 and counts[1][0] == counts[0][0]):
        return ""
    return counts[0][1]


def _ids_of(lesson: str) -> frozenset[str]:
    return _ids(load_lesson(lesson))


@cache
def _ids(lesson) -> frozenset[str]:
    return frozenset([*lesson.parts, *lesson.written, *(exercise.id for exercise in lesson.exercises)])
