"""A project with the small lesson of this folder."""

from pathlib import Path

import pytest
from project_copy import ProjectCopy

NAME = "90-kinds"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with the small lesson in it, built."""
    copy = ProjectCopy(tmp_path_factory.mktemp("project"), {NAME: Path(__file__).parent / "lesson"})
    built = copy.convgrade("build")
    assert built.returncode == 0, built.stderr
    return copy
