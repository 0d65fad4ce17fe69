"""Hashes that tell whether grading would do anything: of what was handed in, and of all that decides its marks."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import convschool
import reference
from grading.files import NotRead, read_bounded
from grading.job import MOST_BYTES, Limits
from grading.lesson import places

HERE = Path(__file__).parent
# what of the grader decides a mark; the rest writes, shows and sends it. `master` says which cells a lesson has, and
# what counts as unanswered.
DECIDES = ("job.py", "lesson/**/*.py", "execute/**/*.py", "gradebook/master.py")
PACKAGES = ("numpy", "scipy", "ipython", "nbgrader")


def of_file(path: Path) -> str:
    """A hash of a handed-in file's bytes; for a file that grading cannot read, of the reason."""
    try:
        if path.is_symlink() or not path.is_file():
            return "not a file"
        if path.stat().st_size > MOST_BYTES:
            return f"{path.stat().st_size} bytes"
        return of_bytes(read_bounded(path, MOST_BYTES))
    except NotRead:  # it has changed in between
        return "not a file"
    except OSError as error:
        return f"not read: {error.strerror}"


def of_bytes(*parts: bytes) -> str:
    """A hash of a sequence of byte strings."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def of_lesson(name: str, seed: int) -> str:
    """A hash of all that decides the marks of a lesson besides the submission: its files, the grader and the seed."""
    return of_bytes(of_lesson_files(name), of_grader(), b"%d" % seed)


def of_lesson_files(name: str) -> bytes:
    """A hash of the files that the author of a lesson wrote."""
    folder = places.SOLUTIONS / name
    return _of_files(folder, [file for kind in ("*.md", "*.py", "*.toml") for file in folder.rglob(kind)])


def of_limits(limits: Limits) -> str:
    """The limits as text."""
    return f"{limits.cell_seconds:g} s, {limits.notebook_seconds:g} s, {limits.memory_mb} MB"


@cache
def of_grader() -> bytes:
    """A hash of the grader, the reference, the learner's package and the packages they use; computed once."""
    packages = [package for package in PACKAGES if _installed(package)]
    versions = [platform.python_version(), *(f"{package} {version(package)}" for package in packages)]
    learners = Path(convschool.__file__).parent
    oracle = Path(reference.__file__).parent
    return b"".join(
        [
            "\n".join(versions).encode(),
            _of_files(HERE, (file for pattern in DECIDES for file in HERE.glob(pattern))),
            _of_files(oracle, oracle.rglob("*.py")),
            _of_files(learners, learners.glob("*.py")),
        ]
    )


def _of_files(folder: Path, files: Iterable[Path]) -> bytes:
    by_name = sorted((file.relative_to(folder).as_posix(), file) for file in files)
    parts = (part for name, file in by_name for part in (name.encode(), file.read_bytes()))
    return of_bytes(*parts).encode()


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except ImportError:
        return False
