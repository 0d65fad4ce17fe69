"""The record of passed checks, and its picture."""

import sys

import pytest

from convschool import check, progress, progress_record


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
    assert (
        "1 of 2 parts passed" in text and "02-second: 1 of 1 passed" in text and "01-first: 0 of 1 passed" in text
    )
    assert html.startswith("<img alt=") and "data:image/png;base64," in html


def test_nothing_is_kept_at_grading(course, monkeypatch):
    monkeypatch.setenv(progress_record.SWITCH, "off")
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
