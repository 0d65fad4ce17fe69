"""Texts that take long to make and depend on nothing but files, kept in the user's cache folder for the next command.

They are found by a digest of all that they are made from. A cache may vanish at any time, and nothing but time is lost.

Source: "XDG Base Directory Specification" (freedesktop.org).
"""

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from grading.files import replacement

MOST = 64  # files, of some 250 kB each

T = TypeVar("T")


def kept(key: str, make: Callable[[], str], read: Callable[[str], T]) -> T:
    """What `read` says of the text that is kept under `key`, or of the one that `make` makes.

    Parameters
    ----------
    key : str
        A digest; the name of the file.
    make : callable
        Makes the text.
    read : callable
        Raises a ValueError or KeyError for a text that is not whole: such a one is made again.
    """
    folder = _folder()
    if folder is None:
        return read(make())
    with contextlib.suppress(OSError, ValueError, KeyError):
        return read((folder / key).read_text(encoding="utf-8"))
    text = make()
    with contextlib.suppress(OSError):  # of a full disk: the next command makes it again
        with replacement(folder / key, shared=True) as fresh:
            fresh.write_text(text, encoding="utf-8")
        _keep_newest(folder)
    return read(text)


def _folder() -> Path | None:
    """The folder, made if need be; None where there is no place that only this user can write to."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    try:
        folder = (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "convgrade"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
    except (OSError, RuntimeError):
        return None
    own = about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return folder if own else None


def _keep_newest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)
    for file in files[:-MOST]:
        file.unlink(missing_ok=True)
