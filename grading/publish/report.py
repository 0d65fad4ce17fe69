"""The class in one page: marks, marks per exercise, and which mistakes it makes, most frequent first."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from convschool.compare import INPUT_MODIFIED
from convschool.findings import TITLES
from grading import fingerprint
from grading.execute.placing import LOST_MARKINGS
from grading.files import is_made_from, write_page
from grading.gradebook import Mark, Record, Sheet
from grading.gradebook.lateness import LatePenalties, duration
from grading.lesson.bank import messages
from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names
from grading.output import Output
from grading.publish import everybody
from grading.publish.feedback import NO_RESPONSE

CUT_OFF = ("timed-out", "out-of-memory", "crashed")
FEWEST = 5  # submissions from which on a correlation is worth a number


@dataclass(frozen=True)
class Total:
    """What a submission got for a lesson; no `score` where its marks are held. `max_score` counts every cell, marked or
    waiting for a marker."""

    student: str
    lesson: str
    score: float | None
    max_score: float
    status: str
    reason: str
    penalty: float = 0.0
    seconds_late: int = 0
    name: str = ""

    @property
    def late(self) -> str:
        """How late it was, as text; empty on time."""
        return duration(self.seconds_late) if self.seconds_late else ""

    @property
    def says(self) -> str:
        """The score as text."""
        return "held" if self.score is None else f"{self.score:g}"


@dataclass(frozen=True)
class Frequency:
    """Which submissions of a lesson made a known mistake, and what it tells them.

    `who` are the students with the part that names it first; `count` is how many they are.
    """

    lesson: str
    exercise: str
    mistake: str
    count: int
    message: str
    who: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Item:
    """The results of a part of a lesson in a class.

    `share` is the mean of its mark, from 0 to 1; None while nobody's is marked. `tells` is how well it tells strong
    submissions from weak ones: the correlation of its mark with the mark of all others, None where that has no sense.
    """

    part: str
    marked: int
    waiting: int
    share: float | None
    tells: float | None
    void: str = ""
    bonus: float = 0.0


def write_report(record: Record, out: Output, anonymous: bool = False) -> None:
    """Write ``report.html`` from a gradebook: one file, whose bars are drawn by the browser.

    With `anonymous`, ids take the place of names. Nothing is done when the page is there and says what the gradebook
    says.
    """
    record.settle_lateness({}, LatePenalties(), only_due=True)
    sheets, sums, marks = record.sheets(), totals(record, out, anonymous), record.marks()
    lessons = sorted({sheet.state.lesson for sheet in sheets})
    alike = _alike(out)
    content = repr([sums, marks, alike, [(sheet.state, sheet.scores, sheet.voided, sheet.earned) for sheet in sheets]])
    key = fingerprint.of_bytes(content.encode(), _of_sources(lessons))
    if not is_made_from(out.report, key):
        write_page(out.report, _report(sheets, sums, marks, alike, out), key)


def _alike(out: Output) -> list[dict[str, str]]:
    """The rows that `convgrade similar` has left; none where it has not been asked."""
    try:
        with open(out.table("similar"), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        return []


def _report(sheets: list[Sheet], sums: list[Total], marks: list[Mark], alike: list[dict[str, str]], out: Output) -> str:
    lessons = sorted({sheet.state.lesson for sheet in sheets})
    frequencies = most_frequent(marks)
    there = [sheet for sheet in sheets if not sheet.held]
    of_lesson = {lesson: [sheet for sheet in there if sheet.state.lesson == lesson] for lesson in lessons}
    parts = {lesson: items(sheets_of_it) for lesson, sheets_of_it in of_lesson.items()}
    states = [sheet.state for sheet in sheets]
    return _template().render(
        address=lambda student, lesson: out.page(student, lesson).relative_to(out.folder).as_posix(),
        totals=sums,
        named=any(total.name for total in sums),
        names=_told_apart(sums),
        waiting=sum(sheet.waiting for sheet in sheets),
        submissions=len(sheets),
        students=len({total.student for total in sums}),
        states=Counter(total.status for total in sums).most_common(),
        groups=_groups(sheets, sums),
        sandboxes=Counter(state.sandbox for state in states if state.sandbox).most_common(),
        frequencies=frequencies,
        parts=parts,
        alike=[(row, *(100 * float(row[name]) for name in ("share", "others_share"))) for row in alike],
        tenths={lesson: _tenths(sheets_of_it) for lesson, sheets_of_it in of_lesson.items()},
    )


def _groups(sheets: list[Sheet], sums: list[Total]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The submissions to look at, by reason: (student, lesson, details)."""
    states = [sheet.state for sheet in sheets]
    return [
        ("late", [(total.student, total.lesson, total.late) for total in sums if total.seconds_late]),
        (
            "did not run to the end",
            [(one.student, one.lesson, one.status) for one in states if one.status in CUT_OFF],
        ),
        ("refused, or no notebook", [(one.student, one.lesson, "") for one in sums if one.status == "invalid"]),
        ("without markings", [(one.student, one.lesson, "") for one in states if LOST_MARKINGS in one.reason]),
        ("held", [(one.state.student, one.state.lesson, "") for one in sheets if one.held]),
        ("missing", [(one.student, one.lesson, "") for one in sums if one.status == everybody.MISSING]),
    ]


def items(sheets: list[Sheet]) -> list[Item]:
    """The results of each part of a lesson, in the notebook's order. `sheets` are all of that lesson."""
    run = [sheet for sheet in sheets if sheet.state.status != "invalid"]
    all_items = []
    for part in run[0].scores if run else ():
        marked = [sheet for sheet in run if sheet.scores[part][0] is not None]
        waiting = len(run) - len(marked)
        if waiting:  # those who wrote nothing have their 0 before a marker has seen any answer: alone they say nothing
            marked = [sheet for sheet in marked if sheet.comments.get(part) != NO_RESPONSE]
        void = run[0].voided.get(part, "")
        pairs = [] if void else [_part_and_rest(sheet, part) for sheet in marked]
        share = sum(got for got, _ in pairs) / len(pairs) if pairs else None
        offered = run[0].offered.get(part, 0.0)
        all_items.append(Item(part, len(marked), waiting, share, _correlation(pairs), void, offered))
    return all_items


def _part_and_rest(sheet: Sheet, part: str) -> tuple[float, float]:
    """The shares that a submission got of a part, and of all others that are marked."""
    mark, points = sheet.scores[part]
    offered, score = sheet.offered.get(part, 0.0), mark or 0.0
    rest = sheet.max_marked - points
    share = min(1.0, sheet.earned.get(part, 0.0) / offered) if offered else score / points if points else 0.0
    # of the rest, what was passed there: a bonus fills up what was not
    return share, (sheet.before - sheet.bonus - score) / rest if rest else 0.0


def _correlation(pairs: list[tuple[float, float]]) -> float | None:
    """The correlation of the two numbers of each pair; None for fewer than `FEWEST` pairs, or where one is the same in
    all.
    """
    if len(pairs) < FEWEST or any(np.std(side) < 1e-9 for side in zip(*pairs, strict=True)):
        return None
    return float(np.corrcoef(np.transpose(pairs))[0, 1])


def totals(record: Record, out: Output, anonymous: bool = False) -> list[Total]:
    """The score of every submission, by lesson and student; then who is in the class and handed in none."""
    scores, late, names = record.scores(), record.lateness(), {} if anonymous else record.students()
    rows, possible = [], record.possible()
    for state in record.states():
        place = state.student, state.lesson
        name = names.get(state.student, "")
        name = "" if name == state.student else name
        rows.append(Total(*place, *scores[place][:2], state.status, state.reason, *late.get(place, (0.0, 0)), name))
    for one in everybody.missing(record, out):
        name = "" if anonymous else one.name
        of = possible.get(one.lesson, 0.0)
        rows.append(Total(one.student, one.lesson, 0.0, of, one.status, one.reason, name=name))
    return rows


def _told_apart(sums: Iterable[Total]) -> dict[str, str]:
    """What each student is called in the report, by id: the name, with the id where several have it."""
    by_student = {total.student: total.name or total.student for total in sums}
    count = Counter(by_student.values())
    return {student: f"{name} ({student})" if count[name] > 1 else name for student, name in by_student.items()}


def most_frequent(marks: Iterable[Mark]) -> list[Frequency]:
    """The known mistakes of a class: each counted once for a submission and an exercise, most frequent first."""
    marks = [mark for mark in marks if mark.mistake]
    messages, owner = _known_mistakes({mark.lesson for mark in marks})
    by_mistake: dict[tuple[str, str, str], dict[str, str]] = {}
    for mark in marks:
        exercise = owner.get((mark.lesson, mark.exercise), mark.exercise)
        by_mistake.setdefault((mark.lesson, exercise, mark.mistake), {}).setdefault(mark.student, mark.exercise)
    rows = [
        Frequency(
            *place,
            len(who),
            messages.get(place) or TITLES.get(place[2], "an argument was changed in place"),
            tuple(sorted(who.items())),
        )
        for place, who in by_mistake.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.lesson, row.exercise, row.mistake))


def _of_sources(lessons: Iterable[str]) -> bytes:
    """The bytes of all files that the page is made with: this one, the template, and the banks with their messages."""
    template = Path(__file__).parent / "templates" / "report.html"
    names = lesson_names()
    banks = (fingerprint.of_lesson_files(name) for name in lessons if name in names)
    return b"".join([Path(__file__).read_bytes(), template.read_bytes(), *banks])


def _known_mistakes(lessons: Iterable[str]) -> tuple[dict, dict]:
    """The messages by (lesson, exercise, mistake), and the exercise of each (lesson, part)."""
    message_of: dict[tuple[str, str, str], str] = {}
    owner: dict[tuple[str, str], str] = {}
    for name in sorted(set(lessons) & set(lesson_names())):
        lesson = load_lesson(name)
        for part_id, (exercise, _) in lesson.parts.items():
            owner[name, part_id] = exercise.id
        of_lesson = messages(lesson.folder / "mistakes")
        # that one speaks of one argument
        message_of |= {(name, *place): text for place, text in of_lesson.items() if place[1] != INPUT_MODIFIED}
    return message_of, owner


@cache
def _template() -> Template:
    pages = Environment(loader=PackageLoader("grading.publish"), autoescape=select_autoescape())
    return pages.get_template("report.html")


def _tenths(sheets: Iterable[Sheet]) -> list[int]:
    """How many submissions lie in each tenth of the marks, of what is marked; the last one with its end."""
    shares = [min(1.0, max(0.0, sheet.score or 0.0) / sheet.max_marked) for sheet in sheets if sheet.max_marked]
    return np.histogram(shares, bins=10, range=(0, 1))[0].tolist()
