"""Run the cases of a part on a function and say what came of it: a `Verdict`, as plain data.

Nothing here prints, draws or raises; `convschool.explain` puts a verdict into words and pictures, and
`convschool.checking` is what a notebook calls.
"""

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convschool.cases import Case, Part, Secret, lay_out
from convschool.compare import INPUT_MODIFIED, Failure, compare, is_int, is_numeric, kind_of, listed
from convschool.exceptions import Raised
from convschool.findings import Evidence, Finding, Outcome, findings
from convschool.known_mistakes import recognise, recognise_each
from convschool.own_line import own_line
from convschool.repeatable import repeatable
from convschool.steps import NotHeld, array_before, defaults, labels, of_steps, play

# Lines of code before the template's `raise NotImplementedError` from which on an answer is no untouched one: some
# templates begin with a line of ours.
LEAST_WORK = 2
# How often a failing case is run again, to see whether it gives the same.
MORE_CALLS = 2


@dataclass(frozen=True)
class Verdict:
    """What came of a part: `failure` is None when every case passed.

    `mistake` is the known mistake that was recognised, with its `message`; `findings` are facts about the results;
    `failed` is the first case that did not pass, `arguments` are the names of what it hands over.
    """

    part: str
    covered: tuple[str, ...]
    failure: Failure | None = None
    mistake: str = ""
    message: str = ""
    findings: tuple[Finding, ...] = ()
    failed: Case | None = None
    arguments: tuple[str, ...] = ()

    @property
    def reported(self) -> str:
        """The id of the known mistake, or of the first fact that may be told of hidden cases; empty without either."""
        facts = (finding.id for finding in self.findings if finding.of_any_case)
        return self.mistake or next(facts, "")

    @property
    def passed(self) -> bool:
        return self.failure is None


def judge(part: Part, function: Callable, starts: Callable[[str], None] | None = None) -> Verdict:
    """Run every case of `part` on `function`.

    The function gets copies of the arguments, and the state of the random generators is put back
    afterwards, so that judging changes nothing. `starts` is told what each case is about before it runs.

    Raises
    ------
    TypeError
        When `function` is not callable: a mistake in the call of the check, not in an answer.
    """
    if not callable(function):
        raise TypeError(
            f"check({part.id!r}, ...) needs the function {part.function} itself, "
            f"not a {type(function).__name__}: write it without brackets"
        )
    # what runs in another process draws from the generators there
    with contextlib.nullcontext() if hasattr(type(function), "__play__") else repeatable():
        trials = []
        for case in part.cases:
            if starts:
                starts(case.about)
            trials.append(Trial(part, case, function))
    failed = [trial for trial in trials if trial.failure]
    covered = tuple(case.about for case in part.cases)
    if not failed:
        return Verdict(part.id, covered)
    first = failed[0]
    mistake = recognise(trials, first)
    if mistake not in ("", INPUT_MODIFIED) and not _gives_the_same_again(trials, first, function):
        mistake = ""  # its result came by chance
    others: tuple[Finding, ...] = ()
    if not mistake:
        mistake, others = recognise_each(trials, first)
        if mistake and not _gives_the_same_again(trials, first, function):
            mistake, others = "", ()
    told_by = changed_argument(first.reason.name) if mistake == INPUT_MODIFIED else mistake
    message = part.messages.get(told_by, "")
    facts = others if message else _facts(trials, first, function)
    return Verdict(part.id, covered, first.failure, mistake, message, facts, first.case, part.arguments)


def _facts(trials: list["Trial"], first: "Trial", function: Callable) -> tuple[Finding, ...]:
    """What can be seen of the results, where no mistake is known to give them."""
    if first.reason.kind not in ("raised", "type", "values", "not-finite", "shape", "no-error"):
        return ()

    part, case = first.part, first.case
    due = {} if case.raises else dict(zip(_names_of(part, case), _as_tuple(part, case, case.expected), strict=True))
    evidence = Evidence(
        function=_answer(part, function),
        names=part.results,
        due=due,
        secret=case.expected if isinstance(case.expected, Secret) else None,
        raised=first.raised,
        value=first.value,
        error_due=case.raises,
        right_before=_right_before(first),
        again=lambda: _gives_the_same_again(trials, first, function),
        same=lambda one, other: compare(one, other, part.tolerance) is None,
    )
    with repeatable():
        left_out = defaults(function)
        return findings([trial.seen(left_out) for trial in trials], evidence)


def _answer(part: Part, function: Callable) -> Any:
    """The learner's function or class itself, where `function` is one of the lesson that reports what it does."""
    if getattr(function, "__name__", "") == part.function:
        return function
    return getattr(function, "__globals__", {}).get(part.function, function)


def _right_before(first: "Trial") -> tuple[str, ...]:
    """What the first failing case of a class looked at before the wrong result, and found right."""
    names = _names_of(first.part, first.case) if first.case.steps else ()
    return names[: names.index(first.reason.name)] if first.reason.name in names else ()


def _gives_the_same_again(trials: list["Trial"], first: "Trial", function: Callable) -> bool:
    """Whether the first failing case fails in the same way when it is run again, with other random numbers.

    A whole number may come again by chance: where one is due, all cases are run again.
    """
    for attempt in range(MORE_CALLS):
        for place, trial in enumerate(trials if is_int(first.case.expected) else [first]):
            with repeatable():
                random.seed(attempt + MORE_CALLS * place)
                np.random.seed(attempt + MORE_CALLS * place)  # noqa: NPY002 (learners may use it)
                second = Trial(first.part, trial.case, function)
            if _says(second) != _says(trial):
                return False
    return True


def _says(trial: "Trial") -> str:
    return trial.failure.says if trial.failure else ""


def changed_argument(name: str) -> str:
    """The key of the message for who changes the argument `name`: what helps with one may mislead with another."""
    return f"{INPUT_MODIFIED}: {name}"


class Trial:
    """One case, run once: what was returned and how it compares."""

    def __init__(self, part: Part, case: Case, function: Callable):
        self.part, self.case = part, case
        self.returned: tuple = ()
        self.value: Any = None
        self.raised: Raised | None = None
        self.failure = self._run(function)

    @property
    def reason(self) -> Failure:
        """The failure of a case that fails."""
        assert self.failure is not None
        return self.failure

    @property
    def names(self) -> tuple[str, ...]:
        """What each of its compared results is called; one empty name for a single result."""
        return _names_of(self.part, self.case)

    def _run(self, function: Callable) -> Failure | None:
        case = self.case
        try:
            value, modified = self._played(function) if case.steps else self._called(function)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit in an answer is an answer that fails
            unanswered = isinstance(error, NotImplementedError)
            if case.raises in _type_names(error) and not unanswered:
                return None
            if type(error).__name__ == NotHeld.__name__:  # in another process it is another class of that name
                return Failure("type", case.about, says=in_words(error).partition(": ")[2])
            line = None if hasattr(error, "learners_line") else own_line(error)
            self.raised = Raised(in_words(error), line, getattr(error, "learners_line", ""))
            return raised(case.about, error)
        self.value = value
        if modified:
            which = modified if modified.startswith("argument ") else f"the argument {modified}"
            says = f"{which} is changed by your function; the caller still needs it"
            return Failure(INPUT_MODIFIED, case.about, modified, says)
        if case.raises:
            self._take(value)  # a known mistake may be told by it
            return Failure("no-error", case.about, says=f"a {case.raises} is due here, and none was raised")
        return self._compare(value)

    def _called(self, function: Callable) -> tuple[Any, str]:
        """What one call returns, and the argument that it changed."""
        args = fresh(self.case.args, self.case.layout)
        value = function(*args)
        return value, first_modified(self.part.arguments, self.case.args, args)

    def _played(self, function: Callable) -> tuple[Any, str]:
        """What the steps keep, and the argument that was changed."""
        played = play(function, fresh(self.case.steps, self.case.layout))
        return played.results, played.changed

    def _compare(self, value: Any) -> Failure | None:
        part, case = self.part, self.case
        misshapen = self._take(value)
        if misshapen:
            return misshapen
        wanted = _as_tuple(part, case, case.expected)
        called = {step[-1]: step[2] for step in case.steps if step[0] == "call"}
        for name, expected, got in zip(_names_of(part, case), wanted, self.returned, strict=True):
            if got is None and expected is not None and name in called:
                says = f"{name} is None: does every path of `{called[name]}` end in a return?"
                return Failure("type", case.about, name, says)
            failure = compare(expected, got, part.tolerance, case.about, name)
            if failure:
                return failure
        return None

    def seen(self, left_out: dict[str, Any]) -> Outcome:
        """What is needed to say something of the case; `left_out` are the function's arguments with their defaults."""
        failure = self.failure
        arguments = dict(zip(self.part.arguments, self.case.args, strict=False))
        if arguments:
            named = {name: left_out.get(name) for name in self.part.arguments}
            arguments = {name: value for name, value in named.items() if value is not None} | arguments
        elif self.case.steps:
            arguments = of_steps(self.case.steps, left_out)
        if failure is None:
            return Outcome(arguments, self.case.layout, passed=True)
        expected, got = failure.expected, failure.got
        if failure.kind in ("shape", "not-finite", "values") and expected is None and self.returned:
            expected, got = self._named(failure.name)
        before = array_before(self.case.steps, failure.name)
        return Outcome(
            arguments, self.case.layout, False, failure.kind, failure.name, expected, got, failure.says, before
        )

    def _named(self, name: str) -> tuple[np.ndarray | None, np.ndarray | None]:
        """The expected and the returned numbers of that name, where both are numbers."""
        names = _names_of(self.part, self.case)
        if name and name not in names:
            return None, None
        place = names.index(name) if name else 0
        expected, got = _as_tuple(self.part, self.case, self.case.expected)[place], self.returned[place]
        if not is_numeric(expected) or not is_numeric(got):
            return None, None
        return np.asarray(expected, float), np.asarray(got, float)

    def _take(self, value: Any) -> Failure | None:
        """Keep what of a result is compared; a failure where it is not of the form that the contract says."""
        part, case = self.part, self.case
        if part.results:
            unpacks = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
            if not unpacks or len(value) != len(part.results):
                says = f"{part.function} returns {', '.join(part.results)}; it returned {kind_of(value)}"
                return Failure("type", case.about, says=says)
            self.returned = tuple(value[part.results.index(name)] for name in part.compares)
        elif case.steps or part.compares:
            names = _names_of(part, case)
            missing = [name for name in names if not isinstance(value, dict) or name not in value]
            if missing:
                says = f"{part.function} returns a dict with {listed(names)}; it returned {kind_of(value)}"
                return Failure("type", case.about, says=says)
            self.returned = tuple(value[name] for name in names)
        else:
            self.returned = (value,)
        return None

    def parts_of(self, result: Any) -> tuple:
        """A result, in the order in which it is compared."""
        return _as_tuple(self.part, self.case, result)

    def is_right(self, place: int, *other: Any) -> bool:
        """Whether the result at a place is the expected one: the learner's, or another one."""
        value = other[0] if other else self.returned[place]
        return compare(self.parts_of(self.case.expected)[place], value, self.part.tolerance) is None

    def gives(self, results: tuple) -> bool:
        """Whether the function returned one of `results`, what a known mistake gives here."""
        return bool(self.returned) and any(map(self._gives_just, results))

    def _gives_just(self, result: Any) -> bool:
        wanted = _as_tuple(self.part, self.case, result)
        return len(wanted) == len(self.returned) and all(
            compare(one, got, self.part.tolerance) is None for one, got in zip(wanted, self.returned, strict=True)
        )


def _names_of(part: Part, case: Case) -> tuple[str, ...]:
    """What each of the compared results is called, for messages; one empty name for a single result."""
    return labels(case.steps) if case.steps else part.compares or ("",)


def _as_tuple(part: Part, case: Case, value: Any) -> tuple:
    """A result as the tuple of what is compared: of its items, of its dict's values, or of itself."""
    if case.steps or (part.compares and not part.results):
        return tuple(value.get(name) for name in _names_of(part, case))
    return tuple(value) if part.results else (value,)


def fresh(value: Any, layout: str) -> Any:
    """A copy of `value` whose arrays lie in memory as `layout` says."""
    if isinstance(value, np.ndarray):
        return lay_out(value, layout)
    if isinstance(value, tuple | list):
        return type(value)(fresh(item, layout) for item in value)
    if isinstance(value, dict):
        return {key: fresh(item, layout) for key, item in value.items()}
    return value


def first_modified(names: tuple[str, ...], before: tuple, after: tuple) -> str:
    """The name of the first argument that a call has changed; empty if there is none."""
    for i, (was, now) in enumerate(zip(before, after, strict=True)):
        if not _same(was, now):
            return names[i] if i < len(names) else f"argument {i + 1}"
    return ""


def _same(before: Any, after: Any) -> bool:
    if before is after and not isinstance(before, np.ndarray | tuple | list | dict):
        return True
    if type(before) is not type(after):
        return False
    if isinstance(before, np.ndarray):
        return (
            before.shape == after.shape
            and before.dtype == after.dtype
            # most are the same at the first look; looking for NaN takes three times as long
            and (bool((before == after).all()) or np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))
        )
    if isinstance(before, tuple | list):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    return before == after


def raised(about: str, error: BaseException) -> Failure:
    """The failure of an answer that raised `error`."""
    if isinstance(error, NotImplementedError) and not comes_after_work(error):
        return Failure("unanswered", about, says="there is no answer here yet")
    return Failure("raised", about, says=f"your function raised {in_words(error)}", line=_own_line(error))


def comes_after_work(error: BaseException) -> bool:
    """Whether an exception is the template's `raise NotImplementedError`, left behind the lines of an answer.

    One that came from another process, as at grading, brings this as `comes_after_work`.
    """
    if hasattr(error, "learners_line"):
        return getattr(error, "comes_after_work", False)
    line = own_line(error) if isinstance(error, NotImplementedError) else None
    return line is not None and line.text.startswith("raise") and line.lines_before() >= LEAST_WORK


def in_words(error: BaseException) -> str:
    """An exception as one short line: its type and what it says."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # an exception class of the learner's own, say
        message = ""
    return f"{type(error).__name__}: {message}".removesuffix(": ")[:500]


def _type_names(error: BaseException) -> list[str]:
    return [kind.__name__ for kind in type(error).__mro__]


def _own_line(error: BaseException) -> str:
    """The last line of the traceback that lies in a notebook cell, not in a library.

    An exception that came from another process, as at grading, brings the line as `learners_line`.
    """
    if hasattr(error, "learners_line"):
        return error.learners_line
    line = own_line(error)
    return f"line {line.number}, in {line.frame.f_code.co_name}: {line.text}" if line else ""
