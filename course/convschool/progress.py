"""A picture of which parts of the lessons have passed."""

from collections.abc import Iterator

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from convschool import planes, progress_record
from convschool.cases import load
from convschool.course_folder import course_folder, lesson_files
from convschool.front import draws
from convschool.show.picture import show_picture

LINE = 27  # parts in one line
# Shape and filling tell the states apart, not only colour.
MARKS = {
    "passed": {"marker": "s", "facecolors": "#0072B2", "edgecolors": "black", "s": 110},
    "tried": {"marker": "X", "facecolors": "#E69F00", "edgecolors": "black", "s": 90},
    "not yet": {"marker": "o", "facecolors": "white", "edgecolors": "#888888", "s": 60},
}


@draws
def progress() -> None:
    """Show, lesson by lesson, which checks have passed, which were tried and which are still to do.

    A part counts as its latest check in a notebook ended.
    """
    lessons = dict(_lessons())
    if not lessons:
        print(f"There are no lessons in {course_folder()}: keep the files of the course together.")
        return
    done = [sum(state == "passed" for _, state in parts) for parts in lessons.values()]
    total = sum(map(len, lessons.values()))
    said = [
        f"{lesson}: {count} of {len(parts)} passed"
        for (lesson, parts), count in zip(lessons.items(), done, strict=True)
    ]
    title = f"{sum(done)} of {total} parts passed: look for the next open circle"
    show_picture(_picture(lessons, said, title), f"{title}. {'; '.join(said)}.")


def _lessons() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """For each lesson its parts, in the order of the notebook, and the state of each."""
    record = progress_record.read()
    states = {True: "passed", False: "tried", None: "not yet"}
    for file in lesson_files():
        yield file.parent.name, [(part, states[record.get(part)]) for part in load(file)]


def _picture(lessons: dict[str, list[tuple[str, str]]], said: list[str], title: str) -> bytes:
    """A mark for each part. Long lessons go on in a second line: the picture is read at 700 pixels, too."""
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
                for number, (_, its) in enumerate(parts)
                if its == state
            ]
            axes.scatter(*zip(*places, strict=True) if places else ([], []), label=state, **mark)
        axes.set_title(title, fontsize=10.5)
        axes.set_yticks(first, said, fontsize=9)
        axes.set_xticks([1, *range(5, longest + 1, 5)])
        axes.tick_params(axis="x", labelsize=9)
        goes_on = f"; after {LINE}, in the next line" if rows > len(lessons) else ""
        axes.set_xlabel(f"part of the lesson, in order{goes_on}", fontsize=9)
        axes.set_xlim(0.3, longest + 0.7)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, fontsize=9, frameon=False)
        return planes.png(figure)
