"""The small course, and how many times the grader is killed."""

import pytest
from small_course import HALF, SmallCourse

from tests.machine import in_ci
from tests.warm_python import WarmPython


def pytest_addoption(parser):
    usual = in_ci(6, by_hand=2)
    parser.addoption("--kills", type=int, default=usual, help="how often the grader is killed at random (2; in CI 6)")


@pytest.fixture
def course(tmp_path, monkeypatch):
    return SmallCourse(tmp_path, monkeypatch)


@pytest.fixture
def python(tmp_path):
    """A process that runs nbgrader's commands."""
    process = WarmPython(tmp_path, ["nbgrader.apps.nbgraderapp"])
    yield process
    process.close()


@pytest.fixture
def penalty(tmp_path, monkeypatch):
    """Half of its score is taken of what is late."""
    config = tmp_path / "nbgrader_config.py"
    config.write_text(HALF)
    monkeypatch.setattr("grading.gradebook.lateness.CONFIG", config)
