"""A copy of the project whose lessons are a test's own."""

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

import convschool
from tests.warm_python import WarmPython

PROJECT = Path(__file__).parents[2]
# what the commands of an author import
COMMANDS = [
    "grading.grade",
    "grading.cli.grade",
    "grading.author.mutants",
    "grading.author.verify",
    "grading.author.build",
]


class ProjectCopy:
    """The grader, the reference and the learner's package, with the lessons that a test puts in.

    Parameters
    ----------
    folder : Path
        Where it is made.
    lessons : dict of str to Path
        The folder of each lesson, by name.
    """

    def __init__(self, folder: Path, lessons: dict[str, Path]):
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{folder}:{folder / 'course'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "200",
            "NO_COLOR": "1",
        }
        skip = shutil.ignore_patterns("__pycache__", "examples")
        for package in ("grading", "reference"):
            shutil.copytree(PROJECT / package, folder / package, ignore=skip)
        shutil.copytree(Path(convschool.__file__).parent, folder / "course" / "convschool", ignore=skip)
        (folder / "solutions").mkdir()
        for name, lesson in lessons.items():
            shutil.copytree(lesson, folder / "solutions" / name, ignore=skip)

    @cached_property
    def _python(self) -> WarmPython:
        scratch = self.folder / "tmp"
        scratch.mkdir()
        return WarmPython(scratch, COMMANDS, self.environment)

    def python(self, program: str, *words: object) -> subprocess.CompletedProcess:
        """What ``python -m program *words`` does in the copy; its output is text, without colours."""
        return self._python.run(program, *words, folder=self.folder)

    def convgrade(self, *words: object) -> subprocess.CompletedProcess:
        """What a command of the copy does."""
        return self.python("grading.cli", *words)

    def close(self) -> None:
        """End what runs the commands."""
        self._python.close()
