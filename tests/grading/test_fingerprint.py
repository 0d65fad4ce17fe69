"""A hash of what decides a mark changes with each file that does, and with no other of the grader's."""

import shutil

import pytest

from grading import fingerprint

WHOLE = ("lesson", "execute")  # folders of which every file decides
ALONE = {"job.py", "gradebook/master.py"}


@pytest.fixture
def grader(monkeypatch, tmp_path):
    """A copy of the grader whose hash is taken."""
    folder = tmp_path / "grading"
    shutil.copytree(fingerprint.HERE, folder, ignore=shutil.ignore_patterns("examples", "__pycache__"))
    monkeypatch.setattr(fingerprint, "HERE", folder)
    fingerprint.of_grader.cache_clear()
    yield folder
    fingerprint.of_grader.cache_clear()


def hashed() -> bytes:
    fingerprint.of_grader.cache_clear()
    return fingerprint.of_grader()


def test_it_changes_with_every_file_that_decides_a_mark_and_with_no_other(grader):
    before, changes = hashed(), set()
    files = {file.relative_to(grader).as_posix(): file for file in grader.rglob("*.py")}
    for name, file in files.items():
        was = file.read_bytes()
        file.write_bytes(was + b"# another byte\n")
        if hashed() != before:
            changes.add(name)
        file.write_bytes(was)
    assert hashed() == before
    assert changes == ALONE | {name for name in files if name.split("/")[0] in WHOLE}


@pytest.mark.parametrize("folder", ["lesson", "execute", "execute/inside"])
def test_a_new_file_there_counts_without_being_named_anywhere(grader, folder):
    before = hashed()
    (grader / folder / "another.py").write_text("")
    assert hashed() != before
