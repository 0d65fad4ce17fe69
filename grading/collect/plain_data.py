"""The plain data of collecting: the request, the notebooks found, and a row for each file."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from grading.collect.archives import Limits
from grading.collect.names import LessonMatch
from grading.collect.owner import Owner
from grading.files import printable

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


def row(file: str, outcome: Outcome, reason: str = "", owner: Owner | None = None, lesson: str = "") -> Row:
    """A row whose texts, which are strangers', can be printed."""
    student, name = (owner.student, owner.display) if owner else ("", "")
    texts = (printable(text) for text in (reason, student, name, lesson))
    return Row(printable(file), outcome, *texts)


@dataclass(frozen=True)
class Options:
    """How to collect an export.

    Parameters
    ----------
    lesson : str, optional
        Take only this lesson's, and take a student's only notebook for it whatever its name.
    layout : str, optional
        One of `grading.collect.layouts.LAYOUTS`. Default: the one that most files are named by.
    received : datetime, optional
        The time to stamp where the export says none; default `now`, the time of collection.
    now : datetime, optional
        No stamp is later than this. Both times carry a time zone.
    limits : Limits
    """

    lesson: str | None = None
    layout: str | None = None
    received: datetime | None = None
    now: datetime | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Request:
    """What one call of `collect` has to take, with no option left open.

    `lessons` are taken, and no others; `lesson` is the one that was named, or empty. `received` is the time to stamp
    where an export says none, `now` the latest that is believed, both with a zone.
    """

    lessons: list[str]
    lesson: str
    received: datetime
    now: datetime
    limits: Limits


@dataclass(frozen=True)
class FoundNotebook:
    """A notebook that may be a student's submission, put aside under a name of ours.

    Parameters
    ----------
    owner : Owner
    name : str
        Where it lay, as rows name it.
    match : LessonMatch
        What its file's name says of its lesson.
    digest : str
        The same for the same bytes.
    kept_at : Path
    position : int
        Counts the notebooks of one call.
    by_ids : str
        The lesson that the ids of its cells tell of, where its name tells none; may be empty.
    guess : str
        The lesson that it is refused for, where nothing tells one.
    system : str
        The layout of the export that it came in.
    secret : str
        The key to its feedback in nbgrader's exchange.
    beside : bool
        Whether it came in an archive that lay among submissions, as a student's own may: then it takes nobody's place
        who has a notebook among them.
    """

    owner: Owner
    name: str
    match: LessonMatch
    digest: str
    kept_at: Path
    position: int
    by_ids: str = ""
    guess: str = ""
    system: str = ""
    secret: str = ""
    beside: bool = False


@dataclass(frozen=True)
class Reading:
    """One export, read: its notebooks, rows for all other files, its layout, and by student what the names of files
    begin with that are refused (`Owner.prefix`).
    """

    notebooks: list[FoundNotebook]
    rows: list[Row]
    layout: str
    prefixes: dict[str, str] = field(default_factory=dict)
