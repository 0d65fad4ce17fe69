"""The class in one page: marks, marks per exercise, and which mistakes it makes, most frequent first."""

import base64
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool.findings import TITLES
from convschool.verdict import INPUT_MODIFIED
from grading import fingerprint
from grading.files import is_made_from, write_page
from grading.gradebook import FinalState, Mark, Record
from grading.gradebook.database import gradebook_url
from grading.gradebook.lateness import LatePenalties, duration
from grading.lesson.load import lesson_names, load_lesson
from grading.publish import everybody

BLUE, ORANGE = "#0072B2", "#D55E00"


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
    """How many submissions of a lesson made a known mistake, and what it tells them."""

    lesson: str
    exercise: str
    mistake: str
    count: int
    message: str


def write_report(out: Path, db: str | None = None, anonymous: bool = False) -> None:
    """Write ``report.html`` from the gradebook of `out`: one file, with its pictures in it.

    With `anonymous`, ids take the place of names. Nothing is done when the page is there and says what the gradebook
    says.
    """
    with Record(gradebook_url(db, out)) as record:
        record.settle_lateness({}, LatePenalties(), only_due=True)
        states, sums, marks, waiting = record.states(), totals(record, out, anonymous), record.marks(), record.waiting()
    said = repr([sums, marks, waiting, [state.sandbox for state in states]])
    key = fingerprint.of_bytes(said.encode(), _of_sources())
    if not is_made_from(out / "report.html", key):
        write_page(out / "report.html", _report(states, sums, marks, waiting), key)


def _report(states: list[FinalState], sums: list[Total], marks: list[Mark], waiting: int) -> str:
    lessons = sorted({total.lesson for total in sums})
    frequencies = most_frequent(marks)
    pages = Environment(loader=PackageLoader("grading.publish"), autoescape=select_autoescape())
    return pages.get_template("report.html").render(
        totals=sums,
        named=any(total.name for total in sums),
        waiting=waiting,
        submissions=len(sums),
        students=len({total.student for total in sums}),
        states=Counter(total.status for total in sums).most_common(),
        sandboxes=Counter(state.sandbox for state in states if state.sandbox).most_common(),
        frequencies=frequencies,
        marks_pictures=[(lesson, _marks_picture(lesson, sums)) for lesson in lessons],
        exercise_pictures=[(lesson, _exercises_picture(lesson, marks)) for lesson in lessons],
        mistakes_picture=_mistakes_picture(frequencies) if frequencies else "",
    )


def totals(record: Record, out: Path, anonymous: bool = False) -> list[Total]:
    """The score of every submission, by lesson and student; then who is in the class and handed in none."""
    scores, late, names = record.scores(), record.lateness(), {} if anonymous else record.students()
    rows, possible = [], record.possible()
    for state in record.states():
        place = state.student, state.lesson
        name = names.get(state.student, "")
        about = (state.status, state.reason, *late.get(place, (0.0, 0)), "" if name == state.student else name)
        rows.append(Total(*place, *scores[place][:2], *about))
    for one in everybody.missing(record, out):
        name = "" if anonymous else one.name
        of = possible.get(one.lesson, 0.0)
        rows.append(Total(one.student, one.lesson, 0.0, of, one.status, one.reason, name=name))
    return rows


def most_frequent(marks: Iterable[Mark]) -> list[Frequency]:
    """The known mistakes of a class: each counted once for a submission and an exercise, most frequent first."""
    messages, owner = _known_mistakes()
    found = {
        (mark.lesson, owner.get((mark.lesson, mark.exercise), mark.exercise), mark.mistake, mark.student)
        for mark in marks
        if mark.mistake
    }
    counts = Counter((lesson, exercise, mistake) for lesson, exercise, mistake, _ in found)
    rows = [
        Frequency(*place, count, messages.get(place) or TITLES.get(place[2], "an argument was changed in place"))
        for place, count in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.lesson, row.exercise, row.mistake))


def _of_sources() -> bytes:
    """What the page is made with: this file, the template, and the banks with their messages."""
    template = Path(__file__).parent / "templates" / "report.html"
    banks = (fingerprint.of_lesson_files(name) for name in lesson_names())
    return b"".join([Path(__file__).read_bytes(), template.read_bytes(), *banks])


def _known_mistakes() -> tuple[dict, dict]:
    """The messages by (lesson, exercise, mistake), and the exercise of each (lesson, part)."""
    messages, owner = {}, {}
    for name in lesson_names():
        lesson = load_lesson(name)
        for part_id, (exercise, _) in lesson.parts.items():
            owner[name, part_id] = exercise.id
        for exercise in lesson.with_banks:
            known = (entry for entry in exercise.mistakes if entry.id != INPUT_MODIFIED)  # speaks of one argument
            messages.update({(name, exercise.id, entry.id): entry.message for entry in known})
    return messages, owner


def _marks_picture(lesson: str, sums: list[Total]) -> str:
    """How many submissions lie in each tenth of the marks."""
    ours = [total for total in sums if total.lesson == lesson and total.max_score and total.score is not None]
    shares = [100 * total.score / total.max_score for total in ours]
    figure, axes = _figure(3.0)
    axes.hist(shares, bins=range(0, 101, 10), color=BLUE, edgecolor="white")
    axes.set_xlabel("marks, % of the maximum")
    axes.set_ylabel("submissions")
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"{lesson}: where the class stands", loc="left")
    return _png(figure)


def _exercises_picture(lesson: str, marks: list[Mark]) -> str:
    """The share of its marks that each part got, in the notebook's order."""
    got: dict[str, list[float]] = {}
    for mark in marks:
        if mark.lesson == lesson and mark.exercise and mark.max_score:
            got.setdefault(mark.exercise, []).append(100 * mark.score / mark.max_score)
    names = list(got)[::-1]
    means = [sum(got[name]) / len(got[name]) for name in names]
    figure, axes = _figure(1.0 + 0.28 * max(1, len(names)))
    bars = axes.barh(names, means, color=BLUE)
    axes.bar_label(bars, fmt="%.0f %%", padding=3, fontsize=9)
    axes.set_xlim(0, 112)
    axes.set_xlabel("mean mark, % of the maximum")
    axes.set_title(f"{lesson}: which parts are hard", loc="left")
    return _png(figure)


def _mistakes_picture(frequencies: list[Frequency]) -> str:
    shown = frequencies[:20][::-1]
    figure, axes = _figure(1.2 + 0.32 * len(shown))
    labels = [f"{row.exercise}: {row.mistake}" for row in shown]
    bars = axes.barh(labels, [row.count for row in shown], color=ORANGE)
    axes.bar_label(bars, padding=3, fontsize=9)
    axes.set_xlabel("submissions that make it")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlim(0, 1.12 * max(row.count for row in shown))
    axes.set_title("Which mistakes the class makes, most frequent first", loc="left")
    return _png(figure)


def _figure(height: float):
    figure = Figure(figsize=(8.0, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode()
