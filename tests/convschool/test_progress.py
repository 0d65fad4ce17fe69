"""The record of passed checks, and its picture."""

import json
import sys

import pytest

from convschool import check, mode, progress, progress_record


@pytest.fixture
def states():
    return lambda: dict(sys.modules["convschool.progress"]._lessons())


def test_the_latest_check_counts(course, capsys, states):
    assert states() == {
        "01-first": [("double-case-shown", "not yet")],
        "02-second": [("double-values", "not yet")],
    }
    with pytest.raises(AssertionError):
        check("double-values", lambda x: x)
    assert states()["02-second"] == [("double-values", "tried")]
    check("double-values", lambda x: 2 * x)
    assert states()["02-second"] == [("double-values", "passed")]
    with pytest.raises(AssertionError):
        check("double-values", lambda x: x)
    assert states()["02-second"] == [("double-values", "tried")]


def test_the_picture_says_in_words_what_it_shows(course, notebook):
    progress_record.note("double-values", True)
    progress()
    ((html, text, _),) = notebook.shown
    assert "1 of 2 parts passed" in text and "02-second: 1 of 1 passed" in text and "01-first: 0 of 1 passed" in text
    assert "<img alt=" in html and "data:image/png;base64," in html


def test_what_is_left_is_named_with_a_link(course, notebook):
    progress()
    ((html, text, _),) = notebook.shown
    assert "Left of 01-first: double-case-shown." in text
    assert '<a href="../01-first/01-first.ipynb">01-first</a>: next is <code>double-case-shown</code>, 1 left' in html
    assert 'title="double-values: not yet"' in html


def test_what_was_tried_is_marked_where_it_is_named(course, notebook):
    progress_record.note("double-values", False)
    progress()
    ((html, text, _),) = notebook.shown
    assert "Left of 02-second: double-values (tried)." in text
    assert '<code title="double-values: tried">✗ double-values</code>' in html


def test_an_untouched_answer_counts_as_not_yet(course, states):
    def unanswered(x):
        raise NotImplementedError

    with pytest.raises(AssertionError):
        check("double-values", unanswered)
    assert states()["02-second"] == [("double-values", "not yet")]


def written(course, text):
    marking = {"grade_id": "why", "grade": True, "solution": True}
    cell = {"cell_type": "markdown", "metadata": {"nbgrader": marking}, "source": [text]}
    file = course / "02-second" / "02-second.ipynb"
    file.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")


def test_answers_in_words_are_written_or_not(course, states, notebook):
    for text, state in (("*Write your answer here.*", "not yet"), ("Because.", "written"), ("", "not yet")):
        written(course, text)
        assert states()["02-second"] == [("double-values", "not yet"), ("why", state)]
    progress()
    assert "02-second: 0 of 1 passed, 0 of 1 written" in notebook.shown[-1][1]


@pytest.mark.parametrize("content", ["", "[]", '{"cells": [3]}', '{"cells": [{"metadata": []}]}'])
def test_a_notebook_that_cannot_be_read_has_no_answers_in_words(course, states, content):
    (course / "02-second" / "02-second.ipynb").write_text(content, encoding="utf-8")
    assert states()["02-second"] == [("double-values", "not yet")]


def test_after_the_last_check_of_a_lesson_one_line_says_what_is_left(course, capsys):
    written(course, "*Write your answer here.*")
    check("double-values", lambda x: 2 * x)
    assert capsys.readouterr().out.splitlines()[-1] == "Left of 02-second: why."
    written(course, "Because.")
    check("double-values", lambda x: 2 * x)
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing is left of 02-second: well done."


def test_nothing_is_kept_at_grading(course):
    with mode.using(progress=False):
        progress_record.note("double-values", True)
    assert not (course / "progress.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '"text"', '{"a": 3, "b": null}', "\x00\xff"])
def test_a_damaged_record_is_an_empty_one_and_is_written_anew(course, content):
    (course / "progress.json").write_text(content, encoding="latin-1")
    assert progress_record.read() == {}
    progress_record.note("double-values", True)
    assert progress_record.read() == {"double-values": True}


def test_a_folder_that_cannot_be_written_costs_nothing(course):
    (course / "progress.json").mkdir()
    progress_record.note("double-values", True)
    assert progress_record.read() == {}


def test_parts_of_no_lesson_do_not_count(course, states):
    progress_record.note("gone-part", True)
    assert [state for parts in states().values() for _, state in parts] == ["not yet", "not yet"]


def test_without_lessons_it_says_where_it_looked(course, tmp_path, monkeypatch, capsys):
    for file in course.glob("*/checks.npz"):
        file.unlink()
    progress()
    assert "There are no lessons in" in capsys.readouterr().out
