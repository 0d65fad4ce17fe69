"""Layouts of other systems, and folders as people make them by hand.

Sources: Gradescope, "Export Submissions" (its zip's ``submission_metadata.yml``); Blackboard Learn, "Assignment File
Download"; Brightspace, "Download" of an assignment; ILIAS, "Download all submissions". The last three are from
descriptions, and were not seen on a server.
"""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import yaml

from grading.collect.names import is_notebook, lesson_match
from grading.collect.owner import Owner

METADATA = "submission_metadata.yml"
MOST_METADATA = 16 * 2**20

_GRADESCOPE = re.compile(r"submission_(\d{1,18})")
# the assignment's name is the teacher's, the file's the student's: the first "_attempt_" with a time is the system's;
# in other languages it is another word
_BLACKBOARD = re.compile(
    r"(?P<assignment>.+?)_(?P<user>[^_]+)_[^\W\d_]+_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.DOTALL
)
_BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-\d+ ?- (?P<name>.+?) - "
    r"(?P<when>(?:[A-Z][a-z]{2,8} \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}), \d{4} \d{3,4} ?[AP]M)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_BRIGHTSPACE_TIMES = "%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %b, %Y %I%M %p", "%d %B, %Y %I%M %p"
_ILIAS = re.compile(r"(?P<last>[^_]+(?:_[^_]+)*)_(?P<first>[^_]+)_(?P<login>[^_]+)_(?P<number>\d+)")
_ILIAS_TEAM = re.compile(r"Team_\d+")
_ILIAS_FILE = re.compile(r"(?P<when>\d{14})_(?=.)")


def gradescope(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``submission_123/a.ipynb``; who that is stands in the export's ``submission_metadata.yml`` (`submitters`)."""
    match = _GRADESCOPE.fullmatch(path[0]) if len(path) > 1 else None
    return Owner(path[0], display=path[0], inner=path[1:], upload=int(match[1])) if match else None


def blackboard(path: tuple[str, ...], lessons: Iterable[str], assignment: str = "") -> Owner | None:
    """``Assignment_user_attempt_2026-11-20-10-00-00_a.ipynb``, and the same with ``.txt`` about the attempt.

    The time has no zone: it only says which attempt is newer. The user is what follows the `assignment`, where that is
    known (`blackboard_assignment`), else what follows the last ``_``.
    """
    match = _BLACKBOARD.fullmatch(path[0]) if len(path) == 1 else None
    if match is None:
        return None
    attempt = int(match["when"].replace("-", ""))
    user = path[0][: match.end("user")].removeprefix(assignment) if assignment else match["user"]
    return Owner(user, display=user, inner=(match["file"] or "attempt.txt",), attempt=attempt)


def blackboard_assignment(names: Iterable[str]) -> str:
    """What all names of one export begin with, up to the user: an assignment and a user may both hold a ``_``."""
    matches = filter(None, map(_BLACKBOARD.fullmatch, names))
    begin = os.path.commonprefix(sorted({one.string[: one.end("user")] for one in matches}))
    return begin[: begin.rfind("_") + 1]


def brightspace(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``123-456 - Full Name - Nov 20, 2026 1000 AM/a.ipynb``, or all that in a file's name; the newest counts."""
    match = _BRIGHTSPACE.fullmatch(path[0])
    if match is None or (len(path) == 1) != bool(match["file"]):
        return None
    attempt = 0
    # two digits for the hour: 105 PM is no 10:05
    when = re.sub(r" (\d{3,4}) ?([AP]M)$", lambda time: f" {time[1]:0>4} {time[2]}", match["when"])
    for form in _BRIGHTSPACE_TIMES:
        with suppress(ValueError):
            attempt = int(datetime.strptime(when, form).replace(tzinfo=UTC).timestamp())
    inner = path[1:] or (match["file"],)
    return Owner(match["name"], match["user"], display=match["name"], inner=inner, attempt=attempt)


def ilias(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``Last_First_login_123/a.ipynb``, or with the time before the file's name; a team's in ``Team_4/``.

    Where logins hold a ``_`` the number tells their owners apart.
    """
    if len(path) > 2 and _ILIAS_TEAM.fullmatch(path[0]):
        path = path[1:]
    match = _ILIAS.fullmatch(path[0]) if len(path) > 1 else None
    if match is None:
        return None
    when = _ILIAS_FILE.match(path[1])
    inner = (path[1][when.end() :], *path[2:]) if when else path[1:]
    display = f"{match['first']} {match['last'].replace('_', ' ')}"
    attempt = int(when["when"]) if when else 0
    return Owner(match["login"], match["number"], display=display, inner=inner, attempt=attempt)


def repositories(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``<repository>/.../<lesson>/<lesson>.ipynb``, as GitHub Classroom's clones have it."""
    if len(path) < 3 or any(part.startswith(".") for part in path[:-1]):
        return None
    folder, file = lesson_match(f"{path[-2]}.ipynb", lessons), lesson_match(path[-1], lessons)
    if not (folder and file and folder.exactness == file.exactness == 2 and folder.lesson == file.lesson):
        return None
    return Owner(path[0], display=path[0], inner=path[-1:], lesson=file.lesson)


def without_assignment(owner: Owner, around: str) -> Owner:
    """A repository's owner by account: in ``lab-submissions/``, GitHub Classroom clones ``lab-<account>``."""
    assignment, submissions, _ = around.partition("-submissions")
    account = owner.student.removeprefix(f"{assignment}-")
    if not submissions or not account or account == owner.student:
        return owner
    return replace(owner, student=account, display=account)


def files(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``<student>_<lesson>.ipynb`` or ``<lesson>_<student>.ipynb``, all in one folder."""
    if len(path) != 1 or not is_notebook(path[0]):
        return None
    match = lesson_match(path[0], lessons)
    if match is None or match.exactness != 1:
        return None
    # between the lesson's words there may be anything that stands for a dash
    words = r"[\s_-]+".join(map(re.escape, match.lesson.split("-")))
    stem = re.sub(r"\.ipynb(?:\.txt|\.json)?$", "", path[0], flags=re.IGNORECASE)
    stem = re.sub(r"\s*\(\d+\)$", "", stem)
    before, _, behind = (re.split(rf"({words})", stem, maxsplit=1, flags=re.IGNORECASE) + ["", ""])[:3]
    names = [name for name in (before.strip(" _-."), behind.strip(" _-.")) if name]
    return Owner(names[0], display=names[0], inner=path) if len(names) == 1 else None


def folders(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``<student>/a.ipynb``; a folder that is named by a lesson is no student, and inside a student's it is one."""
    if len(path) < 2 or path[0].startswith((".", "__")):
        return None
    by_name = [lesson_match(f"{part}.ipynb", lessons) for part in path[:-1]]
    of_lessons = [match.lesson if match and match.exactness == 2 and match.original else "" for match in by_name]
    if by_name[0] and by_name[0].exactness == 2:
        return None
    within = next(filter(None, reversed(of_lessons)), "")
    return Owner(path[0], display=path[0], inner=path[1:], lesson=within)


def submitters(data: bytes) -> dict[str, Owner]:
    """By folder, who handed in what in a Gradescope export and when; the first of a group stands for it.

    What cannot be read is left out: those students keep their folder's name.
    """
    try:
        entries = yaml.safe_load(data[:MOST_METADATA])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    owners = {}
    for folder, about in entries.items() if isinstance(entries, Mapping) else ():
        people = about.get(":submitters") if isinstance(about, Mapping) else None
        people = [one for one in people if isinstance(one, Mapping)] if isinstance(people, list) else []
        keys = [_text_of(one, ":email").lower() or _text_of(one, ":sid") or _text_of(one, ":name") for one in people]
        if not (isinstance(folder, str) and keys and keys[0]):
            continue
        when = about.get(":created_at")
        when = when if isinstance(when, datetime) else None
        if when is not None:
            when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        display = ", ".join(filter(None, (_text_of(one, ":name") for one in people)))
        owners[folder] = Owner(keys[0], display=display, submitted=when)
    return owners


def with_submitter(owner: Owner, by_folder: Mapping[str, Owner]) -> Owner:
    """A Gradescope submission's owner with what `submitters` says of it."""
    person = by_folder.get(owner.student)
    if person is None:
        return owner
    display = person.display or person.student
    return replace(owner, student=person.student, display=display, submitted=person.submitted)


def _text_of(person: Mapping, key: str) -> str:
    value = person.get(key)
    return str(value).strip() if isinstance(value, str | int) else ""
