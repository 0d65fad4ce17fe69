"""The command line: `convgrade build | verify | grade | feedback | report | export`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from grading.lesson import PROJECT, chosen
from grading.outcome import Limits

OUT = PROJECT / "work"
EXAMPLES = PROJECT / "grading" / "examples"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did all it should, 1 when it found something wrong, 2 for a wrong argument."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options, Console())
    except (ValueError, OSError) as error:
        print(f"convgrade: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convgrade", description="Build, verify and grade the course.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="make the learners' notebooks and checks from the text")
    build.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")
    build.add_argument("--check", action="store_true", help="write nothing; fail where course/ is stale")
    build.set_defaults(command=_build)

    verify = commands.add_parser("verify", help="prove that the checks catch every known mistake")
    verify.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")
    verify.add_argument(
        "--seeds", type=_positive, default=3, metavar="N", help="draws of hidden cases (default 3)"
    )
    verify.set_defaults(command=_verify)

    grade = commands.add_parser("grade", help="grade a class")
    grade.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")
    grade.add_argument(
        "--submissions",
        type=Path,
        default=EXAMPLES,
        metavar="DIR",
        help="holds <student>/<lesson>/<lesson>.ipynb (default: the sample class)",
    )
    grade.add_argument("--workers", type=_positive, default=os.cpu_count(), metavar="N", help="default: all cores")
    grade.add_argument(
        "--timeout",
        type=_seconds,
        default=Limits.cell_seconds,
        metavar="S",
        help="seconds for a cell (default 60)",
    )
    grade.add_argument(
        "--memory", type=_positive, default=Limits.memory_mb, metavar="MB", help="for one notebook (default 2048)"
    )
    grade.set_defaults(command=_grade)

    feedback = commands.add_parser("feedback", help="write the feedback pages anew, with manual marks")
    feedback.set_defaults(command=_feedback)
    report = commands.add_parser("report", help="write the class report anew")
    report.set_defaults(command=_report)
    export = commands.add_parser("export", help="write the marks for another program")
    export.add_argument("--format", choices=["csv"], required=True)
    export.set_defaults(command=_export)
    for command in (grade, feedback, report, export):
        command.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="default: work/")
    return parser


def _build(options: argparse.Namespace, console: Console) -> int:
    from grading.build import build, stale_files

    stale = []
    for name in chosen(options.lessons):
        if options.check:
            stale += stale_files(name)
        else:
            build(name)
            console.print(f"built {name}")
    for file in stale:
        console.print(f"course/{file} is stale: run `convgrade build`", markup=False)
    if options.check and not stale:
        console.print("course/ is what solutions/ gives")
    return 1 if stale else 0


def _verify(options: argparse.Namespace, console: Console) -> int:
    from grading.verify import matrix, verify

    holes = 0
    for name in chosen(options.lessons):
        rows = verify(name, options.seeds)
        matrix(name, rows, console)
        holes += sum(bool(row.holes) for row in rows)
        mistakes = sum(not row.correct for row in rows)
        console.print(f"{name}: {mistakes} mistakes, {len(rows) - mistakes} correct solutions")
    console.print(f"[red]{holes} holes[/]" if holes else "no hole")
    return 1 if holes else 0


def _grade(options: argparse.Namespace, console: Console) -> int:
    from grading.grade import find_submissions, grade

    lessons = chosen(options.lessons)
    if not options.lessons:
        lessons = [lesson for lesson in lessons if any(options.submissions.glob(f"*/{lesson}"))] or lessons
    found = find_submissions(options.submissions, lessons)
    limits = Limits(options.timeout, 5 * options.timeout, options.memory)
    failures = 0
    with _progress(console) as progress:
        bar = progress.add_task("grading", total=len(found), failures=0)

        def done(executed) -> None:
            nonlocal failures
            failures += executed.status != "graded"
            progress.update(bar, advance=1, failures=failures)

        grade(lessons, options.submissions, options.out, options.workers, limits, done)
    _feedback(options, console)
    _report(options, console)
    _print_class(options.out, console)
    return 0


def _feedback(options: argparse.Namespace, console: Console) -> int:
    from grading.feedback import write_feedback

    _needs_gradebook(options.out)
    write_feedback(options.out)
    return 0


def _report(options: argparse.Namespace, console: Console) -> int:
    from grading.report import write_report

    _needs_gradebook(options.out)
    write_report(options.out)
    return 0


def _export(options: argparse.Namespace, console: Console) -> int:
    from grading.export import write_csv
    from grading.record import Record, sqlite_url

    _needs_gradebook(options.out)
    with Record(sqlite_url(options.out)) as record:
        write_csv(record.marks(), options.out / "grades.csv")
    console.print(f"wrote {options.out / 'grades.csv'}")
    return 0


def _needs_gradebook(out: Path) -> None:
    if not (out / "gradebook.db").exists():
        raise ValueError(f"--out: there is no gradebook in {out}: run `convgrade grade` first")


def _print_class(out: Path, console: Console) -> None:
    from grading.record import Record, sqlite_url
    from grading.report import totals

    with Record(sqlite_url(out)) as record:
        table = Table(title="The class", title_justify="left")
        for column in ("student", "lesson", "score", "of", "status", "reason"):
            table.add_column(column, justify="right" if column in ("score", "of") else "left")
        for total in totals(record):
            table.add_row(
                total.student,
                total.lesson,
                f"{total.score:g}",
                f"{total.max_score:g}",
                total.status,
                total.reason,
            )
        waiting = record.waiting()
    console.print(table)
    if waiting:
        console.print(f"{waiting} written answers wait for a marker (formgrader); they count 0 until then.")
    console.print(f"In {out}: gradebook.db, grades.csv, report.html, feedback/", soft_wrap=True)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failures]} not run to the end"),
        TimeRemainingColumn(),
        console=console,
    )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not 1 or more")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
