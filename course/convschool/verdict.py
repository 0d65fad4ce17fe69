"""Run the cases of a part on a function and say what came of it: a `Verdict`, as plain data.

Nothing here prints, draws or raises; `convschool.explain` puts a verdict into words and pictures, and
`convschool.checking` is what a notebook calls.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convschool.cases import AtLeast, AtMost, Case, Part, Secret, lay_out
from convschool.exceptions import Raised
from convschool.findings import Evidence, Finding, Outcome, findings
from convschool.own_line import own_line
from convschool.repeatable import repeatable
from convschool.steps import defaults, labels, of_steps, play

# Lines of code before the template's `raise NotImplementedError` from which on an answer is no untouched one: some
# templates begin with a line of ours.
LEAST_WORK = 3
# How often a failing case is run again, to see whether it gives the same.
MORE_CALLS = 2
INPUT_MODIFIED = "input-modified"


@dataclass(frozen=True)
class Failure:
    """How one case failed.

    Parameters
    ----------
    kind : {"raised", "unanswered", "type", "shape", "not-finite", "values", "input-modified", "no-error", \
            "case", "unfit"}
        The last two are of `convschool.check_failing_case`: a case that shows no bug, or that cannot be run.
    about : str
        What the failing case is about.
    name : str
        The result or the argument concerned (``dx``), empty for a single result.
    says : str
        One sentence with the facts, without what was expected where that would be the answer.
    expected, got : numpy.ndarray or None
        For "values": both arrays, of one shape.
    line : str
        For "raised": the learner's own line, where it is known.
    """

    kind: str
    about: str
    name: str = ""
    says: str = ""
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    line: str = ""


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
    with repeatable():
        trials = []
        for case in part.cases:
            if starts:
                starts(case.about)
            trials.append(_Trial(part, case, function))
    failed = [trial for trial in trials if trial.failure]
    covered = tuple(case.about for case in part.cases)
    if not failed:
        return Verdict(part.id, covered)
    first = failed[0]
    mistake = _recognise(trials, first)
    if mistake not in ("", INPUT_MODIFIED) and not _gives_the_same_again(trials, first, function):
        mistake = ""  # its result came by chance
    others: tuple[Finding, ...] = ()
    if not mistake:
        mistake, others = _recognise_each(trials, first, function)
    told_by = changed_argument(first.reason.name) if mistake == INPUT_MODIFIED else mistake
    message = part.messages.get(told_by, "")
    facts = others if message else _facts(trials, first, function)
    return Verdict(part.id, covered, first.failure, mistake, message, facts, first.case, part.arguments)


def _facts(trials: list["_Trial"], first: "_Trial", function: Callable) -> tuple[Finding, ...]:
    """What can be seen of the results, where no mistake is known to give them."""
    if first.reason.kind not in ("raised", "type", "values", "not-finite", "shape", "no-error"):
        return ()

    part, case = first.part, first.case
    due = {} if case.raises else dict(zip(_names_of(part, case), _as_tuple(part, case, case.expected), strict=True))
    evidence = Evidence(
        function=function,
        names=part.results,
        due=due,
        form=case.expected.form if isinstance(case.expected, Secret) else None,
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


def _right_before(first: "_Trial") -> tuple[str, ...]:
    """What the first failing case of a class looked at before the wrong result, and found right."""
    names = _names_of(first.part, first.case) if first.case.steps else ()
    return names[: names.index(first.reason.name)] if first.reason.name in names else ()


def _gives_the_same_again(trials: list["_Trial"], first: "_Trial", function: Callable) -> bool:
    """Whether the first failing case fails in the same way when it is run again, with other random numbers.

    A whole number may come again by chance: where one is due, all cases are run again.
    """
    for attempt in range(MORE_CALLS):
        for place, trial in enumerate(trials if _is_int(first.case.expected) else [first]):
            with repeatable():
                random.seed(attempt + MORE_CALLS * place)
                np.random.seed(attempt + MORE_CALLS * place)  # noqa: NPY002 (learners may use it)
                second = _Trial(first.part, trial.case, function)
            if _says(second) != _says(trial):
                return False
    return True


def _says(trial: "_Trial") -> str:
    return trial.failure.says if trial.failure else ""


def changed_argument(name: str) -> str:
    """The key of the message for who changes the argument `name`: what helps with one may mislead with another."""
    return f"{INPUT_MODIFIED}: {name}"


class _Trial:
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
            self.raised = Raised(in_words(error), None if hasattr(error, "learners_line") else own_line(error))
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
        for name, expected, got in zip(_names_of(part, case), wanted, self.returned, strict=True):
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
        return Outcome(arguments, self.case.layout, False, failure.kind, failure.name, expected, got, failure.says)

    def _named(self, name: str) -> tuple[np.ndarray | None, np.ndarray | None]:
        """The expected and the returned numbers of that name, where both are numbers."""
        names = _names_of(self.part, self.case)
        if name and name not in names:
            return None, None
        place = names.index(name) if name else 0
        expected, got = _as_tuple(self.part, self.case, self.case.expected)[place], self.returned[place]
        if not _is_numeric(expected) or not _is_numeric(got):
            return None, None
        return np.asarray(expected, float), np.asarray(got, float)

    def _take(self, value: Any) -> Failure | None:
        """Keep what of a result is compared; a failure where it is not of the form that the contract says."""
        part, case = self.part, self.case
        if part.results:
            unpacks = isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
            if not unpacks or len(value) != len(part.results):
                says = f"{part.function} returns {', '.join(part.results)}; it returned {_kind_of(value)}"
                return Failure("type", case.about, says=says)
            self.returned = tuple(value[part.results.index(name)] for name in part.compares)
        elif case.steps or part.compares:
            names = _names_of(part, case)
            missing = [name for name in names if not isinstance(value, dict) or name not in value]
            if missing:
                says = f"{part.function} returns a dict with {_listed(names)}; it returned {_kind_of(value)}"
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


def compare(expected: Any, got: Any, tolerance: float, about: str = "", name: str = "") -> Failure | None:
    """The first difference that matters between two results: type, then shape, then values.

    Numbers, and lists and tuples of them, are compared as arrays, but an int, alone or in a list or a tuple, exactly.
    Other lists, tuples and dicts are compared item by item; a list will do for a tuple.
    """
    what = name or "the result"
    if got is None and expected is not None:
        if name or isinstance(expected, Secret):
            return Failure("unanswered", about, name, f"{what} is None: there is no answer for it yet")
        return Failure("type", about, name, f"{what} is None: does every path end in a return?")
    if expected is None:
        return None if got is None else Failure("values", about, name, f"{what} must be None; it is {_kind_of(got)}")
    if isinstance(expected, Secret):
        return None if expected.is_of(got) else Failure("values", about, name, "this is not the right value yet")
    if isinstance(expected, AtLeast | AtMost):
        return _compare_with_bar(expected, got, about, name)
    if isinstance(expected, str):
        if isinstance(got, str) and got == expected:
            return None
        yours = repr(got)[:80] if isinstance(got, str) else _kind_of(got)
        return Failure("values", about, name, f"{what} must be {expected!r}; it is {yours}")
    if isinstance(expected, dict):
        return _compare_dicts(expected, got, tolerance, about, what)
    if _is_int(expected):
        return _compare_ints(expected, got, about, name)
    if isinstance(expected, list | tuple) and (not _is_numeric(expected) or any(map(_is_int, expected))):
        return _compare_items(expected, got, tolerance, about, what)
    return _compare_arrays(expected, got, tolerance, about, name)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _compare_ints(expected: int, got: Any, about: str, name: str) -> Failure | None:
    """Ints are exact, whatever their size."""
    what = name or "the result"
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(got, float | np.floating):
        hint = ": `//` gives an int" if float(got).is_integer() else ""
        return Failure("type", about, name, f"{what} must be an int; it is the float {got!s:.40}{hint}")
    if not isinstance(got, int | np.integer) or isinstance(got, bool):
        return Failure("type", about, name, f"{what} must be an int; it is {_kind_of(got)}")
    if int(got) == expected:
        return None
    return Failure("values", about, name, f"{what} is {int(got)!s:.60}, expected {expected}")


def _compare_with_bar(expected: AtLeast | AtMost, got: Any, about: str, name: str) -> Failure | None:
    what = name or "the result"
    try:
        number = float(got)
    except (TypeError, ValueError):
        return Failure("type", about, name, f"{what} must be a number; it is {_kind_of(got)}")
    least = isinstance(expected, AtLeast)
    if number >= expected.bar if least else number <= expected.bar:
        return None
    says = f"{what} must be at {'least' if least else 'most'} {expected.bar:g}; yours is {number:.4g}"
    return Failure("values", about, name, says)


def _compare_dicts(expected: dict, got: Any, tolerance: float, about: str, what: str) -> Failure | None:
    if not isinstance(got, dict):
        return Failure("type", about, what, f"{what} must be a dict; it is {_kind_of(got)}")
    if got.keys() != expected.keys():
        says = f"{what} must have the keys {_listed(expected)}; it has {_listed(got) or 'none'}"
        return Failure("shape", about, what, says)
    pairs = ((expected[key], got[key], f"{what}[{key!r}]") for key in expected)
    return next(filter(None, (compare(one, other, tolerance, about, part) for one, other, part in pairs)), None)


def _compare_items(expected: list | tuple, got: Any, tolerance: float, about: str, what: str) -> Failure | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    if not isinstance(got, list | tuple):
        return Failure("type", about, what, f"{what} must be a {type(expected).__name__}; it is {_kind_of(got)}")
    if len(got) != len(expected):
        return Failure("shape", about, what, f"{what} must have {len(expected)} items, not {len(got)}")
    pairs = enumerate(zip(expected, got, strict=True))
    failures = (compare(one, other, tolerance, about, f"{what}[{i}]") for i, (one, other) in pairs)
    return next(filter(None, failures), None)


def _compare_arrays(expected: Any, got: Any, tolerance: float, about: str, name: str) -> Failure | None:
    what = name or "the result"
    wanted = np.asarray(expected)
    try:
        array = np.asarray(got)
    except Exception as error:
        return Failure("type", about, name, f"{what} cannot be read as an array ({error})"[:500])
    if wanted.dtype.kind == "b" and array.dtype.kind != "b":
        return Failure("type", about, name, f"{what} must be True or False; it is {_kind_of(got)}")
    if array.dtype.kind not in "iufb" or (array.dtype.kind == "b") != (wanted.dtype.kind == "b"):
        return Failure("type", about, name, f"{what} must hold real numbers; it is {_kind_of(got)}")
    if array.shape != wanted.shape:
        return Failure("shape", about, name, f"{what} must have shape {wanted.shape}, not {array.shape}")
    wanted, array = wanted.astype(float), array.astype(float)
    finite = np.isfinite(wanted)
    count = int((finite & ~np.isfinite(array)).sum())
    if count:
        return Failure("not-finite", about, name, f"{what} has {count} of {array.size} entries inf or nan")
    with np.errstate(all="ignore"):
        difference = np.where(finite, np.abs(array - wanted), 0.0)
        allowed = tolerance * max(1.0, float(np.abs(wanted[finite]).max(initial=0)))
    same = (array == wanted) | (np.isnan(array) & np.isnan(wanted))
    wrong = np.where(finite, difference > allowed, ~same)
    if not wrong.any():
        return None
    difference = np.where(finite, difference, np.where(wrong, np.inf, 0.0))
    return Failure("values", about, name, _where(what, wrong, difference, wanted, array), wanted, array)


def _where(what: str, wrong: np.ndarray, difference: np.ndarray, wanted: np.ndarray, got: np.ndarray) -> str:
    if not wanted.shape:
        return f"{what} is {got:.6g}, expected {wanted:.6g}"
    worst = np.unravel_index(int(np.argmax(difference)), difference.shape)
    place = ", ".join(str(int(i)) for i in worst)
    return (
        f"{int(wrong.sum())} of {wrong.size} entries of {what} differ; most at [{place}]: "
        f"{got[worst]:.6g}, expected {wanted[worst]:.6g}"
    )


def _recognise(trials: list[_Trial], first: _Trial) -> str:
    """The known mistake that gives the first wrong result and that no other case speaks against.

    A case speaks against a mistake that shows there when the function returned something else: to name a mistake that
    the learner has not made is worse than to name none. Of several, the one that fits most cases.
    """
    if first.reason.kind == INPUT_MODIFIED:
        return INPUT_MODIFIED

    def may_be(mistake: str) -> bool:
        shows = (trial for trial in trials if mistake in trial.case.mistakes and trial.returned)
        return all(trial.gives(trial.case.mistakes[mistake]) for trial in shows)

    def fits(mistake: str) -> int:
        return sum(
            trial.gives(trial.case.mistakes[mistake]) if mistake in trial.case.mistakes else not trial.failure
            for trial in trials
        )

    candidates = [key for key, results in first.case.mistakes.items() if first.gives(results)]
    return max(filter(may_be, candidates), key=fits, default="")


def _recognise_each(trials: list[_Trial], first: _Trial, function: Callable) -> tuple[str, tuple[Finding, ...]]:
    """The mistake that gives the first wrong result, where each of several results has a mistake of its own.

    Only a mistake that changes one result alone, in all cases, is looked for: what is said of it is then true whatever
    the others are. With it what is known of the other wrong results.
    """
    part, names = first.part, _names_of(first.part, first.case)
    if len(names) < 2 or len(first.returned) != len(names):
        return "", ()
    mistake_of: dict[str, str] = {}
    for place, name in enumerate(names):
        if not first.is_right(place):
            mistakes = (key for key in first.case.mistakes if part.messages.get(key))
            mistake = next((key for key in mistakes if _is_of_one_result(trials, key, name)), "")
            if mistake and mistake not in mistake_of.values():
                mistake_of[name] = mistake
    if first.reason.name not in mistake_of or not _gives_the_same_again(trials, first, function):
        return "", ()
    mistake = mistake_of.pop(first.reason.name)
    return mistake, tuple(Finding(key, part.messages[key]) for key in mistake_of.values())


def _is_of_one_result(trials: list[_Trial], mistake: str, name: str) -> bool:
    """Whether `mistake` changes the result of that name alone, and this one comes as it says, in all cases."""
    for trial in trials:
        names = _names_of(trial.part, trial.case)
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
            and np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
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


def _kind_of(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"one array of shape {value.shape} and dtype {value.dtype}"
    return f"a {type(value).__name__}"


def _listed(keys: Iterable) -> str:
    return ", ".join(repr(key) for key in keys)[:200]


def _is_numeric(value: Any) -> bool:
    try:
        return np.asarray(value).dtype.kind in "iuf"
    except ValueError:
        return False
