"""What a check, a figure and the record of progress do here: one thing at home, less of it at grading."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

# Carries a mode into a new process, as in "checks=elsewhere figures=on progress=off".
VARIABLE = "CONVSCHOOL_MODE"
Checks = Literal["shown", "silent", "elsewhere"]
SWITCHES = {"on": True, "off": False}


@dataclass(frozen=True)
class Mode:
    """How this process runs a lesson's cells. The defaults are a learner's at home.

    Parameters
    ----------
    checks : {"shown", "silent", "elsewhere"}
        "shown": a check says what came of it, at home or for a page. "silent": it only raises, where marks are all
        that is wanted.
        "elsewhere": checks run in another process, and here `check` does nothing.
    figures : bool
        Whether figures are drawn.
    progress : bool
        Whether it is kept which checks have passed, and what was predicted.
    """

    checks: Checks = "shown"
    figures: bool = True
    progress: bool = True

    @property
    def at_home(self) -> bool:
        """Whether a learner works here, who wants hints; at grading nobody does."""
        return self.checks == "shown" and self.progress


def environment(mode: Mode) -> dict[str, str]:
    """The environment variable that makes `mode` the mode of a new process."""
    words = {False: "off", True: "on"}
    setting = f"checks={mode.checks} figures={words[mode.figures]} progress={words[mode.progress]}"
    return {VARIABLE: setting}


def from_environment(variables: Any = os.environ) -> Mode:
    """The mode that a process begins with.

    Raises
    ------
    ValueError
        When the variable is there and says something else than a mode.
    """
    setting = variables.get(VARIABLE, "")
    words: dict[str, Any] = dict(word.partition("=")[::2] for word in setting.split())
    for name in words.keys() & {"figures", "progress"}:
        words[name] = SWITCHES.get(words[name])
    if not words.keys() <= {"checks", "figures", "progress"} or None in words.values():
        raise ValueError(f"{VARIABLE}: {setting!r} is no mode; one is such as {environment(Mode())[VARIABLE]!r}")
    if words.get("checks", "shown") not in get_args(Checks):
        raise ValueError(f"{VARIABLE}: checks are one of {', '.join(get_args(Checks))}, not {words['checks']!r}")
    return Mode(**words)


_current = from_environment()


def current() -> Mode:
    """The mode of this process, of all its threads."""
    return _current


@contextlib.contextmanager
def using(**changes: Any) -> Iterator[Mode]:
    """The mode with `changes`, such as ``checks="silent"``, until the end of the block."""
    global _current
    before = _current
    _current = replace(before, **changes)
    try:
        yield _current
    finally:
        _current = before
