"""`convgrade watch`: on each save, build the lesson and verify what changed."""

import argparse

from rich.console import Console

from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("watch", help="on each save, build a lesson and verify the exercises that changed")
    parser.add_argument("lesson", metavar="LESSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.watch import watch

    chosen([options.lesson])
    console.print(f"watching solutions/{options.lesson}; Ctrl-C ends it")
    try:
        watch(options.lesson, lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
    except KeyboardInterrupt:
        console.print()
    return 0
