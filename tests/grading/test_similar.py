"""Pairs whose code is nearly the same: copies with other names are found, right answers that look like ours are not."""

import csv
import sys
import time

import pytest
from small_course import LESSON, hand_in

from grading.cli import main
from tests.machine import lacking

try:
    import copydetect
except ImportError:
    copydetect = None

OWN = """
def double(values):
    total = []
    for position, value in enumerate(values):
        if position % 2 == 0:
            total.append(value + value)
        else:
            total.insert(len(total), 2 * value)
    while len(total) > len(values):
        total.pop()
    return np.array(total).reshape(values.shape)
"""
# the same with other names, comments and layout
COPY = """
def double(numbers):
    # my own idea
    out = []
    for i, number in enumerate(numbers):
        if i % 2 == 0:
            out.append(number + number)   # twice
        else:
            out.insert(len(out), 2 * number)

    while len(out) > len(numbers):
        out.pop()
    return np.array(out).reshape(numbers.shape)
"""
OTHER = """
def double(x):
    return np.einsum("i,->i", x.ravel(), 2.0).reshape(x.shape) if x.size else np.zeros_like(x)
"""
OURS = "def double(x):\n    return x\n"


def run(course, *words):
    return main([*words, "--out", str(course.out)])


def pairs(course):
    with open(course.out / "similar.csv", newline="") as file:
        return {(row["student"], row["other"]) for row in csv.DictReader(file)}


@pytest.fixture
def graded(course):
    for student, source in {"ann": OWN, "bob": COPY, "cyd": OTHER, "dan": OURS, "eve": OURS}.items():
        hand_in(course.submissions, student, {"double": source})
    assert course.grade() == 0
    return course


def test_a_copy_with_other_names_is_found_and_two_right_answers_like_ours_are_not(graded, capsys):
    if copydetect is None:
        lacking("copydetect is not here: python -m pip install --require-hashes -r requirements/similar.txt")
    before = (graded.out / "grades.csv").read_bytes()
    assert run(graded, "similar", LESSON) == 0
    assert {tuple(sorted(pair)) for pair in pairs(graded)} == {("ann", "bob")}
    said = " ".join(capsys.readouterr().out.split())
    assert run(graded, "similar", LESSON, "--share", "80") == 0
    assert " ".join(capsys.readouterr().out.split()) == said
    assert "1 pair. " in said and "A pair is a reason to look at both, and nothing else." in said
    assert (graded.out / "grades.csv").read_bytes() == before
    assert run(graded, "report") == 0
    page = (graded.out / "report.html").read_text()
    assert "Nearly the same code" in page and f'href="feedback/bob/{LESSON}/{LESSON}.html"' in page


def test_a_student_whose_folder_has_another_name_is_compared_too(course):
    if copydetect is None:
        lacking("copydetect is not here: python -m pip install --require-hashes -r requirements/similar.txt")
    for student, source in {"ann": OWN, "o'neil": COPY}.items():
        hand_in(course.submissions, student, {"double": source})
    assert course.grade() == 0 and run(course, "similar", LESSON) == 0
    assert {tuple(sorted(pair)) for pair in pairs(course)} == {("ann", "o'neil")}


def test_without_the_package_it_says_how_to_install_it(graded, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "copydetect", None)
    assert run(graded, "similar", LESSON) == 2
    assert "requirements/similar.txt" in capsys.readouterr().err


def test_who_has_not_asked_sees_no_pairs(graded):
    assert "Nearly the same code" not in (graded.out / "report.html").read_text()


def test_code_that_is_long_to_take_apart_is_left_out(course):
    if copydetect is None:
        lacking("copydetect is not here: python -m pip install --require-hashes -r requirements/similar.txt")
    for name in ("ada", "ben"):
        hand_in(course.submissions, name, {"double": OWN + "\n\nif 0: " + "a*" * 60_000 + "a"})
    assert course.grade() == 0
    start = time.process_time()
    assert run(course, "similar") == 0
    assert time.process_time() - start < 10 and not pairs(course)
