"""Pictures of failed checks that every process of a command shares: where a class makes one mistake, one is drawn.

A picture shows a visible case and what a learner's function made of it, and is found by a digest of both: whoever
finds it would have drawn the same. What hidden cases give is never drawn.
"""

import contextlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from grading.files import replacement

MOST = 500  # pictures, of some 60 kB each


class PictureFolder(MutableMapping[str, bytes]):
    """Pictures as files of a folder, by their digests. A full folder takes no more of them."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __getitem__(self, digest: str) -> bytes:
        try:
            return (self._folder / digest).read_bytes()
        except FileNotFoundError:
            raise KeyError(digest) from None

    def __setitem__(self, digest: str, picture: bytes) -> None:
        if len(self) >= MOST:
            return
        with contextlib.suppress(OSError), replacement(self._folder / digest, shared=True) as fresh:
            fresh.write_bytes(picture)  # on a full disk each process draws its own

    def __delitem__(self, digest: str) -> None:
        (self._folder / digest).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._folder.iterdir())

    def __len__(self) -> int:
        return sum(1 for _ in self)
