"""One mode a process: a learner's at home, changed for a block of code, carried into a new process by one variable."""

import os
import subprocess
import sys

import pytest

from convschool import check, front, mode, yours
from convschool.mode import Mode

MODES = [Mode(), Mode("silent", False, False), Mode("elsewhere", progress=False)]


@pytest.mark.parametrize("wanted", MODES, ids=str)
def test_a_new_process_begins_with_the_mode_of_its_environment(wanted):
    code = "from convschool import mode; print(mode.current())"
    environment = os.environ | mode.environment(wanted)
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert result.stdout.strip() == str(wanted), result.stderr


def test_without_the_variable_a_learner_is_at_home():
    assert mode.from_environment({}) == Mode() and Mode().at_home


@pytest.mark.parametrize("text", ["checks=quiet", "figures=", "figures=no", "progress", "speed=on", "checks"])
def test_what_is_no_mode_is_refused_by_name(text):
    with pytest.raises(ValueError, match="CONVSCHOOL_MODE"):
        mode.from_environment({mode.VARIABLE: text})


def test_a_mode_ends_with_its_block_whatever_ends_it():
    before = mode.current()
    with pytest.raises(KeyboardInterrupt), mode.using(checks="silent"):
        with mode.using(figures=False):
            assert mode.current() == Mode("silent", False, before.progress)
        assert mode.current().figures
        raise KeyboardInterrupt
    assert mode.current() == before


def test_each_switch_does_what_it_says_and_nothing_else(course, capsys):
    double, drawn = (lambda x: 2 * x), []
    figure = front.draws(lambda: drawn.append(1))
    for changes in {"checks": "silent"}, {"checks": "elsewhere"}, {"figures": False}, {"progress": False}:
        (course / "progress.json").unlink(missing_ok=True)
        drawn.clear()
        with mode.using(**changes):
            check("double-values", double)
            figure()
        output = capsys.readouterr().out
        assert ("✓ double-values" in output) == ("checks" not in changes)
        assert ("Checks run after your cells" in output) == (changes == {"checks": "elsewhere"})
        assert drawn == [1] * (changes != {"figures": False})
        kept = (course / "progress.json").exists()
        assert kept == (changes not in ({"progress": False}, {"checks": "elsewhere"}))


@pytest.mark.parametrize("changes", [{"checks": "silent"}, {"checks": "elsewhere"}, {"progress": False}], ids=str)
def test_at_grading_an_earlier_answer_is_never_asked_for(course, capsys, changes):
    with mode.using(**changes):
        assert yours("01-first", "double", abs) is abs
    assert capsys.readouterr().out == ""
