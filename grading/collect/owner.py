"""The owner of a file of an export: the student, and how the system names that student."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Owner:
    """The student whom a file of an export belongs to.

    Parameters
    ----------
    student : str
        The system's name for the student, which is made a folder name later.
    number : str
        What tells two students of the same name apart within one export; empty where names do.
    display : str
        The student's name as the system shows it.
    inner : tuple of str
        The path inside the submission.
    lesson : str
        Where the system says it; else empty.
    submitted : datetime, optional
        When the system says it was handed in, in UTC.
    attempt : int
        Counts up each time that this student hands in, where the export holds all of these and no time that can be
        trusted; else 0.
    upload : int
        Counts up with time within the system; 0 where it has no such number.
    late : bool
        Whether the system itself marks it late.
    doubt : str
        Why some of these facts may be wrong; empty where nothing speaks against them.
    prefix : str
        What a file's name must begin with for the system to give the file to this student; empty where it cannot.
    """

    student: str
    number: str = ""
    display: str = ""
    inner: tuple[str, ...] = ()
    lesson: str = ""
    submitted: datetime | None = None
    attempt: int = 0
    upload: int = 0
    late: bool = False
    doubt: str = ""
    prefix: str = ""
