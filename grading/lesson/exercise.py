"""What an author writes in a lesson's ``checks.py``: exercises, their parts, and the cases of each part.

An *answer* is the source of an answer cell, whatever it binds: functions, a class, a value. A bank entry (a known
mistake, a correct answer) is such a source, too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convschool.cases import AtLeast, AtMost, Secret

__all__ = [
    "AtLeast",
    "AtMost",
    "Call",
    "Correct",
    "Criterion",
    "Debug",
    "Exercise",
    "Mistake",
    "PartOf",
    "Prediction",
    "Value",
    "Variant",
    "Written",
    "apply",
    "call",
    "do",
    "given",
    "make",
    "read",
    "ref",
]


@dataclass(frozen=True)
class Call:
    """One case: a call of the exercise's function, or steps with the exercise's class.

    Parameters
    ----------
    about : str
        What the case is about, in words a learner knows: ``"stride 2, 5x7 input"``.
    args : tuple
        Positional arguments of the call.
    layout : {"C", "F", "strided", "reversed"}
        How the arrays lie in memory.
    raises : str
        Name of the exception that the contract promises here.
    steps : tuple
        For a class, or a function that takes a model: what to do, made by `make`, `call` and the others below.
    """

    about: str
    args: tuple = ()
    layout: str = "C"
    raises: str = ""
    steps: tuple = ()


@dataclass(frozen=True)
class PartOf:
    """One marked part: which results it looks at, its points, the visible cases, and how to draw hidden ones.

    Parameters
    ----------
    name : str
        The part's name; its nbgrader id is ``<exercise>-<name>``.
    visible : sequence of Call
        What the learner's check runs. Frozen into ``checks.npz``.
    hidden : callable
        ``hidden(rng)`` returns an iterable of `Call`; drawn afresh at grading from the grader's seed.
    compares : tuple of str
        Which of the exercise's `results`, or of the keys of a dict, count here; empty for all of them.
    points : float
        The part's marks.
    bonus : bool
        Whether the marks are beside those of the lesson: they fill up what was lost elsewhere in it, and nobody gets
        more than the lesson's points.
    in_sandbox : bool
        Whether the exercise's `subject`, a function in a cell of ours, runs in the sandbox, beside the learner's code:
        needed where it hands objects of its own to the answer, or changes arrays that the answer holds. The learner's
        code could then fake its result: so the result is compared with the oracle's, and a bar (`AtLeast`, `AtMost`) is
        refused.
    """

    name: str
    visible: Sequence[Call]
    hidden: Callable[[np.random.Generator], Iterable[Call]]
    compares: tuple[str, ...] = ()
    points: float = 0
    bonus: bool = False
    in_sandbox: bool = False


@dataclass(eq=False)
class Exercise:
    """Something the learner writes, with its oracle and its parts.

    Parameters
    ----------
    id : str
        The id of the answer cell, such as ``conv2d-backward``.
    function : str
        The name that the answer gives the function, the class or the value.
    arguments : tuple of str
        The names of its arguments, in order. Empty for a class.
    oracle : callable
        Takes the arguments of a `Call`, returns what a correct function returns; for cases of steps, a class or
        function of the same interface.
    parts : list of PartOf
    results : tuple of str
        Names of the results where the function returns a tuple.
    tolerance : float
        Largest difference allowed, relative to ``max(1, max |expected|)``. Ints are exact.
    subject : str
        The Python expression that the marked cells check; by default the name `function`.
    debug : tuple of str
        For `Debug`: the names of the function with the bug, and of the one without.
    is_value : bool
        Whether the answer is a typed value (`Value`).
    measured : bool
        Whether results are measurements, such as an accuracy, which differ from machine to machine: a known mistake is
        then not told by its result.
    """

    id: str
    function: str
    arguments: tuple[str, ...] = ()
    oracle: Callable | None = None
    parts: list[PartOf] = field(default_factory=list)
    results: tuple[str, ...] = ()
    tolerance: float = 1e-4
    subject: str = ""
    debug: tuple[str, ...] = ()
    is_value: bool = False
    measured: bool = False
    mistakes: list["Mistake"] = field(default_factory=list)
    correct: list["Correct"] = field(default_factory=list)

    def __post_init__(self):
        self.subject = self.subject or self.function

    def part_id(self, part: PartOf) -> str:
        return f"{self.id}-{part.name}"

    def hidden_calls(self, part: PartOf, rng: np.random.Generator) -> list[Call]:
        """The hidden cases of a part, drawn.

        Raises
        ------
        ValueError
            When they cannot be drawn; the message names the exercise and the part.
        """
        try:
            return list(part.hidden(rng))
        except Exception as error:
            where = f"checks.py: exercise {self.id}, part {part.name}"
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"{where}: its hidden cases cannot be drawn: {reason}") from error


def no_calls(rng: np.random.Generator) -> list[Call]:
    """The hidden cases of a part that has none."""
    return []


def Debug(id: str, make_case: str, buggy: str, truth: str, points: float, bonus: bool = False) -> Exercise:
    """An exercise in which the learner writes `make_case`, a function that returns a case which shows a bug.

    Parameters
    ----------
    id : str
    make_case : str
        The name of the learner's function. It returns arguments for which `buggy` and `truth` differ.
    buggy, truth : str
        Names of two functions in cells of ours.
    points : float
    bonus : bool
        As in `PartOf`.
    """
    shown = PartOf("shown", [], no_calls, points=points, bonus=bonus)
    return Exercise(id, make_case, parts=[shown], debug=(buggy, truth))


def Value(
    id: str,
    name: str,
    expected: Any,
    points: float,
    decimals: int | None = None,
    says_not_yet: str = "",
    bonus: bool = False,
) -> Exercise:
    """An exercise in which the learner types a value: an int, a float, a choice, or a short tuple.

    The expected value is neither shown nor shipped: the checks hold a digest of it.

    Parameters
    ----------
    id : str
    name : str
        The name that the answer cell gives the value.
    expected : object
    points : float
    decimals : int, optional
        To how many decimals floats are rounded before they are compared.
    says_not_yet : str
        What the case is about, for the learner; by default "the value of <name>".
    bonus : bool
        As in `PartOf`.
    """
    about = says_not_yet or f"the value of {name}"
    return Exercise(
        id,
        name,
        oracle=lambda: Secret.of(expected, decimals),
        parts=[PartOf("value", [Call(about)], no_calls, points=points, bonus=bonus)],
        subject=f"lambda: {name}",
        is_value=True,
    )


def Prediction(id: str, name: str) -> Exercise:
    """Something the learner predicts before the truth is shown: a value without marks and without a check.

    The cell that shows the truth begins its ``with show.when_answered():`` block with ``show.predicted(id, name)``,
    which asks for the prediction and keeps the first one.
    """
    return Exercise(id, name, is_value=True)


# ------------------------------------------------------------------------------------------- steps


def make(name: str, *args: Any) -> tuple:
    """Step: make an object of the learner's class, called `name` in later steps."""
    return ("make", name, args)


def given(name: str, kind: str, *args: Any) -> tuple:
    """Step: make a stand-in of `convschool.stand_ins`."""
    return ("given", name, kind, args)


def call(name: str, method: str, *args: Any, label: str) -> tuple:
    """Step: call a method and keep what it returns under `label`."""
    return ("call", name, method, args, label)


def do(name: str, method: str, *args: Any) -> tuple:
    """Step: call a method; what it returns does not count."""
    return ("do", name, method, args)


def read(name: str, *path: Any, label: str) -> tuple:
    """Step: keep a copy of an attribute, or of what it holds: ``read("layer", "grads", "w", label="dw")``."""
    return ("read", name, path, label)


def apply(*args: Any, label: str) -> tuple:
    """Step: call the learner's function itself and keep what it returns."""
    return ("apply", args, label)


def ref(name: str) -> dict:
    """Among the arguments of a step: the object made under `name`."""
    return {"ref": name}


# ------------------------------------------------------------------------------------------- banks


@dataclass(frozen=True)
class Variant:
    """One way to make a mistake: the source of the answer cell, and where it comes from."""

    label: str
    source: str


@dataclass(frozen=True)
class Mistake:
    """A known mistake: the ways to make it, the parts it loses, and what to tell the learner.

    `silent` are those of the lost parts in which the mistake cannot be told by its result, because
    the code raises, or because its result there is also that of an earlier mistake.
    """

    exercise: str
    id: str
    variants: tuple[Variant, ...]
    loses: frozenset[str]
    message: str
    silent: frozenset[str]


@dataclass(frozen=True)
class Correct:
    """A correct answer written differently: the source of the answer cell."""

    exercise: str
    id: str
    source: str


@dataclass(frozen=True)
class Criterion:
    """What a written answer gets points for."""

    text: str
    points: float


@dataclass(frozen=True)
class Written:
    """A written answer: the model answer, and the criteria that a marker sums up."""

    id: str
    answer: str
    criteria: tuple[Criterion, ...]

    @property
    def points(self) -> float:
        return sum(criterion.points for criterion in self.criteria)
