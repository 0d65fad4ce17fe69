"""How a mark is computed: what a cell gives, what a marker changes of it, and how much of a bonus counts.

Whether a cell passed is decided in `grading.execute.run_pass`. A submission's score is the sum of its marks and its
bonus (`grading.gradebook.rows.Sheet`); what lateness takes of it is computed in `grading.gradebook.lateness`.

A `row` is one of nbgrader's table `grade`, by column; an empty one stands for a cell that was never graded.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any


def grade_cell(
    row: Mapping, points: float, passed: bool, to_mark: bool, bonus: float | None, same: bool
) -> dict[str, Any]:
    """The columns that grading sets in the `row` of a cell; a marker's own mark in it stays, and has to be looked at
    again where the answer may be another.

    Parameters
    ----------
    row : mapping
        What was there before.
    points : float
        What the cell gives if it passed; nothing otherwise.
    passed : bool
    to_mark : bool
        Whether it is a written answer, which only a marker can mark.
    bonus : float or None
        The extra credit that a cell for a bonus gives if it passed; None for every other cell.
    same : bool
        Whether the row is of the very notebook that is graded now.
    """
    by_hand = row.get("manual_score") is not None
    to_look_at = to_mark if not by_hand else not same or bool(row.get("needs_manual_grade"))
    auto_score = None if to_mark else points * passed
    extra = row.get("extra_credit") if bonus is None or by_hand else bonus * passed
    return {"auto_score": auto_score, "extra_credit": extra, "needs_manual_grade": to_look_at}


def mark_of(row: Mapping) -> float | None:
    """The mark in a row, without extra credit; None where there is none yet. A marker's mark comes first."""
    return row.get("auto_score") if row.get("manual_score") is None else row["manual_score"]


def score_of(row: Mapping) -> float | None:
    """The mark and the extra credit in a row, as nbgrader adds them up; None where there is no mark yet."""
    mark = mark_of(row)
    return None if mark is None else mark + (row.get("extra_credit") or 0.0)


def score_within(row: Mapping, points: float) -> tuple[float | None, float]:
    """The mark in a row, never above the cell's points, and the points. Negative extra credit counts."""
    mark = mark_of(row)
    return None if mark is None else max(0.0, min(mark + min(0.0, row.get("extra_credit") or 0.0), points)), points


def lost_within(scores: Iterable[tuple[float | None, float]]) -> float:
    """The points that marked cells did not give.

    `scores` are (score, of) by cell; a score of None waits for a marker.
    """
    return sum(points - score for score, points in scores if score is not None)


def bonus_within(scores: Iterable[tuple[float | None, float]], earned: Iterable[float]) -> float:
    """How many of the extra points in `earned` count: they fill up what was lost, and no more."""
    return min(sum(earned), lost_within(scores))


def total_of(scores: Collection[tuple[float | None, float]], earned: Iterable[float]) -> float:
    """The sum of the marks and of the bonus that counts: a submission's score without a penalty for lateness."""
    return sum(score or 0.0 for score, _ in scores) + bonus_within(scores, earned)
