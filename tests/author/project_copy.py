"""A copy of the project whose lessons are a test's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import convschool

PROJECT = Path(__file__).parents[2]


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

    def convgrade(self, *words: object, timeout: float = 600) -> subprocess.CompletedProcess:
        """Run a command of the copy; its output is text, without colours."""
        words = [sys.executable, "-m", "grading.cli", *map(str, words)]
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False
        )
