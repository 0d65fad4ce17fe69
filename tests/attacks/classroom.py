"""A course of the tests' own, with our grader in it: a lesson to attack, a class, and what grading it leaves."""

import csv
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from corpus import FOUND, HERE, LESSON, Entry

import convschool
from grading.output import Output

PROJECT = HERE.parents[1]
SEED = 1879048193
CANARY = "CANARY-OF-" + "THE-SOLUTION"
# a cell's limit: many attacks last as long, and on a busy machine an honest cell takes a second
SECONDS, MEMORY_MB = 3, 512
SQUARED = "def double(x):\n    return x * x\n"
NEIGHBOURS = [
    Entry("a-neighbour", "", "answers everything"),
    Entry("m-neighbour", "", "makes a known mistake", loses=("double",), answers={"double": SQUARED}),
    Entry("zz-neighbour", "", "hands in what came", loses=("mean", "double", "slope", "scaler", "product")),
]
FIGURES = re.compile(r"-?[0-9][0-9.e+-]{2,}")  # every `repr` of a number lies within one of these
NUMBER = re.compile(r"(?<![\w+/.-])\d{5,7}(?![\w+/])")
DRAW = f"""
import json, numpy as np
from grading.lesson.hidden import hidden_part
from grading.lesson.seed import SETS, seed_of_set
from grading.lesson.load import load_lesson
lesson = load_lesson("{LESSON}")
seeds = [seed_of_set({SEED}, number) for number in range(SETS)]
drawn = [hidden_part(lesson, *part, seed) for seed in seeds for part in lesson.parts.values()]
arrays = [x for part in drawn for case in part.cases for x in case.args if isinstance(x, np.ndarray)]
print(json.dumps([repr(float(x)) for array in arrays for x in array.ravel()]))
"""


class Classroom:
    """A copy of the project whose only lesson is the one to attack."""

    def __init__(self, folder: Path):
        self.folder = folder
        skip = shutil.ignore_patterns("__pycache__", "examples")
        for package in ("grading", "reference"):
            shutil.copytree(PROJECT / package, folder / package, ignore=skip)
        shutil.copytree(Path(convschool.__file__).parent, folder / "course" / "convschool", ignore=skip)
        shutil.copytree(HERE / "lesson", folder / "solutions" / LESSON, ignore=skip)
        self.run("-m", "grading.cli", "build", LESSON)
        self.hidden_numbers = json.loads(self.run("-c", DRAW).stdout)

    def run(self, *words: str, timeout: float = 3600) -> subprocess.CompletedProcess:
        """Run Python in this project."""
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": f"{self.folder}:{self.folder / 'course'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(scratch),
        }
        words = [sys.executable, *words]
        result = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
        if result.returncode:
            raise RuntimeError(f"{words} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        return result

    @cached_property
    def release(self) -> dict:
        return json.loads((self.folder / "course" / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8"))

    @cached_property
    def solved(self) -> dict:
        """The release with the right answers in it."""
        master = nbformat.read(self.folder / "solutions" / LESSON / f"{LESSON}.ipynb", as_version=4)
        solutions = [cell for cell in master.cells if cell.metadata.get("nbgrader", {}).get("solution")]
        answers = {cell.id: cell.source for cell in solutions}
        solved = json.loads(json.dumps(self.release))
        for cell in solved["cells"]:
            if cell["id"] in answers:
                lines = answers[cell["id"]].splitlines()
                rest = [line.replace(CANARY, "mine") for line in lines if "### " not in line]
                cell["source"] = "\n".join(rest)
        return solved

    def grade(self, entries: list[Entry], name: str, neighbours: bool = True) -> "Graded":
        """Grade a class of the neighbours and `entries` with the command that an instructor uses."""
        submissions, out = self.folder / f"{name}-submissions", self.folder / f"{name}-out"
        for entry in [*(NEIGHBOURS if neighbours else []), *entries]:
            entry.hand_in(self.release if entry.name.startswith("zz-neighbour") else self.solved, submissions)
        out.mkdir()
        (out / "seed").write_text(f"{SEED}\n")
        before = fingerprints(self.folder, outside=out)
        result = self.run(
            *("-m", "grading.cli", "grade", LESSON, "--submissions", str(submissions), "--out", str(out)),
            *("--workers", "2", "--timeout", str(SECONDS), "--memory", str(MEMORY_MB)),
        )
        changed = before.items() ^ fingerprints(self.folder, outside=out).items()
        return Graded(self, out, result.stdout + result.stderr, sorted({path for path, _ in changed}))


@dataclass
class Graded:
    """A graded class. `changed` are the files outside its own folder that grading changed, made or removed."""

    classroom: Classroom
    out: Path
    printed: str
    changed: list[str]

    @cached_property
    def rows(self) -> dict[str, list[dict[str, str]]]:
        """The rows of ``grades.csv`` by student; names without the apostrophes that keep a spreadsheet calm."""
        rows: dict[str, list[dict[str, str]]] = {}
        with open(self.out / "grades.csv", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows.setdefault(row["student"].replace("'", ""), []).append(row)
        return rows

    def rows_of(self, student: str) -> list[dict[str, str]]:
        return self.rows[student.replace("'", "")]

    def status(self, student: str) -> str:
        (status,) = {row["status"] for row in self.rows_of(student)}
        return status

    def reason(self, student: str) -> str:
        with sqlite3.connect(self.out / "gradebook.db") as database:
            row = database.execute("select reason from convgrade_submission where student = ?", [student])
            return row.fetchone()[0]

    def lost(self, student: str) -> dict[str, bool]:
        """By marked cell: True without marks, False with full marks. A written answer is not among them."""
        rows = [row for row in self.rows_of(student) if row["exercise"] != "why"]
        assert all(row["score"] in ("0.0", row["max_score"]) for row in rows)
        return {row["exercise"]: row["score"] == "0.0" for row in rows}

    def page(self, student: str) -> str:
        return Output(self.out).page(student, LESSON).read_text(encoding="utf-8")

    def executed(self, student: str) -> str:
        file = Output(self.out).notebook(student, LESSON)
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def database(self, student: str) -> list:
        """Everything that the gradebook holds about a student, without what a row is numbered."""
        queries = [
            "select * from convgrade_submission where student = :student order by lesson",
            "select * from convgrade_mistake where student = :student order by lesson, exercise",
            """select base_cell.name, auto_score, manual_score, extra_credit, needs_manual_grade from grade
               join base_cell on base_cell.id = grade.cell_id
               join submitted_notebook on submitted_notebook.id = grade.notebook_id
               join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
               where submitted_assignment.student_id = :student order by base_cell.name""",
        ]
        with sqlite3.connect(self.out / "gradebook.db") as database:
            return [database.execute(query, {"student": student}).fetchall() for query in queries]

    def secrets(self, student: str) -> list[str]:
        """What a student must not read and finds on the page or in the notebook as it ran."""
        texts = self.page(student), self.executed(student)
        found = [secret for secret in (CANARY, FOUND, str(SEED)) if any(secret in text for text in texts)]
        # a secret number may stand inside another: what is searched is short, the figures alone
        figures = " ".join(figures for text in texts for figures in FIGURES.findall(text))
        found += [number for number in self.classroom.hidden_numbers if number in figures]
        # a hidden number has six digits, and may have been counted out: 1.234567 as "1234567 results"
        counted = {f"{float(number) * 1e6:.0f}" for number in self.classroom.hidden_numbers}
        return found + sorted(counted & {word for text in texts for word in NUMBER.findall(text)})


def fingerprints(folder: Path, outside: Path) -> dict[str, str]:
    """A digest of every file below `folder`, but not below `outside`."""
    hashes = {}
    for path in folder.rglob("*"):
        if path.is_relative_to(outside) or path.is_dir():
            continue
        ordinary = path.is_file() and not path.is_symlink() and path.stat().st_size < 2**28
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if ordinary else "not a file"
        hashes[str(path.relative_to(folder))] = digest
    return hashes


class Live(HTMLParser):
    """What a page would run, or lay over itself."""

    ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster", "background")
    FETCHED = ("iframe", "object", "embed", "frame", "meta", "base", "link", "form")

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        if tag in ("script", *self.FETCHED):
            self.found.append(f"<{tag} {sorted((key, value or '') for key, value in attributes)}>")
        for key, value in attributes:
            plain = re.sub(r"[\x00-\x20]", "", value or "").lower()
            address = key in self.ADDRESSES
            if key.startswith("on") or (address and plain.startswith(("javascript:", "vbscript:", "data:text"))):
                self.found.append(f"{tag} {key}={value}")
            elif key == "style" and re.search(r"url\(|expression|position:(fixed|absolute)", plain):
                self.found.append(f"{tag} {key}={value}")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.found.append(data)
