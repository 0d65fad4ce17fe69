"""What learners get: notebooks without answers, checks without code, the same bytes each time."""

import ast
import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest

from grading.author import build as building
from grading.author.build import build, stale_files
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE, lesson_names
from grading.lesson.text import FOLDED

LESSONS = lesson_names()


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


@pytest.mark.parametrize("name", LESSONS)
class TestRelease:
    def test_only_the_notebook_and_public_data_pass(self, name):
        assert set(bytes_of(COURSE / name)) == {f"{name}.ipynb", "checks.npz"}

    def test_no_answer_no_hidden_test_no_rubric_and_no_output_is_in_it(self, name):
        release = nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4)
        text = json.dumps(release)
        for forbidden in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "hidden_check", "Rubric", "reference"):
            assert forbidden not in text
        assert not any(cell.get("outputs") for cell in release.cells)
        master = {cell.id: cell for cell in source_notebook(load_lesson(name)).cells}
        for cell in release.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                assert cell.source != master[cell.id].source

    def test_answer_cells_keep_what_stands_outside_the_markers(self, name):
        release = {cell.id: cell.source for cell in nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4).cells}
        for exercise in load_lesson(name).exercises:
            source = release[exercise.id]
            if exercise.is_value:
                assert source.startswith(f"{exercise.function} = None")
                continue
            assert "raise NotImplementedError" in source
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef) and node.name == exercise.subject:
                    names = tuple(argument.arg for argument in node.args.args)
                    assert names[: len(exercise.arguments)] == exercise.arguments
                    assert ast.get_docstring(node)

    def test_the_checks_hold_no_code_and_no_pickle(self, name):
        with np.load(COURSE / name / "checks.npz", allow_pickle=False) as checks:
            assert all(checks[key].dtype.kind in "biuf" for key in checks)

    def test_what_nobody_has_to_read_is_folded_and_nothing_else(self, name):
        release = nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4)
        hidden = [cell for cell in release.cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
        assert [cell.source for cell in hidden] == [one.source for one in load_lesson(name).cells if FOLDED in one.tags]
        assert not any(FOLDED in cell.metadata.get("tags", []) for cell in hidden)
        assert all(cell.metadata.nbgrader.locked and not cell.metadata.nbgrader.grade for cell in hidden)

    def test_the_notebook_is_valid(self, name):
        nbformat.validate(nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4))


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A lesson's folder and release as copies, so that a test can spoil them."""
    name = LESSONS[0]
    solutions, course = tmp_path / "solutions", tmp_path / "course"
    kept = shutil.ignore_patterns("*.ipynb", "*.npz", "__pycache__")
    shutil.copytree(load_lesson(name).folder, solutions / name, ignore=kept)
    course.mkdir()
    monkeypatch.setattr(building, "COURSE", course)
    monkeypatch.setattr(Lesson, "folder", property(lambda self: solutions / self.name))
    load_lesson.cache_clear()
    yield name, solutions / name / f"{name}.md", course / name
    load_lesson.cache_clear()


def test_building_twice_gives_the_same_bytes(copied):
    name, _, release = copied
    build(name)
    first = bytes_of(release)
    build(name)
    assert bytes_of(release) == first
    assert stale_files(name) == []


def test_a_file_that_does_not_belong_goes_and_is_named_as_stale(copied):
    name, _, release = copied
    build(name)
    (release / "answers.py").write_text("")
    assert stale_files(name) == [f"{name}/answers.py"]
    build(name)
    assert not (release / "answers.py").exists()


def test_a_changed_text_makes_the_release_stale(copied):
    name, text, _ = copied
    build(name)
    text.write_text(text.read_text(encoding="utf-8") + "\nOne more line.\n", encoding="utf-8")
    load_lesson.cache_clear()
    assert stale_files(name) == [f"{name}/{name}.ipynb"]
