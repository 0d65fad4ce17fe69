"""The command line, a module a command: its arguments (`add`) and what it does (`run`)."""

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence

from grading.cli import (
    build,
    collect,
    common,
    due,
    explain,
    export,
    extend,
    feedback,
    grade,
    merge,
    mutants,
    new,
    release,
    report,
    roster,
    similar,
    status,
    try_entry,
    verify,
    void,
    watch,
)
from grading.files import printable

COMMANDS = (
    new,
    watch,
    build,
    verify,
    try_entry,
    mutants,
    release,
    collect,
    due,
    extend,
    roster,
    grade,
    merge,
    status,
    explain,
    void,
    similar,
    feedback,
    report,
    export,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did all it should, 1 when it found something wrong, 2 for a wrong argument."""
    options = _parser().parse_args(arguments)
    try:
        console = common.HarmlessConsole()
        owns_process = arguments is None and options.run is grade.run  # the process is this command's, not a caller's
        with grade.interruptible(console) if owns_process else contextlib.nullcontext():
            return _run(options, console)
    except (ValueError, OSError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.filename and error.strerror:
            text = f"{os.fsdecode(error.filename)}: {error.strerror}"
        message = "\n".join(map(printable, text.splitlines()))
        print(f"convgrade: {message}", file=sys.stderr)
        return 2
    finally:
        if arguments is None:
            gc.freeze()  # at its end the process is not to look through all that it has: that would take half a second


def _run(options: argparse.Namespace, console: common.HarmlessConsole) -> int:
    try:
        return options.run(options, console)
    except ImportError:
        common.needs_linux()  # elsewhere, a module that only Linux has is what is missing
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convgrade", description="Build, verify and grade the course.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
