"""Marks as tables for other programs."""

import csv
import os
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

from grading.record import Mark

COLUMNS = [field.name for field in fields(Mark)]


def write_csv(marks: Iterable[Mark], path: Path) -> None:
    """Write ``grades.csv``: one row per marked cell; the file is whole or not there.

    A text that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for mark in marks:
            table.writerow({key: _harmless(value) for key, value in asdict(mark).items()})
    os.replace(fresh, path)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
