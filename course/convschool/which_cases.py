"""Which cases of a part pass: the property that separates them from those that fail."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from convschool.finding import Finding
from convschool.outcome import Outcome

Holds = Callable[[Outcome], bool | None]
# A property that separates fewer cases than these may do so by chance, unless it is a setting of the layer.
ENOUGH = 2


def facts(cases: Sequence[Outcome], alone: bool = True) -> Iterator[Finding]:
    """The property that separates the cases that pass from those that fail, the simplest first.

    With few cases a property may separate them by chance. Where something else is known (not `alone`), only a setting
    of the layer is told. Where several properties separate one single case from the others, none is told.
    """
    passed = [case for case in cases if case.passed]
    failed = [case for case in cases if not case.passed]
    if not passed:
        if len(failed) > 1:
            yield Finding("every-case", f"None of the {len(cases)} cases passes.", of_hidden=False)
        return
    verb = "passes" if len(passed) == 1 else "pass"
    score = f"{len(passed)} of {len(cases)} cases {verb}"
    separating = [
        (words, is_setting)
        for words, holds, is_setting in _properties(cases)
        if _all_known(cases, holds) and all(map(holds, passed)) and not any(map(holds, failed))
    ]
    by_setting = any(is_setting for _, is_setting in separating)
    among = [] if by_setting else [*_among(cases)][:1]
    if among:
        yield Finding("right-where", f"{score}, among them each one with {among[0]}.", of_hidden=False)
    enough = min(len(passed), len(failed)) >= ENOUGH
    if (
        separating
        and (enough or (alone and (len(separating) == 1 or (separating[0][1] and len(passed) >= ENOUGH))))
        and (alone or all(is_setting for _, is_setting in separating))
    ):
        which = "the one" if len(passed) == 1 else "just those"
        yield Finding("right-only-where", f"{score}: {which} with {separating[0][0]}.", of_hidden=False)
    yield Finding("some-cases", f"{score}.", of_hidden=False)


def _among(cases: Sequence[Outcome]) -> Iterator[str]:
    """Settings of the layer of which each case passes, and there are several: in words."""
    for name, value, words in SETTINGS[:NEUTRAL]:
        holds = _is(name, value)
        with_it = [case for case in cases if _all_known(cases, holds) and holds(case)]
        if len(with_it) >= ENOUGH and all(case.passed for case in with_it):
            yield words


def _all_known(cases: Sequence[Outcome], holds: Holds) -> bool:
    return all(holds(case) is not None for case in cases)


def _properties(cases: Sequence[Outcome]) -> Iterator[tuple[str, Holds, bool]]:
    """Properties of cases, in words, the simplest first, and whether each is a setting of the layer."""
    for name, value, words in SETTINGS:
        yield words, _is(name, value), True
    for words, holds in SIZES:
        yield words, holds, False
    for words, holds in VALUES:
        if ENOUGH <= sum(bool(holds(case)) for case in cases) <= len(cases) - ENOUGH:
            yield words, holds, False
    dimensions = {
        (name, value.ndim)
        for case in cases
        for name, value in case.arguments.items()
        if isinstance(value, np.ndarray) and value.ndim
    }
    for name, count in sorted(dimensions):
        yield f"{count} ax{'i' if count == 1 else 'e'}s in `{name}`", _axes(name, count), False
    numbers = {(name, value) for case in cases for name, value in case.arguments.items() if _is_plain(value)}
    for name, value in sorted(numbers, key=repr):
        if name != "batch" and (name, value) not in {(setting, of) for setting, of, _ in SETTINGS}:
            with_it = sum(case.arguments.get(name) == value for case in cases if _is_plain(case.arguments.get(name)))
            if isinstance(value, str | bool) or ENOUGH <= with_it <= len(cases) - ENOUGH:
                yield f"{name} {value!r}", _is(name, value), isinstance(value, str | bool)


SETTINGS = [
    ("stride", 1, "stride 1"),
    ("padding", 0, "padding 0"),
    ("dilation", 1, "dilation 1"),
    ("groups", 1, "one group"),
    ("padding", 1, "padding 1"),
]
# The first of them are those with which a layer does nothing more.
NEUTRAL = 4


def _is(name: str, value: Any) -> Holds:
    return lambda case: case.arguments[name] == value if _is_plain(case.arguments.get(name)) else None


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int)


def _axis_is(name: str, axis: int, size: int, ndim: int = 4) -> Holds:
    def holds(case: Outcome) -> bool | None:
        array, shape = case.arguments.get(name), case.arguments.get(f"{name}_shape")
        if isinstance(array, np.ndarray):
            shape = array.shape
        return shape[axis] == size if isinstance(shape, tuple) and len(shape) == ndim else None

    return holds


def _of_kernel(holds: Callable[[int, int], bool]) -> Holds:
    def of_case(case: Outcome) -> bool | None:
        kernel, w = case.arguments.get("kernel_size"), case.arguments.get("w")
        if kernel is None and isinstance(w, np.ndarray) and w.ndim in (2, 4):
            kernel = w.shape[-2:]
        if isinstance(kernel, int):
            kernel = (kernel, kernel)
        return holds(*kernel) if isinstance(kernel, tuple) and len(kernel) == 2 else None

    return of_case


def _is_square(name: str) -> Holds:
    def holds(case: Outcome) -> bool | None:
        array = case.arguments.get(name)
        if name == "input_shape" or name == "x_shape":
            return array[-1] == array[-2] if isinstance(array, tuple) and len(array) > 2 else None
        return array.shape[-1] == array.shape[-2] if isinstance(array, np.ndarray) and array.ndim >= 2 else None

    return holds


def _is_number(name: str) -> Holds:
    return lambda case: isinstance(case.arguments[name], int) if name in case.arguments else None


def _axes(name: str, count: int) -> Holds:
    return lambda case: case.arguments[name].ndim == count if isinstance(case.arguments.get(name), np.ndarray) else None


def _side_by_side(case: Outcome) -> bool | None:
    kernel, stride = case.arguments.get("kernel_size"), case.arguments.get("stride")
    if kernel is None or not isinstance(stride, int):
        return None
    return kernel in (stride, (stride, stride))


def _without_rest(case: Outcome) -> bool | None:
    x, stride = case.arguments.get("x"), case.arguments.get("stride", 1)
    kernel, w = case.arguments.get("kernel_size"), case.arguments.get("w")
    padding = case.arguments.get("padding", 0)
    if kernel is None and isinstance(w, np.ndarray) and w.ndim == 4:
        kernel = w.shape[-2:]
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    if not (isinstance(stride, int) and isinstance(padding, int) and isinstance(kernel, tuple)):
        return None
    if not isinstance(x, np.ndarray) or x.ndim != 4:
        return None
    return all((n + 2 * padding - k) % stride == 0 for n, k in zip(x.shape[2:], kernel, strict=True))


def _square_output(case: Outcome) -> bool | None:
    expected = case.expected
    if expected is not None and expected.ndim == 4 and "dout" not in case.arguments:
        return expected.shape[-1] == expected.shape[-2]
    x, stride, padding = (case.arguments.get(name) for name in ("x", "stride", "padding"))
    shape = x.shape[-2:] if isinstance(x, np.ndarray) and x.ndim == 4 else case.arguments.get("input_shape", ())[-2:]
    kernel, w = case.arguments.get("kernel_size"), case.arguments.get("w")
    if kernel is None and isinstance(w, np.ndarray) and w.ndim == 4:
        kernel = w.shape[-2:]
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    stride, padding = 1 if stride is None else stride, padding or 0
    if not (isinstance(stride, int) and isinstance(padding, int) and isinstance(kernel, tuple) and len(shape) == 2):
        return None
    high, wide = ((n + 2 * padding - k) // stride for n, k in zip(shape, kernel, strict=True))
    return high == wide


def _even_batches(case: Outcome) -> bool | None:
    x = case.arguments.get("x")
    size = case.arguments.get("batch_size", case.arguments.get("size"))
    if not isinstance(x, np.ndarray) or not x.ndim or not isinstance(size, int) or size < 1:
        return None
    return len(x) % size == 0


def _layers(holds: Callable[[list], bool]) -> Holds:
    """Of a list of layers, each with its kernel, stride and padding at its end."""

    def of_case(case: Outcome) -> bool | None:
        layers = case.arguments.get("layers")
        known = isinstance(layers, list) and all(isinstance(one, tuple) and len(one) > 2 for one in layers)
        return holds(layers) if known and layers else None

    return of_case


def _lists(holds: Callable[[np.ndarray, np.ndarray], bool]) -> Holds:
    """Of a signal x and a kernel w, both with one axis."""

    def of_case(case: Outcome) -> bool | None:
        x, w = (case.arguments.get(name) for name in ("x", "w"))
        if not (isinstance(x, np.ndarray) and isinstance(w, np.ndarray) and x.ndim == w.ndim == 1):
            return None
        return holds(x, w)

    return of_case


SIZE_SETTINGS: dict[str, Any] = {"n": None, "k": None, "stride": None, "padding": 0, "dilation": 1}


def _whole_rest(case: Outcome) -> bool | None:
    """Of `n`, `k`, `stride`: whether the stride divides."""
    settings = [case.arguments.get(name, neutral) for name, neutral in SIZE_SETTINGS.items()]
    if not all(isinstance(value, int) for value in settings):
        return None
    n, k, stride, padding, dilation = settings
    return (n + 2 * padding - dilation * (k - 1) - 1) % stride == 0


def _of_array(name: str, holds: Callable[[np.ndarray], bool]) -> Holds:
    def of_case(case: Outcome) -> bool | None:
        array = case.arguments.get(name)
        return bool(holds(array)) if isinstance(array, np.ndarray) and array.size else None

    return of_case


def _double(case: Outcome) -> bool | None:
    arrays = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    return all(array.dtype == np.float64 for array in arrays) if arrays else None


#: What may part cases besides settings, in words, the simplest first.
SIZES: list[tuple[str, Holds]] = [
    ("one image", _axis_is("x", 0, 1)),
    ("one example", _axis_is("scores", 0, 1, 2)),
    ("one example", lambda case: case.arguments["batch"] == 1 if "batch" in case.arguments else None),
    ("one channel", _axis_is("x", 1, 1)),
    ("one kernel", _axis_is("w", 0, 1)),
    ("one layer", _layers(lambda layers: len(layers) == 1)),
    ("stride 1 in every layer", _layers(lambda layers: all(one[-2] == 1 for one in layers))),
    ("padding 0 in every layer", _layers(lambda layers: all(one[-1] == 0 for one in layers))),
    ("a kernel of one entry", _lists(lambda x, w: len(w) == 1)),
    ("a kernel no longer than the signal", _lists(lambda x, w: len(w) <= len(x))),
    ("a batch size that divides the number of examples", _even_batches),
    ("windows side by side", _side_by_side),
    ("no rest", _without_rest),
    ("a stride that divides", _whole_rest),
    ("a kernel of 1x1", _of_kernel(lambda kh, kw: kh == kw == 1)),
    ("a kernel of 2x2", _of_kernel(lambda kh, kw: kh == kw == 2)),
    ("a kernel of 3x3", _of_kernel(lambda kh, kw: kh == kw == 3)),
    ("a kernel as high as wide", _of_kernel(lambda kh, kw: kh == kw)),
    ("a kernel of odd height and width", _of_kernel(lambda kh, kw: bool(kh % 2 and kw % 2))),
    ("a number for `kernel_size`", _is_number("kernel_size")),
    ("an input as high as wide", _is_square("x")),
    ("an input as high as wide", _is_square("input_shape")),
    ("an input as high as wide", _is_square("x_shape")),
    ("as many windows down as across", _square_output),
    ("float64", _double),
    ("arrays in C order", lambda case: case.layout == "C"),
]

#: The same of the numbers in an array: told only where there are several cases of each kind.
VALUES: list[tuple[str, Holds]] = [
    (words.format(name), _of_array(name, holds))
    for name in ("x", "scores", "logits", "a")
    for words, holds in (
        ("no negative number in `{}`", lambda array: (array >= 0).all()),
        ("no zero in `{}`", lambda array: array.all()),
        ("no two equal numbers in `{}`", lambda array: len(np.unique(array)) == array.size),
        ("no number above 100 in `{}`", lambda array: (array <= 100).all()),
    )
]
