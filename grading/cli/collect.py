"""`convgrade collect`: take in an export of Moodle, Canvas, nbgrader and others."""

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grading.cli.common import OUT, moment, plain


def add(commands) -> None:
    parser = commands.add_parser("collect", help="take in an export of Moodle, Canvas, nbgrader and others")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a folder, zip or tar")
    parser.add_argument("lesson", nargs="?", metavar="LESSON", help="take only this lesson's")
    parser.add_argument("--into", type=Path, default=OUT / "collected", metavar="DIR", help="default: work/collected")
    parser.add_argument(
        "--layout",
        choices=[
            *("moodle", "canvas", "nbgrader", "plain", "gradescope", "blackboard", "brightspace", "ilias"),
            *("repositories", "files", "folders"),
        ],
        help="default: as files are named (docs/collect.md)",
    )
    parser.add_argument(
        "--received", type=moment, metavar="TIME", help="time to stamp, such as 2026-12-01T17:00Z (default: now)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.collect import TABLE, Options, collect
    from grading.collect.layouts import SEEN

    def print_layout(layout: str) -> None:
        console.print(f"The layout: {SEEN[layout]} (--layout {layout})", markup=False, highlight=False, soft_wrap=True)

    how = Options(options.lesson, options.layout, options.received)
    rows = collect(options.source, options.into, how, print_layout)
    problems = [row for row in rows if row.outcome in ("refused", "kept", "passed over")]
    if problems:
        table = Table(title="Not taken", title_justify="left")
        for column in ("file", "student", "outcome", "reason"):
            table.add_column(column, overflow="fold")
        for row in problems:
            table.add_row(*(plain(text) for text in (row.file, row.student, row.outcome, row.reason)))
        console.print(table)
    counts = Counter(row.outcome for row in rows)
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "SOURCE is empty")
    console.print(f"In {options.into}: {TABLE} lists every file", soft_wrap=True)
    return 0
