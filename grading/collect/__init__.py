"""Take in what a class has handed in, from Moodle, Canvas or nbgrader, and list all of it."""

from grading.collect.archives import Limits, Refused
from grading.collect.intake import TABLE, CollectError, Row, collect

__all__ = ["TABLE", "CollectError", "Limits", "Refused", "Row", "collect"]
