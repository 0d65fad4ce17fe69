"""Convolutional networks from scratch: what the lessons import.

- `check` runs the visible cases of an exercise on your function and explains the first that fails;
- `check_failing_case` looks whether a case of yours shows a bug;
- `show` holds the figures of the lessons, `data` the digits, `progress` a picture of what you have passed;
- `yours` brings what you wrote in an earlier lesson into a later one.

There is no convolution in this package, and no gradient of one: you write them.
"""

from convschool import data, show
from convschool.checking import CheckFailed, check, check_failing_case
from convschool.progress import progress
from convschool.yours import yours

__all__ = ["CheckFailed", "check", "check_failing_case", "data", "progress", "show", "yours"]
