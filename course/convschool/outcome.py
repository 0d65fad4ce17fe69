"""One case, run: what is needed to say something of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

NEAR = 1e-4


@dataclass(frozen=True)
class Outcome:
    """One case, run.

    Parameters
    ----------
    arguments : dict of str to object
        By name; empty where a case has steps.
    layout : str
    passed : bool
    kind : str
        The kind of failure, as in `convschool.compare.Failure`.
    name : str
        The result that differs first.
    expected, got : numpy.ndarray or None
        That result, where both are numbers; of a case that passed, what both are.
    says : str
        What the failure says.
    before : numpy.ndarray or None
        Where the result is an array that steps change: what it was before.
    """

    arguments: dict[str, Any]
    layout: str
    passed: bool
    kind: str = ""
    name: str = ""
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    says: str = ""
    before: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Compared(Outcome):
    """A case of which both results are there, as numbers."""

    expected: np.ndarray
    got: np.ndarray


def compared(cases: Iterable[Outcome]) -> list[Compared]:
    """Those of the cases of which both results are numbers."""
    return [Compared(**vars(case)) for case in cases if case.expected is not None and case.got is not None]


def what(case: Outcome) -> str:
    """What the wrong result is called, at the begin of a sentence."""
    return f"Your `{case.name}`" if case.name else "Your result"


def near(one: Any, other: Any) -> bool:
    """Whether two results are the same but for rounding."""
    one, other = np.asarray(one, float), np.asarray(other, float)
    if one.shape != other.shape and one.ndim and other.ndim:
        return False
    finite = np.abs(other[np.isfinite(other)])
    with np.errstate(all="ignore"):
        return bool((np.abs(one - other) <= NEAR * max(1.0, float(finite.max(initial=0)))).all())


def axis_word(case: Outcome, axis: int, ndim: int) -> str:
    """What an axis of the result runs over, in words of the contract; empty where that is not sure."""
    name = case.name.rpartition("'")[0].rpartition("'")[2] or case.name
    if ndim == 4:
        if name in ("w", "dw") or name.startswith("dw"):
            return ("kernel", "channel", "row", "column")[axis]
        maps = "w" in case.arguments and not name.startswith("dx")
        return ("image", "map" if maps else "channel", "row", "column")[axis]
    if ndim == 2:
        return ("row", "column")[axis]
    return ""


def sizes(case: Outcome) -> dict[str, int]:
    """Sizes of a case that a result may be too large or too small by."""
    counts: dict[str, int] = {}
    arguments = case.arguments
    x, w, dout = (arguments.get(name) for name in ("x", "w", "dout"))
    if _is_array(x, 4):
        counts |= {"images": x.shape[0], "channels": x.shape[1]}
    if _is_array(w, 4):
        counts |= {
            "kernels": w.shape[0],
            "kernel-size": int(np.prod(w.shape[-2:])),
            "weights": int(np.prod(w.shape[1:])),
        }
    elif _is_array(w, 2) and not _is_array(x, 4):
        counts |= {"kernel-size": w.size}
    scores = arguments.get("scores")
    if _is_array(scores, 2):
        counts |= {"examples": scores.shape[0], "classes": scores.shape[1], "scores": scores.size}
    kernel = arguments.get("kernel_size")
    if kernel is not None and not _is_array(kernel, 0):
        kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        counts |= {"kernel-size": kh * kw, "kernel-height": kh, "kernel-width": kw}
    if _is_array(dout, 4):
        counts |= {"windows": int(np.prod(dout.shape[2:])), "outputs": dout[:, 0].size}
    stride = arguments.get("stride")
    if isinstance(stride, int):
        counts |= {"stride": stride, "stride-squared": stride**2}
    if "target" in arguments and isinstance(x, np.ndarray):
        counts["examples"] = len(x)
    for name in ("out_channels", "advantage", "groups", "batch", "lr", "size", "batch_size"):
        if isinstance(arguments.get(name), int | float):
            counts[name] = arguments[name]
    return counts


SIZES = {
    "images": "the number of images",
    "channels": "the number of channels",
    "kernels": "the number of kernels",
    "kernel-size": "the number of entries of a kernel",
    "kernel-height": "the height of the kernel",
    "kernel-width": "the width of the kernel",
    "weights": "the number of weights of one kernel",
    "windows": "the number of windows",
    "outputs": "the number of windows of all images",
    "examples": "the number of examples",
    "classes": "the number of classes",
    "scores": "the number of all scores",
    "stride": "the stride",
    "stride-squared": "the square of the stride",
    "out_channels": "`out_channels`",
    "advantage": "`advantage`",
    "groups": "`groups`",
    "batch": "the number of examples",
    "lr": "`lr`",
    "size": "`size`",
    "batch_size": "`batch_size`",
}


def _is_array(value: Any, ndim: int) -> TypeGuard[np.ndarray]:
    return isinstance(value, np.ndarray) and value.ndim == ndim
