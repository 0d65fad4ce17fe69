"""Names: a student's id as the name of a folder, and the lesson that a file's name says."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_plus

_SAFE = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9_@+-])?")
_LOOKS_HASHED = re.compile(r"-[0-9a-f]{12}$")
# letters of every script, with the marks that are written on them
_HARMLESS = re.compile(r"\w(?:[\w\u0300-\u036f .@+,()-]*[\w\u0300-\u036f@+)-])?")
_IS_ID = re.compile(r"-[0-9a-f]{16}$")
_LONGEST_PLAIN = 100
# what Windows reads as a device, with or without an extension
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
# letters that do not fall apart into a base letter and an accent
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})

_NOTEBOOK = re.compile(r"(?P<stem>.+)\.ipynb(?:\.txt|\.json)?", re.IGNORECASE | re.DOTALL)
# how browsers, systems, Jupyter and Canvas tell a second file of a name from the first
_COPY = re.compile(r"(?:\((?P<a>\d{1,6})\)|- ?copy ?\(?(?P<b>\d{0,6})\)?|- ?kopie|[-_](?P<c>\d{1,6}))$")
_MOST_COPIES = 8
_COPY_OF = re.compile(r"^(?:copy|kopie|copie) (?:of|von|de) ")


@dataclass(frozen=True, order=True)
class LessonMatch:
    """How surely a file's name tells its lesson.

    `exactness` is 2 for the lesson's own name, a copy's number aside, 1 for a name that holds it, 0 for
    another name. `original` is False for a copy, `copy` its number.
    """

    exactness: int
    original: bool = True
    copy: int = 0
    lesson: str = ""


def student_id(name: str) -> str:
    """A folder name for what a system calls a student; the same on every day, and of one student only.

    A plain lower-case name stays as it is. Any other gets the nearest plain letters and the first 12 hex
    digits of its SHA-256 in Unicode form NFC. No two ids differ in case only, none begins with a dot.

    Raises
    ------
    ValueError
        When the name is empty.
    """
    name = unicodedata.normalize("NFC", name)
    if not name.strip():
        raise ValueError("name: a student needs a name")
    if _SAFE.fullmatch(name) and not _LOOKS_HASHED.search(name) and not _DEVICE.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{_readable(name)}-{digest}"


def folder_student(folder: str) -> str:
    """The student's id for a folder of this name: the name, or an id made of it where its bytes are not UTF-8."""
    raw = os.fsencode(folder)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _id_of(decoded(raw), raw)


def harmless_id(student: str) -> str:
    """A student's name as nbgrader may hold it: in its tables, in patterns and paths, and on formgrader's pages.

    A name of letters, digits, blanks and ``. _ @ + - , ( )`` stays as it is. Any other could mean something in a page,
    a script or a pattern, and gets an id made of it.
    """
    if len(student) <= _LONGEST_PLAIN and _HARMLESS.fullmatch(student) and not _IS_ID.search(student):
        return student
    return _id_of(student, b"text " + student.encode("utf-8", "surrogatepass"))


def _id_of(text: str, raw: bytes) -> str:
    return f"{_readable(text)}-{hashlib.sha256(raw).hexdigest()[:16]}"


def _readable(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:200].casefold().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "student"


def user_name(number: int) -> str:
    """The name of a user of this machine, or the number where there is none."""
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)


def is_notebook(file_name: str) -> bool:
    """Whether a file's name is a notebook's; browsers put ``.txt`` or ``.json`` behind it."""
    return _NOTEBOOK.fullmatch(file_name) is not None


def lesson_match(file_name: str, lessons: Iterable[str]) -> LessonMatch | None:
    """The lesson that a notebook's file name tells of; None when it tells of none, or of several."""
    match = _NOTEBOOK.fullmatch(file_name)
    if match is None:
        return None
    stem = _plain(match["stem"])
    lessons = {_plain(lesson): lesson for lesson in lessons}
    bare, copies = _COPY_OF.sub("", stem), list[int]()
    while bare not in lessons and len(copies) < _MOST_COPIES and (copy := _COPY.search(bare)):
        copies.append(int(copy["a"] or copy["b"] or copy["c"] or 1))
        bare = bare[: copy.start()].rstrip(" _-")
    for candidate in (bare, re.sub(r"[\s_]+", "-", bare)):
        if candidate in lessons:
            return LessonMatch(2, bare == stem, copies[-1] if copies else 0, lessons[candidate])
    dashed = re.sub(r"[\s_]+", "-", stem)
    holds = [
        lesson
        for plain, lesson in lessons.items()
        if re.search(rf"(?<![a-z0-9]){re.escape(plain)}(?![a-z0-9])", dashed)
    ]
    return LessonMatch(1, lesson=holds[0]) if len(holds) == 1 else None


def decoded(raw: bytes) -> str:
    """A name from an archive or a file system, in Unicode form NFC: UTF-8, or else code page 437.

    Code page 437 is what the zip format says of names without the UTF-8 flag; any bytes have a reading in it.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp437")
    return unicodedata.normalize("NFC", text)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", unquote_plus(text)).casefold().strip()
