"""Load what the author of a lesson wrote."""

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

from grading.lesson import places
from grading.lesson.bank import plain_answer, read_correct, read_mistakes
from grading.lesson.exercise import Exercise, PartOf, Written
from grading.lesson.places import chosen, lesson_names
from grading.lesson.text import TextCell, read_text
from grading.lesson.well_formed import lesson_slips
from grading.lesson.written_answers import read_written


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson's folder under ``solutions/`` and the exercises its author defined."""

    name: str
    exercises: tuple[Exercise, ...]

    @property
    def folder(self) -> Path:
        return places.SOLUTIONS / self.name

    @property
    def text(self) -> Path:
        return self.folder / f"{self.name}.md"

    @cached_property
    def parts(self) -> dict[str, tuple[Exercise, PartOf]]:
        """Each part with its exercise, by the part's id."""
        return {exercise.part_id(part): (exercise, part) for exercise in self.exercises for part in exercise.parts}

    @cached_property
    def written(self) -> dict[str, Written]:
        """The written answers, by id."""
        return read_written(self.folder / "written.toml")

    @cached_property
    def cells(self) -> tuple[TextCell, ...]:
        """The cells of the text, as the author wrote them."""
        return read_text(self.text)

    @cached_property
    def answers(self) -> dict[str, str]:
        """The lesson's own answers by exercise, without markers and docstrings."""
        return {cell.about: plain_answer(cell.source) for cell in self.cells if cell.kind == "answer"}

    @cached_property
    def with_banks(self) -> tuple[Exercise, ...]:
        """The exercises, with the mistakes and correct answers of the banks beside the text.

        Raises
        ------
        grading.lesson.bank.BankError
            With the file and the entry.
        """
        exercises = {exercise.id: exercise for exercise in self.exercises}
        correct = read_correct(self.folder / "correct.py", exercises)
        for name in sorted(path.stem for path in (self.folder / "mistakes").glob("*.toml")):
            if name not in exercises:
                raise ValueError(f"{self.folder}/mistakes/{name}.toml: there is no exercise {name!r} in checks.py")
        for exercise in self.exercises:
            exercise.correct = [entry for entry in correct if entry.exercise == exercise.id]
            answer = self.answers.get(exercise.id, "")
            exercise.mistakes = read_mistakes(self.folder / "mistakes", exercise, answer, exercise.correct)
            for twice in {one.id for one in exercise.mistakes} & {one.id for one in exercise.correct}:
                raise ValueError(f"{self.folder}: {exercise.id}: a mistake and a correct answer are called {twice}")
        return self.exercises


@cache
def load_lesson(name: str) -> Lesson:
    """Load a lesson's ``checks.py``. The text and the banks beside it are read when they are asked for.

    Raises
    ------
    ValueError
        When there is no such lesson, ``checks.py`` fails or an id repeats; the message names the file.
    """
    chosen([name])
    path = places.SOLUTIONS / name / "checks.py"
    defined = getattr(_module(path), "EXERCISES", None)
    if not isinstance(defined, list | tuple) or not all(isinstance(one, Exercise) for one in defined):
        raise ValueError(f"{path}: it must define EXERCISES, a list of exercises")
    for slip in lesson_slips(defined):
        raise ValueError(f"{path}: {slip}")
    return Lesson(name, tuple(defined))


def _module(path: Path) -> ModuleType:
    name = f"convgrade_lessons.{path.parent.name.replace('-', '_')}.{path.stem}"
    if not path.exists():
        raise ValueError(f"{path} is missing: a lesson has a text and checks.py")
    module = sys.modules[name] = ModuleType(name)
    module.__file__ = str(path)
    try:
        # not by the loader: it takes bytecode that it kept where size and second of the file are the same
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)
    except Exception as error:
        raise ValueError(f"{path}: line {_line_in(path, error)}: {type(error).__name__}: {error}") from error
    return module


def _line_in(path: Path, error: BaseException) -> int:
    """The line of `path` in which `error` was raised."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 0
    line, trace = 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def lesson_of(part: str) -> str:
    """The lesson that has a part, or a written answer, of this name.

    Raises
    ------
    ValueError
        When none has it; the message says what is called nearly so.
    """
    parts: list[str] = []
    for name in lesson_names():
        parts += (*load_lesson(name).parts, *load_lesson(name).written)
        if part in parts:
            return name
    near = [one for one in parts if part in one or one in part] or get_close_matches(part, parts, 5)
    suggestion = f"; there are {', '.join(near[:8])}" if near else ""
    raise ValueError(f"PART: no lesson has a part {part!r}{suggestion}")
