"""Name the known mistake behind wrong results, by the results that each mistake gives, as frozen with the cases.

The message that a learner reads is the part's. What is said where no mistake is recognised: `convschool.findings`.
"""

from typing import TYPE_CHECKING

from convschool.compare import INPUT_MODIFIED, compare
from convschool.finding import Finding

if TYPE_CHECKING:
    from convschool.verdict import Trial


def recognise(trials: list["Trial"], first: "Trial") -> str:
    """The known mistake that gives the first wrong result and that no other case rules out.

    A case rules a mistake out where the function's result is not what the mistake gives. That includes cases in which
    the mistake gives the right result and the function does not. To name a mistake that the learner has not made is
    worse than to name none. Of several mistakes, the one that fits most cases.
    """
    if first.reason.kind == INPUT_MODIFIED:
        return INPUT_MODIFIED

    def allows(trial: "Trial", mistake: str) -> bool:
        if mistake not in trial.case.mistakes:
            return not trial.failure
        results = trial.case.mistakes[mistake]
        return not results or trial.gives(results)

    def may_be(mistake: str) -> bool:
        return all(allows(trial, mistake) for trial in trials if trial.returned)

    def fits(mistake: str) -> int:
        return sum(
            trial.gives(trial.case.mistakes[mistake]) if mistake in trial.case.mistakes else not trial.failure
            for trial in trials
        )

    candidates = [key for key, results in first.case.mistakes.items() if first.gives(results)]
    return max(filter(may_be, candidates), key=fits, default="")


def recognise_each(trials: list["Trial"], first: "Trial") -> tuple[str, tuple[Finding, ...]]:
    """The mistake that gives the first wrong result, where each of several results has a mistake of its own.

    Only a mistake that changes one result alone, in all cases, is looked for: what is said of it is then true whatever
    the others are.

    Returns
    -------
    str
        The mistake; empty where none is recognised.
    tuple of Finding
        The mistakes behind the other wrong results.
    """
    part, names = first.part, first.names
    if len(names) < 2 or len(first.returned) != len(names):
        return "", ()
    mistake_of: dict[str, str] = {}
    for place, name in enumerate(names):
        if not first.is_right(place):
            mistakes = (key for key in first.case.mistakes if part.messages.get(key))
            mistake = next((key for key in mistakes if _is_of_one_result(trials, key, name)), "")
            if mistake and mistake not in mistake_of.values():
                mistake_of[name] = mistake
    if first.reason.name not in mistake_of:
        return "", ()
    mistake = mistake_of.pop(first.reason.name)
    return mistake, tuple(Finding(key, part.messages[key]) for key in mistake_of.values())


def _is_of_one_result(trials: list["Trial"], mistake: str, name: str) -> bool:
    """Whether `mistake` changes the result of that name alone, and this one comes as it says, in all cases."""
    for trial in trials:
        names = trial.names
        if name not in names or len(trial.returned) != len(names):
            return False
        place = names.index(name)
        gives = trial.case.mistakes.get(mistake, ())
        if any(
            not trial.is_right(i, one) for result in gives for i, one in enumerate(trial.parts_of(result)) if i != place
        ):
            return False
        ways = [trial.parts_of(result)[place] for result in gives] or [trial.parts_of(trial.case.expected)[place]]
        if not any(compare(one, trial.returned[place], trial.part.tolerance) is None for one in ways):
            return False
    return True
