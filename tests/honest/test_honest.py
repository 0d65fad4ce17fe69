"""Grade a class of odd but honest notebooks: none loses a mark. Each TOML file of this folder is one."""

from pathlib import Path

import pytest
from corpus import Entry, read_corpus

HONEST = read_corpus(Path(__file__).parent)
each_student = pytest.mark.parametrize("oddity", HONEST, ids=lambda oddity: oddity.name)


@pytest.fixture(scope="module")
def graded(request, classroom):
    """All oddities that were asked for, in one class."""
    asked = [_parameters(item).get("oddity") for item in request.session.items]
    return classroom.grade([oddity for oddity in HONEST if oddity in asked], "honest")


def _parameters(item) -> dict:
    return item.callspec.params if hasattr(item, "callspec") else {}


def test_there_are_enough_oddities():
    assert len(HONEST) >= 25
    assert all(oddity == Entry(**{**vars(oddity), "status": "graded", "loses": ()}) for oddity in HONEST)


@each_student
def test_honest_work_has_full_marks(graded, oddity):
    for student in oddity.students:
        assert graded.status(student) == "graded", graded.reason(student)
        assert set(graded.lost(student).values()) == {False}, graded.lost(student)
