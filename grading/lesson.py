"""Find the lessons of the project and load what their authors wrote."""

import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from grading.authoring import Exercise

PROJECT = Path(__file__).parents[1]
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
        When a mistake or a solution names an exercise or a part that is not there, or ids repeat.
    """
    chosen([name])
    folder = SOLUTIONS / name
    exercises = {exercise.id: exercise for exercise in _module(folder / "checks.py").EXERCISES}
    for kind, attribute in (("mistakes", "known_mistake"), ("correct", "correct_solution")):
        for entry in _marked(_module(folder / f"{kind}.py"), attribute):
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
            unknown = (entry.loses | entry.silent) - names
            if unknown or not entry.loses or entry.silent - entry.loses:
                raise ValueError(
                    f"{folder}/mistakes.py: {entry.id}: loses and silent name parts of {sorted(names)}; "
                    f"a mistake loses at least one, and is silent only where it loses"
                )
    return Lesson(name, tuple(exercises.values()))


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
