"""`convgrade mutants`: small changes of every correct answer; which of them the checks let pass."""

import argparse

from rich.console import Console

from grading.cli.common import add_lessons, positive
from grading.lesson.load import chosen


def add(commands) -> None:
    parser = commands.add_parser("mutants", help="change every correct answer a little; which changes keep full marks?")
    add_lessons(parser)
    parser.add_argument("--exercise", default="", metavar="ID", help="only this exercise")
    parser.add_argument("--sample", type=positive, default=0, metavar="N", help="at most N mutants of each exercise")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the sample (0)")
    parser.add_argument("--nameless", type=positive, default=10, metavar="N", help="nameless results to list (10)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, console: Console) -> int:
    from grading.author.mutants import explained, nameless, run_mutants

    holes = 0
    for name in chosen(options.lessons):
        reasons = explained(name)
        outcomes = list(run_mutants(name, options.exercise, options.sample, seed=options.seed))
        for outcome in outcomes:
            if outcome.survives and outcome.mutant.label not in reasons.get(outcome.exercise, {}):
                holes += 1
                console.print(f"{outcome.exercise}: survives: {outcome.mutant.label}", markup=False, soft_wrap=True)
        for count, exercise, says, label in nameless(outcomes)[: options.nameless]:
            console.print(f"{exercise}: {count} times nameless: {says} ({label})", markup=False, soft_wrap=True)
        survivors = sum(outcome.survives for outcome in outcomes)
        named_count = sum(any(mistake for mistake, _ in outcome.lost.values()) for outcome in outcomes)
        console.print(f"{name}: {len(outcomes)} mutants, {named_count} named, {survivors} keep full marks")
    if holes:
        console.print(f"{holes} survivors are not explained: add a case, or a line in the lesson's mutants.toml")
    return 1 if holes else 0
