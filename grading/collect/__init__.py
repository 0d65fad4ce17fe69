"""Take in what a class has handed in, from Moodle, Canvas or nbgrader, and list all of it."""

from grading.collect.archives import Limits, Refused
from grading.collect.intake import collect
from grading.collect.plain_data import CollectError, Options, Row
from grading.collect.receipt import TABLE

__all__ = ["TABLE", "CollectError", "Limits", "Options", "Refused", "Row", "collect"]
