"""What can be read off the learner's function without running it: names of the notebook, arguments never read."""

import builtins
import dis
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from convschool.finding import Finding

MOST_NAMES = 3
LONGEST = 40


def facts(function: Any) -> Iterator[Finding]:
    """Variables of the notebook that the function reads, and arguments that it never reads."""
    if isinstance(function, type):
        yield from _of_class(function)
    if not isinstance(function, types.FunctionType):
        return
    kept = [name for name, default in _defaults(function) if isinstance(default, list | dict | set | np.ndarray)]
    if kept:
        yield Finding(
            "keeps-between-calls",
            f"The default of `{kept[0]}` is made once, and every call that leaves it out gets the same object: what one"
            " call writes into it, the next one finds there.",
            general="A default of an argument is one object for all calls: what one call writes, the next one finds.",
        )
    read = _values_of_the_notebook(function)
    if read:
        values = ", ".join(f"`{name}` ({_value_text(value)} there)" for name, value in read[:MOST_NAMES])
        yield Finding(
            "reads-the-notebook",
            f"Your function reads from the notebook, not from its arguments: {values}. Is that the same in every call?",
            general="Your function reads a variable of the notebook. Is that the same in every call?",
        )
    names = _names(function)
    if "as_strided" in names and not names & {"strides", "itemsize", "nbytes"}:
        yield Finding(
            "steps-not-in-bytes",
            "`as_strided` takes its steps in bytes, and your function reads neither `strides` nor `itemsize`. How many"
            " bytes lie between two entries?",
        )
    unread = [
        name for name in function.__code__.co_varnames[: function.__code__.co_argcount] if name not in _loaded(function)
    ]
    if unread:
        names = " and ".join(f"`{name}`" for name in unread[:MOST_NAMES])
        yield Finding(
            "never-reads",
            f"Your function never reads its argument{'s' * (len(unread) > 1)} {names}.",
            general="Your function never reads one of its arguments.",
        )


def _of_class(made: type) -> Iterator[Finding]:
    """Of a class: what all its objects share, and a start that is left out."""
    shared = [
        name
        for name, value in vars(made).items()
        if isinstance(value, list | dict | set | np.ndarray) and not name.startswith("__")
    ]
    if shared:
        yield Finding(
            "shared-by-all-objects",
            f"`{shared[0]}` stands in the class itself: all objects of the class share this one object. What belongs to"
            " one object is made in `__init__`.",
            general="Something that can change stands in the class itself: all objects of the class share it.",
        )
    own_start = vars(made).get("__init__")
    above = made.__mro__[1]
    inherits = above is not object and "__init__" in vars(above)
    if inherits and isinstance(own_start, types.FunctionType) and not _names_the_class(own_start, above):
        yield Finding(
            "start-of-the-class-above",
            f"Your `__init__` never calls `super().__init__(...)`: what {above.__name__} sets there is not set.",
            general="The `__init__` of the class above is never called.",
        )


def _names_the_class(start: types.FunctionType, above: type) -> bool:
    """Whether an `__init__` has `super`, or the class above by any name."""
    names = _names(start)
    return "super" in names or any(start.__globals__.get(name) is above for name in names)


def _names(function: types.FunctionType) -> set[str]:
    return {name for code in _codes(function.__code__) for name in (*code.co_names, *code.co_freevars)}


def _defaults(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _loaded(function: types.FunctionType) -> set[str]:
    """The names of local variables that are read."""
    names: set[str] = set()
    for code in _codes(function.__code__):
        for one in dis.get_instructions(code):
            if one.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "STORE_FAST_LOAD", "DELETE")):
                names.update(one.argval if isinstance(one.argval, tuple) else (one.argval,))
    return names


def _values_of_the_notebook(function: types.FunctionType) -> list[tuple[str, Any]]:
    """Global numbers and arrays that the function reads, but for constants in capitals of more than two letters."""
    values = {}
    for code in _codes(function.__code__):
        for one in dis.get_instructions(code):
            if one.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                name = one.argval
                value = function.__globals__.get(name)
                if (
                    isinstance(value, int | float | np.ndarray)
                    and not isinstance(value, bool)
                    and not hasattr(builtins, name)
                ):
                    values[name] = value
    return list(values.items())


def _value_text(value: Any) -> str:
    return f"of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)[:LONGEST]
