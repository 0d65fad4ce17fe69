"""`check` and `check_failing_case`, as a notebook calls them."""

import contextlib
import json

import numpy as np
import pytest

import convschool
from convschool import CheckFailed, cases, check, check_failing_case, progress_record
from convschool.cases import Case, Part
from convschool.checking import VERDICT_MIME


def double(x):
    return x + x


def square(x):
    return x * x


def test_a_passing_check_says_so_and_is_noted(course, capsys):
    assert check("double-values", double) is None
    assert capsys.readouterr().out.splitlines()[0] == "✓ double-values: passed (a row; a matrix)"
    assert progress_record.read() == {"double-values": True}


def test_a_failing_check_explains_itself_and_then_raises_one_line(course, capsys):
    with pytest.raises(CheckFailed, match="^double-values: wrong values$") as caught:
        check("double-values", square)
    shown = capsys.readouterr().out
    assert "1 of 2 entries of the result differ; most at [0]: 1, expected 2." in shown
    assert "Is `x * x` what doubling means?" in shown
    assert caught.value._render_traceback_() == ["CheckFailed: double-values: wrong values"]
    assert caught.value.verdict.mistake == "squared"
    assert isinstance(caught.value, AssertionError)
    assert progress_record.read() == {"double-values": False}


def test_a_notebook_gets_html_words_and_the_verdict_as_data(course, notebook):
    with pytest.raises(CheckFailed):
        check("double-values", square)
    check("double-values", double)
    (html, text, more), (_, _, passed), (_, left, _) = notebook.shown
    assert "<img alt=" in html and text.startswith("✗ double-values")
    assert more == {VERDICT_MIME: {"part": "double-values", "passed": False, "mistake": "squared"}}
    assert passed == {VERDICT_MIME: {"part": "double-values", "passed": True, "mistake": ""}}
    json.dumps(more)
    assert left == "Nothing is left of 02-second: well done."


def quadruple(x):
    return 2 * double(x)


def wrong_quadruple(x):
    return 3 * double(x)


class Quadruple:
    def forward(self, x):
        return double(x)


@pytest.mark.parametrize("answer", [wrong_quadruple, Quadruple])
def test_a_failing_answer_is_told_which_of_the_answers_it_uses_fails_too(course, capsys, answer):
    (course / "03-third").mkdir()
    case = Case("a row", (np.array([1.0, 2.0]),), np.array([4.0, 8.0]))
    cases.save(course / "03-third" / "checks.npz", [Part("quadruple-values", "quadruple", ("x",), cases=(case,))])
    messages = "Your answer uses double, whose checks do not pass yet: begin there."
    for helper, is_told in ((square, True), (double, False)):
        with contextlib.suppress(CheckFailed):
            check("double-values", helper)
        with pytest.raises(CheckFailed):
            check("quadruple-values", answer)
        assert (messages in capsys.readouterr().out) == is_told
    with contextlib.suppress(CheckFailed):
        check("double-values", square)
    check("quadruple-values", quadruple)
    assert messages not in capsys.readouterr().out, "a right answer is told nothing"


def test_checks_of_other_lessons_are_found_too(course, monkeypatch, capsys):
    monkeypatch.chdir(course / "01-first")
    check("double-values", double)
    monkeypatch.chdir(course)
    check("double-values", double)


def test_the_checks_beside_the_notebook_will_do(course, tmp_path, monkeypatch, capsys):
    alone = tmp_path / "alone"
    alone.mkdir()
    (course / "02-second" / "checks.npz").rename(alone / "checks.npz")
    monkeypatch.chdir(alone)
    check("double-values", double)


def test_a_package_installed_elsewhere_finds_the_course_of_the_notebook(course, monkeypatch, capsys):
    monkeypatch.setattr(convschool.course_folder, "__file__", str(course.parent / "lib" / "convschool" / "x.py"))
    check("double-values", double)
    assert (course / "progress.json").exists()


def test_an_unknown_part_and_missing_checks_are_named(course, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no lesson has a check called 'double-vaules'"):
        check("double-vaules", double)
    monkeypatch.setattr(convschool.course_folder, "__file__", str(tmp_path / "lib" / "convschool" / "x.py"))
    (tmp_path / "empty" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "empty" / "below")
    with pytest.raises(FileNotFoundError, match="no checks.npz beside this notebook"):
        check("double-values", double)


def test_a_call_in_the_place_of_the_function_is_the_callers_mistake(course):
    with pytest.raises(TypeError, match="needs the function double itself, not a ndarray: write it without brackets"):
        check("double-values", double(np.ones(3)))


def shown(make_case, **how):
    check_failing_case("double-case-shown", make_case, **({"buggy": square, "truth": double} | how))


@pytest.mark.parametrize("case", [(3,), (3.5,), ([1.0, 2.0],), (np.array([[1, 5]]),), (np.float32(3),), ([[1], [2]],)])
def test_a_case_that_tells_the_two_apart_passes(course, capsys, case):
    shown(lambda: case)
    assert "your case makes the two functions differ" in capsys.readouterr().out
    assert progress_record.read() == {"double-case-shown": True}


@pytest.mark.parametrize("case", [(2,), (0,), ([0.0, 2.0],), (np.zeros((0, 3)),)])
def test_a_case_on_which_both_agree_shows_no_bug(course, capsys, case):
    with pytest.raises(CheckFailed, match="this case does not tell the two functions apart") as caught:
        shown(lambda: case)
    assert caught.value.verdict.mistake == "bug-not-shown"
    output = capsys.readouterr().out
    assert "Which x tells 2x from x²?" in output
    assert "Your case gives the same, to within 1e-06, with square and double." in output


def test_what_the_lesson_says_of_arguments_stands_without_the_name_of_an_exception(course, capsys):
    def truth(x):
        raise ValueError("x is at least 4")

    with pytest.raises(CheckFailed):
        shown(lambda: (3,), truth=truth)
    assert "These arguments do not fit together: x is at least 4." in capsys.readouterr().out


def test_a_case_of_zeros_is_told_so(course, capsys):
    with pytest.raises(CheckFailed, match="does not tell"):
        shown(lambda: (np.zeros(3),))
    assert "with square and double; `x` is 0 everywhere." in capsys.readouterr().out


def test_a_float_where_an_int_is_due_is_shown(course, capsys):
    with pytest.raises(CheckFailed):
        shown(lambda: (3.0,), truth=lambda n: np.zeros(n))
    assert "argument 1 is the float 3.0: write 3, without a point." in capsys.readouterr().out


@pytest.mark.parametrize(
    "case, says",
    [
        (None, "returned None"),
        (3, "A case is the tuple of arguments (x); your function returned an int"),
        ([3], "returned a list: `(x,)` with a comma is a tuple of one"),
        (np.ones(3), "returned a ndarray"),
        (("text",), "Argument 1 of your case is a str without numbers"),
        (({},), "Argument 1 of your case is a dict without numbers"),
        (([[1, 2], [3]],), "Argument 1 of your case is a list whose rows differ in length"),
        ((np.ones(501),), "yours has 501 entries, 500 are allowed"),
        ((np.array([np.nan]),), "argument 1 has others"),
        ((1e9,), "Numbers from -1000 to 1000 will do"),
        ((1, 2), "A case has one argument (x), and yours has 2"),
    ],
)
def test_a_case_that_cannot_be_run_says_why(course, capsys, case, says):
    with pytest.raises(CheckFailed) as caught:
        shown(lambda: case)
    assert says in capsys.readouterr().out
    assert caught.value.verdict.mistake == "" and caught.value.verdict.failure.kind == "unfit"


@pytest.mark.parametrize(
    "error, kind",
    [(NotImplementedError(), "unanswered"), (ZeroDivisionError("x"), "raised"), (SystemExit(), "raised")],
)
def test_a_function_that_makes_no_case_fails(course, capsys, error, kind):
    def make_case():
        raise error

    with pytest.raises(CheckFailed) as caught:
        shown(make_case)
    assert caught.value.verdict.failure.kind == kind


def test_a_bug_that_crashes_is_shown_by_crashing(course, capsys):
    def crashing(x):
        raise IndexError

    shown(lambda: (1,), buggy=crashing)


def test_neither_function_sees_what_the_other_does_to_the_arguments(course, capsys):
    mine = np.array([3.0])

    def emptying(x):
        wrong = x * x
        x[:] = 0
        return wrong

    shown(lambda: (mine,), buggy=emptying)
    shown(lambda: (mine,), buggy=square, truth=lambda x: (x.__imul__(0), np.array([6.0]))[1])
    assert mine == 3


def test_make_case_must_be_a_function(course):
    with pytest.raises(TypeError, match="make_case: .* write it without brackets"):
        shown((3,))


def test_a_case_shows_no_bug_where_one_function_gives_an_int_and_the_other_the_same_float(course):
    with pytest.raises(CheckFailed, match="does not tell the two functions apart"):
        check_failing_case("double-case-shown", lambda: ([1, 2],), lambda x: 3, lambda x: x.sum())
    with pytest.raises(CheckFailed, match="does not tell the two functions apart"):
        check_failing_case("double-case-shown", lambda: ([1, 2],), lambda x: x.sum(), lambda x: 3)
