"""The seed of hidden cases: of the class, else of the file beside the gradebook, and never one that can be known."""

import os
import runpy
import stat

import pytest

from grading.lesson import seed
from grading.lesson.places import PROJECT


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """No seed is set, and none remembered."""
    monkeypatch.delenv(seed.SEED_VARIABLE, raising=False)
    monkeypatch.delenv(seed.SEED_FILE_VARIABLE, raising=False)
    seed._seed_without_variable.cache_clear()
    yield
    seed._seed_without_variable.cache_clear()


def test_without_a_class_it_is_drawn_once_and_kept_beside_the_gradebook(tmp_path, monkeypatch):
    file = tmp_path / "work" / "seed"
    monkeypatch.setenv(seed.SEED_FILE_VARIABLE, os.fspath(file))
    drawn = seed.current_seed()
    assert drawn == int(file.read_text()) > 2**64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    seed._seed_without_variable.cache_clear()
    assert seed.current_seed() == drawn  # by the next kernel


def test_without_a_file_nobody_knows_it():
    first = seed.current_seed()
    seed._seed_without_variable.cache_clear()
    assert first != seed.current_seed() and first > 2**64


def test_the_class_has_the_last_word(tmp_path, monkeypatch):
    monkeypatch.setenv(seed.SEED_FILE_VARIABLE, os.fspath(tmp_path / "seed"))
    monkeypatch.setenv(seed.SEED_VARIABLE, "5")
    assert seed.current_seed() == 5 and not (tmp_path / "seed").exists()


def test_nbgraders_commands_are_told_of_the_file_beside_the_gradebook(monkeypatch):
    from traitlets.config import Config

    monkeypatch.setenv(seed.SEED_FILE_VARIABLE, "")
    monkeypatch.delenv(seed.SEED_FILE_VARIABLE)
    config = Config()
    runpy.run_path(os.fspath(PROJECT / "grading" / "nbgrader_config.py"), {"get_config": lambda: config})
    assert os.environ[seed.SEED_FILE_VARIABLE] == os.fspath(PROJECT / "work" / "seed")
    assert config.CourseDirectory.db_url.endswith("work/gradebook.db")
