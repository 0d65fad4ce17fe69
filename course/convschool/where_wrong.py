"""Where a wrong result is wrong: facts that hold in every failing case."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from convschool.finding import Finding
from convschool.outcome import NEAR, Compared, axis_word, what

# Which entries of an array are negative says something only where there are more than a few.
LEAST_ENTRIES = 8


def facts(wrong: list[Compared]) -> Iterator[Finding]:
    """Where results are wrong, the most telling first."""
    if wrong[0].expected.ndim == 0:
        return
    this = what(wrong[0])
    masks = [_mask(case) for case in wrong]
    covers = [count for case in wrong if (count := cover(case)) is not None]
    if len(covers) == len(wrong) and _only_where_many(masks, covers):
        yield Finding(
            "wrong-where-windows-overlap",
            f"{this} is right where one window reaches, and wrong only where several do. What happens to the share of"
            " the first window when the second one comes?",
        )
    if all(_is_right_at_zeros(case, mask) for case, mask in zip(wrong, masks, strict=True)):
        text = f"{this} is 0 at the right places, and wrong everywhere else. Which numbers belong there?"
        yield Finding("places-right-numbers-wrong", text)
    if all(_first_place_right(mask) for mask in masks):
        text = (
            f"In each plane of {_lower(this)}, the entry [0, 0] is right and every other one is wrong. Where does the"
            " second window begin?"
        )
        yield Finding("first-place-only", text)
    ndim = wrong[0].expected.ndim
    same_axes = all(mask.ndim == ndim for mask in masks)
    for axis in range(min(ndim, 2)) if ndim > 1 and same_axes else ():
        word = axis_word(wrong[0], axis, ndim)
        several = [mask for mask in masks if mask.shape[axis] > 1]
        if not word or len(several) < len(masks):
            continue
        for id, place, which in (("first", 0, "first"), ("last", -1, "last")):
            if all(_only_right_at(mask, axis, place) for mask in masks):
                yield Finding(
                    f"{id}-{word}-only",
                    f"In {_lower(this)}, the {which} {word} is right and every other one is wrong.",
                )
    for id, words, part in (
        ("last-row-or-column", "in the last row and the last column", _last),
        ("first-row-or-column", "in the first row and the first column", _first),
        ("border", "at the border", _border),
    ):
        if same_axes and all(_inside(mask, part) for mask in masks):
            yield Finding(id, f"{this} is wrong {words} alone. Which windows are not counted there, or counted twice?")
    if ndim == 1 and same_axes:
        yield from _of_lists(masks, this)
    if all(_are_zero(case.got[mask]) and not mask.all() for case, mask in zip(wrong, masks, strict=True)):
        yield Finding(
            "zero-where-wrong", f"Wherever {_lower(this)} is wrong, it is 0: nothing was written or added there."
        )
    if all(_are_zero(case.expected[mask]) and not mask.all() for case, mask in zip(wrong, masks, strict=True)):
        yield Finding(
            "wrong-where-zero-is-due", f"{this} is wrong only where 0 is due. What is written there, and why?"
        )
    for name in _arrays_like(wrong):
        for id, words, holds in (
            ("zero", "0", lambda value: value == 0),
            ("negative", "negative", lambda value: value < 0),
        ):
            several = sum(mask.size for mask in masks) >= LEAST_ENTRIES
            if several and all(
                _only_where(mask, holds(case.arguments[name])) for case, mask in zip(wrong, masks, strict=True)
            ):
                text = f"{this} is wrong only where `{name}` is {words}. What does the contract say for that?"
                yield Finding(f"wrong-where-{id}", text)


def cover(case: Compared) -> np.ndarray | None:
    """How many windows reach each entry of a result that lies where the input lies; None where it does not."""
    arguments, shape = case.arguments, case.expected.shape
    names = ("x", "w") if "x" in arguments else ("w1", "w2")
    planes = [one for name in names if isinstance(one := arguments.get(name), np.ndarray) and one.ndim == 2]
    if case.expected.ndim == 2 and len(planes) == 2:
        whole = tuple(a + b - 1 for a, b in zip(planes[0].shape, planes[1].shape, strict=True))
        return _of_places(planes, shape) if shape == whole else None
    kernel = _kernel(arguments)
    if kernel is None or case.expected.ndim != 4:
        return None
    stride, padding = arguments.get("stride", 1), arguments.get("padding", 0)
    dout = next((arguments[name] for name in ("dout", "y") if name in arguments), None)
    of_input = case.name in ("dx", "") and (dout is not None or "cols" in arguments)
    if not of_input or isinstance(stride, np.ndarray):
        return None
    if "cols" in arguments and dout is None and "x_shape" not in arguments:
        return None
    strides, pads = _pair(stride), _pair(padding)
    if strides is None or pads is None:
        return None
    lines = []
    for axis in (0, 1):
        size = shape[2 + axis]
        places = (
            np.shape(dout)[2 + axis]
            if dout is not None
            else (size + 2 * pads[axis] - kernel[axis]) // strides[axis] + 1
        )
        count = np.zeros(size + 2 * pads[axis])
        for place in range(places):
            count[place * strides[axis] : place * strides[axis] + kernel[axis]] += 1
        lines.append(count[pads[axis] : pads[axis] + size])
    return np.broadcast_to(np.outer(*lines), shape)


def _of_places(planes: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """How many pairs of entries meet at each entry of a full convolution."""
    lines = [
        np.convolve(np.ones(one), np.ones(other)) for one, other in zip(planes[0].shape, planes[1].shape, strict=True)
    ]
    return np.outer(*lines).reshape(shape)


def _is_right_at_zeros(case: Compared, mask: np.ndarray) -> bool:
    due = case.expected != 0
    return (
        bool(due.any())
        and not due.all()
        and int(due.sum()) > 2
        and bool((mask == due).all())
        and bool(case.got[mask].all())
    )


def _first_place_right(mask: np.ndarray) -> bool:
    if mask.ndim < 2 or mask[..., 0].size < 2:
        return False
    rest = mask.copy()
    rest[..., 0, 0] = True
    return not mask[..., 0, 0].any() and bool(rest.all()) and mask[0].size > 1


def _kernel(arguments: dict[str, Any]) -> tuple[int, int] | None:
    kernel, w = arguments.get("kernel_size"), arguments.get("w")
    if kernel is not None:
        return _pair(kernel)
    return w.shape[-2:] if isinstance(w, np.ndarray) and w.ndim == 4 else None


def _pair(value: Any) -> tuple[int, int] | None:
    if isinstance(value, tuple) and len(value) == 2:
        return value
    return (value, value) if isinstance(value, int) else None


def _only_where_many(masks: list[np.ndarray], covers: list[np.ndarray]) -> bool:
    """Whether all that is wrong is reached by several windows, though there are entries that one window reaches."""
    if any(mask.shape != count.shape for mask, count in zip(masks, covers, strict=True)):
        return False
    once = sum(int((count == 1).sum()) for count in covers)
    return once > 0 and all(not mask[count < 2].any() for mask, count in zip(masks, covers, strict=True))


def _mask(case: Compared) -> np.ndarray:
    with np.errstate(all="ignore"):
        off = np.abs(case.got - case.expected) > NEAR * max(1.0, float(np.nanmax(np.abs(case.expected), initial=0)))
    return off | ~np.isfinite(case.got)


def _only_right_at(mask: np.ndarray, axis: int, place: int) -> bool:
    planes = list(np.moveaxis(mask, axis, 0))
    right = planes.pop(place)
    return not right.any() and all(plane.any() for plane in planes)


def _inside(mask: np.ndarray, part: Callable) -> bool:
    """Whether only a part of the rows and columns is wrong, and most of the rest is not in that part."""
    return mask.ndim >= 2 and min(mask.shape[-2:]) > 2 and bool(mask.any()) and not mask[~part(mask.shape)].any()


def _last(shape: tuple[int, ...]) -> np.ndarray:
    part = np.zeros(shape, bool)
    part[..., -1, :] = part[..., -1] = True
    return part


def _first(shape: tuple[int, ...]) -> np.ndarray:
    part = np.zeros(shape, bool)
    part[..., 0, :] = part[..., 0] = True
    return part


def _border(shape: tuple[int, ...]) -> np.ndarray:
    return _last(shape) | _first(shape)


def _of_lists(masks: list[np.ndarray], this: str) -> Iterator[Finding]:
    long = all(mask.size > 2 for mask in masks)
    if long and all(mask[-1] and not mask[:-1].any() for mask in masks):
        yield Finding(
            "last-entry-only", f"Only the last entry of {_lower(this)} is wrong. Does an index of -1 reach it?"
        )
    elif long and all(mask[0] and not mask[1:].any() for mask in masks):
        yield Finding(
            "first-entry-only", f"Only the first entry of {_lower(this)} is wrong. Where does the loop start?"
        )
    elif long and len(masks) > 1 and all(not mask[0] and mask[1:].all() for mask in masks):
        yield Finding(
            "all-but-the-first-entry", f"The first entry of {_lower(this)} is right and every other one is wrong."
        )
    elif long and len(masks) > 1 and all(_begins(mask) for mask in masks):
        yield Finding("first-entries", f"{this} is wrong at its beginning. What stands before the first entry?")
    elif long and len(masks) > 1 and all(_begins(mask[::-1]) for mask in masks):
        yield Finding(
            "last-entries", f"{this} is right at its beginning and wrong at its end. What stands behind the last entry?"
        )


def _begins(mask: np.ndarray) -> bool:
    count = int(mask.sum())
    return 0 < count < mask.size and bool(mask[:count].all())


def _are_zero(values: np.ndarray) -> bool:
    return not values.any()


def _only_where(mask: np.ndarray, holds: np.ndarray) -> bool:
    """Whether exactly the entries of a kind are wrong, and there are others."""
    return bool(holds.any()) and not holds.all() and bool((mask == holds).all())


def _arrays_like(wrong: list[Compared]) -> list[str]:
    return [
        name
        for name in wrong[0].arguments
        if all(
            isinstance(case.arguments.get(name), np.ndarray) and case.arguments[name].shape == case.expected.shape
            for case in wrong
        )
    ]


def _lower(this: str) -> str:
    return this[0].lower() + this[1:]


_WORDS = ("image", "channel", "map", "kernel", "row", "column")
TITLES = {
    "wrong-where-windows-overlap": "wrong only where windows overlap",
    "places-right-numbers-wrong": "0 at the right places, and wrong elsewhere",
    "first-place-only": "only the first place of each plane is right",
    "last-row-or-column": "wrong in the last row and column alone",
    "first-row-or-column": "wrong in the first row and column alone",
    "border": "wrong at the border alone",
    "last-entry-only": "only the last entry is wrong",
    "first-entry-only": "only the first entry is wrong",
    "all-but-the-first-entry": "only the first entry is right",
    "first-entries": "wrong at the beginning",
    "last-entries": "wrong at the end",
    "zero-where-wrong": "0 wherever it is wrong",
    "wrong-where-zero-is-due": "wrong only where 0 is due",
    "wrong-where-zero": "wrong only where an argument is 0",
    "wrong-where-negative": "wrong only where an argument is negative",
    **{f"{place}-{word}-only": f"only the {place} {word} is right" for place in ("first", "last") for word in _WORDS},
}
