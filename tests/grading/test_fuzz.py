"""A few seconds of `fuzz.py`: what reads a stranger's bytes ends in a value or in the exception that it documents."""

import random

import fuzz
import pytest


@pytest.mark.parametrize("target", fuzz.targets(), ids=lambda target: target.name)
def test_changed_bytes(target):
    tried, found = fuzz.fuzz(target, 3.0, random.Random(1))
    assert tried > 50
    assert not found
