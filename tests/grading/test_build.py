"""What learners get: notebooks without answers, checks without code, the same bytes each time."""

import ast
import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from small_course import LESSON, write_lesson

from grading.author import build as building
from grading.author.build import build, stale_files
from grading.lesson import load as lessons
from grading.lesson.load import COURSE, Lesson, lesson_names, load_lesson
from grading.lesson.notebook import BuildError, source_notebook

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

    def test_answer_cells_keep_signature_and_contract(self, name):
        release = nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4)
        for exercise in load_lesson(name).exercises:
            (cell,) = (cell for cell in release.cells if cell.id == exercise.id)
            (function,) = (node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef))
            assert function.name == exercise.function
            assert tuple(argument.arg for argument in function.args.args) == exercise.arguments
            assert ast.get_docstring(function)
            assert "raise NotImplementedError" in cell.source

    def test_the_checks_hold_no_code_and_no_pickle(self, name):
        with np.load(COURSE / name / "checks.npz", allow_pickle=False) as checks:
            assert all(checks[key].dtype.kind in "biuf" for key in checks)

    def test_it_is_what_the_text_gives(self, name):
        assert stale_files(name) == []

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
    return name, solutions / name / f"{name}.md", course / name


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
    assert stale_files(name) == [f"{name}/{name}.ipynb"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("grade_id: numerical-gradient-coupled", "grade_id: numerical-gradient-odd", "numerical-gradient-coupled"),
        ('check("numerical-gradient-coupled"', 'check("numerical-gradient-float32"', "is not its part"),
        ("grade_id: conv-matrix, ", "grade_id: conv2d-backward, ", "same grade_id conv2d-backward"),
    ],
)
def test_a_text_that_does_not_fit_its_checks_is_refused_by_cell(copied, old, new, says):
    name, text, release = copied
    changed = text.read_text(encoding="utf-8").replace(old, new)
    # the hidden half names the part as well, and would do for the visible one
    changed = changed.replace('hidden_check("numerical-gradient-coupled"', "f(")
    text.write_text(changed, encoding="utf-8")
    with pytest.raises(BuildError, match=says):
        build(name)
    assert not release.exists()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with a lesson of one exercise, with hidden calls and a check of them; and where its release goes."""
    solutions, course = tmp_path / "solutions", tmp_path / "course"
    write_lesson(solutions, {"double": {"plain": 2}})
    course.mkdir()
    monkeypatch.setattr(lessons, "SOLUTIONS", solutions)
    monkeypatch.setattr(building, "COURSE", course)
    folder = solutions / LESSON
    replace(folder / f"{LESSON}.md", VISIBLE, f"{VISIBLE}\n{BEGIN}{IMPORT}{HIDDEN}{END}")
    replace(folder / "checks.py", "rng: []", "rng: [Call('one', (1,))]")
    load_lesson.cache_clear()
    yield folder, course / LESSON
    load_lesson.cache_clear()


VISIBLE = 'check("double-plain", double)'
BEGIN, END = "### BEGIN HIDDEN TESTS\n", "### END HIDDEN TESTS\n"
IMPORT, HIDDEN = "from grading.lesson.hidden import hidden_check\n", 'hidden_check("double-plain", double)\n'
SOLVED = "    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n"
MISTAKE = """
@mistake("double", loses="plain")
def squared(x):
    \"\"\"Why?\"\"\"
    return x * x
"""
CORRECT = """
@correct("double")
def by_adding(x):
    return x + x
"""


def replace(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_small_lesson_is_built_with_a_bank(small):
    folder, release = small
    (folder / "mistakes.py").write_text(f"from grading.lesson.exercise import mistake\n{MISTAKE}")
    (folder / "correct.py").write_text(f"from grading.lesson.exercise import correct\n{CORRECT}")
    build(LESSON)
    assert "hidden" not in (release / f"{LESSON}.ipynb").read_text()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (BEGIN + IMPORT + HIDDEN + END, IMPORT, "cell double-plain: learners would see 'from grading.lesson.hidden"),
        (BEGIN + IMPORT + HIDDEN + END, HIDDEN, "cell double-plain: learners would see 'hidden_check"),
        ("The end.", "Run hidden_check.", "learners would see 'Run hidden_check.'"),
        (BEGIN, "", "cell double-plain: write ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS in pairs"),
        (END, "", "cell double-plain: write ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS in pairs"),
        (BEGIN + IMPORT + HIDDEN + END, "", 'cell double-plain: checks.py gives it hidden calls: write hidden_check("'),
        (HIDDEN, "", "cell double-plain: checks.py gives it hidden calls"),
        (SOLVED, "    return x\n", "cell double: put the answer between ### BEGIN SOLUTION and ### END"),
        ("    ### BEGIN SOLUTION\n", "", "cell double: write ### BEGIN SOLUTION and ### END SOLUTION in pairs"),
        ("    ### END SOLUTION\n", "", "cell double: write ### BEGIN SOLUTION and ### END SOLUTION in pairs"),
        (BEGIN, "### BEGIN SOLUTION\n### END SOLUTION\n" + BEGIN, "cell double-plain: it has ### BEGIN SOLUTION"),
        (VISIBLE, 'check("double-zero", double)', 'cell double-plain: check("double-zero", ...) is not its part'),
        (HIDDEN, 'hidden_check("double", double)\n', 'cell double-plain: hidden_check("double", ...) is not its part'),
        (VISIBLE, 'check_failing_case("x", double)', 'cell double-plain: check_failing_case("x", ...) is not'),
        ("grade_id: double-plain", "grade_id: double", "two cells have the same grade_id double:"),
        (" points: 2,", "", "cell double-plain: it is graded: give it points"),
        ("points: 2,", "points: 0,", "cell double-plain: it is graded: give it points"),
        ('"points": 3', '"points": -1', "cell why: it is graded: give it points"),
        ("solution: true", "solution: false", "cell double: it is an exercise's answer cell: make it"),
        ("schema_version: 3, solution: true, ", "", "cell double: its nbgrader line lacks schema_version, solution"),
        ("def double(x)", "def twice(x)", "cell double: it does not define double: checks.py asks for def double(x)"),
        ("def double(x)", "def double(y, x)", "cell double: double takes (y, x), and checks.py asks for def double(x)"),
        ("def double(x):", "def double(x)", "cell double: line 1 is not Python"),
    ],
)
def test_a_slip_in_the_text_is_refused_by_cell(small, old, new, says):
    folder, release = small
    replace(folder / f"{LESSON}.md", old, new)
    with pytest.raises(BuildError, match=rf"{LESSON}.md: .*{re.escape(says)}"):
        build(LESSON)
    assert not release.exists() and not (folder / f"{LESSON}.ipynb").exists()


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("mistakes.py", MISTAKE + MISTAKE, "two functions are called squared"),
        ("mistakes.py", MISTAKE + MISTAKE.replace("squared", "squared_"), "double has two entries 'squared'"),
        ("correct.py", CORRECT + CORRECT, "two functions are called by_adding"),
        ("mistakes.py", MISTAKE.replace("plain", "plain plian"), "squared: double has no part 'plian'"),
        ("mistakes.py", MISTAKE.replace('plain"', 'plain", silent="zero"'), "squared: double has no part 'zero'"),
        ("mistakes.py", MISTAKE.replace("plain", ""), "squared: a mistake loses at least one part"),
        ("checks.py", "EXERCISES += EXERCISES", "two exercises have the id double"),
        ("checks.py", "EXERCISES[0].parts *= 2", "two parts have the id double-plain"),
        ("checks.py", "EXERCISES[0].parts[0] = PartOf('plain', [], lambda rng: 1 / 0)", "cannot be drawn"),
    ],
)
def test_a_slip_beside_the_text_is_refused_by_name(small, file, text, says):
    folder, release = small
    with open(folder / file, "a", encoding="utf-8") as bank:
        bank.write(f"\nfrom grading.lesson.exercise import correct, mistake\n{text}\n")
    with pytest.raises(ValueError, match=f"{LESSON}.*{re.escape(says)}"):
        build(LESSON)
    assert not release.exists()
