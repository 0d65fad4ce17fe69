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
    longest = max(map(len, lessons.values()))
    with style.context("default"):
        figure = Figure(figsize=(3.6 + 0.32 * max(longest, 8), 1.3 + 0.42 * len(lessons)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for state, mark in MARKS.items():
            places = [
                (column + 1, row)
                for row, parts in enumerate(lessons.values())
                for column, (_, its) in enumerate(parts)
                if its == state
            ]
            axes.scatter(*zip(*places, strict=True) if places else ([], []), label=state, **mark)
        axes.set_title(title, fontsize=10.5)
        axes.set_yticks(range(len(lessons)), said, fontsize=9)
        axes.set_xticks(range(1, longest + 1))
        axes.tick_params(axis="x", labelsize=7)
        axes.set_xlabel("part of the lesson, in order", fontsize=8)
        axes.set_ylabel("lesson", fontsize=8)
        axes.set_xlim(0.3, longest + 0.7)
        axes.set_ylim(len(lessons) - 0.4, -0.6)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
        return planes.png(figure)
