"""From an author's text notebook to what learners get: text -> source notebook -> nbgrader's release.

Everything is made in a temporary folder first, so that a lesson that does not build leaves what is there,
and so that `build --check` can compare without writing.
"""

import filecmp
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from convschool import cases
from grading.lesson.clear_answers import generate_release
from grading.lesson.freeze import visible_part
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE

CHECKS = "checks.npz"
# of the largest entry: what is not exact differs by less between processors, after rounding in `freeze`
LEAST_DIFFERENCE = 2.0**-22


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
            if not _same_file(file, target / file.name):
                shutil.copyfile(file, target / file.name)


def built(name: str) -> dict[str, bytes]:
    """The files of a lesson's release as its text gives them now; nothing is written."""
    with tempfile.TemporaryDirectory() as scratch:
        _, release = _build_into(load_lesson(name), Path(scratch))
        return {file: (release / file).read_bytes() for file in sorted(_names(release))}


def stale_files(name: str) -> list[str]:
    """The files of a lesson's release that differ from what its text gives now."""
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
    parts = [visible_part(lesson, exercise, part) for exercise, part in lesson.parts.values()]
    cases.save(source / CHECKS, parts)
    generate_release(scratch, lesson.name, f"sqlite:///{scratch}/unused.db", no_database=True)
    return source, scratch / "release" / lesson.name


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _same_file(one: Path, other: Path) -> bool:
    """Whether two files are the same: byte by byte, or, for checks, by the arrays in them."""
    if not (one.exists() and other.exists()):
        return False
    if one.suffix != ".npz":
        return filecmp.cmp(one, other, shallow=False)
    with np.load(one, allow_pickle=False) as one_file, np.load(other, allow_pickle=False) as other_file:
        return set(one_file.files) == set(other_file.files) and all(
            map(_same_array, one_file.items(), other_file.items())
        )


def _same_array(one: tuple[str, np.ndarray], other: tuple[str, np.ndarray]) -> bool:
    """Whether two arrays are equal, but for the last digits, in which processors may differ."""
    (name, data), (other_name, other_data) = one, other
    if name != other_name or data.dtype != other_data.dtype:
        return False
    if name == "parts":
        return _same_data(*(json.loads(array.tobytes().decode()) for array in (data, other_data)))
    if data.shape != other_data.shape:
        return False
    return data.dtype.kind != "f" and np.array_equal(data, other_data) or _near(data, other_data)


def _near(value: Any, other: Any) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.allclose(value, other, rtol=LEAST_DIFFERENCE, atol=LEAST_DIFFERENCE, equal_nan=True))


def _same_data(value: Any, other: Any) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return _near(value, other)
    if isinstance(value, dict) and isinstance(other, dict):
        return list(value) == list(other) and all(_same_data(value[key], other[key]) for key in value)
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_same_data, value, other))
    return type(value) is type(other) and value == other
