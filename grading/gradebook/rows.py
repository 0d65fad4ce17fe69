"""The plain data that is written into the gradebook and read from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grading.gradebook.marks import bonus_within, total_of

ELSEWHERE = "graded elsewhere"


@dataclass(frozen=True)
class Mark:
    """One row of ``grades.csv``: one marked cell, or a whole submission (empty `exercise`) that could not be run or
    whose marks are held, which have no score.

    ``score = before - penalty`` is what counts. `before` is the mark without lateness, `penalty` this cell's share of
    the late penalty. `bonus` is how much of `before` was earned in other parts, for a bonus.
    """

    student: str
    lesson: str
    exercise: str
    score: float | None
    max_score: float
    status: str
    mistake: str
    before: float | None = None
    penalty: float | None = None
    seconds_late: int = 0
    remark: str = ""
    bonus: float = 0.0

    def __post_init__(self):
        if self.before is None:
            object.__setattr__(self, "before", self.score)
        if self.penalty is None:
            object.__setattr__(self, "penalty", None if self.score is None else 0.0)


@dataclass(frozen=True)
class FinalState:
    """How a submission ended, and why, and how its code was kept apart (empty where none was run).

    One whose marks nbgrader's own commands have written, and not `convgrade`, has the status `ELSEWHERE`.
    """

    student: str
    lesson: str
    status: str
    reason: str
    sandbox: str


@dataclass(frozen=True)
class Basis:
    """What a submission's marks rest on: hashes of the file and of what decides marks, the limits, and the notebook
    as it ran (empty where there is none)."""

    handed_in: str = ""
    version: str = ""
    limits: str = ""
    executed: str = ""


@dataclass(frozen=True)
class Change:
    """A mark that grading again has changed; None where there was, or is, no mark."""

    student: str
    lesson: str
    exercise: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Sheet:
    """Everything a submission's feedback page says beside the notebook.

    `scores` are (score, of) by cell; the score of a cell that waits for a marker is None. `outdated` are the cells
    whose answer has changed since it was marked by hand: the mark stays until a marker has looked. The marks of one
    that is `held` are of other points than its lesson has now: they are no marks until it is graded again. `note` is
    what else is to be told of it. `voided` are parts that count for nobody, with the reason: in `scores`, 0 of 0.
    `earned` are points beside those of the cells: of a part for a bonus, which is 0 of 0 in `scores`, and a marker's
    extra credit. `offered` are the points that each part for a bonus can give.
    """

    state: FinalState
    basis: Basis
    scores: dict[str, tuple[float | None, float]]
    comments: dict[str, str | None]
    late_penalty: float
    outdated: tuple[str, ...] = ()
    held: bool = False
    seconds_late: int = 0
    note: str = ""
    voided: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    earned: Mapping[str, float] = field(default_factory=dict)
    offered: Mapping[str, float] = field(default_factory=dict)

    @property
    def bonus(self) -> float:
        """The points that count of those earned beside the cells'."""
        return bonus_within(self.scores.values(), self.earned.values())

    def bonus_words(self, part: str) -> str:
        """What a part gave beside the lesson's points; empty for most."""
        offered, earned = self.offered.get(part), self.earned.get(part, 0.0)
        if offered:
            return f"bonus: {earned:g} of {offered:g}"
        return f"extra credit: {earned:g}" if earned else ""

    @property
    def before(self) -> float:
        """The score without a penalty for lateness."""
        return total_of(self.scores.values(), self.earned.values())

    @property
    def penalty(self) -> float:
        """The points that lateness takes: never more than the score."""
        return min(self.late_penalty, self.before)

    @property
    def score(self) -> float | None:
        """The score that counts everywhere, after the penalty; None where the marks are held."""
        return None if self.held else self.before - self.penalty

    @property
    def max_score(self) -> float:
        return sum(points for _, points in self.scores.values())

    @property
    def max_marked(self) -> float:
        """The points of what is marked: without those of answers that wait for a marker."""
        return sum(points for score, points in self.scores.values() if score is not None)

    @property
    def waiting(self) -> int:
        """How many cells wait for a marker."""
        return 0 if self.held else sum(score is None for score, _ in self.scores.values())
