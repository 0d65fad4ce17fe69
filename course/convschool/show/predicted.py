"""A prediction is written down before the truth is shown, and the first one stays."""

import json
from typing import Any

from convschool import mode
from convschool.course_folder import course_folder

FILE = "predictions.json"


class NotPredicted(NotImplementedError):
    """No prediction yet: `when_answered` ends its block with this sentence."""


def predicted(name: str, guess: Any) -> None:
    """Go on once a prediction is written down; say it again beside the truth that follows.

    The first prediction of a name is kept in ``predictions.json`` in the course folder. It gives no marks. Where
    progress is not kept, as at grading, nothing is asked and nothing is kept.

    Parameters
    ----------
    name : str
        What is predicted, such as ``"05-order"``.
    guess : object
        The learner's prediction; None where there is none yet.

    Raises
    ------
    NotPredicted
        Where `guess` is None. Call this first in a block of `when_answered`.
    """
    if not mode.current().progress:
        return
    if guess is None:
        raise NotPredicted("Write your prediction into the cell above first, and run both cells.")
    kept = _read()
    first = kept.setdefault(name, repr(guess))
    _write(kept)
    print(f"You predicted: {first}" + ("" if first == repr(guess) else f"  (and later: {guess!r})"))


def _read() -> dict[str, str]:
    try:
        kept = json.loads((course_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in kept.items() if isinstance(value, str)} if isinstance(kept, dict) else {}


def _write(kept: dict[str, str]) -> None:
    """A prediction must not fail for a folder that cannot be written."""
    file = course_folder() / FILE
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
        fresh.replace(file)
    except OSError:
        return
