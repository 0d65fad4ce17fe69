"""All notebooks that a student has handed in for a lesson: the newest, and the older ones that it replaced.

A late notebook must not cost the mark of one that came on time. So a replaced notebook is kept beside the newest, under
the time at which it came.
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
    """A submission's notebooks, oldest first. The last is the one in the submission's place, even if no file is there.

    Without a time of the last, or in a folder that ``convgrade collect`` has not made, it is the only one.
    """
    folder = submissions / student / lesson
    last = Version(folder / f"{lesson}.ipynb", received(submissions, student, lesson))
    if last.received is None:
        return [last]
    files = [(_time(file), file) for file in (folder / FOLDER).glob("*.ipynb") if not file.is_symlink()]
    return [*(Version(file, when) for when, file in sorted(files) if when and when < last.received), last]


def _time(file: Path) -> datetime | None:
    try:
        return datetime.strptime(file.stem, _NAME)
    except ValueError:
        return None
