"""What a notebook calls: `check` an answer, or check that a case shows a bug."""

import contextlib
import html
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from convschool import explain, front, mode, progress_record
from convschool.cases import Part, load
from convschool.compare import Failure, compare
from convschool.course_folder import lesson_files
from convschool.progress import left_of
from convschool.repeatable import repeatable
from convschool.running import watched
from convschool.verdict import Verdict, in_words, judge, raised

VERDICT_MIME = "application/vnd.convschool.verdict+json"
BUG_NOT_SHOWN = "bug-not-shown"
MOST_ENTRIES = 500
# Beyond this, the rounding of central differences looks like a bug.
LARGEST_ENTRY = 1000
# In `check_failing_case`; the tolerance of a part is its author's.
LEAST_DIFFERENCE = 1e-6
# The latest verdict of each part in this notebook, for `convschool.show.case`.
LATEST: dict[str, Verdict] = {}


class CheckFailed(AssertionError):
    """A check that did not pass. What went wrong was shown above it, so its traceback is one line.

    Attributes
    ----------
    verdict : convschool.verdict.Verdict
    failure : convschool.compare.Failure
        The failure of that verdict.
    """

    def __init__(self, verdict: Verdict, failure: Failure):
        super().__init__(f"{verdict.part}: {explain.HEADINGS[failure.kind]}")
        self.verdict, self.failure = verdict, failure

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
    CheckStopped
        When it was interrupted.
    ValueError
        When there is no part of that name.
    """
    if _run_elsewhere():
        return
    part = find_part(part_id)
    with watched(part_id, learning=mode.current().at_home) as running:
        verdict = judge(part, function, running.starts)
    wrong = [] if verdict.passed else _wrong_answers_used(function, part)
    if wrong and mode.current().checks != "silent":
        text = f"Your answer uses {' and '.join(wrong)}, whose checks do not pass yet: begin there."
        front.show(f"<p>{html.escape(text)}</p>", text)
    report(verdict)


def check_failing_case(part_id: str, make_case: Callable, buggy: Callable, truth: Callable) -> None:
    """Check that the arguments ``make_case()`` returns make `buggy` differ from `truth`.

    Parameters
    ----------
    part_id : str
    make_case : callable
        Your function. Takes nothing and returns a tuple, the arguments of `buggy`: arrays of at most 500
        entries together, with values from -1000 to 1000, and ints.
    buggy, truth : callable
        The function with the bug, and a slow one without; or what a false claim says, and what is true. `truth`
        raises where the arguments do not fit: a bug that crashes is shown by crashing.

    Raises
    ------
    CheckFailed
        When the case cannot be run, or both functions agree on it.
    TypeError
        When `make_case` is not callable.
    """
    if _run_elsewhere():
        return
    part = find_part(part_id)
    if not callable(make_case):
        raise TypeError(
            f"make_case: check_failing_case({part_id!r}, ...) needs your function itself, "
            f"not a {type(make_case).__name__}: write it without brackets"
        )
    with watched(part_id, learning=mode.current().at_home), repeatable():
        failure = _why_not_shown(make_case, buggy, truth)
    mistake = BUG_NOT_SHOWN if failure and failure.kind == "case" else ""
    covered = ("your case makes the two functions differ",)
    report(Verdict(part.id, covered, failure, mistake, part.messages.get(mistake, "")))


def _wrong_answers_used(function: Callable, part: Part) -> list[str]:
    """The learner's other answers that `function` calls by name and whose latest check failed."""
    failed = set()
    for verdict in LATEST.values():
        with contextlib.suppress(ValueError, FileNotFoundError):  # its lesson's folder is no longer there
            failed |= set() if verdict.passed else {find_part(verdict.part).function}
    bodies = vars(function).values() if isinstance(function, type) else [function]
    global_names = {name for body in bodies for name in getattr(getattr(body, "__code__", None), "co_names", ())}
    return sorted(global_names & failed - {part.function})


def _run_elsewhere() -> bool:
    """Whether checks run in another process than this, as at grading; says so."""
    elsewhere = mode.current().checks == "elsewhere"
    if elsewhere:
        print("Checks run after your cells at grading.")
    return elsewhere


def _why_not_shown(make_case: Callable, buggy: Callable, truth: Callable) -> Failure | None:
    try:
        case = make_case()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit in an answer is an answer that fails
        return raised("", error)
    names = _arguments_of(truth)
    unfit = _why_unfit(case, names)
    if unfit:
        return Failure("unfit", "", says=unfit)
    try:
        right = truth(*_copied(case))
    except Exception as error:
        return Failure("unfit", "", says=f"these arguments do not fit together: {_in_short(error, case)}")
    try:
        wrong = buggy(*_copied(case))
    except Exception:  # on arguments that `truth` takes
        return None
    if compare(_as_number(right), _as_number(wrong), LEAST_DIFFERENCE) is None:
        both = f"{_name_of(buggy)} and {_name_of(truth)}"
        says = f"your case gives the same, to within {LEAST_DIFFERENCE}, with {both}"
        zeros = (
            [f"`{names[i]}`" for i, item in enumerate(case) if np.size(item) > 1 and not np.any(item)] if names else []
        )
        return Failure("case", "", says=says + (f"; {zeros[0]} is 0 everywhere" if zeros else ""))
    return None


def _as_number(value: object) -> object:
    """An int as a float: the copies of a case's arrays hold floats, and what comes of them may be 1 or 1.0."""
    return float(value) if isinstance(value, int | np.integer) else value


def _name_of(function: Callable) -> str:
    return getattr(function, "__name__", "one of the functions")


def _arguments_of(function: Callable) -> list[str]:
    """The names of a function's arguments; none where they cannot be read, or where it takes any number of them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    plain = all(one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty for one in parameters)
    return [one.name for one in parameters] if plain else []


def _in_short(error: Exception, case: tuple) -> str:
    """What the function without the bug says of a case that it cannot run."""
    if type(error) is ValueError:  # in words of the lesson
        return in_words(error).removeprefix("ValueError: ")
    whole = [(i, item) for i, item in enumerate(case, start=1) if isinstance(item, float) and item.is_integer()]
    if isinstance(error, TypeError) and whole:
        place, number = whole[0]
        return f"argument {place} is the float {number!r}: write {int(number)}, without a point"
    return in_words(error)


def _why_unfit(case: object, names: Sequence[str] = ()) -> str:
    """What is wrong with a case before anything is run on it; empty where nothing is. `names` are its arguments'."""
    if case is None:
        return "your function returned None: does every path end in a return?"
    due = f" ({', '.join(names)})" if names else ""
    if not isinstance(case, tuple):
        comma = f": `({names[0]},)` with a comma is a tuple of one" if len(names) == 1 else ""
        kind = type(case).__name__
        article = "an" if kind[0] in "aeiou" else "a"
        return f"a case is the tuple of arguments{due}; your function returned {article} {kind}{comma}"
    if names and len(case) != len(names):
        return f"a case has {_number(len(names))}{due}, and yours has {len(case)}"
    size = 0
    for i, item in enumerate(case):
        try:
            array = np.asarray(item)
        except ValueError:
            return f"argument {i + 1} of your case is a list whose rows differ in length"
        except Exception as error:  # of a class of the learner's own
            return f"argument {i + 1} of your case cannot be read as an array ({in_words(error)})"
        if array.dtype.kind not in "iuf":
            return f"argument {i + 1} of your case is a {type(item).__name__} without numbers"
        if not (np.abs(array.astype(float)) <= LARGEST_ENTRY).all():
            return f"numbers from -{LARGEST_ENTRY} to {LARGEST_ENTRY} will do; argument {i + 1} has others"
        size += array.size
    if size > MOST_ENTRIES:
        return f"a small case says more: yours has {size} entries, {MOST_ENTRIES} are allowed"
    return ""


def _number(arguments: int) -> str:
    return "one argument" if arguments == 1 else f"{arguments} arguments"


def _copied(case: tuple) -> list:
    """The arguments with copies of their arrays, so that no function sees what another one has written into them."""
    return [np.array(item, float) if np.ndim(item) else item for item in case]


def find_part(part_id: str) -> Part:
    """The part of that id, from the checks beside the notebook, else from any lesson of the course."""
    here = Path("checks.npz")
    if here.exists() and part_id in (parts := load(here)):
        return parts[part_id]
    files = lesson_files()
    if not files and not here.exists():
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
    if verdict.failure is None or verdict.failure.kind != "unanswered":
        progress_record.note(verdict.part, verdict.passed)
    if not hidden:
        LATEST[verdict.part] = verdict
    if mode.current().checks != "silent":
        _show(verdict, hidden)
    if verdict.passed and not hidden and mode.current().at_home:
        left = left_of(verdict.part)
        if left:
            front.show(f"<p>{html.escape(left)}</p>", left)
    if verdict.failure:
        raise CheckFailed(verdict, verdict.failure)


def _show(verdict: Verdict, hidden: bool) -> None:
    summary = {"part": verdict.part, "passed": verdict.passed, "mistake": verdict.reported}
    front.show(explain.html(verdict, hidden), explain.text(verdict, hidden), {VERDICT_MIME: summary})
