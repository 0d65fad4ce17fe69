"""Find the lessons of the project and load what their authors wrote."""

import ast
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from grading.lesson.exercise import Exercise

PROJECT = Path(__file__).parents[2]
SOLUTIONS = PROJECT / "solutions"
COURSE = PROJECT / "course"


@dataclass(frozen=True)
class Lesson:
    """A lesson's folder under ``solutions/`` and the exercises its author defined.

    `gives` maps a part's id to its exercise and its part.
    """

    name: str
    exercises: tuple[Exercise, ...]

    @property
    def folder(self) -> Path:
        return SOLUTIONS / self.name

    @property
    def text(self) -> Path:
        return self.folder / f"{self.name}.md"

    @property
    def parts(self) -> dict:
        return {
            f"{exercise.id}-{part.name}": (exercise, part)
            for exercise in self.exercises
            for part in exercise.parts
        }


def lesson_names() -> list[str]:
    """The lessons of the project, in order: every folder of ``solutions/`` with a text notebook of its name."""
    return sorted(folder.name for folder in SOLUTIONS.iterdir() if (folder / f"{folder.name}.md").exists())


def chosen(names: list[str] | None) -> list[str]:
    """`names`, or every lesson when there are none.

    Raises
    ------
    ValueError
        When a name is not a lesson's.
    """
    known = lesson_names()
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise ValueError(f"LESSON: there is no lesson {unknown[0]!r}; there are {', '.join(known)}")
    return list(names or known)


@cache
def load_lesson(name: str) -> Lesson:
    """Load a lesson's ``checks.py``, and the known mistakes and correct solutions beside it.

    Raises
    ------
    ValueError
        When a mistake or a solution names an exercise or a part that is not there, or an id or a name repeats.
    """
    chosen([name])
    folder = SOLUTIONS / name
    defined = _module(folder / "checks.py").EXERCISES
    for twice in repeated(exercise.id for exercise in defined):
        raise ValueError(f"{folder}/checks.py: two exercises have the id {twice}: give one of them another")
    for twice in repeated(f"{exercise.id}-{part.name}" for exercise in defined for part in exercise.parts):
        raise ValueError(f"{folder}/checks.py: two parts have the id {twice}: give one of them another name")
    exercises = {exercise.id: exercise for exercise in defined}
    for kind, attribute in (("mistakes", "known_mistake"), ("correct", "correct_solution")):
        module = _module(folder / f"{kind}.py")
        _refuse_two_of_a_name(folder / f"{kind}.py")
        for entry in _marked(module, attribute):
            exercise = exercises.get(entry.exercise)
            if exercise is None:
                raise ValueError(f"{folder / kind}.py: {entry.id}: there is no exercise {entry.exercise!r}")
            bank = getattr(exercise, kind)
            if any(other.id == entry.id for other in bank):
                raise ValueError(f"{folder / kind}.py: {entry.exercise} has two entries {entry.id!r}")
            bank.append(entry)
    for exercise in exercises.values():
        names = {part.name for part in exercise.parts}
        for entry in exercise.mistakes:
            for word in sorted((entry.loses | entry.silent) - names):
                raise ValueError(
                    f"{folder}/mistakes.py: {entry.id}: {exercise.id} has no part {word!r}; "
                    f"loses and silent name parts of {sorted(names)}"
                )
            if not entry.loses or entry.silent - entry.loses:
                raise ValueError(
                    f"{folder}/mistakes.py: {entry.id}: a mistake loses at least one part, "
                    f"and is silent only where it loses"
                )
    return Lesson(name, tuple(exercises.values()))


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def _refuse_two_of_a_name(path: Path) -> None:
    """Of two functions of one name Python keeps the second alone, so a bank loses an entry without a word."""
    definitions = ast.parse(path.read_bytes()).body
    for name in repeated(node.name for node in definitions if isinstance(node, ast.FunctionDef)):
        raise ValueError(f"{path}: two functions are called {name}: give one of them another name")


def _module(path: Path) -> ModuleType:
    name = f"convgrade_lessons.{path.parent.name.replace('-', '_')}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not path.exists():
        raise ValueError(f"{path} is missing: a lesson has checks.py, mistakes.py and correct.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _marked(module: ModuleType, attribute: str) -> list:
    return [getattr(value, attribute) for value in vars(module).values() if hasattr(value, attribute)]
