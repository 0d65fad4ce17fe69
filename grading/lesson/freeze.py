"""Turn an author's calls into a part with results: the oracle's, and each known mistake's."""

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from convschool.cases import AtLeast, AtMost, Case, Part, Secret, refuse_unfit
from convschool.compare import INPUT_MODIFIED, compare
from convschool.repeatable import repeatable
from convschool.steps import play_here
from convschool.verdict import changed_argument, first_modified
from grading.lesson.answers import quietly, subject_of
from grading.lesson.exercise import Call, Exercise, Mistake, PartOf, Variant
from grading.lesson.load import Lesson

# Results are rounded to a multiple of the power of two that lies this far below the largest entry: processors differ in
# the last digits of what is not exact, and checks must be the same everywhere.
BITS_KEPT = 24


class FreezeError(ValueError):
    """A case that cannot be frozen; the message names the exercise, the part and the case."""


def visible_part(lesson: Lesson, exercise: Exercise, part: PartOf) -> Part:
    """The part as it is shipped to learners."""
    return freeze(lesson, exercise, part, part.visible)


def freeze(lesson: Lesson, exercise: Exercise, part: PartOf, calls: Iterable[Call], lazily: bool = False) -> Part:
    """Compute what a correct answer gives for each call, and what each known mistake gives instead.

    With `lazily`, the mistakes' results are computed when they are first asked for: when a case has failed.

    Raises
    ------
    FreezeError
        When the oracle raises, or its result does not fit the part.
    """
    compares = part.compares or exercise.results
    calls, cases = list(calls), []
    for call in calls:
        if call.raises:
            wrong: Mapping[str, tuple] = _WrongResults(lesson, exercise, compares, call, None)
            wrong = wrong if lazily else dict(wrong)
            cases.append(Case(call.about, call.args, None, wrong, call.layout, call.raises, call.steps))
            continue
        try:
            refuse_unfit((call.args, call.steps))
            if exercise.oracle is None:
                raise ValueError("the exercise has no oracle")
            right = _result_of(exercise.oracle, _with_float64(call))
            if right is None:
                raise ValueError("the oracle returns None: does it lack a return?")
            expected = portable(_select(exercise, compares, call, right))
            refuse_unfit(expected)
            if part.in_sandbox and _has_bar(expected):
                raise ValueError("in_sandbox=True: a bar proves nothing of what runs beside the learner's code")
        except Exception as error:
            where = f"{_where(lesson, exercise, part)}: case {call.about!r}"
            raise FreezeError(f"{where}: it cannot be frozen: {_in_a_line(error)}") from error
        wrong = _WrongResults(lesson, exercise, compares, call, expected)
        wrong = wrong if lazily else dict(wrong)
        cases.append(Case(call.about, call.args, expected, wrong, call.layout, "", call.steps))
    messages = _LazyMessages(lesson, exercise, calls)
    return Part(
        id=exercise.part_id(part),
        function=exercise.function,
        arguments=exercise.arguments,
        results=exercise.results,
        compares=compares,
        tolerance=exercise.tolerance,
        cases=tuple(cases),
        messages=messages if lazily else dict(messages),
    )


def portable(value: Any) -> Any:
    """`value` with its floats rounded, so that it is the same on every processor; float32 becomes float64."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return _rounded(value.astype(float))
    if isinstance(value, float | np.floating):
        return float(_rounded(np.asarray(value, float)))
    if isinstance(value, tuple | list):
        return type(value)(map(portable, value))
    if isinstance(value, dict):
        return {key: portable(item) for key, item in value.items()}
    return value


def _rounded(array: np.ndarray) -> np.ndarray:
    finite = np.abs(array[np.isfinite(array)])
    largest = float(finite.max(initial=1.0))
    step = 2.0 ** (np.ceil(np.log2(largest)) - BITS_KEPT)
    with np.errstate(all="ignore"):
        rounded = np.round(array / step) * step
    return np.where(np.isfinite(rounded), rounded + 0.0, array)


class _WrongResults(Mapping):
    """The results of each known mistake in a case, by the mistake's id.

    An empty tuple: the mistake raises. No entry: the mistake gives the right result in this case. Several results: the
    mistake can be made in several ways. Computed once, when first asked for.
    """

    def __init__(self, lesson: Lesson, exercise: Exercise, compares: tuple, call: Call, expected: Any):
        self._about = lesson, exercise, compares, call, expected
        self._computed: dict[str, tuple] | None = None

    def _results(self) -> dict[str, tuple]:
        if self._computed is None:
            lesson, exercise, compares, call, expected = self._about
            self._computed = {}
            for entry in () if exercise.measured else _mistakes(lesson, exercise):
                results: list = []
                right = False
                for variant in entry.variants:
                    result = _result_of_mistake(lesson, exercise, variant, compares, call)
                    if result is None:
                        continue
                    if expected is not None and _equal(expected, result, exercise, compares, call):
                        right = True
                    elif isinstance(expected, Secret):  # what learners may type is not shown to them either
                        results.append(Secret.of(result, expected.decimals))
                    elif not any(_equal(one, result, exercise, compares, call) for one in results):
                        results.append(result)
                if results and right:  # made in another way, the same mistake does not show here
                    results.append(expected)
                raises = not results and not right and not call.raises
                if results or raises:
                    self._computed[entry.id] = tuple(results)
        return self._computed

    def __getitem__(self, key: str) -> tuple:
        return self._results()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results())

    def __len__(self) -> int:
        return len(self._results())


class _LazyMessages(Mapping):
    """The messages for learners, by the key of `_message_key`. Computed when one is asked for."""

    def __init__(self, lesson: Lesson, exercise: Exercise, calls: list[Call]):
        self._about = lesson, exercise, calls
        self._computed: dict[str, str] | None = None

    def _messages(self) -> dict[str, str]:
        if self._computed is None:
            lesson, exercise, calls = self._about
            self._computed = {
                _message_key(entry, lesson, exercise, calls): entry.message for entry in _mistakes(lesson, exercise)
            }
        return self._computed

    def __getitem__(self, key: str) -> str:
        return self._messages()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages())

    def __len__(self) -> int:
        return len(self._messages())


def _mistakes(lesson: Lesson, exercise: Exercise) -> list[Mistake]:
    (same,) = (one for one in lesson.with_banks if one.id == exercise.id)
    return same.mistakes


def _message_key(entry: Mistake, lesson: Lesson, exercise: Exercise, calls: list[Call]) -> str:
    """The key of a mistake's message: its id, or, where it changes an argument, the key for that argument."""
    if entry.id != INPUT_MODIFIED:
        return entry.id
    for call in calls:
        changed = _changed_by(lesson, exercise, entry.variants[0], call)
        if changed:
            return changed_argument(changed)
    return entry.id


def _changed_by(lesson: Lesson, exercise: Exercise, variant: Variant, call: Call) -> str:
    """The argument that a mistake changes; empty where it changes none or raises."""
    args, steps = copy.deepcopy(call.args), copy.deepcopy(call.steps)
    with quietly():
        try:
            subject = _subject(lesson, exercise, variant)
            if steps:
                return play_here(subject, steps)[1]
            subject(*args)
        except Exception:  # it may have changed something before it raised
            pass
    return "" if steps else first_modified(exercise.arguments, call.args, args)


_SUBJECTS: dict[tuple, Any] = {}


def _subject(lesson: Lesson, exercise: Exercise, variant: Variant) -> Callable:
    """The subject of the checks with a mistake in the answer's place; made once."""
    key = (lesson.name, exercise.id, variant.source)
    if key not in _SUBJECTS:
        _SUBJECTS[key] = subject_of(lesson, exercise, variant.source)
    return _SUBJECTS[key]


def _result_of_mistake(lesson: Lesson, exercise: Exercise, variant: Variant, compares: tuple, call: Call) -> Any:
    """The result of a mistake for `call`; None where it raises or returns nothing that a case can hold.

    It is run on float64, which is the same on every processor, and on float32 only where that makes a difference.
    """
    wide = _result_or_none(lesson, exercise, variant, compares, _with_float64(call))
    if not _holds_float32((call.args, call.steps)):
        return wide
    narrow = _result_or_none(lesson, exercise, variant, compares, call)
    if narrow is None or (wide is not None and _equal(wide, narrow, exercise, compares, call)):
        return wide
    return narrow


def _result_or_none(lesson: Lesson, exercise: Exercise, variant: Variant, compares: tuple, call: Call) -> Any:
    with quietly(), repeatable():
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 (a mistake may draw from the one generator of all)
        try:
            result = _result_of(_subject(lesson, exercise, variant), call)
            return None if result is None else portable(_plain(_select(exercise, compares, call, result)))
        except Exception:
            return None


def _result_of(function: Callable, call: Call) -> Any:
    """What `function` returns for the call, or what its steps keep."""
    if call.steps:
        return play_here(function, copy.deepcopy(call.steps))[0]
    return function(*copy.deepcopy(call.args))


def _with_float64(call: Call) -> Call:
    """The call with float64 in the place of float32, so that sums are exact in any order."""
    return replace(call, args=_wide(call.args), steps=_wide(call.steps))


def _wide(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(float)
    if isinstance(value, tuple | list):
        return type(value)(map(_wide, value))
    if isinstance(value, dict):
        return {key: _wide(item) for key, item in value.items()}
    return value


def _holds_float32(value: Any) -> bool:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return any(map(_holds_float32, value))
    return isinstance(value, np.ndarray) and value.dtype == np.float32


def _select(exercise: Exercise, compares: tuple[str, ...], call: Call, value: Any) -> Any:
    """The part of a result that is compared."""
    if call.steps:
        return value
    if exercise.results:
        if len(value) != len(exercise.results):
            raise ValueError(f"{len(value)} results for {', '.join(exercise.results)}")
        return tuple(value[exercise.results.index(name)] for name in compares)
    if compares:
        return {name: value[name] for name in compares}
    return value


def _plain(value: Any) -> Any:
    """A mistake's result as a case can hold it.

    Raises
    ------
    TypeError
        When it cannot.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError("not an array of real numbers")
        return np.array(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a case cannot hold a {type(value).__name__}")


def _has_bar(value: Any) -> bool:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else [value]
    return any(isinstance(one, AtLeast | AtMost) for one in values)


def _equal(expected: Any, result: Any, exercise: Exercise, compares: tuple, call: Call) -> bool:
    if call.steps or (compares and not exercise.results):
        if not isinstance(result, dict) or expected.keys() - result.keys():
            return False
        pairs = [(expected[key], result[key]) for key in expected]
    elif exercise.results:
        pairs = list(zip(expected, result, strict=True))
    else:
        pairs = [(expected, result)]
    return all(compare(one, other, exercise.tolerance) is None for one, other in pairs)


def _where(lesson: Lesson, exercise: Exercise, part: PartOf) -> str:
    return f"{lesson.folder}/checks.py: exercise {exercise.id}, part {part.name}"


def _in_a_line(error: BaseException) -> str:
    message = " ".join(str(error).split())  # an array is printed in several lines
    return f"{type(error).__name__}: {message if len(message) <= 200 else message[:200] + '...'}"
