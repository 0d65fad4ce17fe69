"""The small course, and how many times the grader is killed."""

import pytest
from small_course import SmallCourse


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=6, help="how often the grader is killed at random (6)")


@pytest.fixture
def course(tmp_path, monkeypatch):
    return SmallCourse(tmp_path, monkeypatch)
