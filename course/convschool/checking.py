"""What a notebook calls: `check` an answer, or check that a case shows a bug."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from convschool import explain, progress_record
from convschool.cases import Part, load
from convschool.verdict import Failure, Verdict, compare, judge

VERDICT_MIME = "application/vnd.convschool.verdict+json"
COURSE_FOLDER = Path(__file__).parents[1]
BUG_NOT_SHOWN = "bug-not-shown"
MOST_ENTRIES = 2000


class CheckFailed(AssertionError):
    """A check that did not pass. What went wrong was shown above it, so its traceback is one line.

    Attributes
    ----------
    verdict : convschool.verdict.Verdict
    """

    def __init__(self, verdict: Verdict):
        super().__init__(f"{verdict.part}: {explain.HEADINGS[verdict.failure.kind]}")
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


def check(part_id: str, function: Callable) -> None:
    """Run the visible cases of `part_id` on your `function`, and say what came of them.

    Parameters
    ----------
    part_id : str
        The part's id, such as ``"conv2d-backward-dw"``.
    function : callable
        Your function. Its arguments are copies; any array-like result will do.

    Raises
    ------
    CheckFailed
        When a case fails, after the explanation was shown.
    ValueError
        When there is no part of that name.
    """
    report(judge(find_part(part_id), function))


def check_failing_case(part_id: str, make_case: Callable, buggy: Callable, truth: Callable) -> None:
    """Check that the arguments ``make_case()`` returns make `buggy` differ from `truth`.

    Parameters
    ----------
    part_id : str
    make_case : callable
        Your function. Takes nothing and returns a tuple, the arguments of `buggy`: arrays of at most 2000
        entries together, and ints.
    buggy, truth : callable
        The function with the bug, and a slow one without.

    Raises
    ------
    CheckFailed
        When the case cannot be run, or both functions agree on it.
    """
    part = find_part(part_id)
    failure, mistake = _why_not_shown(make_case, buggy, truth)
    covered = ("your case makes the two functions differ",)
    report(Verdict(part.id, covered, failure, mistake, part.messages.get(mistake, "")))


def _why_not_shown(make_case: Callable, buggy: Callable, truth: Callable) -> tuple[Failure | None, str]:
    try:
        case = make_case()
    except NotImplementedError:
        return Failure("unanswered", "", says="there is no answer here yet"), ""
    except Exception as error:
        return Failure("raised", "", says=f"your function raised {type(error).__name__}: {error}"[:500]), ""
    if not isinstance(case, tuple):
        says = f"a case is the tuple of arguments; your function returned a {type(case).__name__}"
        return Failure("type", "", says=says), ""
    case = tuple(np.asarray(item, float) if np.ndim(item) else item for item in case)
    size = sum(np.size(item) for item in case)
    if size > MOST_ENTRIES:
        says = f"a small case says more: yours has {size} entries, {MOST_ENTRIES} are allowed"
        return Failure("type", "", says=says), ""
    try:
        right = truth(*case)
    except Exception as error:
        says = f"these arguments do not fit together: {type(error).__name__}: {error}"[:500]
        return Failure("raised", "", says=says), ""
    try:
        wrong = buggy(*case)
    except Exception:
        return None, ""
    if compare(right, wrong, 1e-6) is None:
        says = "the function with the bug and the one without agree on your case"
        return Failure("case", "", says=says), BUG_NOT_SHOWN
    return None, ""


def find_part(part_id: str) -> Part:
    """The part of that id, from the checks beside the notebook, else from any lesson of the course."""
    here = Path("checks.npz")
    files = [here] if here.exists() else []
    files += sorted(COURSE_FOLDER.glob("*/checks.npz"))
    if not files:
        raise FileNotFoundError(
            "there is no checks.npz beside this notebook: keep the files of a lesson's folder together"
        )
    for file in files:
        parts = load(file)
        if part_id in parts:
            return parts[part_id]
    raise ValueError(f"part_id: no lesson has a check called {part_id!r}")


def report(verdict: Verdict, hidden: bool = False) -> None:
    """Show the verdict, note it for `convschool.progress`, and raise `CheckFailed` unless it passed."""
    progress_record.note(verdict.part, verdict.passed)
    _show(verdict, hidden)
    if not verdict.passed:
        raise CheckFailed(verdict)


def _show(verdict: Verdict, hidden: bool) -> None:
    text = explain.text(verdict, hidden)
    shell = _notebook_shell()
    if shell is None:
        print(text)
        return
    from IPython.display import display

    summary = {"part": verdict.part, "passed": verdict.passed, "mistake": verdict.mistake}
    bundle = {"text/plain": text, "text/html": explain.html(verdict, hidden), VERDICT_MIME: summary}
    display(bundle, raw=True)


def _notebook_shell():
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
