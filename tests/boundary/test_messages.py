"""Messages between our own processes: each has a bound that its sender knows, and what was said stays said."""

import json
import os
import signal
import socket
import time

import pytest

from grading.execute.inside.protocol import MOST_JSON, Channel
from grading.execute.inside.shell import LEFT_OUT, MOST_OUTPUT, fitting, plain_outputs
from grading.execute.passes import _answer_of, set_of, without_outputs
from grading.job import MOST_OUTPUTS, MOST_REBUILT, Job, Limits
from grading.lesson.seed import SETS


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_outputs_keep_what_fits_and_say_what_is_left_out():
    outputs = {position: [stream("x" * 2**20), stream("y")] for position in range(18)}
    kept = fitting(outputs, MOST_OUTPUTS)
    assert len(json.dumps(kept)) < MOST_OUTPUTS + 18 * 200
    assert [len(kept[position]) for position in range(7)] == [2] * 7 and kept[0] == outputs[0]
    assert all(kept[position][-1]["text"] == LEFT_OUT for position in range(8, 18))
    assert all(stream("y") in entries for entries in kept.values())


@pytest.mark.parametrize("letter", ["\x01", "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL X}", '"', "x"])
def test_outputs_of_a_cell_fit_into_a_message_whatever_letters_they_have(letter):
    made = plain_outputs([stream(letter * MOST_OUTPUT)] * 20, lambda mime, part: True)
    assert len(json.dumps(made)) < MOST_JSON


def test_a_notebook_with_its_outputs_fits_into_a_message():
    assert MOST_REBUILT + MOST_OUTPUTS + 2**20 <= MOST_JSON


def test_a_notebook_without_outputs_says_so():
    cells = [{"cell_type": "code", "outputs": [stream("x")]}, {"cell_type": "markdown"}]
    made = without_outputs({"cells": cells})
    assert made["cells"][0]["outputs"][0]["text"] == LEFT_OUT and made["cells"][1] == cells[1]


def answer_of(*said, then):
    """What is made of a runner that says `said` and then does something."""
    ours, theirs = socket.socketpair()
    caller, callers = socket.socketpair()
    runner = os.fork()
    if not runner:
        try:
            channel = Channel(theirs)
            for each in said:
                channel.send(each)
            then()
        finally:
            os._exit(0)
    theirs.close()
    with caller, callers:
        return _answer_of(runner, ours, caller, 0.5)


@pytest.mark.parametrize(
    "then, status",
    [
        (lambda: time.sleep(60), "timed-out"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed"),
        (lambda: os._exit(0), "crashed"),
    ],
)
def test_marks_that_are_decided_stay_whatever_becomes_of_the_runner(then, status):
    answer = answer_of({"passed": {3: True}}, {"passed": {5: False}, "explained": {5: {"text/plain": "no"}}}, then=then)
    assert answer["status"] == status and answer["reason"]
    assert answer["passed"] == {3: True, 5: False} and answer["explained"] == {5: {"text/plain": "no"}}


def job(source, seed=1, more=()):
    metadata = {"nbgrader": {"solution": True, "grade_id": "double"}}
    cells = [{"cell_type": "code", "metadata": metadata, "source": source}, *more]
    return Job("ada", "target", {"cells": cells}, seed, Limits())


def test_the_set_of_hidden_cases_depends_on_the_answers_and_the_seed_alone():
    sets = [set_of(job(f"answer {number}")) for number in range(400)]
    assert set(sets) == set(range(SETS))
    assert set_of(job("answer 7")) == sets[7]
    ours = {"cell_type": "code", "metadata": {"nbgrader": {"grade": True}}, "source": "check()"}
    assert [set_of(job(f"answer {number}", more=[ours])) for number in range(20)] == sets[:20]
    assert [set_of(job(f"answer {number}", seed=2)) for number in range(20)] != sets[:20]
