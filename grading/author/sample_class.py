"""Make the sample class in ``grading/examples/`` from the lessons and their banks.

Run it with ``python -m grading.author.sample_class``.
Each student's notebook is the release with answers put in: the master's, a bank's, or none. A new lesson is in
the class as soon as it is there.
"""

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.lesson.exercise import Correct, Exercise
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook
from grading.lesson.places import COURSE, PROJECT, lesson_names

EXAMPLES = PROJECT / "grading" / "examples"
NEVER_ENDS = "while True:\n    pass\n"
DIES = "import os\n\nos.kill(os.getpid(), 9)\n"
WRITTEN = "Each output sums entries of x times entries of w, so x gets back what each entry was multiplied by."
EARLY, LATE = "01 02 03 04", "05 06 07 08"


@dataclass(frozen=True)
class Student:
    """How one student answers.

    Parameters
    ----------
    name, about : str
    lessons : str
        The numbers of the lessons that are handed in; empty for all.
    share : float
        Which part of the exercises is answered at all, from the first on.
    wrong : int
        Every how many exercises have a known mistake for an answer; 0 for none.
    kind : int
        Which of an exercise's mistakes, or of its correct answers: the first, the second ...
    other_ways : bool
        Whether answers are the banks' correct ones and not the master's.
    instead : str
        Code that stands in the first answer cell instead of an answer.
    broken : bool
        Whether the file is cut off in the middle, so that it is no JSON.
    """

    name: str
    about: str
    lessons: str = ""
    share: float = 1.0
    wrong: int = 0
    kind: int = 0
    other_ways: bool = False
    instead: str = ""
    broken: bool = False


CLASS = [
    Student("ada", "everything right"),
    Student("bao", "everything right, by other ways", other_ways=True),
    Student("carla", "half done", share=0.5),
    Student("deniz", "in every second exercise the mistake that the bank names first", EARLY, wrong=2),
    Student("emil", "in every third exercise the mistake that the bank names first", LATE, wrong=3),
    Student("farah", "in every second exercise the second mistake", EARLY, wrong=2, kind=1),
    Student("goro", "in every third exercise the third mistake, and other ways elsewhere", LATE, 1.0, 3, 2, True),
    Student("hana", "a mistake in every exercise", "02 04 06", wrong=1),
    Student("ivan", "handed in as it came", "01 04 07", share=0.0),
    Student("juno", "a loop that never ends", "04", instead=NEVER_ENDS),
    Student("kofi", "kills its own process", "02", instead=DIES),
    Student("lea", "a file that was cut off", "02", broken=True),
]


def main() -> None:
    """Write the class anew; the files of an older one are removed."""
    files = sample_files()
    if EXAMPLES.exists():
        shutil.rmtree(EXAMPLES)
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def sample_files() -> dict[Path, str]:
    """The text of every file below ``grading/examples/``."""
    files = {}
    for student in CLASS:
        for lesson in lesson_names():
            if student.lessons and lesson[:2] not in student.lessons.split():
                continue
            text = nbformat.writes(notebook_of(student, lesson)) + "\n"
            if student.broken:
                text = text[: len(text) // 2]
            files[EXAMPLES / student.name / lesson / f"{lesson}.ipynb"] = text
    lines = [f"- `{student.name}`: {student.about}" for student in CLASS]
    files[EXAMPLES / "README.md"] = (
        "# A sample class\n\n`make grade` grades it. "
        "`python -m grading.author.sample_class` makes it from the banks:\n\n" + "\n".join(lines) + "\n"
    )
    return files


def notebook_of(student: Student, name: str) -> NotebookNode:
    """The notebook of lesson `name` as this student hands it in."""
    lesson = load_lesson(name)
    master = {cell.id: cell for cell in source_notebook(lesson).cells}
    release = nbformat.read(COURSE / name / f"{name}.ipynb", as_version=4)
    answered = lesson.with_banks[: round(student.share * len(lesson.exercises))]
    by_id = {exercise.id: (exercise, number) for number, exercise in enumerate(answered)}
    notebook = copy.deepcopy(release)
    notebook.cells = []
    for cell in copy.deepcopy(release.cells):
        about = cell.metadata.get("nbgrader", {})
        if cell.id in by_id:
            notebook.cells.append(_answer(cell, *by_id[cell.id], student, master[cell.id].source))
            continue
        if about.get("solution") and cell.cell_type == "markdown" and student.share == 1:
            cell.source = WRITTEN
        notebook.cells.append(cell)
    if student.instead:
        first = next(cell for cell in notebook.cells if cell.id == lesson.exercises[0].id)
        first.source = student.instead
    return nbformat.reads(nbformat.writes(notebook), as_version=4)


def _answer(cell: NotebookNode, exercise: Exercise, number: int, student: Student, solution: str) -> NotebookNode:
    """The answer cell filled in; `number` is the exercise's place in the lesson."""
    entries = exercise.correct if student.other_ways else []
    if student.wrong and number % student.wrong == 0:
        entries = [Correct(one.exercise, one.id, one.variants[0].source) for one in exercise.mistakes]
    if entries:
        cell.source = entries[student.kind % len(entries)].source.rstrip()
        return cell
    markers = ("### BEGIN SOLUTION", "### END SOLUTION")
    cell.source = "\n".join(line for line in solution.splitlines() if line.strip() not in markers)
    return cell


if __name__ == "__main__":
    main()
