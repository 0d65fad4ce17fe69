"""Where a submission came from: what its system must be told to give something back to the same student.

`collect` leaves it in a ``collected.csv`` beside the notebook, with the key that nbgrader's exchange needs. Only a
folder that `collect` has made is believed: in any other the file may be the student's own.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from grading.collect.receipt import TABLE
from grading.files import write_table

SECRET = "submission_secret.txt"
MOST_BYTES = 4096


@dataclass(frozen=True)
class Origin:
    """How a system names a submission.

    `prefix` is what the names of all files begin with that are this student's in this assignment: a folder with its
    slash, or the front of a file's name.
    """

    system: str = ""
    prefix: str = ""


def keep(folder: Path, origin: Origin, secret: str) -> None:
    """Write both into a submission's folder; files of an earlier call there are removed."""
    if not (origin.prefix or secret):
        (folder / TABLE).unlink(missing_ok=True)
        return
    # quoted behind a word of ours: a spreadsheet sees no formula, and nothing of the name is lost
    about = {"prefix": origin.prefix, "secret": secret}
    quoted = {column: f"{column}:{quote(text, errors='replace')}" for column, text in about.items()}
    row = {"system": origin.system} | quoted
    write_table(folder / TABLE, list(row), [row])


def origin_of(submissions: Path, student: str, lesson: str) -> Origin:
    """The origin that `keep` has written; empty where `collect` has not made `submissions`."""
    row = _row_of(submissions, student, lesson)
    return Origin(row.get("system", ""), row.get("prefix", ""))


def secret_of(submissions: Path, student: str, lesson: str) -> str:
    """The key to a submission's feedback in nbgrader's exchange; empty where there is none.

    In a folder that `collect` has made, the one that it kept; in any other, the one that nbgrader's own ``collect`` has
    left there.
    """
    if (submissions / TABLE).is_file():
        return _row_of(submissions, student, lesson).get("secret", "")
    return secret_in(submissions / student / lesson)


def _row_of(submissions: Path, student: str, lesson: str) -> dict[str, str]:
    if not (submissions / TABLE).is_file():
        return {}
    try:
        with open(submissions / student / lesson / TABLE, encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        return {"system": row["system"]} | {
            column: unquote(row[column].removeprefix(f"{column}:")) for column in ("prefix", "secret")
        }
    except (OSError, ValueError, KeyError, AttributeError):
        return {}


def secret_in(folder: Path) -> str:
    """The key in a file that nbgrader has written; empty where there is none."""
    file = folder / SECRET
    try:
        if file.is_symlink() or not file.is_file() or file.stat().st_size > MOST_BYTES:
            return ""
        return secret_from(file.read_bytes())
    except OSError:
        return ""


def secret_from(data: bytes) -> str:
    """The key that a file holds: printable ASCII, whole, as the student's program kept it; else empty."""
    text = data.decode("ascii", "replace")
    return text if len(data) <= MOST_BYTES and text.isascii() and text.isprintable() else ""
