"""What a check is: calls of an answer, what must come of them, and what known mistakes give instead.

A lesson's folder holds its checks in ``checks.npz``: the numbers of all arrays of one dtype after one another,
because a member of the file for each array takes long to read, and one JSON text that says which of them
belong where. Nothing in the file is code, and it is read with ``allow_pickle=False``.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from convschool.functions import FUNCTIONS

LAYOUTS = ("C", "F", "strided", "reversed")


@dataclass(frozen=True)
class AtLeast:
    """The least value that a measured number may have, and a sentence for one beyond it."""

    bar: float
    says: str = ""


@dataclass(frozen=True)
class AtMost:
    """The largest value that a measured number may have, and a sentence for one beyond it."""

    bar: float
    says: str = ""


@dataclass(frozen=True)
class Secret:
    """A value that is not shipped: a digest tells whether another value is the same.

    Parameters
    ----------
    digest : str
    decimals : int or None
        To how many decimals numbers are rounded before they are compared; None where they are whole.
    form : str
        What the exercise's text says of it anyway: "a text", "a letter", "a number", "a whole number", or how many,
        "3 numbers".
    items : tuple of str
        The digest of each item, of several.
    """

    digest: str
    decimals: int | None = None
    form: str = ""
    items: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Any, decimals: int | None = None) -> "Secret":
        several = list(value) if isinstance(value, tuple | list | np.ndarray) else []
        items = tuple(_digest(item, decimals) for item in several)
        return cls(_digest(value, decimals), decimals, _form(value, decimals), items)

    def is_of(self, value: Any) -> bool:
        """Whether `value` is the one that is kept secret."""
        return _digest(value, self.decimals) == self.digest

    def right_items(self, values: Sequence[Any]) -> list[bool]:
        """Of each item of a value whether it is right in its place."""
        return [_digest(value, self.decimals) == due for value, due in zip(values, self.items, strict=True)]


@dataclass(frozen=True)
class Case:
    """One call of the learner's function, or one list of steps with the learner's class.

    Parameters
    ----------
    about : str
        What this case is about, in words a learner knows: ``"stride 2, 5x7 input"``.
    args : tuple
        Arguments: numbers, strings, None, arrays, tuples, lists and dicts of them, or a function of
        ``convschool.functions``.
    expected : object
        What a correct answer returns; with `steps`, a dict of what they keep. `AtLeast`, `AtMost` and `Secret` may
        stand for numbers and values.
    mistakes : mapping of str to tuple
        For each known mistake that fails here: its results, one for each way to make it; none where it raises.
    layout : {"C", "F", "strided", "reversed"}
        How array arguments lie in memory. Their values are the same in each layout.
    raises : str
        Name of the exception a correct function raises here; empty where it returns.
    steps : tuple
        What to do instead of one call (`convschool.steps`); `args` is then empty.
    """

    about: str
    args: tuple
    expected: Any = None
    mistakes: Mapping[str, tuple] = field(default_factory=dict)
    layout: str = "C"
    raises: str = ""
    steps: tuple = ()


@dataclass(frozen=True)
class Part:
    """One marked part of an exercise: the cases that one ``check`` call runs.

    Parameters
    ----------
    id : str
        ``<exercise>-<part>``, the nbgrader id of the marked cell.
    function : str
        Name of the function, class or value the learner writes.
    arguments : tuple of str
        Names of its arguments, for messages.
    results : tuple of str
        Names of what it returns, where it returns a tuple; empty for a single result.
    compares : tuple of str
        Those of `results` that this part looks at, or, where the result is a dict, its keys; empty for all of them.
    tolerance : float
        Largest difference allowed, relative to ``max(1, max |expected|)``.
    cases : tuple of Case
    messages : dict of str to str
        For each known mistake: what to tell the learner.
    """

    id: str
    function: str
    arguments: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    compares: tuple[str, ...] = ()
    tolerance: float = 1e-4
    cases: tuple[Case, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)


def lay_out(array: np.ndarray, layout: str) -> np.ndarray:
    """A fresh array with the values of `array` and the memory `layout` asked for."""
    if layout == "F":
        return np.array(array, order="F")
    if layout == "strided" and array.ndim:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if layout == "reversed" and array.ndim:
        return np.array(array[..., ::-1], order="C")[..., ::-1]
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {LAYOUTS}, not {layout!r}")
    return np.array(array, order="C")


def save(path: Path, parts: list[Part]) -> None:
    """Write `parts` to `path`, the same bytes each time.

    Raises
    ------
    TypeError, ValueError
        For what a file of checks cannot hold, and for two parts of one id.
    """
    ids = [part.id for part in parts]
    twice = sorted({part_id for part_id in ids if ids.count(part_id) > 1})
    if twice:
        raise ValueError(f"parts: more than one has the id {', '.join(twice)}")
    arrays = _Arrays()
    described = [
        {
            "id": part.id,
            "function": part.function,
            "arguments": part.arguments,
            "results": part.results,
            "compares": part.compares,
            "tolerance": part.tolerance,
            "messages": dict(part.messages),
            "cases": [
                {
                    "about": case.about,
                    "args": _encode(case.args, arrays),
                    "expected": _encode(case.expected, arrays),
                    "mistakes": {
                        key: [_encode(value, arrays) for value in values] for key, values in case.mistakes.items()
                    },
                    "layout": case.layout,
                    "raises": case.raises,
                    "steps": _encode(case.steps, arrays),
                }
                for case in part.cases
            ],
        }
        for part in parts
    ]
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
    with open(path, "wb") as file:
        values = {"parts": np.frombuffer(text.encode(), np.uint8), **arrays.joined()}
        np.savez_compressed(file, **values)  # type: ignore[arg-type]  # mypy: one could be called allow_pickle


def load(path: Path) -> dict[str, Part]:
    """Read the parts of a lesson, by id. A file that has not changed is read once.

    Raises
    ------
    FileNotFoundError, ValueError
        With the path, when the file is missing or is not a file of checks.
    """
    try:
        file = Path(path).resolve()
        state = file.stat()
    except FileNotFoundError:
        raise FileNotFoundError(f"there are no checks at {path}: download the lesson's folder again") from None
    return dict(_load(file, state.st_mtime_ns, state.st_size))


@lru_cache(16)
def _load(path: Path, changed: int, size: int) -> dict[str, Part]:
    try:
        with np.load(path, allow_pickle=False) as file:
            joined = {name: _native(file[name]) for name in file.files}
        for array in joined.values():
            array.flags.writeable = False
        described = json.loads(joined["parts"].tobytes().decode())
        parts = [_decode_part(entry, joined) for entry in described]
    except Exception as error:
        raise ValueError(f"{path} is not a file of checks ({error}): download it again") from error
    return {part.id: part for part in parts}


def _native(array: np.ndarray) -> np.ndarray:
    """Whole numbers as this machine counts with them, as in arrays that are made here: in a browser that is int32.

    There NumPy's own functions refuse int64 where they want an index.
    """
    return array.astype(np.intp, copy=False) if array.dtype == np.int64 else array


def _decode_part(entry: dict, joined: dict[str, np.ndarray]) -> Part:
    cases = tuple(
        Case(
            about=case["about"],
            args=_decode(case["args"], joined),
            expected=_decode(case["expected"], joined),
            mistakes={
                key: tuple(_decode(value, joined) for value in values) for key, values in case["mistakes"].items()
            },
            layout=case["layout"],
            raises=case["raises"],
            steps=_decode(case["steps"], joined),
        )
        for case in entry["cases"]
    )
    names = {key: tuple(entry[key]) for key in ("arguments", "results", "compares")}
    return Part(
        id=entry["id"],
        function=entry["function"],
        tolerance=entry["tolerance"],
        messages=entry["messages"],
        cases=cases,
        **names,
    )


def refuse_unfit(value: Any) -> None:
    """Raise a TypeError where a case cannot hold `value`."""
    _encode(value, _Arrays())


class _Arrays:
    """Arrays to be saved, joined by dtype."""

    def __init__(self):
        self._flat: dict[str, list[np.ndarray]] = {}
        self._sizes: dict[str, int] = {}

    def add(self, array: np.ndarray) -> list:
        """Keep `array`; return its dtype, begin and shape, by which `_array_at` reads it."""
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        name = array.dtype.name
        begin = self._sizes.get(name, 0)
        self._flat.setdefault(name, []).append(array.ravel())
        self._sizes[name] = begin + array.size
        return [name, begin, array.shape]

    def joined(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate(flat) for name, flat in self._flat.items()}


def _array_at(joined: dict[str, np.ndarray], name: str, begin: int, shape: list[int]) -> np.ndarray:
    return joined[name][begin : begin + math.prod(shape)].reshape(shape)


def _encode(value: Any, arrays: _Arrays) -> Any:
    """`value` as JSON. Its arrays go into `arrays`; the JSON says where they are."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": arrays.add(value)}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item, arrays) for item in value]}
    if isinstance(value, list):
        return {"list": [_encode(item, arrays) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _encode(item, arrays) for key, item in value.items()}}
    name = getattr(value, "__name__", "")
    if callable(value) and FUNCTIONS.get(name) is value:
        return {"function": name}
    if isinstance(value, AtLeast | AtMost):
        return {"at least" if isinstance(value, AtLeast) else "at most": [value.bar, value.says]}
    if isinstance(value, Secret):
        return {"secret": [value.digest, value.decimals, value.form, value.items]}
    raise TypeError(f"a case cannot hold a {type(value).__name__}: {value!r}")


def _decode(value: Any, joined: dict[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return _array_at(joined, *content)
    if kind == "function":
        return FUNCTIONS[content]
    if kind in ("at least", "at most"):
        return AtLeast(*content) if kind == "at least" else AtMost(*content)
    if kind == "secret":
        value, decimals, form, items = content
        return Secret(value, decimals, form, tuple(items))
    if kind == "dict":
        return {key: _decode(item, joined) for key, item in content.items()}
    items = [_decode(item, joined) for item in content]
    return tuple(items) if kind == "tuple" else items


def _form(value: Any, decimals: int | None) -> str:
    """What may be told of a secret value: its kind, and how many numbers it holds."""
    if isinstance(value, str):
        return "a letter" if len(value.strip()) == 1 else "a text"
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, tuple | list | np.ndarray):
        items = list(value)
        numbers = all(isinstance(item, int | float | np.number) and not isinstance(item, bool) for item in items)
        return f"{len(items)} numbers" if numbers else f"{len(items)} items"
    if isinstance(value, int | np.integer) and decimals is None:
        return "a whole number"
    return "a number" if isinstance(value, int | float | np.number) else ""


def _digest(value: Any, decimals: int | None) -> str:
    return hashlib.sha256(repr(_canonical(value, decimals)).encode()).hexdigest()


def _canonical(value: Any, decimals: int | None) -> Any:
    """The same for values that count as equal: 5 and 5.0, a list and a tuple, words in any case."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, tuple | list):
        return tuple(_canonical(item, decimals) for item in value)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        value = value if decimals is None or isinstance(value, int) else round(value, decimals) + 0.0
        return int(value) if value == int(value) else float(value)
    return value
