"""Read folders, zips and tars that strangers have filled. Nothing is unpacked to the disk.

A name in an archive is only ever looked at, never opened or written, so that a path that climbs out, an
absolute one or a link has nothing to act on; each is refused all the same, with its reason.
"""

import bz2
import io
import lzma
import os
import re
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from grading.collect.names import decoded
from grading.job import MOST_BYTES

_TAR_NAMES = re.compile(r"\.(?:tar|tgz|tbz2?|txz|gz|bz2|xz)$", re.IGNORECASE)
_FOREIGN_NAMES = re.compile(r"\.(?:7z|rar|zst|lz4?|tar\.zst|dmg|iso|cab|arj)$", re.IGNORECASE)
_CENTRAL_ENTRY = re.compile(rb"PK\x01\x02.{26}(..)", re.DOTALL)  # and the length of its extra fields
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_XZ_MEMORY = 128 * 2**20
_SMALL = 2**20
_LONGEST_HEADER = 2**16
_LONGEST_NAME = 4096
_DEEPEST_FOLDER = 32
_HEADERS = 3  # for each file: its own, one with its long name, and one for its folder
_REMARKS = 1024  # bytes of remarks on each file, such as extended headers: each takes time to read
_MOST_STREAMS = 10_000  # packed streams, one behind the other in a file; some programs make one for each 64 KiB


class Refused(Exception):
    """A file or an archive that is not taken; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What an export, and an archive that a student handed in, may hold.

    Parameters
    ----------
    file_bytes : int
        One file, unpacked: as much as grading reads.
    export_files : int
        Files of the export.
    export_bytes : int
        The export, unpacked.
    archive_files, archive_bytes : int
        The same for a student's archive, with the archives inside it.
    student_bytes : int
        All that one student has handed in to an export, unpacked.
    ratio : int
        Unpacked by packed size of a file above 1 MiB, and of a student's tar. Deflate reaches 1032 on
        zeros; a notebook full of printed arrays stays below 20.
    nesting : int
        How many archives may lie in one another, from the one that was handed in.
    """

    file_bytes: int = MOST_BYTES
    export_files: int = 500_000
    export_bytes: int = 2**37
    archive_files: int = 2_000
    archive_bytes: int = 2**28
    student_bytes: int = 2**30
    ratio: int = 200
    nesting: int = 2


class Budget:
    """What may still be read; `Refused` when it is used up. What is spent here is spent of the budget `within` too."""

    def __init__(self, files: int, size: int, within: "Budget | None" = None):
        self.within = within
        self.files, self.size, self.headers, self.remarks = files, size, _HEADERS * files, _REMARKS * files
        self.most_files, self.most_size = files, size

    @property
    def is_used_up(self) -> bool:
        return self.size < 0

    def spend_file(self) -> None:
        self.files -= 1
        if self.files < 0:
            raise Refused(f"holds more than {self.most_files} files")

    def spend_header(self) -> None:
        self.headers -= 1
        if self.headers < 0:
            raise Refused(f"holds more than {_HEADERS * self.most_files} files, folders and remarks on them")

    def spend_remarks(self, count: int) -> None:
        self.remarks -= count
        if self.remarks < 0:
            raise Refused(f"has remarks on its files of more than {_mib(_REMARKS * self.most_files)}")

    def spend_bytes(self, count: int) -> None:
        self.size -= count
        if self.size < 0:
            raise Refused(f"unpacks to more than {_mib(self.most_size)}")
        if self.within:
            self.within.spend_bytes(count)


@dataclass(frozen=True)
class Entry:
    """One file of a folder or an archive.

    `path` holds the parts of its name; it is empty when the name itself is refused. `problem` says why the
    file is not taken, or is empty. `read()` gives its bytes or raises `Refused`; with a tar it must be called
    before the next entry is asked for. `owner` is the number of the user whose file it is, of a file in a folder.
    """

    name: str
    path: tuple[str, ...]
    problem: str
    read: Callable[[], bytes]
    owner: int | None = None


def entries(source: Path, limits: Limits) -> Iterator[Entry]:
    """Every file of a folder, a zip or a tar, in its own order.

    Raises
    ------
    Refused
        When the archive is none, is damaged, or holds more than the limits allow. What came before stands.
    """
    budget = Budget(limits.export_files, limits.export_bytes)
    if source.is_dir():
        yield from _folder(source, limits, budget)
        return
    with _whatever_it_raises("read"), open(source, "rb") as file:
        yield from _archive(file, source.name, limits, budget, packed=None)


class Readable(Protocol):
    """A stream of bytes, read from the first to the last."""

    def read(self, size: int, /) -> bytes: ...


def entries_of(data: bytes, name: str, limits: Limits, budget: Budget) -> Iterator[Entry]:
    """Every file of an archive that a student handed in, as `entries`. `budget` is shared by all it holds."""
    if data.count(_CENTRAL_SIGNATURE) > budget.files:
        raise Refused(f"holds more than {budget.most_files} files")
    with _whatever_it_raises("read"):
        if data.startswith(b"PK"):
            for entry in _CENTRAL_ENTRY.finditer(data):
                budget.spend_remarks(int.from_bytes(entry[1], "little"))
        yield from _archive(io.BytesIO(data), name, limits, budget, packed=len(data))


def is_archive(name: str) -> bool:
    """Whether a file's name is that of an archive, of a kind that is read here or of another."""
    return bool(name.lower().endswith(".zip") or _TAR_NAMES.search(name) or _FOREIGN_NAMES.search(name))


def _archive(file: BinaryIO, name: str, limits: Limits, budget: Budget, packed: int | None) -> Iterator[Entry]:
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"PK"):
        yield from _zip(file, limits, budget)
    elif head.startswith(b"\x1f\x8b"):
        yield from _tar(_Unpacked(file, _Gzip), limits, budget, packed)
    elif head.startswith(b"BZh"):
        yield from _tar(_Unpacked(file, bz2.BZ2Decompressor), limits, budget, packed)
    elif head.startswith(b"\xfd7zXZ"):
        yield from _tar(_Unpacked(file, _xz), limits, budget, packed)
    elif _looks_like_tar(file) or (head and name.lower().endswith(".tar")):
        yield from _tar(file, limits, budget, None)
    else:
        raise Refused("is no zip and no tar (.tar, .tar.gz, .tar.xz, .tar.bz2)")


def _looks_like_tar(file: BinaryIO) -> bool:
    block = file.read(512)
    file.seek(0)
    return len(block) == 512 and block[257:262] == b"ustar"


def _zip(file: BinaryIO, limits: Limits, budget: Budget) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            budget.spend_header()
            if info.is_dir():
                continue
            budget.spend_file()
            name = _zip_name(info)
            yield _entry(name, _zip_problem(info, limits), partial(_read_zip, archive, info, limits, budget))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name in the letters that were meant: many programs write UTF-8 without the flag for it."""
    if info.flag_bits & 0x800:
        return unicodedata.normalize("NFC", info.orig_filename)
    return decoded(info.orig_filename.encode("cp437", "replace"))


def _zip_problem(info: zipfile.ZipInfo, limits: Limits) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return f"is {_KINDS.get(kind, 'no ordinary file')}"
    if info.flag_bits & 0x1:
        return "is encrypted"
    # the zip reader unpacks other methods without a bound on what comes out
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"is packed by a method (number {info.compress_type}) other than deflate"
    if info.file_size > limits.file_bytes:
        return f"has {_mib(info.file_size)}; the limit is {_mib(limits.file_bytes)}"
    if info.file_size > max(_SMALL, limits.ratio * info.compress_size):
        return f"unpacks to more than {limits.ratio} times its size"
    return ""


def _read_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, budget: Budget) -> bytes:
    with _whatever_it_raises("unpacked"), archive.open(info) as file:
        return _bounded(file, limits, budget)


class _PlainHeader(tarfile.TarInfo):
    """A tar header whose extended part, which the reader holds in memory and parses, is short.

    Each header is paid for out of `budget`, also that of a folder and an extended one: each takes time to read.
    """

    budget: Budget

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        cls.budget.spend_header()
        header = super().frombuf(buf, encoding, errors)
        if header.type in _EXTENDED:
            if header.size > _LONGEST_HEADER:
                raise Refused(f"has a header of {header.size} bytes; the limit is {_LONGEST_HEADER}")
            cls.budget.spend_remarks(header.size)
        return header

    def _no_map(self, *arguments: object) -> tarfile.TarInfo:
        """The map of a file with holes is not read: it may be as long as the archive."""
        raise Refused("holds a file with holes in it (a sparse one)")

    _proc_sparse = _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _no_map


_EXTENDED = {
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
}


def _tar(file: Readable, limits: Limits, budget: Budget, packed: int | None) -> Iterator[Entry]:
    stream = _Counted(file, budget, None if packed is None else max(_SMALL, limits.ratio * packed))
    header: type[_PlainHeader] = type("Header", (_PlainHeader,), {"budget": budget})
    # read from first to last, it asks for nothing but `read`
    archive = tarfile.open(
        fileobj=cast(BinaryIO, stream), mode="r|", tarinfo=header, encoding="utf-8", errors="surrogateescape"
    )
    with archive:
        for member in archive:
            if member.isdir():
                continue
            budget.spend_file()
            name = decoded(member.name.encode("utf-8", "surrogateescape"))
            yield _entry(name, _tar_problem(member, limits), partial(_read_tar, archive, member, limits))


def _tar_problem(member: tarfile.TarInfo, limits: Limits) -> str:
    if member.issym():
        return "is a symbolic link"
    if member.islnk():
        return "is a hard link"
    if not member.isreg() or member.issparse():
        return "is no ordinary file"
    if member.size > limits.file_bytes:
        return f"has {_mib(member.size)}; the limit is {_mib(limits.file_bytes)}"
    return ""


def _read_tar(archive: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> bytes:
    with _whatever_it_raises("unpacked"):
        file = archive.extractfile(member)
        return file.read(limits.file_bytes) if file else b""


class _Counted:
    """A stream whose every byte is paid for out of `budget`, also those of members that are skipped."""

    def __init__(self, file: Readable, budget: Budget, most: int | None):
        self._file, self._budget, self._left = file, budget, most

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._budget.spend_bytes(len(data))
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise Refused("unpacks to far more than its size")
        return data


class _Decompressor(Protocol):
    """One stream, as `bz2` and `lzma` unpack it."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """A gzip stream. Python's own reader goes through the head of each one byte by byte, and that may be long."""

    def __init__(self):
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)


def _xz() -> lzma.LZMADecompressor:
    """An .xz stream, with a bound on the memory that its header may ask for."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


class _Unpacked:
    """A packed file, which may be several streams, one behind the other."""

    def __init__(self, file: BinaryIO, new_stream: Callable[[], _Decompressor]):
        self._file, self._new_stream = file, new_stream
        self._stream, self._streams, self._rest = new_stream(), 1, b""

    def read(self, size: int) -> bytes:
        while True:
            if self._stream.eof:
                more = self._stream.unused_data or self._file.read(2**16)
                while more and not more.lstrip(b"\0"):  # zeros may fill up a medium
                    more = self._file.read(2**16)
                if not more:
                    return b""
                self._rest = more.lstrip(b"\0")
                self._streams += 1
                if self._streams > _MOST_STREAMS:
                    raise Refused(f"is packed in more than {_MOST_STREAMS} pieces")
                self._stream = self._new_stream()
            packed, self._rest = self._rest, b""
            if not packed and self._stream.needs_input:
                packed = self._file.read(2**16)
            data = self._stream.decompress(packed, size)
            if data:
                return data
            if not packed and not self._stream.eof:
                raise EOFError("the file ends before the archive does")


def _folder(root: Path, limits: Limits, budget: Budget) -> Iterator[Entry]:
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        parts = waiting.pop()
        try:
            with os.scandir(root.joinpath(*parts)) as items_here:
                items = sorted(items_here, key=lambda item: item.name)
        except OSError as error:
            name = "/".join(decoded(os.fsencode(part)) for part in parts)
            yield _entry(name, f"cannot be read ({error.strerror})", bytes)
            continue
        for item in items:
            inner = (*parts, item.name)
            if item.is_dir(follow_symlinks=False) and len(inner) < _DEEPEST_FOLDER:
                waiting.append(inner)
                continue
            budget.spend_file()
            name = "/".join(decoded(os.fsencode(part)) for part in inner)
            entry = _entry(name, _file_problem(item, limits), partial(_read_file, root, inner, limits, budget))
            yield replace(entry, owner=_owner(item))


def _owner(item: os.DirEntry) -> int | None:
    try:
        return item.stat(follow_symlinks=False).st_uid
    except OSError:
        return None


def _file_problem(item: os.DirEntry, limits: Limits) -> str:
    try:
        about = item.stat(follow_symlinks=False)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if stat.S_ISDIR(about.st_mode):
        return f"lies more than {_DEEPEST_FOLDER} folders deep"
    if not stat.S_ISREG(about.st_mode):
        return f"is {_KINDS.get(stat.S_IFMT(about.st_mode), 'no ordinary file')}"
    if about.st_size > limits.file_bytes and not is_archive(item.name):
        return f"has {_mib(about.st_size)}; the limit is {_mib(limits.file_bytes)}"
    return ""


def _read_file(root: Path, parts: tuple[str, ...], limits: Limits, budget: Budget) -> bytes:
    """A file's bytes. Whether it is an ordinary file is checked again once it is open: it may have been exchanged."""
    try:
        handle = os.open(root.joinpath(*parts), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Refused("is no ordinary file")
            return _bounded(file, limits, budget)
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror})") from error


def _bounded(file: Readable, limits: Limits, budget: Budget) -> bytes:
    data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise Refused(f"has more than {_mib(limits.file_bytes)}")
    budget.spend_bytes(len(data))
    return data


def _entry(name: str, problem: str, read: Callable[[], bytes]) -> Entry:
    try:
        return Entry(name, _parts(name), problem, read)
    except Refused as reason:
        return Entry(name, (), str(reason), read)


def _parts(name: str) -> tuple[str, ...]:
    if len(name) > _LONGEST_NAME:
        raise Refused(f"has a name of {len(name)} characters")
    if "\0" in name:
        raise Refused("has a NUL in its name")
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[\\/]", name):
        raise Refused("has an absolute name")
    parts = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
    if ".." in parts:
        raise Refused("has a name that climbs out of its folder (..)")
    if not parts:
        raise Refused("has no name")
    return parts


_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _mib(count: int) -> str:
    return f"{count / 2**20:.3g} MiB"


@contextmanager
def _whatever_it_raises(verb: str) -> Iterator[None]:
    """Turn any error into a `Refused`: on a damaged archive Python's readers raise errors of many kinds."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"cannot be {verb}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
