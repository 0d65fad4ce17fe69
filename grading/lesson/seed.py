"""The seed of hidden cases: an integer that a class has for itself, drawn once and kept beside the gradebook."""

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

from grading.files import write_whole

SETS = 16  # of hidden cases: what a submission finds out of its own is of use to one in so many
SEED_VARIABLE, SEED_FILE_VARIABLE = "CONVGRADE_SEED", "CONVGRADE_SEED_FILE"


def kept_seed(file: Path, number: int | None = None) -> int:
    """The seed that `file` holds. Where there is no such file yet, it is written first, with `number` or a random one.

    Raises
    ------
    ValueError
        When it holds no integer.
    OSError
    """
    if not file.exists():
        write_whole(file, f"{secrets.randbits(128) if number is None else number}\n".encode())
        file.chmod(0o600)
    return int(file.read_text(encoding="ascii"))


def seed_of_set(seed: int, number: int) -> int:
    """The seed of one of a class's sets of hidden cases: 128 bits, from the class's own seed."""
    return int.from_bytes(hashlib.sha256(b"set %d of hidden cases of %d" % (number, seed)).digest()[:16], "little")


def current_seed() -> int:
    """The seed of the hidden cases in this process.

    It is the integer in the environment variable ``CONVGRADE_SEED``. Without that it is the one in the file that
    ``CONVGRADE_SEED_FILE`` names, as under plain ``nbgrader autograde``, and without both one that nobody knows.
    """
    text_of_seed = os.environ.get(SEED_VARIABLE)
    return _seed_without_variable() if text_of_seed is None else int(text_of_seed)


@cache
def _seed_without_variable() -> int:
    file = os.environ.get(SEED_FILE_VARIABLE)
    return kept_seed(Path(file)) if file else secrets.randbits(128)
