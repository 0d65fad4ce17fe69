"""The plain data that goes between the stages: the job to execute, and its result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["graded", "timed-out", "out-of-memory", "crashed", "invalid"]
SandboxKind = Literal["auto", "warm", "cold", "none"]  # see `grading.execute.execute`

ABSENT = ("scale", "hold")  # what becomes of marks by other points than their lesson has now

# which of several notebooks that a student has handed in counts
COUNTING = ("on-time", "latest", "best")

# What goes from one process to the next has a bound that the sender knows. All bytes are those of JSON. A notebook as
# it ran is one as rebuilt with outputs in it, and fits into one message (`protocol.MOST_JSON`).
MOST_BYTES = 64 * 2**20  # of a notebook that is read
MOST_REBUILT = 7 * 2**20  # of one that is rebuilt
MOST_OUTPUTS = 8 * 2**20  # of all outputs of a notebook


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    cell_seconds, notebook_seconds : float
        Wall time of one cell, and of the whole notebook.
    memory_mb : int
        Memory of the learner's process.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    memory_mb: int = 2048


@dataclass(frozen=True)
class Job:
    """A submission ready to be executed: the notebook rebuilt from the master, as nbformat 4 JSON."""

    student: str
    lesson: str
    notebook: dict
    seed: int
    limits: Limits


@dataclass(frozen=True)
class CellResult:
    """How one marked cell ended, and the id of the known mistake that its check recognised."""

    grade_id: str
    passed: bool
    mistake: str = ""


@dataclass(frozen=True)
class Executed:
    """A submission's final state: the executed notebook, a result per marked cell, and why it ended so.

    `notebook` is None where there was nothing to execute.
    """

    student: str
    lesson: str
    status: Status
    reason: str = ""
    notebook: dict | None = None
    cells: tuple[CellResult, ...] = field(default=())
    seconds: float = 0.0


def few(places: Sequence[tuple[str, str]], most: int = 8) -> str:
    """Students and lessons for a sentence, by name as long as they are few."""
    names = ", ".join(f"{student} ({lesson})" for student, lesson in places[:most])
    return names + (f" and {len(places) - most} more" if len(places) > most else "")
