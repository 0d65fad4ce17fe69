"""What an author writes in a lesson's folder: exercises, known mistakes, correct solutions.

``checks.py`` defines ``EXERCISES``. ``mistakes.py`` and ``correct.py`` beside it hold functions with the
decorators `mistake` and `correct`; their source is real code as a learner would write it, so that
`convgrade verify` can put it into the lesson's answer cell and look what the checks make of it.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Call:
    """One call of the exercise's function: what it is about, and its positional arguments.

    `layout` says how the arrays lie in memory (``convschool.cases.LAYOUTS``); `raises` names the
    exception that the contract promises here.
    """

    about: str
    args: tuple
    layout: str = "C"
    raises: str = ""


@dataclass(frozen=True)
class PartOf:
    """One marked part: which results it looks at, the visible calls, and how to draw hidden ones.

    Parameters
    ----------
    name : str
        The part's name; its nbgrader id is ``<exercise>-<name>``.
    visible : sequence of Call
        What the learner's check runs. Frozen into ``checks.npz``.
    hidden : callable
        ``hidden(rng)`` returns an iterable of `Call`; drawn afresh at grading from the grader's seed.
    compares : tuple of str
        Which of the exercise's `results` count here; empty for all of them.
    """

    name: str
    visible: Sequence[Call]
    hidden: Callable[[np.random.Generator], Iterable[Call]]
    compares: tuple[str, ...] = ()


@dataclass
class Exercise:
    """A function the learner writes, with its oracle and its parts.

    Parameters
    ----------
    id : str
        The id of the answer cell, such as ``conv2d-backward``.
    function : str
        The name the learner gives the function.
    arguments : tuple of str
        The names of its arguments, in order.
    oracle : callable
        Takes the arguments of a `Call`, returns what a correct function returns.
    parts : list of PartOf
    results : tuple of str
        Names of the results where the function returns a tuple.
    tolerance : float
        Largest difference allowed, relative to ``max(1, max |expected|)``.
    """

    id: str
    function: str
    arguments: tuple[str, ...]
    oracle: Callable
    parts: list[PartOf]
    results: tuple[str, ...] = ()
    tolerance: float = 1e-4
    mistakes: list["Mistake"] = field(default_factory=list)
    correct: list["Correct"] = field(default_factory=list)


@dataclass(frozen=True)
class Mistake:
    """A known mistake: wrong code, the parts it loses, and what to tell the learner.

    `silent` are those of the lost parts in which the mistake cannot be told by its result, because
    the code raises, or because its result there is also that of an earlier mistake.
    """

    exercise: str
    id: str
    function: Callable
    loses: frozenset[str]
    message: str
    silent: frozenset[str]


@dataclass(frozen=True)
class Correct:
    """A correct solution; `extra` is code of its own that stands in a cell before the answer."""

    exercise: str
    id: str
    function: Callable
    extra: tuple[Any, ...]


def mistake(exercise: str, loses: str, silent: str = "") -> Callable:
    """Mark a function as a known mistake of `exercise`.

    The function's name becomes the mistake's id (``kernel_not_flipped``: ``kernel-not-flipped``) and
    its docstring the message. `loses` and `silent` are part names, separated by spaces.
    """

    def mark(function: Callable) -> Callable:
        if not function.__doc__:
            raise ValueError(f"the mistake {function.__name__} needs a docstring: it is the learner's message")
        function.known_mistake = Mistake(
            exercise,
            _id_of(function),
            function,
            frozenset(loses.split()),
            " ".join(function.__doc__.split()),
            frozenset(silent.split()),
        )
        return function

    return mark


def correct(exercise: str, extra: Sequence[Any] = ()) -> Callable:
    """Mark a function as a correct solution of `exercise`; `extra` are helper functions or classes it calls."""

    def mark(function: Callable) -> Callable:
        function.correct_solution = Correct(exercise, _id_of(function), function, tuple(extra))
        return function

    return mark


def answer_source(function: Callable, name: str) -> str:
    """The source of a bank's `function` as a learner would write it: called `name`, no decorator, no docstring."""
    source = textwrap.dedent(inspect.getsource(function))
    (definition,) = ast.parse(source).body
    lines = source.splitlines()
    body = definition.body[1:] if ast.get_docstring(definition) is not None else definition.body
    signature = f"def {name}({ast.unparse(definition.args)}):"
    # comments between the docstring and the first statement belong to the answer
    start = definition.body[0].end_lineno if body is not definition.body else definition.body[0].lineno - 1
    return "\n".join([signature, *lines[start : definition.end_lineno]]) + "\n"


def extra_source(entry: Correct) -> str:
    """The code of a correct solution's extra cell; empty when it has none."""
    return "\n\n".join(textwrap.dedent(inspect.getsource(item)) for item in entry.extra)


def _id_of(function: Callable) -> str:
    return function.__name__.strip("_").replace("_", "-")
