"""Why a submission has to be graded: one reason, which the plan decides with and `status` prints."""

from dataclasses import replace
from pathlib import Path

import pytest

from grading.fingerprint import of_limits
from grading.gradebook import Basis
from grading.gradebook.rows import FinalState
from grading.job import Limits
from grading.output import Output
from grading.plan import Grading, Submission, why_grade

LIMITS = Limits(2.0, 10.0, 512)
ONE = Submission("ada", "90-small", Path("class/ada/90-small/90-small.ipynb"))
BASIS = Basis("as handed in", "version", of_limits(LIMITS), "as it ran")
RAN = FinalState("ada", "90-small", "graded", "", "bubblewrap, warm")
CUT_OFF, OPEN = replace(RAN, status="timed-out"), replace(RAN, sandbox="none")
OTHER_FILE, NEWER = replace(BASIS, handed_in="other"), replace(BASIS, version="newer")


def asked_for(folder, **changes):
    return replace(Grading(["90-small"], Path("class"), Output(folder), LIMITS), **changes)


@pytest.mark.parametrize(
    "reason, basis, state, changes",
    [
        ("", BASIS, RAN, {}),
        ("collected", BASIS, None, {}),
        ("handed in again", OTHER_FILE, RAN, {}),
        ("handed in again", replace(OTHER_FILE, version="newer"), OPEN, {}),
        ("stale", NEWER, RAN, {}),
        ("stale", NEWER, RAN, {"regrade": True}),
        ("had other limits", replace(NEWER, limits="others"), CUT_OFF, {}),
        ("", replace(BASIS, limits="others"), RAN, {}),
        ("", replace(BASIS, limits="others"), CUT_OFF, {"limits": None}),
        ("ran without a sandbox", BASIS, OPEN, {}),
        ("", BASIS, OPEN, {"sandbox": "none"}),
    ],
)
def test_a_submission_is_graded_for_one_reason(tmp_path, reason, basis, state, changes):
    asked = asked_for(tmp_path, **changes)
    asked.out.notebook(*ONE.place).parent.mkdir(parents=True)
    asked.out.notebook(*ONE.place).touch()
    assert why_grade(ONE, basis, BASIS, state, asked) == reason
    assert why_grade(ONE, basis, None, state, asked) == "collected"


def test_a_notebook_that_is_gone_is_run_again_and_one_that_never_ran_is_not(tmp_path):
    asked = asked_for(tmp_path)
    assert why_grade(ONE, BASIS, BASIS, RAN, asked) == "notebook missing"
    assert why_grade(ONE, NEWER, BASIS, RAN, asked) == "notebook missing"
    never_ran = replace(BASIS, executed=""), replace(RAN, status="invalid")
    assert why_grade(ONE, BASIS, *never_ran, asked) == ""
