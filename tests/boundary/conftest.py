"""A warm sandbox for the tests of this folder, and conversations with learners' processes in it."""

import os
import time

import pytest

from grading.execute import close
from grading.execute.inside.isolation import Allowance
from grading.execute.sandbox import WarmSandboxes
from grading.execute.session import Session


@pytest.fixture(scope="session")
def warm():
    sandboxes = WarmSandboxes()
    sandboxes.wait_ready()
    yield sandboxes
    sandboxes.close()


@pytest.fixture
def learner(warm):
    """``learner(source)``: a session with a fresh process that has run `source`."""
    started = []

    def start(source: str = "", **allowance) -> Session:
        sandbox = warm.start(Allowance(**allowance))
        sandbox.wait_ready()
        started.append(sandbox)
        session = Session(sandbox)
        session.start_cell("the cell", time.monotonic() + 30)
        outputs, error = session.run(f"import numpy as np\n{source}")
        assert not error, outputs
        return session

    yield start
    for sandbox in started:
        sandbox.close()


@pytest.fixture(scope="session", autouse=True)
def no_line_left():
    yield
    close()


@pytest.fixture
def descriptors():
    """How many descriptors this process has open."""
    return lambda: len(os.listdir("/proc/self/fd"))
