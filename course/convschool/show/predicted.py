"""A prediction is written down before the truth is shown, and the first one stays."""

from typing import Any

from convschool import mode
from convschool.course_folder import course_folder, read_kept, write_kept

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
    file = course_folder() / FILE
    predictions = {key: value for key, value in read_kept(file).items() if isinstance(value, str)}
    first = predictions.setdefault(name, repr(guess))
    write_kept(file, predictions)
    print(f"You predicted: {first}" + ("" if first == repr(guess) else f"  (and later: {guess!r})"))
