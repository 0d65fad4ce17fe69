"""An author's commands: a new lesson is whole, a save is looked at, a change of an answer is caught or survives."""

import csv
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from grading.author import mutants
from grading.author.mutants import mutants_of


def test_a_new_lesson_builds_verifies_and_is_graded(project, tmp_path):
    name = "97-of-mine"
    for words in (["new", name], ["build", name], ["verify", name]):
        result = project.convgrade(*words)
        assert result.returncode == 0, result.stdout + result.stderr
    notebook = nbformat.read(project.folder / "course" / name / f"{name}.ipynb", as_version=4)
    (answer,) = (cell for cell in notebook.cells if cell.id == "of-mine-double")
    answer.source = "def double(x):\n    return x + x"
    file = tmp_path / "class" / "kim" / name / f"{name}.ipynb"
    file.parent.mkdir(parents=True)
    nbformat.write(notebook, file)
    result = project.convgrade("grade", "--submissions", tmp_path / "class", "--out", tmp_path / "out", "--quiet")
    assert result.returncode == 0, result.stderr
    with open(tmp_path / "out" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        scores = {row["exercise"]: row["score"] for row in csv.DictReader(file)}
    assert scores == {"of-mine-double-values": "2.0", "of-mine-double-why": "0.0"}


@pytest.mark.parametrize("name", ["attention", "9-attention", "09-Attention", "09_attention", "../09-attention"])
def test_a_name_that_is_no_lessons_is_refused(project, name):
    result = project.convgrade("new", name)
    assert result.returncode == 2 and "write two digits and lower case words" in result.stderr


def test_a_folder_that_is_there_is_left_alone(project):
    result = project.convgrade("new", "90-kinds")
    assert result.returncode == 2 and "there is a folder" in result.stderr


@pytest.fixture
def watching(project):
    """Starts `convgrade watch`; the function that waits for a line with some text and returns all lines so far."""
    words = [sys.executable, "-u", "-m", "grading.cli", "watch", "90-kinds"]
    with subprocess.Popen(
        words, cwd=project.folder, env=project.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        lines: list[str] = []

        def wait_for(text):
            for line in process.stdout:
                lines.append(line)
                if text in line:
                    return "".join(lines)
            raise AssertionError(f"{text!r} never came: {lines}")

        yield wait_for
        os.killpg(process.pid, signal.SIGKILL)


def test_a_save_is_built_what_changed_is_verified_and_a_slip_is_told(project, watching):
    watching("built course/90-kinds")
    folder = project.folder / "solutions" / "90-kinds"
    bank, rubric = folder / "mistakes" / "double.toml", folder / "written.toml"
    texts = {file: file.read_text(encoding="utf-8") for file in (bank, rubric)}
    try:
        bank.write_text(texts[bank].replace("x * x", "x + x"), encoding="utf-8")
        messages = watching("double: ")
        assert "squared: keeps plain" in messages and "counts: " not in messages
        rubric.write_text("[", encoding="utf-8")
        watching("written.toml: not TOML")
    finally:
        for file, text in texts.items():
            file.write_text(text, encoding="utf-8")


def test_mutants_are_python_and_differ_from_the_answer():
    source = "def f(x, n):\n    out = 0\n    for i in range(n - 1):\n        out += x[i] * -2\n    return out\n"
    mutants = list(mutants_of(source, "one"))
    sources = [mutant.source for mutant in mutants]
    assert len(sources) == len(set(sources)) >= 12
    for expected in ("out = x[i] * -2", "range(n + 1)", "range(n)", "x[i] * 2", "x[j]"):
        assert any(expected in text for text in sources), expected
    for text in sources:
        compile(text, "mutant", "exec")


def test_a_docstring_is_no_mutant():
    assert not list(mutants_of('def f(x):\n    """Give x back."""\n    return x\n', "one"))


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("one 3: i * 2 -> i", "one 3: i * 2 -> i"),
        ("* without dtype", "two 3: np.zeros((2, 3), dtype=np.float32) without dtype"),
        ("one *: x[0] -> x", "one 14: x[0] -> x"),
    ],
)
def test_a_line_explains_what_its_label_says(line, label):
    other = {"one 3: i * 2": "", "two 3": "", "without dtype": "", "one 14: x0 -> x": ""}
    assert mutants.reason_for(label, other | {line: "because"}) == line
    assert not mutants.reason_for(label, other)


def test_the_clock_runs_for_a_mutant_and_not_for_our_own_cases(monkeypatch):
    drawn, clock = [], []
    draw = mutants.drawn_part

    def drawn_part(part, seed):
        drawn.append((part, seed, *clock))
        return draw(part, seed)

    monkeypatch.setattr(mutants, "drawn_part", drawn_part)
    monkeypatch.setattr(mutants.signal, "setitimer", lambda which, *seconds: clock.append(seconds))
    next(mutants.run_mutants("01-convolution", "output-size", sample=1, seeds=2))
    assert len(drawn) > 2 and all(len(one) == 2 for one in drawn), "all cases are there before the first alarm"
    assert clock


@pytest.fixture
def outcomes(monkeypatch):
    """A function that runs sources as mutants of one answer: the iterator of their outcomes."""

    def run(*bodies, survivors=False):
        def mutants_of(_, entry):
            for body in bodies:
                yield mutants.Mutant(entry, body, f"def output_size(n, k, stride=1, padding=0, dilation=1):\n{body}\n")

        monkeypatch.setattr(mutants, "mutants_of", mutants_of)
        return mutants.run_mutants("01-convolution", "output-size", survivors=survivors)

    return run


@pytest.mark.parametrize(
    "endless", [" while True: pass", " while True:\n  try: n += 1\n  except Exception: pass"], ids=["plain", "swallows"]
)
def test_a_mutant_without_an_end_loses_its_marks_in_half_a_second(endless, outcomes):
    results = outcomes(" return -1", endless)
    next(results)  # all cases are drawn
    start = time.process_time()
    assert next(results).lost == {"all": ("", "the mutant took too long")}
    assert time.process_time() - start < 2


@pytest.mark.parametrize("survivors", [False, True])
def test_where_only_survival_is_asked_for_a_mutant_is_left_at_its_first_lost_part(survivors, outcomes):
    lost = next(outcomes(" return -1", survivors=survivors)).lost
    assert (len(lost) == 1) == survivors and lost


def test_a_survivor_is_told_until_it_is_explained(project):
    folder = project.folder / "solutions" / "90-kinds"
    result = project.convgrade("mutants", "90-kinds", "--exercise", "double")
    assert result.returncode == 0, result.stdout
    checks = (folder / "checks.py").read_text(encoding="utf-8")
    weak = checks.replace("[(2, 3), (size(rng, 2, 4), size(rng, 2, 4))]", "[(0, 3)]")
    try:
        (folder / "checks.py").write_text(weak, encoding="utf-8")
        result = project.convgrade("mutants", "90-kinds", "--exercise", "double")
        assert result.returncode == 1 and "double: survives: added 2: x + x -> x" in result.stdout
        labels = [line.partition("survives: ")[2] for line in result.stdout.splitlines() if "survives: " in line]
        reasons = "\n".join(f'"{label}" = "nothing is checked"' for label in labels)
        (folder / "mutants.toml").write_text(f"[double]\n{reasons}\n", encoding="utf-8")
        assert project.convgrade("mutants", "90-kinds", "--exercise", "double").returncode == 0
        (folder / "checks.py").write_text(checks, encoding="utf-8")
        result = project.convgrade("mutants", "90-kinds", "--exercise", "double")
        assert result.returncode == 1 and f"explains no survivor: {labels[0]}" in result.stdout
    finally:
        (folder / "checks.py").write_text(checks, encoding="utf-8")
        (folder / "mutants.toml").unlink(missing_ok=True)
