"""The table of lesson 08: its script, run again for some of the networks, gives what the table holds."""

import importlib.util
import sys

import pytest

from convschool.data import search_space
from grading.lesson.places import SOLUTIONS

AGAIN = [2, 4, 21, 27, 39, 42, 48, 63]
SEED = 0
# Processors add up in another order, so that single images fall on the other side: of 500, and of 3,000.
VALIDATION_IMAGES, TEST_IMAGES = 2, 6


@pytest.fixture(scope="module")
def make_table():
    path = SOLUTIONS / "08-weight-sharing" / "make_table.py"
    spec = importlib.util.spec_from_file_location("make_table", path)
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before


def test_the_networks_of_this_test_have_every_operation_at_every_place_and_are_the_best_and_the_worst():
    choices, _, test, _ = search_space()
    for place in range(3):
        assert set(choices[AGAIN, place]) == {0, 1, 2, 3}
    assert {test.mean(axis=1).argmax(), test.mean(axis=1).argmin()} <= set(AGAIN)


@pytest.mark.parametrize("number", AGAIN)
def test_a_network_trained_again_gets_right_what_the_table_says(make_table, number):
    choices, validation, test, _ = search_space()
    right = make_table.right_answers(tuple(choices[number].tolist()), SEED)
    assert right[0] == pytest.approx(round(500 * validation[number, SEED]), abs=VALIDATION_IMAGES)
    assert right[1] == pytest.approx(round(3000 * test[number, SEED]), abs=TEST_IMAGES)
