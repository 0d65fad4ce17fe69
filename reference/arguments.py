"""What an argument means, and what is said when it is wrong.

Every public operator starts here: arrays become NumPy arrays of one floating-point type, and an int, a pair
or a word becomes a tuple with one entry per spatial axis. Nothing below this file checks an argument again.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeGuard, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

FLOATS = (np.float16, np.float32, np.float64)

# What type hints say. Wherever they say int or float, a NumPy scalar or an array without axes will do.
Ints = int | Sequence[int]  # one for all spatial axes, or one for each
Padding = int | str | Sequence[int | tuple[int, int]]  # see `pads`
Shape = tuple[int, ...]
Index = tuple[Any, ...]  # ints or slices, to stand after an ellipsis in an index: mypy cannot join these types
Rng = np.random.Generator | int | None  # a generator or the seed of one
Init = Callable[[Shape, np.random.Generator, DTypeLike], np.ndarray]  # see `reference.initializers`


def plain_array(name: str, value: ArrayLike) -> np.ndarray:
    """Return `value` as an array of NumPy's own class.

    Subclasses (memmap, matrix) become that, too: the package knows no other arithmetic. TypeError for a masked array,
    whose mask would be lost.
    """
    if type(value) is np.ndarray:  # the usual case, and this function is called often
        return value
    parts = value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(part, np.ma.MaskedArray) for part in parts):
        raise TypeError(f"{name} is a masked array, and its mask would be lost: give {name}.filled(...) instead")
    return np.asarray(value)


@overload
def float_arrays(names: str, one: ArrayLike, /) -> tuple[np.dtype, np.ndarray]: ...
@overload
def float_arrays(names: str, one: ArrayLike, two: ArrayLike, /) -> tuple[np.dtype, np.ndarray, np.ndarray]: ...
@overload
def float_arrays(
    names: str, one: ArrayLike, two: ArrayLike, three: ArrayLike, /
) -> tuple[np.dtype, np.ndarray, np.ndarray, np.ndarray]: ...
def float_arrays(names: str, /, *arrays: ArrayLike) -> tuple:
    """Return `(result dtype, *arrays)`: float16 widened to float32, float32 and float64 as they are.

    `names` are those of the arrays, with commas between them. TypeError names the array that is not floating point, or
    the two arrays whose types differ.
    """
    dtype: np.dtype | None = None
    converted: list[np.ndarray] = []
    for name, given in zip(names.split(", "), arrays, strict=True):
        array = plain_array(name, given)
        if array.dtype.type not in FLOATS:
            raise TypeError(f"{name} must be float16, float32 or float64, not {array.dtype}")
        if dtype is None:
            dtype, first = np.dtype(array.dtype.type), name
            computed = np.dtype(np.float32) if dtype == np.float16 else dtype
        elif array.dtype.type is not dtype.type:
            raise TypeError(f"{name} is {array.dtype} but {first} is {dtype}: give all arrays one type")
        converted.append(array if array.dtype == computed else array.astype(computed))
    return (dtype, *converted)


def kernel_arrays(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None
) -> tuple[np.dtype, np.ndarray, np.ndarray, np.ndarray | None]:
    """`float_arrays` of x, w and b; the bias may be left out: None stays None."""
    if b is None:
        return *float_arrays("x, w", x, w), None
    return float_arrays("x, w, b", x, w, b)


def integer(name: str, value: Any, least: int) -> int:
    """Return `value` as an int of at least `least`; 2.0, "2" and True are refused with a TypeError."""
    if type(value) is int and value >= least:  # the usual case, and this function is called often
        return value
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an int, not {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, not {number}")
    return number


def shape(name: str, entries: Sequence[int]) -> Shape:
    """Return a shape, any sequence of numbers of entries, as a tuple of ints: NumPy's would overflow in products."""
    return tuple(integer(name, entry, 0) for entry in entries)


def real(
    name: str, value: float, least: float | None = None, below: float | None = None, most: float | None = None
) -> float:
    """Return `value` as a float, whatever kind of real number it is: int, float, NumPy scalar or array without axes.

    A Python number takes the type of the array it meets, a NumPy scalar forces its own upon it (NEP 50): so only
    Python numbers may meet arrays. ValueError unless it is at least `least`, below `below` and at most `most`.
    """
    array = plain_array(name, value)
    if array.ndim or array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a real number, not {value!r}")
    number = float(array)
    upper = next((limit for limit in (below, most) if limit is not None), np.inf)
    if least is not None and not (least <= number <= upper and number != below):
        lies = f"be at least {least}" if upper == np.inf else f"lie in [{least}, {upper}{']' if below is None else ')'}"
        raise ValueError(f"{name} must {lies}, not {value}")
    return number


class Real:
    """An attribute that is a real number: what is assigned to it goes through `real`."""

    def __init__(self, least: float | None = None, below: float | None = None, most: float | None = None):
        self.limits = least, below, most

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> float: ...
    def __get__(self, instance: object | None, owner: type | None = None) -> Self | float:
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance: object, value: float) -> None:
        instance.__dict__[self.name] = real(self.name, value, *self.limits)


def several(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether `value` is a sequence with one entry per axis, and does not stand for all axes."""
    return value.ndim > 0 if isinstance(value, np.ndarray) else isinstance(value, (tuple, list))


def per_axis(name: str, value: Ints, axes: int, least: int) -> Shape:
    """Return one int per spatial axis: an int counts for all axes, a sequence must have `axes` entries."""
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be an int or {axes} ints, not {value!r}")
    if not several(value):
        return (integer(name, value, least),) * axes
    if len(value) != axes:
        raise ValueError(f"{name} must be an int or {axes} ints, one per spatial axis, not {value!r}")
    return tuple(integer(name, entry, least) for entry in value)


def pads(padding: Padding, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[tuple[int, int], ...]:
    """Return one pair (before, after) per spatial axis.

    `padding` is an int, one int per axis, one (before, after) pair per axis, "valid" (none), or "same": the
    output has the input's size, the odd pixel goes after; as in PyTorch, "same" needs stride 1.
    """
    axes = len(kernel)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * axes
        if padding != "same":
            raise ValueError(f'padding must be "same", "valid", ints or (before, after) pairs, not {padding!r}')
        if any(step != 1 for step in stride):
            raise ValueError(f'padding "same" needs stride 1, not {stride}')
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if not several(padding):
        return ((integer("padding", padding, 0),) * 2,) * axes
    if len(padding) != axes:
        raise ValueError(f"padding must be an int, {axes} ints or {axes} (before, after) pairs, not {padding!r}")
    sides = (per_axis("padding", entry, 2, 0) for entry in padding)
    return tuple((before, after) for before, after in sides)


def same_shape(name: str, array: np.ndarray, other: str, shape: Sequence[int]) -> None:
    """ValueError that names `array` and both shapes unless `array` has the shape that `other` implies."""
    if array.shape != tuple(shape):
        raise ValueError(f"{name} has shape {array.shape}, but {other} needs {tuple(shape)}")


def spatial(name: str, array: ArrayLike, axes: int | None = None, like: str | None = None) -> None:
    """ValueError unless `array` is (N, C, *size) with `axes` spatial axes (default: 1, 2 or 3)."""
    allowed = (3, 4, 5) if axes is None else (axes + 2,)
    if np.ndim(array) not in allowed:
        needed = " or ".join(map(str, allowed))
        also = "" if like is None else f" like {like}"
        raise ValueError(f"{name} has shape {np.shape(array)}, but needs {needed} axes{also}")
