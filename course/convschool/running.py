"""A check while it runs: when it takes long it says which case it is in, and a flood of prints is cut off."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from convschool.own_line import own_line

PATIENCE_SECONDS = 10.0
MOST_CHARACTERS = 10_000


class CheckStopped(KeyboardInterrupt):
    """A check that was interrupted. Its traceback is one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"CheckStopped: {self}"]


class Running:
    """What a check is doing.

    Attributes
    ----------
    case : str
        What the case that runs is about; empty before the first.
    """

    def __init__(self, part_id: str):
        self.part_id, self.case = part_id, ""

    def starts(self, about: str) -> None:
        """Remember that a case begins."""
        self.case = about

    def stopped(self, error: KeyboardInterrupt) -> CheckStopped:
        """What to raise in the place of an interrupt: which case ran, on which line of the learner's."""
        where = f" in the case {self.case!r}" if self.case else ""
        line = own_line(error)
        on = f", on line {line.number} of your code: {line.text}" if line else ""
        return CheckStopped(f"{self.part_id} was stopped{where}{on}")


@contextmanager
def watched(part_id: str, learning: bool = True) -> Iterator[Running]:
    """Run a check in this: it may take long, be interrupted, or print without an end.

    Where nobody is `learning`, as at grading, nothing is watched.
    """
    running = Running(part_id)
    if not learning:
        yield running
        return
    out = sys.stdout
    late = threading.Timer(PATIENCE_SECONDS, lambda: print(_patience(running), file=out, flush=True))
    late.daemon = True
    with suppress(RuntimeError):  # there are no threads in a browser
        late.start()
    sys.stdout = _Limited(out)
    try:
        yield running
    except KeyboardInterrupt as error:
        raise running.stopped(error) from None
    finally:
        late.cancel()
        sys.stdout = out


def _patience(running: Running) -> str:
    return (
        f"{running.part_id} has been running for {PATIENCE_SECONDS:.0f} seconds, now the case {running.case!r}. Does a "
        "loop of yours ever end? To stop it, press ■ in the toolbar (or Kernel → Interrupt)."
    )


class _Limited:
    """Standard output that drops what is printed after a number of characters."""

    def __init__(self, out: Any):
        self._out, self._left = out, MOST_CHARACTERS

    def write(self, text: str) -> int:
        if self._left > 0:
            self._out.write(text[: self._left])
            self._left -= len(text)
            if self._left <= 0:
                self._out.write(f"\n… more than {MOST_CHARACTERS} characters are printed: the rest is left out.\n")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)
