"""``grades.csv``, and what every table of marks for another program has in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from grading.files import harmless, write_table
from grading.gradebook import Mark

COLUMNS = [field.name for field in fields(Mark)]


@dataclass(frozen=True)
class Exported:
    """The result of an export: how many students are in it, and remarks on those who are not."""

    students: int
    remarks: tuple[str, ...]


def write_csv(marks: Iterable[Mark], path: Path) -> None:
    """Write ``grades.csv``: one row per marked cell; the file is whole or not there.

    A text that a spreadsheet would read as a formula gets an apostrophe in front.
    """
    write_table(path, COLUMNS, (asdict(mark) for mark in marks))


def points_by_lesson(marks: Iterable[Mark]) -> dict[str, dict[str, float]]:
    """Each student's points by lesson, after penalties for lateness as every mark is."""
    totals: dict[str, dict[str, float]] = {}
    for mark in marks:
        if mark.score is None:
            continue  # held: who has no other marks has no row
        scores = totals.setdefault(mark.student, {})
        scores[mark.lesson] = scores.get(mark.lesson, 0.0) + mark.score
    return totals


def titled(lessons: Sequence[str], titles: Mapping[str, str], used: tuple[str, ...]) -> dict[str, str]:
    """By lesson, the name of its column.

    Raises
    ------
    ValueError
        When a title is of no lesson, or two columns would have the same.
    """
    columns = {lesson: titles.get(lesson, lesson) for lesson in lessons}
    unknown = set(titles) - set(lessons)
    if unknown:
        raise ValueError(f"--title: there are no marks of lesson {min(unknown)!r}; there are {', '.join(lessons)}")
    if len({*columns.values(), *used}) < len(columns) + len(used):
        raise ValueError("--title: two columns would have the same name")
    return columns


def changed_ids(student: str, person: Mapping[str, str], columns: Iterable[str]) -> list[str]:
    """Ids that an apostrophe changes: the other program will not know them."""
    return [
        f"{student}: {column} {person[column]!r} is written {harmless(person[column])!r}, lest it be a formula"
        for column in columns
        if harmless(person.get(column, "")) != person.get(column, "")
    ]


def number(points: float) -> str:
    """Points as text."""
    return f"{points:.4f}".rstrip("0").rstrip(".")
