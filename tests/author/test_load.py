"""A lesson is loaded as its files are, whatever was loaded before."""

import os
import sys

from grading.lesson.load import load_lesson


def test_checks_of_the_same_size_and_second_are_read_anew(lesson, monkeypatch):
    """As an archive unpacks them over an earlier version, or two saves within a second."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    checks = lesson / "checks.py"
    text = checks.read_text(encoding="utf-8")
    points = []
    for given in ("points=2", "points=3"):
        checks.write_text(text.replace("points=2", given), encoding="utf-8")
        os.utime(checks, (1_700_000_000, 1_700_000_000))
        load_lesson.cache_clear()
        points.append(sum(part.points for _, part in load_lesson(lesson.name).parts.values()))
    assert points[0] < points[1]
