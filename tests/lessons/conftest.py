"""What tests that run a lesson's cells share."""

import os

import matplotlib
import matplotlib.pyplot as plt
import pytest

from convschool import mode


@pytest.fixture
def quiet():
    """As at grading: no trace of the run is kept."""
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    here = os.getcwd()
    with mode.using(progress=False):
        yield
    os.chdir(here)
    plt.close("all")
    matplotlib.use(backend)
