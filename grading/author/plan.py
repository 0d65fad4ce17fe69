"""A course hour by hour: each lesson cut into sittings, and the sittings spread over 4, 8 or 12 weeks."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import ceil

from grading.author.sections import Section, sections
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.places import lesson_names

LONGEST_SITTING = 75  # minutes
# In twelve weeks, these lessons have two: those with the most to write.
TWO_WEEKS = ("02", "05", "06", "07")
COURSES = (4, 8, 12)


@dataclass(frozen=True)
class Sitting:
    """Sections of one lesson that are done without a break."""

    lesson: str
    sections: tuple[Section, ...]

    @property
    def minutes(self) -> int:
        return sum(section.minutes for section in self.sections)


def sittings(lesson: Lesson) -> list[Sitting]:
    """The lesson's timed sections in as few sittings as their length allows, and as even as its sections allow."""
    timed = [section for section in sections(lesson) if section.minutes]
    count = max(1, ceil(sum(section.minutes for section in timed) / LONGEST_SITTING))
    while True:
        cuts = ((0, *inner, len(timed)) for inner in combinations(range(1, len(timed)), count - 1))
        splits = [[Sitting(lesson.name, tuple(timed[a:b])) for a, b in pairwise(cut)] for cut in cuts]
        best = min(splits, key=_longest, default=[])
        # where sections do not divide evenly it takes one more; a section longer than a sitting stays whole
        if _longest(best) <= LONGEST_SITTING or count >= len(timed):
            return best
        count += 1


def _longest(split: list[Sitting]) -> int:
    return max((sitting.minutes for sitting in split), default=0)


def weeks_of(name: str, weeks: int, lessons: list[str]) -> tuple[int, ...]:
    """The weeks in which a lesson is taught, from 1, in a course of so many."""
    if weeks == 4:
        return (lessons.index(name) // 2 + 1,)
    if weeks == 8:
        return (lessons.index(name) + 1,)
    before = lessons[: lessons.index(name)]
    first = 1 + sum(1 + (one[:2] in TWO_WEEKS) for one in before)
    return (first, first + 1) if name[:2] in TWO_WEEKS else (first,)


def plan() -> str:
    """The course as a table: a line for each hour, with its week in each of the courses."""
    head = ["hour", *(f"week of {weeks}" for weeks in COURSES), "lesson", "sections", "minutes", "you write"]
    lines = [_row(head), _row(["---"] * len(head))]
    lessons, hours = lesson_names(), 0
    for name in lessons:
        cut = sittings(load_lesson(name))
        for number, sitting in enumerate(cut):
            hours += 1
            taught = [weeks_of(name, weeks, lessons) for weeks in COURSES]
            weeks = [some[number * len(some) // len(cut)] for some in taught]
            span = f"{sitting.sections[0].number} to {sitting.sections[-1].number}"
            titles = ", ".join(one.title for section in sitting.sections for one in section.exercises)
            lines.append(_row([hours, *weeks, name[:2], span, sitting.minutes, titles]))
    return "\n".join(lines)


def _row(cells: list) -> str:
    return f"| {' | '.join(map(str, cells))} |"
