"""`convgrade mutants`: small changes of every correct answer; which of them the checks let pass."""

import argparse

from rich.console import Console

from grading.cli.common import add_lessons, positive
from grading.lesson.places import chosen


def add(commands) -> None:
    parser = commands.add_parser("mutants", help="change every correct answer a little; which changes keep full marks?")
    add_lessons(parser)
    parser.add_argument("--exercise", default="", metavar="ID", help="only this exercise")
    parser.add_argument("--sample", type=positive, default=0, metavar="N", help="at most N mutants of each exercise")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the sample (0)")
    parser.add_argument("--nameless", type=positive, default=10, metavar="N", help="nameless results to list (10)")
    parser.add_argument(
        "--survivors", action="store_true", help="only what keeps full marks: leave a mutant at the first mark it loses"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.mutants import explained, nameless, reason_for, run_mutants

    holes = idle = 0
    for name in chosen(options.lessons):
        reasons = explained(name)
        outcomes = list(
            run_mutants(name, options.exercise, options.sample, seed=options.seed, survivors=options.survivors)
        )
        used = set()
        for outcome in outcomes:
            if not outcome.survives:
                continue
            reason = reason_for(outcome.mutant.label, reasons.get(outcome.exercise, {}))
            used.add((outcome.exercise, reason))
            if not reason:
                holes += 1
                console.print(f"{outcome.exercise}: survives: {outcome.mutant.label}", markup=False, soft_wrap=True)
        for exercise in {outcome.exercise for outcome in outcomes} if not options.sample else ():
            for reason in reasons.get(exercise, {}):
                if (exercise, reason) not in used:
                    idle += 1
                    console.print(f"{exercise}: explains no survivor: {reason}", markup=False, soft_wrap=True)
        shown = 0 if options.survivors else options.nameless
        for count, exercise, says, label in nameless(outcomes)[:shown]:
            console.print(f"{exercise}: {count} times nameless: {says} ({label})", markup=False, soft_wrap=True)
        survivors = sum(outcome.survives for outcome in outcomes)
        named_count = sum(any(mistake for mistake, _ in outcome.lost.values()) for outcome in outcomes)
        named = "" if options.survivors else f" {named_count} named,"
        console.print(f"{name}: {len(outcomes)} mutants,{named} {survivors} keep full marks")
    if holes:
        console.print(f"{holes} survivors are not explained: add a case, or a line in the lesson's mutants.toml")
    if idle:
        console.print(f"{idle} lines of mutants.toml explain no survivor: take them out")
    return 1 if holes or idle else 0
