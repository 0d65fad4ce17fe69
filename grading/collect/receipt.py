"""When a submission came in: the time stamp that `collect` writes, and when it can be trusted."""

from datetime import UTC, datetime
from pathlib import Path

from grading.collect import layouts
from grading.files import NotRead, read_bounded

TABLE = "collected.csv"
STAMP = "timestamp.txt"
MOST_STAMP_BYTES = 256


def received(submissions: Path, student: str, lesson: str) -> datetime | None:
    """When a submission came in, in UTC without a zone as the gradebook keeps it; None where nobody knows.

    Only a folder that ``convgrade collect`` has made says so: in any other, ``timestamp.txt`` may be the
    student's own.
    """
    if not (submissions / TABLE).is_file():
        return None
    when = received_at(submissions / student / lesson)
    return when and when.astimezone(UTC).replace(tzinfo=None)


def received_at(folder: Path) -> datetime | None:
    """The time that `collect` has stamped on a submission's folder, in UTC; None where there is none."""
    try:
        return layouts.utc(read_bounded(folder / STAMP, MOST_STAMP_BYTES).decode("ascii"))
    except (OSError, NotRead, UnicodeDecodeError):
        return None


def stamp_text(when: datetime) -> str:
    """A time as nbgrader writes it in ``timestamp.txt``."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
