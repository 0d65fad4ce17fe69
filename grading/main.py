"""The command line: `convgrade build | verify | collect | grade | status | feedback | report | export`."""

import argparse
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grading.job import Limits
from grading.lesson.load import PROJECT, chosen

OUT = PROJECT / "work"
EXAMPLES = PROJECT / "grading" / "examples"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did all it should, 1 when it found something wrong, 2 for a wrong argument."""
    options = _parser().parse_args(arguments)
    try:
        console = Console()
        ours = arguments is None and options.command is _grade  # the process is this command's, not a caller's
        with _interruptible(console) if ours else contextlib.nullcontext():
            return options.command(options, console)
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
    verify.add_argument("--seeds", type=_positive, default=2, metavar="N", help="draws of hidden cases (2)")
    verify.add_argument(
        "--workers", type=_positive, default=os.cpu_count(), metavar="N", help="default: all cores"
    )
    verify.add_argument("--across", action="store_true", help="through the sandbox, as at grading: slow, and the proof")
    verify.set_defaults(command=_verify)

    collect = commands.add_parser("collect", help="take in an export of Moodle, Canvas or nbgrader")
    collect.add_argument("source", type=Path, metavar="SOURCE", help="a folder, zip or tar")
    collect.add_argument("lesson", nargs="?", metavar="LESSON", help="take only this lesson's")
    collect.add_argument(
        "--into", type=Path, default=OUT / "collected", metavar="DIR", help="default: work/collected"
    )
    collect.add_argument(
        "--layout", choices=["moodle", "canvas", "nbgrader", "plain"], help="default: as files are named"
    )
    collect.add_argument(
        "--received", type=_moment, metavar="TIME", help="time to stamp, such as 2026-12-01T17:00Z (default: now)"
    )
    collect.set_defaults(command=_collect)

    grade = commands.add_parser("grade", help="grade a class")
    grade.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")
    grade.add_argument(
        "--submissions",
        type=Path,
        metavar="DIR",
        help="holds <student>/<lesson>/<lesson>.ipynb (default: the class graded last, else what was collected, else "
        "the sample class)",
    )
    grade.add_argument("--workers", type=_positive, default=os.cpu_count(), metavar="N", help="default: all cores")
    grade.add_argument(
        "--cluster", metavar="ADDRESS", help="execute on the Dask cluster whose scheduler is there (docs/cluster.md)"
    )
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
    grade.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run learners' code with your own rights: it can read and change all your files",
    )
    grade.add_argument(
        "--regrade",
        action="store_true",
        help="grade anew what an earlier version of its lesson or of the grader has graded",
    )
    grade.add_argument("--quiet", action="store_true", help="no progress bar and no table; marks that changed, still")
    grade.set_defaults(command=_grade)

    status = commands.add_parser("status", help="where every learner's every lesson stands")
    status.add_argument("lessons", nargs="*", metavar="LESSON", help="default: every lesson")
    status.add_argument("--submissions", type=Path, metavar="DIR", help="default: as for grade")
    status.set_defaults(command=_status)

    feedback = commands.add_parser("feedback", help="write the feedback pages anew, with manual marks")
    feedback.set_defaults(command=_feedback)
    feedback.add_argument(
        "--workers", type=_positive, default=os.cpu_count(), metavar="N", help="default: all cores"
    )
    report = commands.add_parser("report", help="write the class report anew")
    report.set_defaults(command=_report)
    export = commands.add_parser("export", help="write the marks for another program")
    export.add_argument("--format", choices=["csv", "canvas", "moodle"], required=True)
    export.add_argument("--roster", type=Path, metavar="FILE.csv", help="who the students are in Canvas or Moodle")
    export.add_argument(
        "--title", type=_title, action="append", default=[], metavar="LESSON=TITLE", help="the lesson's name there"
    )
    export.set_defaults(command=_export)
    for command in (grade, status, feedback, report, export):
        command.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="default: work/")
        command.add_argument(
            "--db", metavar="URL", help="the gradebook's database (default: DIR/gradebook.db; docs/postgresql.md)"
        )
    return parser


def _build(options: argparse.Namespace, console: Console) -> int:
    from grading.author.build import build, stale_files

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
    from grading.author.verify import matrix, verify
    from grading.author.verify_across import verify_across

    prove = verify_across if options.across else verify
    holes = 0
    for name in chosen(options.lessons):
        rows = prove(name, options.seeds, options.workers)
        matrix(name, rows, console)
        holes += sum(bool(row.holes) for row in rows)
        mistakes = sum(not row.correct for row in rows)
        console.print(f"{name}: {mistakes} mistakes, {len(rows) - mistakes} correct solutions")
    console.print(f"[red]{holes} hole{'s' * (holes > 1)}[/]" if holes else "no hole")
    return 1 if holes else 0


def _collect(options: argparse.Namespace, console: Console) -> int:
    from grading.collect import TABLE, collect

    rows = collect(options.source, options.into, options.lesson, options.layout, options.received)
    problems = [row for row in rows if row.outcome in ("refused", "kept", "passed over")]
    if problems:
        table = Table(title="Not taken", title_justify="left")
        for column in ("file", "student", "outcome", "reason"):
            table.add_column(column, overflow="fold")
        for row in problems:
            table.add_row(*(Text(text) for text in (row.file, row.student, row.outcome, row.reason)))
        console.print(table)
    counts = Counter(row.outcome for row in rows)
    console.print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "SOURCE is empty")
    console.print(f"In {options.into}: {TABLE} lists every file", soft_wrap=True)
    return 0


@contextlib.contextmanager
def _interruptible(console: Console) -> Iterator[None]:
    """End at Ctrl-C as at a power cut, which loses nothing, and do not wait for the notebooks that run."""

    def interrupted(*_) -> None:
        with contextlib.suppress(RuntimeError):  # when this came while the terminal was being written to
            console.show_cursor()
        os.write(2, b"\nconvgrade: interrupted; what is recorded stays, and the same command does the rest\n")
        os._exit(128 + signal.SIGINT)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _grade(options: argparse.Namespace, console: Console) -> int:
    from grading.grade import grade
    from grading.plan import passed_over

    console.quiet = options.quiet
    _choose_submissions(options, console)
    lessons = _handed_in(options)
    limits = Limits(options.timeout, 5 * options.timeout, options.memory)
    failures = 0
    with _progress(console) as progress:
        bar = progress.add_task("grading", total=None, failures=0)

        def begin(plan) -> None:
            progress.update(bar, total=len(plan.todo))

        def done(executed) -> None:
            nonlocal failures
            failures += executed.status != "graded"
            progress.update(bar, advance=1, failures=failures)

        sandbox = "none" if options.no_sandbox else "auto"
        plan = grade(
            lessons,
            options.submissions,
            options.out,
            options.workers,
            limits,
            begin,
            done,
            sandbox,
            options.regrade,
            options.cluster,
            options.db,
        )
    _feedback(options, console)
    _report(options, console)
    _print_class(options.out, options.db, console)
    others = passed_over(options.submissions)
    if others:
        named = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
        console.print(f"No submissions of a lesson, and not graded: {named}", style="yellow", markup=False)
    if plan.unchanged:
        console.print(f"{plan.unchanged} submissions are as they were when they were graded.")
    if plan.stale:
        console.print(
            f"{len(plan.stale)} submissions were graded by an earlier version of their lesson or of the grader: "
            "`convgrade grade --regrade` grades them anew."
        )
    _print_changes(options.out, options.db)
    return 0


def _choose_submissions(options: argparse.Namespace, console: Console) -> None:
    """Unless asked for a folder, take the class of this gradebook; say which it is."""
    from grading.grade import graded_last

    if options.submissions is None:
        collected = options.out / "collected"
        options.submissions = graded_last(options.out) or (collected if collected.is_dir() else EXAMPLES)
        console.print(f"The class in {options.submissions}", soft_wrap=True, markup=False, highlight=False)


def _handed_in(options: argparse.Namespace) -> list[str]:
    """The lessons asked for, or those of which there is a submission."""
    lessons = chosen(options.lessons)
    if options.lessons:
        return lessons
    return [lesson for lesson in lessons if any(options.submissions.glob(f"*/{lesson}"))] or lessons


def _status(options: argparse.Namespace, console: Console) -> int:
    from grading.status import standings

    _choose_submissions(options, console)
    rows = standings(_handed_in(options), options.submissions, options.out, options.db)
    lessons = list(dict.fromkeys(row.lesson for row in rows))
    table = Table(title="Where everybody stands", title_justify="left")
    for column in ("student", *lessons):
        table.add_column(column, overflow="fold")
    cells = {(row.student, row.lesson): _standing(row) for row in rows}
    for student in sorted({row.student for row in rows}):
        table.add_row(*(Text(text) for text in (student, *(cells.get((student, name), "-") for name in lessons))))
    console.print(table)
    counts = Counter(row.stands for row in rows)
    console.print(", ".join(f"{count} {stands}" for stands, count in counts.most_common()))
    return 0


def _standing(row) -> str:
    if not row.status:
        return row.stands
    return f"{row.stands}: {row.status}, {row.score:g} of {row.max_score:g}"


def _feedback(options: argparse.Namespace, console: Console) -> int:
    from grading.publish.feedback import write_feedback

    _needs_gradebook(options)
    write_feedback(options.out, options.workers, options.db)
    return 0


def _report(options: argparse.Namespace, console: Console) -> int:
    from grading.publish.report import write_report

    _needs_gradebook(options)
    write_report(options.out, options.db)
    return 0


def _export(options: argparse.Namespace, console: Console) -> int:
    from grading.gradebook import Record
    from grading.gradebook.database import gradebook_url
    from grading.gradebook.lateness import penalties
    from grading.publish.canvas import write_canvas
    from grading.publish.grades_csv import write_csv
    from grading.publish.moodle import write_moodle
    from grading.publish.roster import read_roster

    _needs_gradebook(options)
    file = options.out / ("grades.csv" if options.format == "csv" else f"{options.format}.csv")
    roster = read_roster(options.roster) if options.roster else None
    with Record(gradebook_url(options.db, options.out)) as record:
        marks = record.marks()
        if options.format == "csv":
            write_csv(marks, file)
        else:
            write = {"canvas": write_canvas, "moodle": write_moodle}[options.format]
            possible = {lesson.name: lesson.max_score for lesson in record.gradebook.assignments}
            exported = write(marks, possible, file, roster, penalties(record.gradebook), dict(options.title))
            for remark in exported.remarks:
                console.print(remark, style="yellow", markup=False)
            console.print(f"students: {exported.students}")
        _print_for_markers(record, console)
    console.print(f"wrote {file}")
    return 0


def _print_for_markers(record, console: Console) -> None:
    """What a person has still to look at."""
    waiting, outdated = record.to_mark()
    if waiting:
        console.print(f"{waiting} written answers wait for a marker (formgrader); they count 0 until then.")
    for student, lesson, cell in outdated:
        console.print(
            f"{student}, {lesson}, {cell}: the mark by hand stays, but the answer has changed since (formgrader).",
            style="yellow",
            markup=False,
        )


def _needs_gradebook(options: argparse.Namespace) -> None:
    from grading.gradebook.database import gradebook_url, has_gradebook, named

    url = gradebook_url(options.db, options.out)
    if not has_gradebook(url):
        where = named(url) if options.db else f"--out: {options.out}"
        raise ValueError(f"{where}: there is no gradebook: run `convgrade grade` first")


def _print_class(out: Path, db: str | None, console: Console) -> None:
    from grading.gradebook import Record
    from grading.gradebook.database import gradebook_url
    from grading.publish.report import totals

    with Record(gradebook_url(db, out)) as record:
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
        console.print(table)
        _print_for_markers(record, console)
    book = "" if db else "gradebook.db, "
    console.print(f"In {out}: {book}grades.csv, report.html, feedback/", soft_wrap=True)


def _print_changes(out: Path, db: str | None) -> None:
    """Every mark that grading again has changed; told also where the bar is not wanted."""
    from grading.files import write_table
    from grading.gradebook import Record
    from grading.gradebook.database import gradebook_url

    with Record(gradebook_url(db, out)) as record:
        changes = record.changes()
        if not changes:
            return
        columns = ("student", "lesson", "exercise", "before", "after")
        table = Table(title="Marks that changed", title_justify="left")
        for column in columns:
            table.add_column(column, justify="right" if column in ("before", "after") else "left", overflow="fold")
        for change in changes:
            marks = ("-" if mark is None else f"{mark:g}" for mark in (change.before, change.after))
            table.add_row(Text(change.student), change.lesson, change.exercise, *marks)
        Console().print(table)
        write_table(out / "changes.csv", columns, [vars(change) for change in changes])
        print(f"{len(changes)} marks changed; {out / 'changes.csv'} lists them too")
        record.forget_changes(changes)


class _Rate(ProgressColumn):
    """Submissions per minute."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{60 * task.speed:.0f}/min")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failures]} not run to the end"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
    )


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-12-01T17:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text} has no time zone: write 2026-12-01T17:00Z or 2026-12-01T17:00+01:00"
        )
    return moment


def _title(text: str) -> tuple[str, str]:
    lesson, _, title = text.partition("=")
    if not title:
        raise argparse.ArgumentTypeError(f"{text} is not LESSON=TITLE")
    return lesson, title


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
