"""`convgrade collect`: take in an export of Moodle, Canvas, nbgrader and others."""

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grading.cli.common import OUT, moment, plain

SHOWN_OF_A_STUDENT = 10  # files that are not taken: an archive may hold thousands
LONGEST_SHOWN = 160  # characters of a file's name; collected.csv has all


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
        shown = Counter[str]()
        for row in problems:
            shown[row.student] += 1
            if shown[row.student] <= SHOWN_OF_A_STUDENT or not row.student:
                table.add_row(*(plain(_cut(text)) for text in (row.file, row.student, row.outcome, row.reason)))
        console.print(table)
        left_out = sum(max(0, number - SHOWN_OF_A_STUDENT) for student, number in shown.items() if student)
        if left_out:
            console.print(f"{left_out} more are not shown, of students with more than {SHOWN_OF_A_STUDENT} of them")
    counts = Counter(row.outcome for row in rows)
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "SOURCE is empty")
    console.print(f"In {options.into}: {TABLE} lists every file", soft_wrap=True)
    return 0


def _cut(text: str) -> str:
    half = LONGEST_SHOWN // 2
    return text if len(text) <= LONGEST_SHOWN else f"{text[:half]} ... {text[-half:]}"
