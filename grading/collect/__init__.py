"""Take in what a class has handed in, from Moodle, Canvas or nbgrader, and list all of it."""

from grading.collect.archives import Limits, Refused
from grading.collect.found import CollectError, Row
from grading.collect.intake import collect
from grading.collect.receipt import TABLE

__all__ = ["TABLE", "CollectError", "Limits", "Refused", "Row", "collect"]
