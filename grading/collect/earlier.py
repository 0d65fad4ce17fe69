"""Every notebook that a student has handed in of a lesson, the newest and those that it replaced.

A late one shall not cost the mark of one that came on time, so what is replaced is kept beside it, under the time at
which it came.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grading.collect.receipt import received
from grading.files import write_whole

FOLDER = "earlier"
_NAME = "%Y-%m-%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Version:
    """A notebook and when it came, in UTC without a zone; None where nobody knows."""

    path: Path
    received: datetime | None


def keep(folder: Path, notebook: bytes, when: datetime) -> None:
    """Keep a notebook that another one has replaced, or came before. `folder` is the submission's, `when` its time."""
    write_whole(folder / FOLDER / f"{when.astimezone(UTC).strftime(_NAME)}.ipynb", notebook)


def versions(submissions: Path, student: str, lesson: str) -> list[Version]:
    """A submission's notebooks, oldest first; the last is the one that lies in its place, whether it is there or not.

    Without a time of the last, or in a folder that ``convgrade collect`` has not made, it is the only one.
    """
    folder = submissions / student / lesson
    last = Version(folder / f"{lesson}.ipynb", received(submissions, student, lesson))
    if last.received is None:
        return [last]
    found = [(_time(file), file) for file in (folder / FOLDER).glob("*.ipynb") if not file.is_symlink()]
    return [*(Version(file, when) for when, file in sorted(found) if when and when < last.received), last]


def _time(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.stem, _NAME)
    except ValueError:
        return None
