"""One course for all attacks, with its neighbours graded alone."""

import pytest
from classroom import Classroom


@pytest.fixture(scope="session")
def classroom(tmp_path_factory):
    return Classroom(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def alone(classroom):
    """The neighbours, graded without anybody else."""
    return classroom.grade([], "alone")
