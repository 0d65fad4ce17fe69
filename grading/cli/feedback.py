"""`convgrade feedback`: write the feedback pages anew, with manual marks, and as another system takes them back."""

import argparse

from rich.console import Console

from grading.cli.common import add_gradebook, add_workers, graded_output, needs_linux
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("feedback", help="write the feedback pages anew, with manual marks")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="with --for; default: every lesson")
    parser.add_argument(
        "--for",
        dest="system",
        choices=["moodle", "canvas", "comments"],
        help="also write what Moodle (feedback files, grading worksheet) or Canvas (re-upload) takes, or a line of "
        "comment for each submission (docs/hand-back.md)",
    )
    add_workers(parser)
    add_gradebook(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    needs_linux()
    from grading.publish.everybody import graded_last
    from grading.publish.feedback import write_feedback
    from grading.publish.hand_back import write_comments, write_zips

    out = graded_output(options)
    if options.lessons and not options.system:
        raise ValueError("LESSON: say what for: --for moodle, canvas or comments")
    lessons = chosen(options.lessons)
    with out.record() as record:
        write_feedback(record, out, options.workers)
        if not options.system:
            return 0
        sheets = [sheet for sheet in record.sheets() if sheet.state.lesson in lessons]
        marks = record.marks()
        if options.system == "comments":
            result = write_comments(sheets, marks, out)
        else:
            result = write_zips(options.system, sheets, marks, out, graded_last(out))
    for remark in result.remarks:
        console.print(remark, style="yellow", markup=False, highlight=False, soft_wrap=True)
    console.print(f"submissions: {result.submissions}")
    for file in result.files:
        console.print(f"wrote {file}", soft_wrap=True, markup=False, highlight=False)
    return 0 if result.files else 1
