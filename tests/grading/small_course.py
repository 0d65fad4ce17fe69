"""A small course for tests of the grader: one lesson, a class, and an `execute` that starts no process.

What an answer says decides what comes of it, so that a class of twenty is graded in a second.
"""

import csv
import json
import sqlite3
import time
from pathlib import Path

from grading.job import CellResult, Executed, Job

LESSON = "01-small"
HEAD = """---
jupytext:
  formats: md:myst
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A small lesson

```{code-cell} ipython3
from convschool import check
```
"""
ANSWER = """
```{{code-cell}} ipython3
:answer: {0}

def {0}(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION
```
"""
MARKED = """
```{{code-cell}} ipython3
:part: {0}
```
"""
WRITTEN = """
```{code-cell} ipython3
:written: why
```

The end.
"""
RUBRIC = """
[why]
criteria = [{ points = 3, text = "Says why." }]
answer = "Because."
"""
CHECKS = """
from grading.lesson.exercise import Exercise, PartOf

def exercise(id, parts):
    def part(name, points):
        points, bonus = points if isinstance(points, tuple) else (points, False)
        return PartOf(name, visible=[], hidden=lambda rng: [], points=points, bonus=bonus)

    return Exercise(id, id, ("x",), oracle=lambda x: x, parts=[part(*one) for one in parts.items()])

EXERCISES = [
"""
# nbgrader's settings by which lateness takes half of a score
HALF = """
from nbgrader.plugins import BasePlugin

class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2

c = get_config()
c.AssignLatePenalties.plugin_class = Half
"""


def write_lesson(solutions: Path, exercises: dict[str, dict[str, int | tuple[int, bool]]], remark: str = "") -> None:
    """Write the lesson: the points of each part by exercise and name, ``(points, True)`` for a bonus. `remark` changes
    its checks, not its cells."""
    folder = solutions / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    text = HEAD
    checks = CHECKS
    for exercise, parts in exercises.items():
        text += ANSWER.format(exercise)
        for part in parts:
            text += MARKED.format(f"{exercise}-{part}")
        checks += f"    exercise({exercise!r}, {parts!r}),\n"
    (folder / f"{LESSON}.md").write_text(text + WRITTEN, encoding="utf-8")
    (folder / "checks.py").write_text(f"{checks}]\n# {remark}\n", encoding="utf-8")
    (folder / "written.toml").write_text(RUBRIC, encoding="utf-8")


def hand_in(submissions: Path, student: str, answers: dict[str, str]) -> Path:
    """Write a notebook that holds these answers and nothing else."""
    cells = [
        {
            "cell_type": "markdown" if place == "why" else "code",
            "id": place,
            "metadata": {},
            "source": source,
            **({} if place == "why" else {"outputs": [], "execution_count": None}),
        }
        for place, source in answers.items()
    ]
    path = submissions / student / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def hand_in_class(submissions: Path, size: int) -> list[str]:
    """A class in which every kind of answer and ending occurs."""
    kinds = ["double: right, negate: right", "double: wrong", "double: right", "double: never ends", "why", ""]
    students = [f"s{number:04}" for number in range(size)]
    for number, student in enumerate(students):
        answer = kinds[number % len(kinds)]
        answers = dict(word.split(": ") for word in answer.split(", ")) if ":" in answer else {}
        if answer == "why":
            answers = {"why": f"I think {number}."}
        hand_in(submissions, student, {place: f"# {text} {number}" for place, text in answers.items()})
    (submissions / students[-1] / LESSON / f"{LESSON}.ipynb").write_text("{", encoding="utf-8")
    return students


class Fake:
    """Stands for `grading.execute.execute`, and counts. `easy` are parts that everybody passes."""

    def __init__(self, seconds: float = 0.0):
        self.seconds, self.graded, self.easy = seconds, [], set()

    def __call__(self, job: Job, sandbox: str = "auto") -> Executed:
        time.sleep(self.seconds)
        self.graded.append(job.student)
        answers = {cell["id"]: cell["source"] for cell in job.notebook["cells"]}
        marked = [cell["id"] for cell in job.notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
        cells = tuple(
            CellResult(name, passed, "" if passed or "wrong" not in source else "a-mistake")
            for name in marked
            if name != "why"
            for source in [answers[name.split("-")[0]]]
            for passed in ["right" in source or name in self.easy]
        )
        ended = "timed-out" if "never ends" in "".join(answers.values()) else "graded"
        notebook = {**job.notebook, "metadata": {"convgrade": {"sandbox": "fake"}}}
        if "cannot be shown" in "".join(answers.values()):
            next(cell for cell in notebook["cells"] if cell["id"] == "double")["outputs"] = [{"output_type": 3}]
        return Executed(job.student, job.lesson, ended, "too slow" * (ended != "graded"), notebook, cells, self.seconds)


class SmallCourse:
    """The lesson in a folder, in place of the project's, with its class and its fake."""

    def __init__(self, folder: Path, monkeypatch):
        import grading.grade
        import grading.lesson.places
        import grading.publish.exchange

        self.solutions, self.submissions, self.out = folder / "solutions", folder / "class", folder / "out"
        self.fake = Fake()
        (folder / "course" / LESSON).mkdir(parents=True)
        monkeypatch.setattr(grading.lesson.places, "SOLUTIONS", self.solutions)
        monkeypatch.setattr(grading.grade, "COURSE", folder / "course")
        monkeypatch.setattr(grading.grade, "execute", lambda *job, **more: self.fake(*job, **more))
        monkeypatch.setattr(grading.grade, "warm_up", lambda *lessons: None)
        monkeypatch.setattr(grading.execute, "warm_up", lambda *lessons: None)
        monkeypatch.setattr(grading.publish.exchange, "_ROUNDS", 1000)  # nobody guesses a seed here
        self.change({"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}})

    def change(self, exercises: dict, remark: str = "") -> None:
        """Another version of the lesson."""
        from grading.lesson.load import load_lesson

        write_lesson(self.solutions, exercises, remark)
        load_lesson.cache_clear()

    def grade(self, *more: str, out: Path | None = None) -> int:
        from grading.cli import main

        self.fake.graded.clear()
        words = ["grade", LESSON, "--submissions", str(self.submissions), "--out", str(out or self.out)]
        return main([*words, "--workers", "1", *more])


def gradebook(out: Path) -> dict[str, list]:
    """All that the gradebook says, without what nbgrader numbers at random."""
    queries = {
        "marks": """select submitted_assignment.student_id, assignment.name, base_cell.name, auto_score, manual_score,
            extra_credit, needs_manual_grade from grade join base_cell on base_cell.id = grade.cell_id
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
            join assignment on assignment.id = submitted_assignment.assignment_id""",
        "comments": """select submitted_assignment.student_id, base_cell.name, auto_comment, manual_comment
            from comment join base_cell on base_cell.id = comment.cell_id
            join submitted_notebook on submitted_notebook.id = comment.notebook_id
            join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id""",
        "submitted": """select student_id, timestamp, late_submission_penalty, flagged from submitted_assignment
            left join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id""",
        "cells": "select name, type from base_cell",
        "points": "select name, max_score from grade_cells join base_cell using (id)",
        "sources": "select name, source, locked, checksum from source_cell",
        "students": "select id from student",
        "version": "select version_num from alembic_version",
        **{
            f"our {name}": f"select * from convgrade_{name}"
            for name in ("submission", "mistake", "basis", "lesson", "change")
        },
    }
    with sqlite3.connect(out / "gradebook.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        return {name: sorted(database.execute(query).fetchall(), key=repr) for name, query in queries.items()}


def files(out: Path) -> dict[str, bytes]:
    """Every file of a graded class but the gradebook and the logs, with its bytes."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "gradebook.db" and path.relative_to(out).parts[0] != "logs"
    }


def rows(out: Path) -> list[dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
