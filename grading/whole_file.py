"""Write a file whole or not at all, and know later what it was made from."""

import os
from pathlib import Path

_KEY = "<!-- made from "


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`, making its folder. Whoever reads sees the old file or the new one, also after a crash.

    Raises
    ------
    OSError
        When it cannot be written; what was there before is there still.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    try:
        with open(fresh, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


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
