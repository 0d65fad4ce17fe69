"""`convgrade grade`: grade a class, and write all that follows from the marks."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
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

from grading.cli.common import (
    HarmlessConsole,
    add_gradebook,
    add_lessons,
    add_workers,
    choose_submissions,
    handed_in,
    importing,
    needs_linux,
    number_of,
    output,
    plain,
    positive,
    print_for_markers,
    seconds,
)
from grading.files import printable
from grading.job import ABSENT, COUNTING, Executed, Limits, SandboxKind, few

NOTEBOOK_TIMEOUTS = 5  # a notebook may run as long as so many cells that reach their limit


def add(commands) -> None:
    parser = commands.add_parser("grade", help="grade a class")
    add_lessons(parser)
    parser.add_argument(
        "--submissions",
        type=Path,
        metavar="DIR",
        help="holds <student>/<lesson>/<lesson>.ipynb (default: the class graded last, else what was collected, else "
        "the sample class)",
    )
    add_workers(parser)
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="execute on the Dask cluster whose scheduler is there (docs/cluster.md)"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=Limits.cell_seconds,
        metavar="S",
        help="seconds for a cell (default 60)",
    )
    parser.add_argument(
        "--memory", type=positive, default=Limits.memory_mb, metavar="MB", help="for one notebook (default 2048)"
    )
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run learners' code with your own rights: it can read and change all your files",
    )
    parser.add_argument(
        "--no-filter",
        action="store_true",
        help="grade also on a processor for which the sandbox has no filter of system calls",
    )
    parser.add_argument(
        "--regrade",
        action="store_true",
        help="grade anew what an earlier version of its lesson or of the grader has graded",
    )
    parser.add_argument(
        "--count",
        choices=COUNTING,
        help="which of several notebooks of a student counts: the newest that came in time, or else the newest "
        "(on-time); the newest; or the best, after penalties (default: as before, at first on-time)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of the hidden cases, the first time: graders on several machines take the same (default: at random)",
    )
    parser.add_argument(
        "--absent",
        choices=ABSENT,
        help="with --regrade, where a lesson's points have changed, and some of the class are not there to be graded "
        "again: scale their marks to the new points, or hold them until they are (default: change nothing, name them)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no table; marks that changed, still")
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    needs_linux()
    from grading.execute import close, warm_up
    from grading.execute.sandbox import NO_FILTER

    if options.no_filter:
        os.environ[NO_FILTER] = "1"
    sandbox: SandboxKind = "none" if options.no_sandbox else "auto"
    if not options.cluster:
        warm_up(sandbox)  # it starts while this process imports the rest
    try:
        return _run(options, sandbox, console)
    finally:
        close()


def _run(options: argparse.Namespace, sandbox: SandboxKind, console: Console) -> int:
    with importing():
        from grading.grade import grade, open_gradebook
        from grading.plan import Grading, Plan, passed_over
        from grading.publish.feedback import page_makers, write_feedback
        from grading.publish.report import write_report

    console.quiet = options.quiet
    choose_submissions(options, console)
    request = Grading(
        lessons=handed_in(options),
        submissions=options.submissions,
        out=output(options),
        limits=Limits(options.timeout, NOTEBOOK_TIMEOUTS * options.timeout, options.memory),
        workers=options.workers,
        sandbox=sandbox,
        regrade=options.regrade,
        cluster=options.cluster,
        absent=options.absent,
        which=options.count,
        seed=options.seed,
    )
    with open_gradebook(request) as record, contextlib.ExitStack() as at_end:
        steps = at_end.enter_context(contextlib.closing(grade(request, record)))
        plan = next(steps)
        assert isinstance(plan, Plan)
        todo = len(plan.todo)
        makers = at_end.enter_context(page_makers(todo, request.workers)) if todo else None
        not_handled = _grade_all(steps, todo, console)
        write_feedback(record, request.out, request.workers, makers)
        write_report(record, request.out)
        _print_class(record, request.out, console)
        _print_remarks(plan, passed_over(request.submissions), console)
        for message in not_handled:
            print(f"convgrade: {printable(message)}; the next run tries it again", file=sys.stderr)
        _print_changes(record, request.out)
    return 0


def _grade_all(steps: Iterator, todo: int, console: Console) -> list[str]:
    """Grade, with a progress bar. Return a message for each submission that could not be handled."""
    from grading.grade import NOT_HANDLED

    failures, not_handled = 0, list[str]()
    with _progress(console) as progress:
        bar = progress.add_task("grading", total=todo, failures=0)
        for executed in steps:
            assert isinstance(executed, Executed)
            failures += executed.status != "graded"
            if executed.reason.startswith(NOT_HANDLED):
                not_handled.append(f"{executed.student}/{executed.lesson}: {executed.reason}")
            progress.update(bar, advance=1, failures=failures)
    return not_handled


def _print_remarks(plan, others: list[str], console: Console) -> None:
    """Print what was not graded: submissions that stay as they are, and `others`, files that are no submissions."""
    if others:
        first = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
        console.print(f"No submissions of a lesson, and not graded: {first}", style="yellow", markup=False)
    if plan.unchanged:
        are = "is as it was when it was" if plan.unchanged == 1 else "are as they were when they were"
        console.print(f"{number_of(plan.unchanged, 'submission')} {are} graded.")
    if plan.stale:
        console.print(
            f"Graded by an earlier version of their lesson or of the grader: "
            f"{number_of(len(plan.stale), 'submission')}. `convgrade grade --regrade` grades anew."
        )
    if plan.gone:
        console.print(
            f"Graded by an earlier version of their lesson, and not there to be graded again: {few(plan.gone)}.",
            style="yellow",
            markup=False,
        )


@contextlib.contextmanager
def interruptible(console: Console) -> Iterator[None]:
    """At Ctrl-C, end at once, without waiting for the notebooks that run. Nothing that is recorded is lost."""

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


def _print_class(record, out, console: Console) -> None:
    from grading.publish import everybody
    from grading.publish.report import totals

    table = Table(title="The class", title_justify="left")
    rows = totals(record, out)
    name = ["name"] if any(total.name for total in rows) else []
    for column in ("student", *name, "lesson", "score", "of", "late", "status"):
        table.add_column(column, justify="right" if column in ("score", "of") else "left", overflow="fold")
    for total in rows:
        table.add_row(
            plain(total.student),
            *([plain(total.name)] if name else []),
            total.lesson,
            total.says,
            f"{total.max_score:g}",
            f"{total.late}, -{total.penalty:g}" if total.penalty else total.late,
            total.status,
        )
    console.print(table)
    for total in rows:  # below the table, where a sentence has room
        if total.status not in ("graded", everybody.MISSING):
            place = plain(f"{total.student}, {total.lesson or 'no lesson'}: {total.status}: {total.reason}")
            console.print(place, soft_wrap=True)
    print_for_markers(record, console)
    book = "" if out.db else "gradebook.db, "
    console.print(f"In {out}: {book}grades.csv, report.html, feedback/", soft_wrap=True)


def _print_changes(record, out) -> None:
    """Print every mark that grading again has changed, also without a progress bar."""
    from grading.files import write_table

    changes = record.changes()
    if not changes:
        return
    columns = ("student", "lesson", "exercise", "before", "after")
    table = Table(title="Marks that changed", title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in ("before", "after") else "left", overflow="fold")
    for change in changes:
        marks = ("-" if mark is None else f"{mark:g}" for mark in (change.before, change.after))
        table.add_row(plain(change.student), change.lesson, change.exercise, *marks)
    HarmlessConsole().print(table)
    write_table(out.table("changes"), columns, [vars(change) for change in changes])
    print(f"{number_of(len(changes), 'mark')} changed; also listed in {out.table('changes')}")
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
        TextColumn("{task.fields[failures]} did not run to the end"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
    )
