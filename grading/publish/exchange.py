"""The files that ``nbgrader release_feedback`` needs beside each page: when the work came in, and the student's key.

A page is found in the exchange by its key alone. Work that came by another way has none: it gets a key that nobody
knows, so that the command does what it can for the others.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from grading.collect.origin import SECRET, secret_in, secret_of
from grading.collect.receipt import STAMP, received_at, stamp_text
from grading.files import write_whole
from grading.output import Output
from grading.publish.everybody import graded_last

_ROUNDS = 300_000  # whoever would guess the class's seed needs years of processor time


def write_exchange(out: Output, places: Iterable[tuple[str, str]]) -> None:
    """Write ``timestamp.txt`` and ``submission_secret.txt`` beside the pages of `places` (student, lesson)."""
    submissions = graded_last(out)
    for student, lesson in places:
        page = out.page(student, lesson)
        if not page.exists():
            continue
        folders = [*([submissions / student / lesson] if submissions else []), out.submitted(student, lesson)]
        keys = [secret_of(folder.parents[1], folder.parent.name, lesson) for folder in folders]
        secret = next(filter(None, [*keys, secret_in(page.parent)]), "") or _nobodys(out, student, lesson)
        when = next(filter(None, map(received_at, folders)), None)
        _put(page.parent / STAMP, stamp_text(when) if when else "")
        _put(page.parent / SECRET, secret)


def _put(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text.encode())


def _nobodys(out: Output, student: str, lesson: str) -> str:
    """A key for nobody, made from the class's seed: always the same, and not to be guessed."""
    seed = out.seed.read_bytes() if out.seed.exists() else b""
    return hashlib.sha256(_stretched(seed) + f"\0{student}\0{lesson}".encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _stretched(seed: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", seed, b"convgrade: keys that nobody has", _ROUNDS)
