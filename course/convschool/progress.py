"""A picture of which parts of the lessons have passed, and what is left of each lesson, by name."""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import front, planes, progress_record
from convschool.cases import load
from convschool.course_folder import course_folder, lesson_files
from convschool.front import draws
from convschool.show.picture import image_html

LINE = 27  # parts in one line
# Shape and filling tell the states apart, not only colour.
UNWRITTEN = "*Write your answer here.*"
MARKS: dict[str, dict[str, Any]] = {
    "passed": {"marker": "s", "facecolors": "#0072B2", "edgecolors": "black", "s": 110},
    "written": {"marker": "D", "facecolors": "#56B4E9", "edgecolors": "black", "s": 70},
    "tried": {"marker": "X", "facecolors": "#E69F00", "edgecolors": "black", "s": 90},
    "not yet": {"marker": "o", "facecolors": "white", "edgecolors": "#888888", "s": 60},
}


@draws
def progress() -> None:
    """Show, lesson by lesson, which checks have passed, which were tried and which are still to do, by name.

    A part counts as its latest check in a notebook ended; a check of an untouched answer does not count. Answers in
    words are written or not: they are read from the notebooks as saved.
    """
    lessons = dict(_lessons())
    if not lessons:
        print(f"There are no lessons in {course_folder()}: keep the files of the course together.")
        return
    checks = {name: [one for one in parts if one[0] not in _written_answers(name)] for name, parts in lessons.items()}
    passed_counts = [sum(state == "passed" for _, state in parts) for parts in checks.values()]
    total = sum(map(len, checks.values()))
    labels = [
        f"{lesson}: {count} of {len(checks[lesson])} passed{_words_written(lesson)}"
        for lesson, count in zip(lessons, passed_counts, strict=True)
    ]
    title = f"{sum(passed_counts)} of {total} parts passed: look for the next open circle"
    left = {lesson: _open(parts) for lesson, parts in lessons.items()}
    text = [f"{title}. {'; '.join(labels)}.", *(_left(lesson, parts) for lesson, parts in left.items() if parts)]
    picture = image_html(_picture(lessons, labels, title), text[0])
    front.show(picture + "".join(_row(*one) for one in left.items()), "\n".join(text))


def left_of(part_id: str) -> str:
    """What is left of a lesson, in one line, where `part_id` is its last check; empty elsewhere."""
    lesson = next((file.parent.name for file in lesson_files() if next(reversed(load(file)), "") == part_id), "")
    if not lesson:
        return ""
    parts = _open(dict(_lessons())[lesson])
    return _left(lesson, parts) if parts else f"Nothing is left of {lesson}: well done."


def _open(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, state) for name, state in parts if state in ("tried", "not yet")]


def _left(lesson: str, parts: list[tuple[str, str]]) -> str:
    names = (f"{name} (tried)" if state == "tried" else name for name, state in parts)
    return f"Left of {lesson}: {', '.join(names)}."


def _row(lesson: str, parts: list[tuple[str, str]]) -> str:
    """A line of HTML: what is left of a lesson, with a link to its notebook."""
    if not parts:
        return ""
    file = f"{lesson}/{lesson}.ipynb"
    link = f'<a href="{escape(_way_to(file))}">{escape(lesson)}</a>'
    cells = " ".join(
        f'<code title="{escape(name)}: {state}">{"✗ " * (state == "tried")}{escape(name)}</code>'
        for name, state in parts
    )
    following = f"next is <code>{escape(parts[0][0])}</code>, {len(parts)} left"
    return f"<details><summary>{link}: {following}</summary>{cells}</details>"


def _way_to(file: str) -> str:
    """The address of a file of the course, seen from the notebook that runs."""
    here = Path.cwd()
    return file if here == course_folder() else f"../{file}"


def _written_answers(lesson: str) -> dict[str, str]:
    """The state of each answer in words of a lesson, by its id, as its notebook was last saved."""
    try:
        cells = json.loads((course_folder() / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
        states = {}
        for cell in cells:
            marking = cell["metadata"].get("nbgrader", {})
            if cell["cell_type"] == "markdown" and marking.get("grade") and marking.get("solution"):
                text = "".join(cell["source"]).strip()
                states[marking["grade_id"]] = "not yet" if text in ("", UNWRITTEN) else "written"
        return states
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # not there, or not a notebook any more
        return {}


def _words_written(lesson: str) -> str:
    states = list(_written_answers(lesson).values())
    return f", {states.count('written')} of {len(states)} written" if states else ""


def _lessons() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each lesson its parts, in the order of the notebook, and the state of each."""
    record = progress_record.read()
    states = {True: "passed", False: "tried", None: "not yet"}
    for file in lesson_files():
        parts = [(part, states[record.get(part)]) for part in load(file)]
        yield file.parent.name, [*parts, *_written_answers(file.parent.name).items()]


def _picture(lessons: dict[str, list[tuple[str, str]]], labels: list[str], title: str) -> bytes:
    """A picture with a mark for each part. A long lesson takes a second line, so that it can be read at a width of 700
    pixels.
    """
    longest = min(LINE, max(map(len, lessons.values())))
    first, rows = [], 0  # the line in which each lesson begins
    for parts in lessons.values():
        first.append(rows)
        rows += max(1, -(-len(parts) // LINE))
    with style.context("default"):
        figure = Figure(figsize=(3.4 + 0.21 * max(longest, 12), 1.2 + 0.32 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for state, mark in MARKS.items():
            places = [
                (number % LINE + 1, row + number // LINE)
                for row, parts in zip(first, lessons.values(), strict=True)
                for number, (_, part_state) in enumerate(parts)
                if part_state == state
            ]
            axes.scatter(*zip(*places, strict=True) if places else ([], []), label=state, **mark)
        axes.set_title(title, fontsize=10.5)
        axes.set_yticks(first, labels, fontsize=9)
        axes.set_xticks([1, *range(5, longest + 1, 5)])
        axes.tick_params(axis="x", labelsize=9)
        goes_on = f"; after {LINE}, in the next line" if rows > len(lessons) else ""
        axes.set_xlabel(f"part of the lesson, in order{goes_on}", fontsize=9)
        axes.set_xlim(0.3, longest + 0.7)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=4, fontsize=9, frameon=False)
        return planes.png(figure)
