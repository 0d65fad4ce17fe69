"""`convgrade export`: write the marks for another program."""

import argparse
from pathlib import Path

from rich.console import Console

from grading.cli.common import add_gradebook, graded_output, print_for_markers


def add(commands) -> None:
    parser = commands.add_parser("export", help="write the marks for another program")
    parser.add_argument("--format", choices=["csv", "canvas", "moodle", "gradescope"], required=True)
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE.csv",
        help="who the students are in Canvas or Moodle (default: what `convgrade roster` has kept)",
    )
    parser.add_argument(
        "--title", type=_title, action="append", default=[], metavar="LESSON=TITLE", help="the lesson's name there"
    )
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.collect.people import without_a_lesson
    from grading.gradebook.lateness import LatePenalties
    from grading.publish import everybody
    from grading.publish.canvas import write_canvas
    from grading.publish.grades_csv import write_csv
    from grading.publish.gradescope import write_gradescope
    from grading.publish.moodle import write_moodle
    from grading.publish.roster import kept_roster, read_roster

    out = graded_output(options)
    file = out.table("grades" if options.format == "csv" else options.format)
    roster = read_roster(options.roster) if options.roster else kept_roster(out)
    submissions = everybody.graded_last(out)
    with out.record() as record:
        record.settle_lateness({}, LatePenalties(), only_due=True)
        if options.format == "csv":
            write_csv(everybody.marks(record, out), file)
        elif options.format == "gradescope":
            files = write_gradescope(record.sheets(), record.marks(), out)
            console.print(f"submissions: {len(files)}")
            file = out.gradescope
        else:
            write = {"canvas": write_canvas, "moodle": write_moodle}[options.format]
            exported = write(record.marks(), record.possible(), file, roster, dict(options.title))
            refused = without_a_lesson(submissions) if submissions else {}
            remarks = (*exported.remarks, *(f"{one}: nothing could be taken: {why}" for one, why in refused.items()))
            for remark in remarks:
                console.print(remark, style="yellow", markup=False)
            console.print(f"students: {exported.students}")
        print_for_markers(record, console)
    console.print(f"wrote {file}")
    return 0


def _title(text: str) -> tuple[str, str]:
    lesson, _, title = text.partition("=")
    if not title:
        raise argparse.ArgumentTypeError(f"{text} is not LESSON=TITLE")
    return lesson, title
