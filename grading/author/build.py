"""From an author's text notebook to what learners get: text -> source notebook -> nbgrader's release.

Everything is made in a temporary folder first, so that a lesson that does not build leaves what is there,
and so that `build --check` can compare without writing.
"""

import filecmp
import shutil
import tempfile
from pathlib import Path

import nbformat
import numpy as np

from convschool import cases
from grading.lesson.freeze import visible_part
from grading.lesson.load import COURSE, Lesson, load_lesson
from grading.lesson.notebook import generate_release, source_notebook

CHECKS = "checks.npz"


def build(name: str) -> None:
    """Build one lesson: its source notebook and checks under ``solutions/``, its release under ``course/``."""
    lesson = load_lesson(name)
    with tempfile.TemporaryDirectory() as scratch:
        source, release = _build_into(lesson, Path(scratch))
        for file in source.iterdir():
            shutil.copyfile(file, lesson.folder / file.name)
        target = COURSE / name
        target.mkdir(exist_ok=True)
        for stale in set(_names(target)) - set(_names(release)):
            (target / stale).unlink()
        for file in release.iterdir():
            shutil.copyfile(file, target / file.name)


def stale_files(name: str) -> list[str]:
    """The files of a lesson's release that differ from what its text gives now.

    Notebooks are compared byte by byte; the checks by value, since the last digits of a
    sum depend on the processor.
    """
    lesson = load_lesson(name)
    with tempfile.TemporaryDirectory() as scratch:
        _, release = _build_into(lesson, Path(scratch))
        target = COURSE / name
        names = sorted({*_names(target), *_names(release)})
        return [f"{target.name}/{file}" for file in names if not _same_file(release / file, target / file)]


def _build_into(lesson: Lesson, scratch: Path) -> tuple[Path, Path]:
    """Write the lesson's source and release folders below `scratch`."""
    source = scratch / "source" / lesson.name
    source.mkdir(parents=True)
    nbformat.write(source_notebook(lesson), source / f"{lesson.name}.ipynb")
    parts = [visible_part(exercise, part) for exercise, part in lesson.parts.values()]
    cases.save(source / CHECKS, parts)
    generate_release(scratch, lesson.name, f"sqlite:///{scratch}/unused.db", no_database=True)
    return source, scratch / "release" / lesson.name


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _same_file(one: Path, other: Path) -> bool:
    if not (one.exists() and other.exists()):
        return False
    if one.suffix != ".npz":
        return filecmp.cmp(one, other, shallow=False)
    with np.load(one, allow_pickle=False) as ours, np.load(other, allow_pickle=False) as theirs:
        return set(ours) == set(theirs) and all(
            ours[key].dtype == theirs[key].dtype
            and ours[key].shape == theirs[key].shape
            and np.allclose(ours[key], theirs[key], rtol=1e-5, atol=1e-6, equal_nan=True)
            for key in ours
        )
