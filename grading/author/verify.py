"""Prove the checks of a lesson: every known mistake loses its marks and is named, no correct answer loses any.

A bank entry's source is put in the place of the lesson's answer, and the marked cells of the master are run on
it, visible and hidden cases both, as at grading. The first row of each exercise is the lesson's own answer.
"""

import contextlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import matplotlib
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from convschool import CheckFailed, cases, mode
from convschool.verdict import in_words
from grading.author.build import CHECKS
from grading.author.kinds import kind_holes
from grading.author.side_by_side import side_by_side
from grading.author.sizes import size_notes
from grading.lesson.answers import answered, run
from grading.lesson.exercise import Exercise
from grading.lesson.freeze import visible_part
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import marked_source
from grading.lesson.places import COURSE
from grading.lesson.seed import SEED_VARIABLE
from grading.lesson.well_formed import same_calls

LARGEST_CHECKS = 1_000_000
OWN = "the lesson's answer"


@dataclass(frozen=True)
class Entry:
    """A source to be tried: of a mistake, or of a correct answer, the lesson's own among them.

    `mistake` is the id that its checks are to name; empty for a correct answer.
    """

    exercise: str
    label: str
    source: str
    mistake: str = ""
    loses: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """Which entries are tried: of one exercise ("" is any), of one id, only correct ones, of each exercise at most
    `sample` (0 is all).
    """

    exercise: str = ""
    entry: str = ""
    correct: bool = False
    sample: int = 0

    def exercises(self, lesson: Lesson) -> list[Exercise]:
        """The exercises whose entries are tried."""
        return [one for one in lesson.with_banks if self.exercise in ("", one.id)]

    def entries(self, lesson: Lesson, exercise: Exercise) -> list["Entry"]:
        """The entries of an exercise that are tried."""
        called_so = [one for one in entries_of(lesson, exercise) if self.entry in ("", one.mistake, one.label)]
        return spread([one for one in called_so if not (self.correct and one.mistake)], self.sample)


EVERYTHING = Choice()


@dataclass(frozen=True)
class Loss:
    """A part that an entry lost: the mistake that was named, and what the check said."""

    mistake: str
    says: str = ""


@dataclass(frozen=True)
class Row:
    """The result of one entry in the marked cells.

    `mistake` is the entry's, empty for a correct answer. `lost` maps each part that was lost to the id of the mistake
    that its check named, or "". `holes` says what is not as the bank declares.
    """

    exercise: str
    entry: str
    mistake: str
    parts: tuple[str, ...]
    lost: dict[str, str]
    holes: tuple[str, ...]


@dataclass(frozen=True)
class Verified:
    """What was found of a lesson: a row for each entry, what is wrong whatever the answers are, and advice."""

    lesson: str
    rows: list[Row]
    holes: list[str]
    notes: list[str]


def verify(
    names: Sequence[str],
    seeds: int = 2,
    workers: int = 1,
    choice: Choice = EVERYTHING,
) -> Iterator[Verified]:
    """Run lessons' own answers, every known mistake and every correct answer through the marked cells.

    Parameters
    ----------
    names : sequence of str
        The lessons.
    seeds : int
        How many seeds to draw hidden cases from. A row is the same for each, or has a hole.
    workers : int
        How many exercises are looked at side by side, each in a process.
    choice : Choice

    Raises
    ------
    ValueError
        When a lesson has no such exercise or entry.
    """
    # for each lesson its exercises, and "" for the rest
    places = {name: [(name, one) for one in (*_exercises(name, choice), "")] for name in names}
    # trainings first: at the end nobody waits for one
    order = sorted((place for name in names for place in places[name]), key=lambda place: not _trains(*place))
    look = partial(_look, seeds=seeds, choice=choice)
    results = zip(order, side_by_side(look, order, workers), strict=True)
    there: dict[tuple[str, str], Verified] = {}
    for name in names:
        while not all(place in there for place in places[name]):
            there.update([next(results)])
        *exercises, rest = [there.pop(place) for place in places[name]]
        rows = [row for each in exercises for row in each.rows]
        if choice.entry and not rows:
            raise ValueError(f"ENTRY: there is no entry {choice.entry!r} in the banks of {name}")
        yield replace(rest, rows=rows)


def _exercises(name: str, choice: Choice) -> list[str]:
    """The ids of a lesson's exercises that are to be verified."""
    exercises = [one.id for one in choice.exercises(load_lesson(name))]
    if not exercises:
        ids = ", ".join(one.id for one in load_lesson(name).exercises)
        raise ValueError(f"EXERCISE: lesson {name} has no exercise {choice.exercise!r}; there are {ids}")
    return exercises


def _trains(name: str, exercise_id: str) -> bool:
    """Whether the checks of an exercise measure a training."""
    return any(one.id == exercise_id and one.measured for one in load_lesson(name).with_banks)


def _look(place: tuple[str, str], seeds: int, choice: Choice) -> Verified:
    """The rows of one exercise of a lesson, or, with "" for the exercise, all but rows."""
    name, exercise_id = place
    if exercise_id:
        return Verified(name, verify_exercise(name, exercise_id, seeds, choice), [], [])
    return without_rows(name, choice)


def without_rows(name: str, choice: Choice) -> Verified:
    """What is found of a lesson without trying an entry."""
    whole = not (choice.exercise or choice.entry or choice.correct)
    return Verified(name, [], lesson_holes(name) if whole else [], size_notes(name, choice.exercise))


def verify_exercise(name: str, exercise_id: str, seeds: int, choice: Choice = EVERYTHING) -> list[Row]:
    """The rows of one exercise."""
    lesson = load_lesson(name)
    (exercise,) = (each for each in lesson.with_banks if each.id == exercise_id)
    with at_grading(lesson, exercise):
        return [
            row_of(exercise, one, [lost_parts(lesson, exercise, one.source, seed) for seed in range(seeds)])
            for one in choice.entries(lesson, exercise)
        ]


def spread(entries: list[Entry], sample: int) -> list[Entry]:
    """At most `sample` of the entries, the first among them, from the whole list; 0 is all."""
    if not sample or len(entries) <= sample:
        return entries
    return [entries[number * len(entries) // sample] for number in range(sample)]


def entries_of(lesson: Lesson, exercise: Exercise) -> list[Entry]:
    """All that is to be tried of an exercise: the lesson's answer, mistakes with their variants, correct answers."""
    entries = [Entry(exercise.id, OWN, lesson.answers[exercise.id])]
    for mistake in exercise.mistakes:
        for number, variant in enumerate(mistake.variants, start=1):
            of = f" (of {variant.label})" if variant.label else f" ({number})" if number > 1 else ""
            label = f"{mistake.id}{of}"
            entries.append(Entry(exercise.id, label, variant.source, mistake.id, mistake.loses, mistake.silent))
    entries += [Entry(exercise.id, one.id, one.source) for one in exercise.correct]
    return entries


def lesson_holes(name: str) -> list[str]:
    """What is wrong with a lesson's checks whatever the answers are."""
    lesson = load_lesson(name)
    holes = kind_holes(name)
    for exercise in lesson.with_banks:
        if not exercise.parts:  # optional, without marks
            continue
        if not exercise.debug and not exercise.is_value and not (exercise.mistakes and exercise.correct):
            counts = f"{len(exercise.mistakes)} mistakes and {len(exercise.correct)} correct answers"
            holes.append(f"{exercise.id}: its bank has {counts}: write some")
        for part in exercise.parts:
            if not exercise.debug and not part.visible:
                holes.append(f"{exercise.part_id(part)}: it has no visible case")
    holes += _unseeded(lesson)
    checks = COURSE / name / CHECKS
    if checks.exists() and checks.stat().st_size > LARGEST_CHECKS:
        size = checks.stat().st_size
        holes.append(f"{checks}: {size} bytes; at most {LARGEST_CHECKS}: make the visible cases smaller")
    return holes


def _unseeded(lesson: Lesson) -> list[str]:
    """The parts whose visible cases differ at each draw: a build would never give the committed files again."""
    again = load_lesson.__wrapped__(lesson.name).parts
    return [
        f"{part_id}: its visible cases differ each time checks.py is read: draw them with a fixed seed"
        for part_id, (_, part) in lesson.parts.items()
        if not same_calls(part.visible, again[part_id][1].visible)
    ]


def matrix(lesson: str, rows: list[Row], console: Console) -> None:
    """Print the table exercise x entry: which part each entry loses, and whether it is named."""
    for exercise in dict.fromkeys(row.exercise for row in rows):
        own_rows = [row for row in rows if row.exercise == exercise]
        table = Table(title=f"{lesson}: {exercise}", title_justify="left")
        table.add_column("entry", overflow="fold")
        for part in own_rows[0].parts:
            table.add_column(part, justify="center")
        table.add_column("holes", overflow="fold")
        for row in own_rows:
            cells = [_cell(row, part) for part in row.parts]
            label = f"✗ {escape(row.entry)}" if row.mistake else f"[green]✓[/] {escape(row.entry)}"
            table.add_row(label, *cells, "[red]" + escape("; ".join(row.holes)) + "[/]" if row.holes else "")
        console.print(table)


def proposals(rows: list[Row]) -> Iterator[str]:
    """For each mistake with a hole: the `loses` and `silent` that its rows show."""
    for key in dict.fromkeys((row.exercise, row.mistake) for row in rows if row.mistake):
        own_rows = [row for row in rows if (row.exercise, row.mistake) == key]
        if any(row.holes for row in own_rows):
            loses = [part for part in own_rows[0].parts if any(part in row.lost for row in own_rows)]
            silent = [part for part in loses if any(row.lost.get(part, key[1]) != key[1] for row in own_rows)]
            silent_line = f'silent = "{" ".join(silent)}"' if silent else ""
            yield f'{key[0]}: [{key[1]}] loses = "{" ".join(loses)}" {silent_line}'


def _cell(row: Row, part: str) -> str:
    if part not in row.lost:
        return "·"
    return "named" if row.mistake and row.lost[part] == row.mistake else "lost"


def row_of(exercise: Exercise, entry: Entry, outcomes: list[dict[str, Loss]]) -> Row:
    """The row of an entry, from what it lost with each seed."""
    mistakes = [{part: loss.mistake for part, loss in outcome.items()} for outcome in outcomes]
    holes = [] if all(one == mistakes[0] for one in mistakes) else ["the seeds do not agree"]
    for number, outcome in enumerate(outcomes):
        holes += [f"{hole} [seed {number}]" if number else hole for hole in _holes(entry, outcome)]
    parts = tuple(part.name for part in exercise.parts)
    return Row(exercise.id, entry.label, entry.mistake, parts, mistakes[0], tuple(dict.fromkeys(holes)))


def _holes(entry: Entry, lost: dict[str, Loss]) -> list[str]:
    if not entry.mistake:
        return [f"correct, and loses {part}: {loss.says}" for part, loss in lost.items()]
    holes = [f"keeps {part}" for part in sorted(entry.loses - lost.keys())]
    holes += [f"loses {part} too: {lost[part].says}" for part in sorted(lost.keys() - entry.loses)]
    for part in sorted(entry.loses & lost.keys()):
        mistake = lost[part].mistake
        if part not in entry.silent and mistake != entry.mistake:
            holes.append(f"in {part} it is called {mistake or 'nothing'}: {lost[part].says}")
    return holes


def lost_parts(lesson: Lesson, exercise: Exercise, source: str, seed: int) -> dict[str, Loss]:
    """Which parts the marked cells give no marks for, and the mistake each of them names."""
    return dict(losses(lesson, exercise, source, seed))


def losses(lesson: Lesson, exercise: Exercise, source: str, seed: int) -> Iterator[tuple[str, Loss]]:
    """The parts that are lost, one by one: who wants the first only has no other run."""
    os.environ[SEED_VARIABLE] = str(seed)
    for part in exercise.parts:
        marked = marked_source(exercise, part)
        try:
            names = answered(lesson, exercise, source, [marked])
            run(marked, f"<{exercise.part_id(part)}>", names)
        except CheckFailed as failed:
            failure = failed.failure
            yield part.name, Loss(failed.verdict.mistake, f"{failure.kind} in {failure.about!r}: {failure.says}")
        except Exception as error:
            yield part.name, Loss("", in_words(error))


@contextlib.contextmanager
def at_grading(lesson: Lesson, exercise: Exercise) -> Iterator[None]:
    """Run checks as at grading: on cases frozen anew, without output, figures or a record of progress."""
    folder, backend = os.getcwd(), matplotlib.get_backend()
    seed = os.environ.get(SEED_VARIABLE)
    matplotlib.use("agg")
    try:
        silence = contextlib.redirect_stdout(io.StringIO())
        unseen = mode.using(checks="silent", figures=False, progress=False)
        with tempfile.TemporaryDirectory() as here, unseen, silence, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases.save(Path(here) / CHECKS, [visible_part(lesson, exercise, part) for part in exercise.parts])
            os.chdir(here)
            try:
                yield
            finally:
                os.chdir(folder)  # before the folder goes
    finally:
        matplotlib.use(backend)
        os.environ.pop(SEED_VARIABLE, None)
        if seed is not None:
            os.environ[SEED_VARIABLE] = seed
