"""The course of the attacks, with its one small lesson."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "attacks"))


@pytest.fixture(scope="session")
def classroom(tmp_path_factory):
    from classroom import Classroom

    return Classroom(tmp_path_factory.mktemp("cluster"))
