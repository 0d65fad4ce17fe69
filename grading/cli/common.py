"""What several commands have in common: arguments, the class's folders, and lines that they print."""

import argparse
import contextlib
import gc
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from grading.files import printable
from grading.job import few
from grading.lesson.places import PROJECT, chosen

_IN_A_ZONE = re.compile(r"(.+?)(?: |\[)([A-Za-z]\w*(?:/[\w+-]+)+|UTC)\]?")
OUT = PROJECT / "work"
EXAMPLES = PROJECT / "grading" / "examples"
NEEDS_LINUX = (
    "learners' code is kept apart by means of Linux: on Windows use WSL2, on macOS a virtual machine "
    "(docs/threat-model.md has the commands)"
)


def add_lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")


def add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=positive, default=os.cpu_count(), metavar="N", help="default: all cores")


def add_gradebook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="default: work/")
    parser.add_argument(
        "--db", metavar="URL", help="the gradebook's database (default: DIR/gradebook.db; docs/postgresql.md)"
    )


def add_anonymous(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--anonymous", action="store_true", help="show no names, only ids")


def positive(text: str) -> int:
    """An argument that is a whole number, 1 or more."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


def seconds(text: str) -> float:
    """An argument that is a time in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return value


def moment(text: str) -> datetime:
    """An argument that is a time with its zone, brought to UTC: ``2026-12-01T17:00Z``, ``2026-12-01T17:00+01:00`` or
    ``2026-12-01T17:00 Europe/Berlin``."""
    written, zone = text.strip(), ""
    if match := _IN_A_ZONE.fullmatch(written):
        written, zone = match.groups()
    try:
        time = datetime.fromisoformat(written)
        if zone:
            time = _in_zone(time, zone)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-12-01T17:00Z") from None
    raise argparse.ArgumentTypeError(
        f"{text} has no time zone: write 2026-12-01T17:00Z, 2026-12-01T17:00+01:00 or “2026-12-01T17:00 Europe/Berlin”"
    )


def _in_zone(time: datetime, name: str) -> datetime:
    """What a clock shows in a zone as a time; refused where the clock shows it twice or never in that night."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise argparse.ArgumentTypeError(f"no time zone {name!r} is known here: write one such as +01:00") from None
    if time.tzinfo is not None:
        raise argparse.ArgumentTypeError(f"{time.isoformat()} {name} has two time zones")
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        often = "never" if first.astimezone(UTC) > second.astimezone(UTC) else "twice"
        either = " or ".join(moment.isoformat(timespec="minutes") for moment in (first, second))
        raise argparse.ArgumentTypeError(f"the clock in {name} shows {time:%Y-%m-%d %H:%M} {often}: write {either}")
    return first


def choose_submissions(options: argparse.Namespace, console: Console) -> None:
    """Without ``--submissions``, take the class that this gradebook was graded from; print which it is."""
    from grading.publish.everybody import graded_last

    if options.submissions is None:
        out = output(options)
        options.submissions = graded_last(out) or (out.collected if out.collected.is_dir() else EXAMPLES)
        console.print(f"The class in {options.submissions}", soft_wrap=True, markup=False, highlight=False)


def handed_in(options: argparse.Namespace) -> list[str]:
    """The lessons asked for, or those of which there is a submission."""
    lessons = chosen(options.lessons)
    if options.lessons:
        return lessons
    return [lesson for lesson in lessons if any(options.submissions.glob(f"*/{lesson}"))] or lessons


def output(options: argparse.Namespace):
    """The `grading.output.Output` of a command with the arguments of `add_gradebook`."""
    from grading.output import Output

    return Output(options.out, options.db)


def graded_output(options: argparse.Namespace):
    """The same, refused where nothing was graded.

    Raises
    ------
    ValueError
    """
    from grading.gradebook.database import printable_url

    out = output(options)
    if not out.is_graded():
        where = printable_url(out.gradebook) if options.db else f"--out: {out}"
        raise ValueError(f"{where}: there is no gradebook: run `convgrade grade` first")
    return out


def needs_linux() -> None:
    """Refuse on a system other than Linux.

    Raises
    ------
    ValueError
    """
    if sys.platform != "linux":
        raise ValueError(NEEDS_LINUX)


def plain(text: str) -> Text:
    """A text that a stranger wrote, made harmless for a terminal: no markup and no control characters."""
    return Text(printable(text))


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import much in this: meanwhile nothing is collected. Looking for what could be takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class HarmlessConsole(Console):
    """A console on which no text can do more than be read: names and messages of strangers are in most of what is
    printed.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            if segment.control is None and not segment.text.isprintable():
                text = "\n".join(map(printable, segment.text.split("\n")))
                segment = Segment(text, segment.style)
            yield segment


def number_of(things: int, name: str, plural: str = "") -> str:
    """How many, with the noun in its form: "1 mark", "2 marks"."""
    return f"{things} {name if things == 1 else plural or name + 's'}"


def print_for_markers(record, console: Console) -> None:
    """Print what a marker has still to look at."""
    from grading.execute.placing import LOST_MARKINGS

    held_marks = sorted(record.held())
    if held_marks:
        console.print(
            f"The marks of {few(held_marks)} are held, for their lesson's points have changed since: "
            "`convgrade grade --regrade` grades them again, with `--absent scale` their marks are scaled.",
            style="yellow",
            markup=False,
        )
    unmarked = [f"{state.student}/{state.lesson}" for state in record.states() if LOST_MARKINGS in state.reason]
    if unmarked:
        console.print(
            "Without markings, answers found by content and place; look at the written ones (formgrader): "
            + ", ".join(unmarked),
            style="yellow",
            markup=False,
        )
    waiting, outdated = record.to_mark()
    if waiting:
        wait, count = ("answers wait", "they count") if waiting != 1 else ("answer waits", "it counts")
        console.print(f"{waiting} written {wait} for a marker (formgrader); {count} 0 until then.")
    for student, lesson, cell in outdated:
        console.print(
            f"{printable(student)}, {lesson}, {cell}: "
            "the mark by hand stays, but the answer has changed since (formgrader).",
            style="yellow",
            markup=False,
        )
