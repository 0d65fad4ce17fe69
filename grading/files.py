"""Files: read with a bound, written whole or not at all, pages that remember what they were made from, and text of
strangers made harmless for tables (no formulas) and terminals (no control characters).

Source: "CSV Injection" (OWASP).
"""

import codecs
import contextlib
import csv
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

_KEY = "<!-- made from "

# what begins a formula, also in the wide form that East Asian keyboards give
_OPERATORS = "=+\\-@＝＋－＠"
# at the start of a cell, behind blanks that a program may strip, and behind what a program that is set to
# another separator takes for the end of a cell
_FORMULA = re.compile(rf"(^[^\S\t\r\n]*|[;,|\t\r\n][^\S\t\r\n]*)(?=[{_OPERATORS}])")
_CONTROL = re.compile(r"^[\s\0]*[\t\r\n\0]")


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of an ordinary file that has at most `most` of them. No link is followed and no pipe waited for.

    Raises
    ------
    NotRead
        When it is no ordinary file, or larger.
    OSError
    """
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise NotRead(f"{printable(path.name)} is not an ordinary file")
        size, data = about.st_size, b""
        if size <= most:
            with open(file, "rb", closefd=False) as reader:
                data = reader.read(most + 1)
            size = len(data)
    finally:
        os.close(file)
    if size > most:
        limit = f"{most >> 20} MiB" if most >= 2**20 else f"{most} bytes"
        raise NotRead(f"{printable(path.name)} has {size >> 20} MiB; the limit is {limit}")
    return data


class NotRead(ValueError):
    """A file that is not read; the message says why."""


def printable(text: str) -> str:
    """`text` for a terminal, a log or a table: whatever could move, hide or turn other text round is seen as U+FFFD.

    That is all but letters, marks, digits, signs and the space: control characters, line ends, what changes the
    direction of writing or has no width, halves of characters.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, making its folder. Whoever reads sees the old file or the new one, also after a crash.

    Raises
    ------
    OSError
        When it cannot be written; what was there before is there still.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacement(path) as fresh, open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacement(path: Path, shared: bool = False) -> Iterator[Path]:
    """A new path beside `path`, which takes its place at the end of the block; where that fails, nothing is left of it.

    `shared` says that another process may be writing the same file: then each has a new path of its own.

    Raises
    ------
    OSError
        When it cannot take that place; what was there before is there still.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid() if shared else 'new'}")
    try:
        yield fresh
        os.replace(fresh, path)
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def write_page(path: Path, page: str, key: str) -> None:
    """Write an HTML page that remembers the `key` of what it was made from."""
    write_whole(path, f"{page.rstrip()}\n{_KEY}{key} -->\n".encode("utf-8", "replace"))


def is_made_from(path: Path, key: str) -> bool:
    """Whether `path` is a page that `write_page` has made with this `key`."""
    end = f"{_KEY}{key} -->\n".encode()
    try:
        with open(path, "rb") as file:
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except OSError:
        return False


def read_lines(path: Path) -> list[list[str]]:
    """The lines of a CSV as people and spreadsheets save it: with commas, semicolons or tabs, in UTF-8, or in UTF-16 as
    "Unicode text".

    Raises
    ------
    NotRead
        When it cannot be read as such; the message says what to do.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotRead(f"{path} cannot be read ({error.strerror})") from error
    if data.startswith(b"PK"):
        raise NotRead(f"{path} is no CSV but a workbook: save it as “CSV UTF-8”")
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{'UTF-16' if utf16 else 'UTF-8'} text (byte {error.start})"
        raise NotRead(f"{path} is not {where}: save it as “CSV UTF-8”") from error
    if re.match(r"sep=[,;\t]\r?\n", text):  # which Excel writes and reads, and shows to nobody
        text = text.partition("\n")[2]
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise NotRead(f"{path} is no CSV ({error})") from error


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV in UTF-8; the file is whole or not there, and none of its cells is a formula."""
    with replacement(path) as fresh, open(fresh, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([harmless(name) for name in columns])
        for row in rows:
            table.writerow([harmless(row.get(name, "")) for name in columns])


def harmless(value: object) -> object:
    """`value`, with an apostrophe before whatever a spreadsheet would read as a formula.

    A cell is looked at as a whole and also behind ``;``, ``,``, ``|``, a tab and a line end, where a program
    that is set to another separator begins a new cell. A lone "-" is a text. Numbers stay numbers.
    """
    if not isinstance(value, str) or value == "-":
        return value
    value = _FORMULA.sub(r"\1'", value)
    return f"'{value}" if _CONTROL.match(value) else value
