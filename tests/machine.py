"""What a machine lacks: a test that needs it is skipped with one line, and fails where nothing may be skipped."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """End a test for want of something; `what` says how to install it. With CI set it fails: one that is skipped proves
    nothing.
    """
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
