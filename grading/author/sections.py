"""A lesson's headings, read: sections with their minutes, and the exercises in them with marks and dots."""

import re
from dataclasses import dataclass

from grading.lesson.load import Lesson

SECTION = re.compile(r"## (?P<number>\d+)\. (?P<title>.+?)(?: \((?P<minutes>\d+) min\))?$")
EXERCISE = re.compile(
    r"### (?P<title>(?:Exercise|Written answer): .+?) \((?P<marks>[^,)]+)"
    r"(?:, importance (?P<importance>[●○]{3}), difficulty (?P<difficulty>[●○]{3}))?\)$"
)


@dataclass(frozen=True)
class ExerciseHeading:
    """An exercise or a written answer: its title in markdown, its marks in words, one to three dots each."""

    title: str
    marks: str
    importance: str
    difficulty: str


@dataclass(frozen=True)
class Section:
    """A numbered section of a lesson. `minutes` is 0 where the heading names none: an optional section."""

    number: int
    title: str
    minutes: int
    exercises: tuple[ExerciseHeading, ...]


def sections(lesson: Lesson) -> list[Section]:
    """The numbered sections of a lesson, in order."""
    result: list[Section] = []
    lines = [line for cell in lesson.cells if cell.kind == "markdown" for line in cell.source.splitlines()]
    for line in lines:
        if opened := SECTION.match(line):
            result.append(Section(int(opened["number"]), opened["title"], int(opened["minutes"] or 0), ()))
        elif result and (exercise := EXERCISE.match(line)):
            heading = ExerciseHeading(
                exercise["title"].removeprefix("Exercise: "),
                exercise["marks"],
                exercise["importance"] or "",
                exercise["difficulty"] or "",
            )
            last = result.pop()
            result.append(Section(last.number, last.title, last.minutes, (*last.exercises, heading)))
    return result


def exercise_table(lesson: Lesson) -> str:
    """A line for each exercise of a lesson: where it stands, its marks, how important and how difficult it is."""
    lines = ["| section | exercise | marks | importance | difficulty |", "|---|---|---|---|---|"]
    for section in sections(lesson):
        for one in section.exercises:
            marks = one.marks.removesuffix(" marks").removesuffix(" mark")
            lines.append(f"| {section.number} | {one.title} | {marks} | {one.importance} | {one.difficulty} |")
    return "\n".join(lines)
