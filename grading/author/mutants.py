"""`convgrade mutants`: small changes of every correct answer, run through the checks.

A mutant that keeps all its marks is a *survivor*: a hole in the checks, or a change that changes no result. The second
kind is explained in the lesson's ``mutants.toml``, one table an exercise, the mutant's label to the reason:

    [conv2d-backward]
    "fourier-transforms 12: np.zeros -> np.ones" = "every entry is written over"
    "* without dtype" = "float32 and float64 are both right"

A ``*`` in a label stands for any text.
"""

import ast
import random
import re
import signal
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from grading.author.verify import Entry, at_grading, entries_of, losses
from grading.lesson.bank import read_utf8
from grading.lesson.exercise import Exercise
from grading.lesson.hidden import drawn_part
from grading.lesson.load import Lesson, load_lesson

# A mutant with one seed has so many times the time of the unchanged answer, and at least so many seconds of a
# processor's time, so that a busy machine ends none: a loop that a change has made endless loses its marks.
TIMES, LEAST_SECONDS = 10, 0.5
OTHER_OPERATOR = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
OTHER_COMPARISON = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
# calls that may be left out for their first argument
WRAPPERS = {"flip", "pad", "transpose", "astype", "copy", "abs", "maximum", "exp", "sqrt", "array"}
# names that learners exchange: rows and columns
PAIRS = [("i", "j"), ("u", "v"), ("kh", "kw"), ("KH", "KW"), ("OH", "OW"), ("H", "W"), ("n", "f"), ("C", "F")]


@dataclass(frozen=True)
class Mutant:
    """A changed answer: which entry, where and how it was changed."""

    entry: str
    change: str
    source: str

    @property
    def label(self) -> str:
        return f"{self.entry} {self.change}"


@dataclass(frozen=True)
class Outcome:
    """The result of a mutant: by each part that it lost, the mistake that was named and what the check said."""

    exercise: str
    mutant: Mutant
    lost: dict[str, tuple[str, str]]

    @property
    def survives(self) -> bool:
        return not self.lost


def mutants_of(source: str, entry: str) -> Iterator[Mutant]:
    """Every mutant of an answer, one change each."""
    tree = ast.parse(source)
    sources = {ast.unparse(tree)}
    for number, node in enumerate(ast.walk(tree)):
        for change, replacement in _changes(node):
            changed = ast.parse(source)
            target = next(one for place, one in enumerate(ast.walk(changed)) if place == number)
            replacement(target)
            try:
                text = ast.unparse(changed)
                ast.parse(text)
            except (SyntaxError, ValueError, AttributeError):
                continue
            if text not in sources:
                sources.add(text)
                yield Mutant(entry, f"{getattr(node, 'lineno', 0)}: {change}", text)


class TooLong(KeyboardInterrupt):
    """A mutant's time is over. Neither an answer's `except` nor a check takes this for a failure of one case."""


def run_mutants(
    name: str, exercise_id: str = "", sample: int = 0, seeds: int = 2, seed: int = 0, survivors: bool = False
) -> Iterator[Outcome]:
    """Run the mutants of a lesson's answers and of its correct answers through the marked cells.

    Parameters
    ----------
    name : str
    exercise_id : str
        Only this exercise.
    sample : int
        At most so many mutants of each exercise, drawn; 0 for all.
    seeds : int
        How many draws of hidden cases a mutant must survive.
    seed : int
        The seed of the sample.
    survivors : bool
        Only survival is asked for: a mutant is left at the first part that it loses.
    """
    lesson = load_lesson(name)
    by_id = {exercise.id: exercise for exercise in lesson.exercises}
    if exercise_id and exercise_id not in by_id:
        raise ValueError(f"EXERCISE: lesson {name} has no exercise {exercise_id!r}; there are {', '.join(by_id)}")
    for exercise in lesson.with_banks:
        if exercise_id not in ("", exercise.id) or exercise.debug or exercise.is_value or not exercise.parts:
            continue
        entries = [one for one in entries_of(lesson, exercise) if not one.mistake]
        mutants = [mutant for one in entries for mutant in mutants_of(one.source, one.label)]
        if sample and sample < len(mutants):
            mutants = random.Random(seed).sample(mutants, sample)
        with at_grading(lesson, exercise):
            _make_cases_ready(exercise, seeds)
            seconds = {one.label: _seconds(lesson, exercise, one, seeds) for one in entries}
            for mutant in mutants:
                lost = _lost_parts(lesson, exercise, mutant, seeds, seconds[mutant.entry], 1 if survivors else None)
                yield Outcome(exercise.id, mutant, lost)


def _make_cases_ready(exercise: Exercise, seeds: int) -> None:
    """Draw the hidden cases, with the known mistakes' results, before a mutant's time begins."""
    for seed in range(seeds):
        for part in exercise.parts:
            for case in drawn_part(exercise.part_id(part), seed).cases:
                dict(case.mistakes)


def explained(name: str) -> dict[str, dict[str, str]]:
    """The survivors that an author has explained: by exercise and label, the reason."""
    path = load_lesson(name).folder / "mutants.toml"
    try:
        tables = tomllib.loads(read_utf8(path)) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    exercise_ids = [exercise.id for exercise in load_lesson(name).exercises]
    for exercise, reasons in tables.items():
        if exercise not in exercise_ids:
            raise ValueError(f"{path}: there is no exercise {exercise!r}; there are {', '.join(exercise_ids)}")
        if not isinstance(reasons, dict):
            raise ValueError(f'{path}: {exercise}: write a table [{exercise}] with lines "label" = "reason"')
    return tables


def reason_for(label: str, reasons: dict[str, str]) -> str:
    """The label among an exercise's `reasons` that explains the mutant with this one; empty when none does."""
    return next((one for one in reasons if re.fullmatch(re.escape(one).replace(r"\*", ".*"), label)), "")


def nameless(outcomes: list[Outcome]) -> list[tuple[int, str, str, str]]:
    """Wrong results that no check names, the most frequent first: how many, the exercise, what was said, a label."""
    counts: Counter = Counter()
    example: dict[tuple[str, str], str] = {}
    for outcome in outcomes:
        for part, (mistake, says) in outcome.lost.items():
            if not mistake:
                key = (outcome.exercise, f"{part}: {says}")
                counts[key] += 1
                example.setdefault(key, outcome.mutant.label)
    return [(count, *key, example[key]) for key, count in counts.most_common()]


def _seconds(lesson: Lesson, exercise: Exercise, entry: Entry, seeds: int) -> float:
    """How long a mutant of this answer may take with one seed."""
    start = time.process_time()
    for seed in range(seeds):
        for _ in losses(lesson, exercise, entry.source, seed):
            pass
    return max(LEAST_SECONDS, TIMES * (time.process_time() - start) / seeds)


def _lost_parts(
    lesson: Lesson, exercise: Exercise, mutant: Mutant, seeds: int, seconds: float, most: int | None
) -> dict[str, tuple[str, str]]:
    """What the first seed shows with which a mutant loses marks: at `most` so many of its parts, None for all."""
    for seed in range(seeds):
        try:
            with _clock(seconds):
                lost = dict(islice(losses(lesson, exercise, mutant.source, seed), most))
        except TooLong as error:
            return {"all": ("", str(error))}
        if lost:
            return {part: (loss.mistake, loss.says) for part, loss in lost.items()}
    return {}


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    """Raise TooLong when the block has had so many seconds of a processor's time."""

    def too_long(signum, frame):
        raise TooLong("the mutant took too long")

    before = signal.signal(signal.SIGPROF, too_long)
    # again and again: an answer may swallow one
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _changes(node: ast.AST) -> Iterator[tuple]:
    """For a node: descriptions of changes, with functions that make them in a copy of the node."""
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER_OPERATOR:
        other = OTHER_OPERATOR[type(node.op)]
        yield f"{ast.unparse(node)} with {other.__name__}", lambda n: setattr(n, "op", other())
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Div):
            yield f"{ast.unparse(node)} -> {ast.unparse(node.left)}", lambda n: _become(n, n.left)
            yield f"{ast.unparse(node)} -> {ast.unparse(node.right)}", lambda n: _become(n, n.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield f"{ast.unparse(node)} -> {ast.unparse(node.operand)}", lambda n: _become(n, n.operand)
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) < 20:
        for step in (1, -1):
            yield f"{node.value} -> {node.value + step}", lambda n, s=step: setattr(n, "value", n.value + s)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER_COMPARISON:
        other_one = OTHER_COMPARISON[type(node.ops[0])]
        yield f"{ast.unparse(node)} with {other_one.__name__}", lambda n: n.ops.__setitem__(0, other_one())
    if isinstance(node, ast.Call):
        yield from _changes_of_a_call(node)
    if isinstance(node, ast.Slice):
        for part in ("lower", "upper", "step"):
            if getattr(node, part) is not None:
                yield f"{ast.unparse(node)} without its {part}", lambda n, p=part: setattr(n, p, None)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for one, other_name in (*PAIRS, *[(b, a) for a, b in PAIRS]):
            if node.id == one:
                yield f"{one} -> {other_name}", lambda n, o=other_name: setattr(n, "id", o)
    axes = isinstance(node, ast.Tuple) and all(isinstance(item, ast.Constant) for item in node.elts)
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.ctx, ast.Load) and not axes:
        yield f"{ast.unparse(node)} exchanged", lambda n: n.elts.reverse()
    body = getattr(node, "body", None)
    if isinstance(body, list):
        for place, statement in enumerate(body):
            if isinstance(statement, ast.AugAssign):
                text = ast.unparse(statement)
                yield f"{text} with =", lambda n, p=place: n.body.__setitem__(p, _assigned(n.body[p]))
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            if len(body) > 1 and isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
                yield f"without {ast.unparse(statement).splitlines()[0]}", lambda n, p=place: n.body.pop(p)


def _changes_of_a_call(node: ast.Call) -> Iterator[tuple]:
    function_name = ast.unparse(node.func).rpartition(".")[2]
    if function_name in WRAPPERS and node.args:
        yield f"{ast.unparse(node)} -> {ast.unparse(node.args[0])}", lambda n: _become(n, n.args[0])
    if function_name in WRAPPERS and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) != "np":
        yield f"{ast.unparse(node)} -> {ast.unparse(node.func.value)}", lambda n: _become(n, n.func.value)
    for name, other in (("zeros", "ones"), ("max", "min"), ("min", "max"), ("maximum", "minimum"), ("sum", "mean")):
        if function_name == name and isinstance(node.func, ast.Attribute):
            yield f"{name} -> {other}", lambda n, o=other: setattr(n.func, "attr", o)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg in ("axis", "axes", "dtype", "mode", "keepdims"):
            yield f"{ast.unparse(node)} without {keyword.arg}", lambda n, p=place: n.keywords.pop(p)


def _become(node: ast.AST, other: ast.AST) -> None:
    """Make `node` what `other` is, in place."""
    node.__class__ = other.__class__
    fields = dict(vars(other))
    vars(node).clear()
    vars(node).update(fields)


def _assigned(statement: ast.AugAssign) -> ast.Assign:
    return ast.Assign([statement.target], statement.value, lineno=statement.lineno)
