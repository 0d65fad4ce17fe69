"""Kinds of hidden cases that no visible case of their part shows: an answer that passes every visible case could still
lose the mark."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from convschool.steps import defaults, of_steps
from grading.lesson.exercise import Call, Exercise, PartOf
from grading.lesson.load import load_lesson

SEEDS = 5
UNORDERED = "arrays that do not lie in C order"
# What a number of each of these is when it does nothing.
NEUTRAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
# Words for the first two axes of an array of four.
AXES = {
    "x": ("image", "channel"),
    "dout": ("image", "map"),
    "y": ("image", "map"),
    "w": ("kernel", "channel"),
}


def kinds_of(exercise: Exercise, call: Call) -> set[str]:
    """In words, what may be special about a case: settings, the form of its arrays, dtype, order in memory, steps."""
    arguments: dict[str, Any] = dict(zip(exercise.arguments, call.args, strict=False))
    if call.steps and exercise.oracle:
        arguments = of_steps(call.steps, defaults(exercise.oracle))
    kinds = {f"a {call.raises} is due"} if call.raises else set(_settings(arguments))
    kinds |= set(_arrays(arguments)) | set(_windows(arguments)) | set(_steps(call))
    for x in _inputs(call):
        kinds |= set(_arrays(arguments | {"x": x}))
    kernel = _kernel(arguments)
    if kernel:
        stride = arguments.get("stride", 1)
        one = kernel == (1, 1)
        kinds.add("a kernel of 1x1" if one else "a larger kernel")
        kinds.add("a kernel as high as wide" if kernel[0] == kernel[1] else "a kernel that is not square")
        if isinstance(stride, int):
            moves = "1" if stride == 1 else "above 1"
            kinds.add(f"{'a kernel of 1x1' if one else 'a larger kernel'} with stride {moves}")
            kinds.add("windows with gaps" if stride > max(kernel) else "windows without gaps")
    if call.layout != "C":
        kinds.add(UNORDERED)
    return kinds


def unseen_kinds(exercise: Exercise, part: PartOf) -> list[str]:
    """The kinds of the part's hidden cases (five draws) that none of its visible cases has.

    For the form of an array (its dtype, its axes, its order in memory), cases of the exercise's other parts count too.
    """
    visible = {kind for call in part.visible for kind in kinds_of(exercise, call)}
    visible |= {
        kind
        for other in exercise.parts
        for call in other.visible
        for kind in kinds_of(exercise, call)
        if kind == "float32" or kind == UNORDERED or kind.endswith("axes")
    }
    hidden = {kind for call in _calls(exercise, part) for kind in kinds_of(exercise, call)}
    return sorted(hidden - visible)


def kind_holes(lesson: str, exercise_id: str = "") -> list[str]:
    """A line for each part that hides a kind of case."""
    return [
        f"{exercise.part_id(part)}: hidden cases have {', '.join(kinds)}, and no visible case does"
        for exercise in load_lesson(lesson).exercises
        if exercise_id in ("", exercise.id) and not exercise.debug and not exercise.is_value
        for part in exercise.parts
        if (kinds := unseen_kinds(exercise, part))
    ]


def _settings(arguments: dict) -> Iterator[str]:
    for name, value in arguments.items():
        if isinstance(value, bool | str):
            yield f"{name} {value!r}"
        elif name in NEUTRAL and isinstance(value, int):
            yield f"{name} {NEUTRAL[name]}" if value == NEUTRAL[name] else f"{name} above {NEUTRAL[name]}"
        elif name in NEUTRAL and isinstance(value, tuple):
            yield f"two equal numbers for {name}" if len(set(value)) == 1 else f"two different numbers for {name}"
        elif name == "kernel_size":
            yield "a number for kernel_size" if isinstance(value, int) else "a pair for kernel_size"
        elif isinstance(value, int | float | np.number) and value == 0:
            yield f"{name} 0"
        elif isinstance(value, int | float | np.number) and value < 0:
            yield f"{name} below 0"
        elif isinstance(value, list | tuple | dict) and len(value) < 2:
            yield f"{len(value)} items in {name}"


def _arrays(arguments: dict) -> Iterator[str]:
    for name, value in arguments.items():
        if not isinstance(value, np.ndarray):
            continue
        if value.dtype == np.float32:
            yield "float32"
        yield f"{name} of {value.ndim} axes"
        if value.ndim == 4:
            for length, word in zip(value.shape, AXES.get(name, ()), strict=False):
                yield f"one {word} in {name}" if length == 1 else f"several {word}s in {name}"
        images = value.ndim == 4 or (value.ndim == 2 and "b" not in arguments)
        if name == "x" and images and _kernel(arguments) and value.shape[-1] != value.shape[-2]:
            yield "x higher than wide" if value.shape[-2] > value.shape[-1] else "x wider than high"
        if 0 in value.shape:
            yield f"{name} without entries"


def _windows(arguments: Mapping[str, Any]) -> Iterator[str]:
    """How the windows of a layer lie in its padded input."""
    x, kernel = arguments.get("x"), _kernel(arguments)
    stride, padding = arguments.get("stride", 1), arguments.get("padding", 0)
    if not (isinstance(x, np.ndarray) and x.ndim == 4 and kernel and type(stride) is int and type(padding) is int):
        return
    room = [length + 2 * padding - k for length, k in zip(x.shape[2:], kernel, strict=True)]
    if any(length % stride for length in room):
        yield "a rest that no window covers"
    if max(room) < stride:
        yield "one window"
    if padding >= max(kernel):
        yield "padding as large as the kernel"
    if any(length < k for length, k in zip(x.shape[2:], kernel, strict=True)):
        yield "a kernel larger than x"


def _inputs(call: Call) -> Iterator[np.ndarray]:
    """What each `forward` among the steps is given, where it is images."""
    for what, *rest in call.steps:
        if what in ("call", "do") and rest[1] == "forward" and np.ndim(rest[2][0]) == 4:
            yield rest[2][0]


def _steps(call: Call) -> Iterator[str]:
    """What is done with objects, and how often."""
    made = Counter(what if what in ("make", "apply") else rest[1] for what, *rest in call.steps)
    for name, count in made.items():
        yield f"{name} once" if count == 1 else f"{name} several times"


def _kernel(arguments: Mapping[str, Any]) -> tuple[int, int] | None:
    kernel, w = arguments.get("kernel_size"), arguments.get("w")
    if isinstance(kernel, int):
        return kernel, kernel
    if isinstance(kernel, tuple) and len(kernel) == 2:
        return kernel
    return w.shape[-2:] if isinstance(w, np.ndarray) and w.ndim in (2, 4) else None


def _calls(exercise: Exercise, part: PartOf) -> Iterator[Call]:
    for seed in range(SEEDS):
        yield from exercise.hidden_calls(part, np.random.default_rng(seed))
