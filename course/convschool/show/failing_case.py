"""The arguments of a case, for a learner to try."""

from convschool import checking
from convschool.verdict import fresh


def case(part_id: str, passed: int | None = None) -> tuple:
    """The arguments of the case that your latest check of a part failed, as fresh copies.

    Parameters
    ----------
    part_id : str
        Such as ``"conv2d-backward-dx"``.
    passed : int, optional
        Another case of the part, by its number from 0, whether it passed or not.

    Raises
    ------
    ValueError
        When the part has no such case, or no check of it failed.
    """
    part = checking.find_part(part_id)
    if passed is not None:
        if passed not in range(len(part.cases)):
            raise ValueError(f"passed: {part_id} has {len(part.cases)} cases; there is none with number {passed}")
        shown_case = part.cases[passed]
    else:
        verdict = checking.LATEST.get(part_id)
        if verdict is None or verdict.failed is None:
            raise ValueError(f"part_id: no check of {part_id} has failed in this notebook; run it first")
        shown_case = verdict.failed
    return fresh(shown_case.args, shown_case.layout)
