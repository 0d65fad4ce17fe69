"""Cases that are lists of steps: make an object, call its methods, read what it holds.

A function is checked by one call. A class needs several: make a layer, call ``forward``, call ``backward``, read
``grads["w"]``. The steps are plain data, so they can be frozen, shipped and sent into the sandbox:

    ("make", name, args)                  name = Subject(*args)
    ("given", name, kind, args)           name = the stand-in `kind` of `convschool.stand_ins`, made with args
    ("call", name, method, args, label)   label: what name.method(*args) returns
    ("do", name, method, args)            the same, and the result is not kept
    ("read", name, path, label)           label: name.path[0][path[1]]..., copied
    ("apply", args, label)                label: Subject(*args), for a function that takes a model

``{"ref": name}`` among the arguments stands for the object of that name.
"""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from convschool.stand_ins import STAND_INS

Steps = tuple[tuple, ...]
# Of a learner's dict, so many keys are shown, and none that is longer.
MOST_KEYS, LONGEST_KEY = 4, 40


class NotHeld(Exception):
    """A dict of the learner's lacks a key that a step reads; says which keys it has."""


class Played:
    """The results of a list of steps.

    Attributes
    ----------
    results : dict of str to object
        What was kept, by label.
    changed : str
        Which argument the learner's code changed, in words; empty if none.
    """

    def __init__(self, results: dict[str, Any], changed: str):
        self.results, self.changed = results, changed


def play(subject: Callable, steps: Steps) -> Played:
    """Play `steps` on a class or function. A proxy of one in the sandbox plays them there."""
    there = getattr(type(subject), "__play__", None)
    results, changed = there(subject, steps) if there else play_here(subject, steps)
    return Played(results, changed)


def play_here(subject: Callable, steps: Steps) -> tuple[dict[str, Any], str]:
    """The results by label, and the argument that was changed."""
    objects: dict[str, Any] = {}
    results: dict[str, Any] = {}
    changed = ""
    for what, *rest in steps:
        if what == "make":
            name, args = rest
            objects[name] = subject(*_resolved(args, objects))
        elif what == "given":
            name, kind, args = rest
            objects[name] = STAND_INS[kind](*_resolved(args, objects))
        elif what == "read":
            name, path, label = rest
            results[label] = _copy(_read(objects[name], path))
        else:
            function, words, args, label = _call(what, rest, subject, objects)
            args = _resolved(args, objects)
            before = [np.array(arg) if isinstance(arg, np.ndarray) else None for arg in args]
            value = function(*args)
            changed = changed or _first_changed(before, args, words)
            if label:
                results[label] = _copy(value)
    return results, changed


def defaults(subject: Callable) -> dict[str, Any]:
    """The arguments of a function, or of what makes a class, in order; None for one without a default.

    Empty where they cannot be read, as of an answer in the sandbox.
    """
    try:
        parameters = inspect.signature(subject).parameters.values()
    except (TypeError, ValueError):
        return {}
    named = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    return {one.name: None if one.default is one.empty else one.default for one in named}


def of_steps(steps: Steps, made_with: dict[str, Any]) -> dict[str, Any]:
    """What a list of steps hands over, by name, where one object is made.

    ``x`` and ``dout`` are what ``forward`` and ``backward`` get, where they are called once; `made_with` are the
    arguments of the class, or of a function that is called once, with their defaults.
    """
    made = [args for what, *rest in steps if what in ("make", "apply") for args in rest[what == "make" :][:1]]
    of_calls: dict[str, list[Any]] = {"x": [], "dout": []}
    for what, *rest in steps:
        if what in ("call", "do") and rest[1] in ("forward", "backward") and len(rest[2]) == 1:
            of_calls["x" if rest[1] == "forward" else "dout"].append(rest[2][0])
    arguments = {}
    if len(made) == 1:
        given = dict(zip(made_with, made[0], strict=False))
        arguments = {**made_with, **{name: value for name, value in given.items() if not isinstance(value, dict)}}
    arguments |= {name: values[0] for name, values in of_calls.items() if len(values) == 1}
    x = arguments.get("x")
    return arguments | ({"batch": len(x)} if isinstance(x, np.ndarray) and x.ndim == 2 else {})


def array_before(steps: Steps, label: str) -> np.ndarray | None:
    """What an array of a given model held before the steps, where it is read under `label`; else None."""
    models = {rest[0]: rest[2][0] for what, *rest in steps if what == "given" and rest[2]}
    for what, *rest in steps:
        if what == "read" and rest[-1] == label and rest[1][0] in ("params", "arrays"):
            params = models.get(rest[0])
            value = params.get(rest[1][-1]) if isinstance(params, dict) else None
            return value if isinstance(value, np.ndarray) else None
    return None


def labels(steps: Steps) -> tuple[str, ...]:
    """The labels of what a list of steps keeps, in order."""
    return tuple(step[-1] for step in steps if step[0] in ("call", "read", "apply"))


def _call(what: str, rest: list, subject: Callable, objects: dict) -> tuple[Callable, str, tuple, str]:
    """The function that a step calls, its name in words, its arguments, and the label of its result."""
    if what == "apply":
        args, label = rest
        return subject, getattr(subject, "__name__", "your function"), args, label
    name, method, args, *label = rest
    return getattr(objects[name], method), method, args, label[0] if label else ""


def _resolved(value: Any, objects: dict[str, Any]) -> Any:
    """`value` with each ``{"ref": name}`` in it replaced by the object of that name."""
    if isinstance(value, dict):
        if value.keys() == {"ref"}:
            return objects[value["ref"]]
        return {key: _resolved(item, objects) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_resolved(item, objects) for item in value)
    return value


def _read(thing: Any, path: tuple) -> Any:
    attribute, *keys = path
    thing = getattr(thing, attribute)
    for key in keys:
        if isinstance(thing, dict) and key not in thing:
            shown = ", ".join(map(_short, list(thing)[:MOST_KEYS])) + ", …" * (len(thing) > MOST_KEYS)
            has = f"its keys are {shown}" if thing else "it is empty"
            raise NotHeld(f"`{attribute}` has no key {key!r}: {has}")
        thing = thing[key]
    return thing


def _short(key: Any) -> str:
    return repr(key) if isinstance(key, str | int) and len(repr(key)) <= LONGEST_KEY else f"a {type(key).__name__}"


def _copy(value: Any) -> Any:
    """A copy: later steps may change what an earlier one returned."""
    try:
        return np.array(value) if isinstance(value, np.ndarray) else copy.deepcopy(value)
    except Exception:  # of a class of the learner's own that cannot be copied
        return value


def _first_changed(before: list, after: tuple, words: str) -> str:
    for number, (was, now) in enumerate(zip(before, after, strict=True), start=1):
        if was is not None and not np.array_equal(was, now, equal_nan=was.dtype.kind in "fc"):
            return f"argument {number} of {words}"
    return ""
