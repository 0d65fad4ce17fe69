"""Make the sample class in ``grading/examples/`` from the lessons and their banks.

Run it with ``python -m grading.author.sample_class``.
Each student's notebook is the learners' release with answers put in: the master's, a bank's, or none.
"""

import copy
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.lesson.exercise import Correct, Exercise, answer_source, extra_source
from grading.lesson.load import COURSE, PROJECT, load_lesson
from grading.lesson.notebook import source_notebook

EXAMPLES = PROJECT / "grading" / "examples"
NEVER_ENDS = "while True:\n    pass\n"
DIES = "import os\n\nos.kill(os.getpid(), 9)\n"
WRITTEN = "Each output sums entries of x times entries of w, so x gets back what each entry was multiplied by."


@dataclass(frozen=True)
class Student:
    """How one student answers.

    Parameters
    ----------
    name, about : str
    share : float
        Which part of the exercises is answered at all, from the first on.
    banks : dict of str to str
        By exercise: the id of the known mistake or the correct solution to put in; the master's answer elsewhere.
    instead : str
        Code that stands in the first answer cell instead of an answer.
    broken : bool
        Whether the file is cut off in the middle, so that it is no JSON.
    lessons : tuple of str
        Which lessons are handed in.
    """

    name: str
    about: str
    share: float = 1.0
    banks: dict[str, str] = field(default_factory=dict)
    instead: str = ""
    broken: bool = False
    lessons: tuple[str, ...] = ("02-conv-derivatives", "04-pooling")


CLASS = [
    Student("ada", "everything right"),
    Student(
        "bao",
        "everything right, by other ways, with helpers in extra cells",
        banks={
            "conv2d-backward": "fourier-transforms",
            "conv2d-backward-pair": "sliding-windows",
            "conv-transpose2d": "dilated-and-correlated-with-the-flipped-kernel",
            "max-pool2d-forward": "separable-in-float32",
            "max-pool2d-backward": "masks-tap-by-tap",
            "avg-pool2d-forward": "integral-image",
        },
    ),
    Student("carla", "half done", share=0.5),
    Student(
        "deniz",
        "leaves the kernel as it is, and assigns where windows overlap",
        banks={
            "conv2d-backward": "kernel-not-flipped",
            "conv2d-backward-pair": "kernel-not-flipped",
            "max-pool2d-backward": "assigned-not-added",
            "avg-pool2d-backward": "assigned-not-added",
        },
    ),
    Student(
        "emil",
        "leaves the kernel as it is, gives ties to all, and assigns where windows overlap",
        banks={
            "conv2d-backward": "kernel-not-flipped",
            "max-pool2d-backward": "ties-all-get-it",
            "avg-pool2d-backward": "assigned-not-added",
        },
    ),
    Student(
        "farah",
        "averages the bias gradient, and repeats the error by the stride",
        banks={
            "conv2d-backward": "bias-gradient-averaged",
            "conv2d-backward-pair": "kernel-not-flipped",
            "max-pool2d-backward": "repeated-by-the-stride",
            "avg-pool2d-backward": "repeated-by-the-stride",
        },
    ),
    Student(
        "goro",
        "crops the padding with [p:-p], and takes the output size from the stride",
        banks={
            "conv2d-backward": "cropped-to-nothing",
            "conv-transpose2d": "cropped-to-nothing",
            "max-pool2d-forward": "size-from-stride",
            "avg-pool2d-forward": "size-from-stride",
        },
    ),
    Student(
        "hana",
        "leaves the kernel as it is, mixes height and width, and gives ties to all",
        banks={
            "conv2d-backward": "kernel-not-flipped",
            "numerical-gradient": "one-sided-difference",
            "max-pool2d-forward": "kernel-pair-swapped",
            "max-pool2d-backward": "ties-all-get-it",
        },
        share=0.8,
    ),
    Student("ivan", "handed in as it came", share=0.0),
    Student("juno", "a loop that never ends", instead=NEVER_ENDS, lessons=("04-pooling",)),
    Student("kofi", "kills its own process", instead=DIES, lessons=("02-conv-derivatives",)),
    Student("lea", "a file that was cut off", broken=True, lessons=("02-conv-derivatives",)),
]


def main() -> None:
    """Write the class anew; what was there before goes."""
    if EXAMPLES.exists():
        shutil.rmtree(EXAMPLES)
    for file, text in sample_files().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def sample_files() -> dict[Path, str]:
    """The text of every file below ``grading/examples/``."""
    files = {}
    for student in CLASS:
        for lesson in student.lessons:
            text = nbformat.writes(notebook_of(student, lesson)) + "\n"
            if student.broken:
                text = text[: len(text) // 2]
            files[EXAMPLES / student.name / lesson / f"{lesson}.ipynb"] = text
    lines = [f"- `{student.name}`: {student.about}" for student in CLASS]
    files[EXAMPLES / "README.md"] = (
        "# A sample class\n\n`make grade` grades it. "
        "`python -m grading.author.sample_class` makes it from the banks:\n\n"
        + "\n".join(lines)
        + "\n"
    )
    return files


def notebook_of(student: Student, name: str) -> NotebookNode:
    """The notebook of lesson `name` as this student hands it in.

    Raises
    ------
    ValueError
        When a bank has no entry of the id that the student is given.
    """
    lesson = load_lesson(name)
    master = {cell.id: cell for cell in source_notebook(lesson).cells}
    release = nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4)
    answered = lesson.exercises[: round(student.share * len(lesson.exercises))]
    by_id = {exercise.id: exercise for exercise in answered}
    notebook = copy.deepcopy(release)
    notebook.cells = []
    for cell in copy.deepcopy(release.cells):
        about = cell.metadata.get("nbgrader", {})
        if cell.id in by_id:
            notebook.cells += _answer(cell, by_id[cell.id], student.banks.get(cell.id), master[cell.id].source)
            continue
        if about.get("solution") and cell.cell_type == "markdown" and student.share == 1:
            cell.source = WRITTEN
        notebook.cells.append(cell)
    if student.instead:
        first = next(cell for cell in notebook.cells if cell.id == lesson.exercises[0].id)
        first.source = student.instead
    return nbformat.reads(nbformat.writes(notebook), as_version=4)


def _answer(cell: NotebookNode, exercise: Exercise, entry_id: str | None, solution: str) -> list[NotebookNode]:
    """The answer cell filled in, behind the extra cell that its bank entry needs."""
    if entry_id is None:
        markers = ("### BEGIN SOLUTION", "### END SOLUTION")
        lines = [line for line in solution.splitlines() if line.strip() not in markers]
        cell.source = "\n".join(lines)
        return [cell]
    found = [entry for entry in (*exercise.mistakes, *exercise.correct) if entry.id == entry_id]
    if not found:
        raise ValueError(f"CLASS: the bank of {exercise.id} has no entry {entry_id!r}")
    entry = found[0]
    cell.source = answer_source(entry.function, exercise.function)
    extra = extra_source(entry) if isinstance(entry, Correct) else ""
    return [nbformat.v4.new_code_cell(extra, id=f"extra-{exercise.id}"), cell] if extra else [cell]


if __name__ == "__main__":
    main()
