"""A few seconds of `fuzz.py`: what reads a stranger's bytes ends in a value or in the exception that it documents."""

import contextlib
import io
import logging
import random
import warnings

import fuzz
import pytest


@contextlib.contextmanager
def silence():
    """Nothing is logged or printed."""
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("target", fuzz.targets(), ids=lambda target: target.name)
def test_changed_bytes(target):
    # what libraries say of such bytes cannot always be sent from one process of pytest to another
    with warnings.catch_warnings(), silence():
        warnings.simplefilter("ignore")
        tried, found = fuzz.fuzz(target, 3.0, random.Random(1))
    assert tried > 50
    assert not [ascii(one) for one in found]
