"""`convgrade void`: a part counts for nobody."""

import argparse

from rich.console import Console

from grading.cli.common import add_gradebook, graded_output


def add(commands) -> None:
    parser = commands.add_parser("void", help="let a part count for nobody, with a reason; checks stay as they are")
    parser.add_argument("part", metavar="PART", help="a marked cell, such as conv2d-backward-dw")
    parser.add_argument("--reason", metavar="TEXT", help="what learners are told")
    parser.add_argument("--undo", action="store_true", help="let it count again")
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.gradebook.lateness import LatePenalties
    from grading.lesson.load import lesson_of
    from grading.publish import everybody
    from grading.publish.feedback import write_feedback
    from grading.publish.grades_csv import write_csv
    from grading.publish.report import write_report

    out = graded_output(options)
    if options.undo == bool(options.reason):
        raise ValueError("--reason: say why, in words for learners; or --undo")
    lesson = lesson_of(options.part)
    with out.record() as record:
        if options.undo and options.part not in record.voids().get(lesson, {}):
            raise ValueError(f"--undo: {options.part} is not void")
        record.void(lesson, options.part, None if options.undo else options.reason)
        record.settle_lateness({}, LatePenalties(), only_due=True)
        write_csv(everybody.marks(record, out), out.grades)
        of = record.possible().get(lesson)
        write_feedback(record, out)
        write_report(record, out)
    effect = "counts again" if options.undo else "counts for nobody"
    console.print(f"{options.part} {effect}" + (f"; {lesson} is of {of:g} now" if of is not None else ""))
    console.print("`convgrade export` writes the tables for other programs anew.")
    return 0
