"""The hidden half of a marked cell: fresh cases of the same contract, drawn at grading."""

import os
from collections.abc import Callable
from functools import cache

from convschool.cases import Part
from convschool.checking import report
from convschool.verdict import judge
from grading.lesson.freeze import hidden_part
from grading.lesson.load import lesson_names, load_lesson

SEED_VARIABLE = "CONVGRADE_SEED"


def hidden_check(part_id: str, function: Callable) -> None:
    """Run the hidden cases of a part on the learner's function.

    The cases depend on the part and on the grader's seed, the integer in the environment variable
    ``CONVGRADE_SEED`` (0 without it, as under plain ``nbgrader autograde``).

    Raises
    ------
    convschool.CheckFailed
        When a case fails. Neither the exception nor what is shown tells the case.
    ValueError
        When no lesson has such a part.
    """
    report(judge(drawn_part(part_id, int(os.environ.get(SEED_VARIABLE, "0"))), function), hidden=True)


@cache
def drawn_part(part_id: str, seed: int) -> Part:
    """The hidden cases of a part for a seed, drawn once in a process."""
    for name in lesson_names():
        lesson = load_lesson(name)
        if part_id in lesson.parts:
            return hidden_part(lesson, *lesson.parts[part_id], seed)
    raise ValueError(f"part_id: no lesson has a part called {part_id!r}")
