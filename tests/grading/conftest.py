"""The small course, and how many times the grader is killed."""

import os

import pytest
from small_course import SmallCourse


def pytest_addoption(parser):
    usual = 6 if os.environ.get("CI") else 3
    parser.addoption("--kills", type=int, default=usual, help="how often the grader is killed at random (3; in CI 6)")


@pytest.fixture
def course(tmp_path, monkeypatch):
    return SmallCourse(tmp_path, monkeypatch)
