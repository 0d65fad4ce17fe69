"""Stock nbgrader on a class, in this process: ``python -m benchmarks.grading.stock FOLDER LESSON STUDENT ...``.

Prints, as JSON, the seconds that each submission took.
"""

import json
import logging
import shutil
import sys
import time
from pathlib import Path

import nbformat
from nbgrader.apps.api import NbGraderAPI
from traitlets.config import Config

from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE


def config(folder: Path) -> Config:
    made = Config()
    made.CourseDirectory.root = str(folder)
    made.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    return made


def prepare(folder: Path, lesson: str) -> None:
    """Lay out nbgrader's folders, with the lesson in its gradebook."""
    source = folder / "source" / lesson
    source.mkdir(parents=True)
    nbformat.write(source_notebook(load_lesson(lesson)), source / f"{lesson}.ipynb")
    shutil.copyfile(COURSE / lesson / "checks.npz", source / "checks.npz")
    done = NbGraderAPI(config=config(folder)).generate_assignment(lesson)
    if not done["success"]:
        raise RuntimeError(done["log"])


def autograde(folder: Path, lesson: str, students: list[str]) -> list[float]:
    """Grade each student's submission; the seconds each took."""
    api, seconds = NbGraderAPI(config=config(folder)), []
    for student in students:
        start = time.perf_counter()
        done = api.autograde(lesson, student, force=True, create=True)
        seconds.append(time.perf_counter() - start)
        if not done["success"]:
            raise RuntimeError(done["log"])
    return seconds


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    print(json.dumps(autograde(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])))
