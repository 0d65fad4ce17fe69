"""A project with the small lesson of this folder."""

import shutil
from pathlib import Path

import pytest
from project_copy import ProjectCopy

from grading.author import build as building
from grading.author import verify as verifying
from grading.lesson import freeze, places
from grading.lesson.load import load_lesson

HERE = Path(__file__).parent
NAME = "90-kinds"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with the small lesson in it, built."""
    copy = ProjectCopy(tmp_path_factory.mktemp("project"), {NAME: HERE / "lesson"})
    built = copy.convgrade("build")
    assert built.returncode == 0, built.stderr
    yield copy
    copy.close()


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The folder of the small lesson, to be spoilt."""
    solutions, course = tmp_path / "solutions", tmp_path / "course"
    shutil.copytree(HERE / "lesson", solutions / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    (course / NAME).mkdir(parents=True)
    monkeypatch.setattr(places, "SOLUTIONS", solutions)
    for module in (building, verifying):
        monkeypatch.setattr(module, "COURSE", course)
    load_lesson.cache_clear()
    freeze._SUBJECTS.clear()
    yield solutions / NAME
    load_lesson.cache_clear()
    freeze._SUBJECTS.clear()
