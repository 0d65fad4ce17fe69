"""A prediction comes before the truth, is kept, and is said again."""

import json

import pytest

from convschool import mode, show


def truth(name, guess):
    with show.when_answered():
        show.predicted(name, guess)
        print("the truth")


def test_without_a_prediction_the_truth_is_not_shown(course, capsys):
    truth("one", None)
    assert capsys.readouterr().out == "Write your prediction into the cell above first, and run both cells.\n"
    assert not (course / "predictions.json").exists()


def test_the_first_prediction_is_kept_and_said_again(course, capsys):
    truth("one", ["FFT", "loops"])
    truth("two", 2.3)
    truth("one", "now I know")
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "You predicted: ['FFT', 'loops']" and out[1] == "the truth"
    assert out[4] == "You predicted: ['FFT', 'loops']  (and later: 'now I know')"
    kept = json.loads((course / "predictions.json").read_text(encoding="utf-8"))
    assert kept == {"one": "['FFT', 'loops']", "two": "2.3"}


def test_nothing_is_asked_where_no_progress_is_kept(course, capsys):
    with mode.using(progress=False):
        truth("one", None)
    assert capsys.readouterr().out == "the truth\n"
    assert not (course / "predictions.json").exists()


@pytest.mark.parametrize("content", ["{", "[1]", '{"one": 3}'])
def test_a_broken_file_does_no_harm(course, capsys, content):
    (course / "predictions.json").write_text(content, encoding="utf-8")
    truth("one", 1)
    assert capsys.readouterr().out == "You predicted: 1\nthe truth\n"


def test_a_folder_that_cannot_be_written_does_no_harm(course, capsys):
    (course / "predictions.json").mkdir()
    truth("one", 1)
    assert capsys.readouterr().out == "You predicted: 1\nthe truth\n"
