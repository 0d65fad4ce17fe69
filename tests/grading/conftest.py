"""The small course, and how many times the grader is killed."""

import os

import pytest
from small_course import HALF, SmallCourse


def pytest_addoption(parser):
    usual = 6 if os.environ.get("CI") else 3
    parser.addoption("--kills", type=int, default=usual, help="how often the grader is killed at random (3; in CI 6)")


@pytest.fixture
def course(tmp_path, monkeypatch):
    return SmallCourse(tmp_path, monkeypatch)


@pytest.fixture
def penalty(tmp_path, monkeypatch):
    """Half of its score is taken of what is late."""
    config = tmp_path / "nbgrader_config.py"
    config.write_text(HALF)
    monkeypatch.setattr("grading.gradebook.lateness.CONFIG", config)
