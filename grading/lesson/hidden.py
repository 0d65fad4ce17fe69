"""The hidden half of a marked cell: fresh cases of the same contract, drawn at grading."""

from collections.abc import Callable
from functools import cache

import numpy as np

from convschool import CheckFailed, mode
from convschool.cases import Part
from convschool.checking import check, find_part, report
from convschool.explain import text
from convschool.verdict import Verdict, judge
from grading.lesson.exercise import Exercise, PartOf
from grading.lesson.freeze import freeze
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.places import lesson_names
from grading.lesson.seed import current_seed


def hidden_check(part_id: str, function: Callable) -> None:
    """Run the hidden cases of a part on the learner's function.

    The cases depend on the part and on `grading.lesson.seed.current_seed`.

    Raises
    ------
    convschool.CheckFailed
        When a case fails. Neither the exception nor what is shown tells the case.
    ValueError
        When no lesson has such a part.
    """
    report(judge(drawn_part(part_id, current_seed()), function), hidden=True)


def explained_check(part_id: str, function: Callable, hidden: bool) -> None:
    """For the instructor: print everything about the first visible, or hidden, case that fails. The marks are as ever.

    Stands in a marked cell for its checks. In the pass that gives marks it is those checks; in the one whose outputs
    are kept it prints the case, its arguments, what was expected and what came.

    Raises
    ------
    convschool.CheckFailed
        When a case fails.
    """
    seed = current_seed()
    if mode.current().checks == "silent":
        check(part_id, function)
        if drawn_part(part_id, seed).cases:
            hidden_check(part_id, function)
        return
    part = drawn_part(part_id, seed) if hidden else find_part(part_id)
    verdict = judge(part, function)
    print("\n".join(in_full(verdict, len(part.cases))))
    if verdict.failure:
        raise CheckFailed(verdict, verdict.failure)


def in_full(verdict: Verdict, cases: int) -> list[str]:
    """A verdict over so many cases with everything that is known of the first that fails."""
    # `show.case` is for a learner's notebook
    facts = [line for line in text(verdict).splitlines() if "show.case(" not in line]
    lines = [f"{cases} cases", *facts]
    failure, case = verdict.failure, verdict.failed
    if failure is None:
        return lines
    if case is not None:
        lines += [f"argument {number}: {_value_text(value)}" for number, value in enumerate(case.args, start=1)]
        lines += [f"step {number}: {_value_text(value)}" for number, value in enumerate(case.steps, start=1)]
        if case.raises:
            lines.append(f"expected: {case.raises} is raised")
    if failure.expected is not None:
        lines += [f"expected: {_value_text(failure.expected)}", f"got: {_value_text(failure.got)}"]
    elif case is not None and not case.raises:
        lines += [f"expected: {_value_text(case.expected)}", f"got: {failure.says}"]
    ids = [verdict.mistake, *(finding.id for finding in verdict.findings)]
    lines.append(f"finding: {', '.join(filter(None, ids)) or 'none'}")
    return lines


def _value_text(value: object) -> str:
    if isinstance(value, np.ndarray):
        numbers = np.array2string(value, threshold=200, precision=6, suppress_small=True)
        return f"array {value.shape} of {value.dtype}\n{numbers}"
    if isinstance(value, tuple | list) and any(isinstance(one, np.ndarray) for one in value):
        return "\n".join(_value_text(one) for one in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_value_text(one)}" for key, one in value.items())
    return repr(value)


@cache
def drawn_part(part_id: str, seed: int) -> Part:
    """The hidden cases of a part for a seed, drawn once in a process."""
    for name in lesson_names():
        lesson = load_lesson(name)
        if part_id in lesson.parts:
            return hidden_part(lesson, *lesson.parts[part_id], seed)
    raise ValueError(f"part_id: no lesson has a part called {part_id!r}")


def hidden_part(lesson: Lesson, exercise: Exercise, part: PartOf, seed: int) -> Part:
    """The part with hidden cases drawn from `seed` and the part's name, so that no part depends on another."""
    name = np.frombuffer(exercise.part_id(part).encode(), np.uint8)
    rng = np.random.default_rng([seed, *name.tolist()])
    return freeze(lesson, exercise, part, exercise.hidden_calls(part, rng), lazily=True)
