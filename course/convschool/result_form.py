"""What a function returned, where that is not of the form that the contract says."""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from types import GeneratorType
from typing import Any

import numpy as np

from convschool.cases import Secret
from convschool.finding import Finding

NEAR = 1e-4
# Up to so many items, every order of a value is tried; and below this, every whole factor.
MOST_ORDERED = 5
LARGEST_FACTOR = 1000
SMALL = 50


def of_form(value: Any, names: Sequence[str], due: dict[str, Any]) -> Iterator[Finding]:
    """Why a result is not what is due: at most one fact.

    Parameters
    ----------
    value : object
        What was returned.
    names : sequence of str
        Names of the results where several are due; empty for one.
    due : dict of str to object
        Those of the expected results that are looked at, by name; the name is empty for a single result.
    """
    if isinstance(value, GeneratorType):
        yield Finding("generator", "`yield` makes a generator of your function: nothing is computed yet. Use `return`.")
    elif _is_function(value):
        yield Finding(
            "function-returned", "Your function returned a function, not its result: are its brackets missing?"
        )
    elif isinstance(value, np.ndarray) and value.dtype.kind == "c":
        yield Finding(
            "complex-result",
            "Your result holds complex numbers. Where does its imaginary part come from, and is it 0?",
        )
    elif value is None:
        yield Finding("returned-nothing", _nothing(names))
    elif names:
        yield from _of_several(value, names, due)
    else:
        yield from _of_one(value, due)


def _nothing(names: Sequence[str]) -> str:
    if not names:
        return "Only `return` gives a result back: neither `print` nor an assignment does."
    return f"Your function returned nothing: does every path end in `return {', '.join(names)}`?"


def _of_several(value: Any, names: Sequence[str], due: dict[str, Any]) -> Iterator[Finding]:
    listed = ", ".join(names)
    if isinstance(value, dict):
        text = f"Your function returned a dict. The contract asks for a tuple: `return {listed}`."
        yield Finding("dict-for-a-tuple", text)
        return
    if not isinstance(value, tuple | list):
        which = next((name for name, one in due.items() if name and _alike(one, value)), "")
        what = f"`{which}` alone" if which else "one result"
        some = which or names[-1]
        filled = ", ".join(name if name == some else "None" for name in names)
        text = (
            f"You return {what}, and {len(names)} are due: {listed}. Until the others are written, `return {filled}`."
        )
        yield Finding("one-of-several", text)
        return
    flat = [item for one in value for item in (one if isinstance(one, tuple | list) else (one,))]
    if len(flat) == len(names) and len(flat) != len(value):
        text = f"A tuple stands inside your tuple: {_nested(value)}. Return them side by side: `return {listed}`."
        yield Finding(
            "nested-tuple", text, general=f"A tuple stands inside your tuple. Return side by side: `return {listed}`."
        )
    elif len(value) < len(names):
        text = (
            f"You return {len(value)} of {len(names)} results: {listed} are due. Until a result is written, put"
            " `None` in its place."
        )
        general = f"You return fewer than {len(names)} results: {listed} are due."
        yield Finding("results-missing", text, general=general)
    else:
        yield Finding(
            "too-many-results",
            f"You return {len(value)} results, and {len(names)} are due: {listed}.",
            general=f"You return more than {len(names)} results: {listed} are due.",
        )


def _of_one(value: Any, due: dict[str, Any]) -> Iterator[Finding]:
    (expected,) = due.values() if len(due) == 1 else (None,)
    if (
        isinstance(value, tuple)
        and isinstance(expected, np.ndarray)
        and any(isinstance(one, np.ndarray) for one in value)
    ):
        right = bool(value) and _alike(expected, value[0])
        text = f"Your function returned a tuple of {len(value)}, and one array is due"
        rest = ": its first item alone is right." if right else ": which item is it?"
        general = f"Your function returned a tuple, and one array is due{rest}"
        yield Finding("tuple-for-an-array", text + rest, general=general)
    elif isinstance(expected, int) and isinstance(value, float | np.floating):
        yield float_for_int(float(value).is_integer())
    elif isinstance(value, list | tuple) and len(value) > 1 and isinstance(expected, int | float):
        text = f"{len(value)} things are returned, and one number is due: one of them, or what they add up to?"
        yield Finding("array-for-a-number", text, general="Several things are returned, and one number is due.")
    elif isinstance(value, np.ndarray) and value.size == 1 and isinstance(expected, int):
        yield Finding("array-for-a-number", "An array of one entry is returned, and a plain number is due.")


def of_value(secret: Secret, value: Any) -> Iterator[Finding]:
    """What is wrong with a value that was typed, without what is right: its form, or what it is off by."""
    form = secret.form
    several = isinstance(value, tuple | list | np.ndarray) and np.ndim(value) > 0
    if form == "a letter" and isinstance(value, str) and len(value.strip()) != 1:
        yield Finding("word-for-a-letter", "One letter is due, between quotes: that of your choice.")
    elif isinstance(value, str) and form and form not in ("a text", "a letter"):
        yield Finding("text-for-a-number", f"You typed a text, and {form} {_are(form)} due: write it without quotes.")
    elif form in ("a text", "a letter") and not isinstance(value, str):
        if several and all(isinstance(item, str) for item in value):
            text = f"{form.capitalize()} is due here, by itself: write it without the brackets."
        else:
            text = f"{form.capitalize()} is due here: put your choice between quotes."
        yield Finding("number-for-a-text", text)
    elif form[:1].isdigit() and not several:
        yield Finding("one-number-for-several", f"{form} are due, in round brackets with commas between them.")
    elif form[:1].isdigit() and str(len(value)) != form.split()[0]:
        count = _count_of(value)
        if count != len(value):
            text = f"{form} are due side by side, and you typed {count} in {len(value)} groups."
        else:
            text = f"{form} are due, and you typed {count}."
        yield Finding("other-number-of-numbers", text)
    elif form in ("a number", "a whole number") and several:
        yield Finding("several-for-one-number", f"You typed {len(value)} numbers, and one is due.")
    elif form == "a whole number" and isinstance(value, float) and not value.is_integer():
        yield Finding("fraction-for-a-whole-number", "A whole number is due, and yours has decimals.")
    elif several and secret.items:
        yield from _of_items(secret, list(value))
    elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
        yield from _of_number(secret, value.item() if isinstance(value, np.number) else value)


def _count_of(value: Any) -> int:
    """How many numbers a value holds, with those in groups."""
    return sum(map(_count_of, value)) if isinstance(value, tuple | list | np.ndarray) and np.ndim(value) > 0 else 1


def _of_items(secret: Secret, values: list) -> Iterator[Finding]:
    """Which of several typed numbers are right."""
    right = secret.right_items(values)
    if any(right):
        places = [str(place) for place, one in enumerate(right, start=1) if one]
        numbers = f"number {places[0]} is" if len(places) == 1 else f"the numbers {', '.join(places)} are"
        yield Finding("some-numbers-right", f"Of your {len(values)} numbers, counted from 1, {numbers} right.")
    elif len(values) <= MOST_ORDERED and any(map(secret.is_of, permutations(values))):
        yield Finding("value-in-another-order", "These are the right numbers, in another order. Which comes first?")
    elif all(isinstance(one, int | float) for one in values) and any(
        secret.is_of([one + step for one in values]) for step in (1, -1)
    ):
        yield Finding("numbers-off-by-one", "All of your numbers are off by 1, in the same direction. What adds it?")


def _of_number(secret: Secret, value: float) -> Iterator[Finding]:
    """What a typed number is off by: its sign, its unit, its decimals, one, or a whole factor."""
    due = secret.decimals
    if not value or not np.isfinite(value):
        return
    if secret.is_of(-value):
        yield Finding("value-with-another-sign", "Your number is right but for its sign.")
    elif due is not None and secret.is_of(value / 100):
        yield Finding("percent-for-a-number", "Your number is right in percent: divide it by 100.")
    elif due and _is_rounded(secret, round(value / 100, due), due):
        text = f"Your number is in percent, and rounded: divide it by 100, and give {due} decimals of that."
        yield Finding("percent-for-a-number", text)
    elif due is not None and secret.is_of(1 / value):
        yield Finding("value-upside-down", "One divided by your number is right: what is divided by what?")
    elif due and _is_rounded(secret, value, due):
        yield Finding("too-few-decimals", f"Your number is rounded too early: {due} decimals are due.")
    elif due is None and (secret.is_of(value + 1) or secret.is_of(value - 1)):
        yield Finding("value-off-by-one", "Your number is off by 1. What is counted twice, or not at all?")
    elif due is None and abs(value) >= SMALL:  # a small number has many multiples
        if any(secret.is_of(value * factor) for factor in range(2, LARGEST_FACTOR)):
            yield Finding("factor-missing", "The right number is a multiple of yours. Which factor is missing?")
        elif any(secret.is_of(value / factor) for factor in range(2, min(LARGEST_FACTOR, int(abs(value) / SMALL) + 1))):
            yield Finding("factor-too-many", "Your number is a multiple of the right one. Which factor is too many?")


def _is_rounded(secret: Secret, value: float, decimals: int) -> bool:
    """Whether a number is the right one, rounded to fewer decimals."""
    for fewer in range(decimals):
        if round(value, fewer) != value:
            continue
        steps = range(-(10 ** (decimals - fewer)), 10 ** (decimals - fewer) + 1)
        near = (value + step / 10**decimals for step in steps)
        return any(secret.is_of(one) and round(one, fewer) == value for one in near)
    return False


def _are(form: str) -> str:
    return "are" if form[:1].isdigit() else "is"


_FLOAT = Finding(
    "float-for-an-int-result",
    "An int is due. `/`, `np.ceil`, `np.floor` and `np.round` give floats, also where they are whole.",
)

_FRACTION = Finding(
    _FLOAT.id, "A whole number is due, and yours has a fraction. Which step brings it in: a division, a half?"
)


def float_for_int(whole: bool) -> Finding:
    """The fact that a float stands where an int is due."""
    return _FLOAT if whole else _FRACTION


def in_another_order(
    value: Any, names: Sequence[str], due: dict[str, Any], same: Callable[[Any, Any], bool]
) -> Iterator[Finding]:
    """Where what is due under one name was returned under another one."""
    if not names or not isinstance(value, tuple | list) or len(value) != len(names):
        return
    moved = {}
    for name, expected in due.items():
        here = names.index(name)
        places = [
            i for i, item in enumerate(value) if i != here and _is_worth_comparing(expected) and same(expected, item)
        ]
        if len(places) == 1 and not same(expected, value[here]):
            moved[name] = names[places[0]]
    if moved:
        name, place = next(iter(moved.items()))
        text = f"What is due as `{name}` stands in the place of `{place}`. The order is `{', '.join(names)}`."
        yield Finding("results-in-another-order", text)


def _is_worth_comparing(expected: Any) -> bool:
    """Whether a result says something: not 0 or 1, and not nothing."""
    if isinstance(expected, np.ndarray):
        return bool(expected.size and np.any(expected))
    return isinstance(expected, int | float) and not isinstance(expected, bool) and abs(expected) > 1


def _alike(expected: Any, value: Any) -> bool:
    try:
        one, other = np.asarray(expected, float), np.asarray(value, float)
    except (TypeError, ValueError):
        return False
    largest = float(np.abs(one[np.isfinite(one)]).max(initial=0))
    with np.errstate(all="ignore"):
        return one.shape == other.shape and bool((np.abs(one - other) <= NEAR * max(1.0, largest)).all())


def _nested(value: Any) -> str:
    return "(" + ", ".join("(…)" if isinstance(one, tuple | list) else "…" for one in value) + ")"


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)
