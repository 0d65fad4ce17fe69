"""The lines of docs/year.md, one after the other, for a class of twelve: late ones, one who hands in again, extensions,
a mended check, a void part, a dispute, two markers, exports, and the next year."""

import csv
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import HALF, LESSON, hand_in

from grading.cli import _parser, main
from grading.lesson.places import PROJECT

YEAR = PROJECT / "docs" / "year.md"
# what stands there of a real lesson, and of the small one here
NAMES = {"04-pooling": LESSON, "max-pool2d-backward-route": "double-plain", "avg-pool2d-forward-plain": "negate-plain"}
# tested elsewhere, with real lessons; the last needs a package that not every grader has
AUTHORS = ("build", "verify", "release", "similar")
EXERCISES = {"double": {"plain": 2, "zero": 1}, "negate": {"plain": 4}}
CLASS = "ada bao carla deniz emil farah goro hana ivan juno kofi lea".split()
DOUBLE, ALL = {"double": "# right"}, {"double": "# right", "negate": "# right"}
IN_TIME = {
    "ada": ALL | {"why": "Because."},
    "bao": ALL | {"why": "I think."},
    "carla": DOUBLE,
    "emil": {"double": "# wrong"},
    "farah": {"double": "# never ends"},
    "goro": {},
    "juno": {"negate": "# right"},
    "kofi": None,  # a page of HTML
}
LATE = {"deniz": DOUBLE, "goro": ALL, "hana": DOUBLE, "ivan": DOUBLE, "juno": ALL}


def commands():
    """The lines that year.md shows, with the names of the small lesson."""
    text = YEAR.read_text(encoding="utf-8")
    for real, small in NAMES.items():
        assert real in text
        text = text.replace(real, small)
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def roster(path, people):
    lines = [f"{one.title()},Ng,{number},{one}@x.org,{one}" for number, one in enumerate(people)]
    path.write_text("\n".join(["First name,Last name,ID number,Email address,Username", *lines]) + "\n")


def export(path, handed_in):
    """A zip with these answers by student."""
    with zipfile.ZipFile(path, "w") as archive:
        for student, answers in handed_in.items():
            made = hand_in(path.parent / "made", student, answers or {})
            name, data = ("page.html", b"<p>") if answers is None else (f"{LESSON}.ipynb", made.read_bytes())
            archive.writestr(f"{student}/{LESSON}/{name}", data)


def mark(out, student, score, comment):
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}", course_id="") as book:
        grade = book.find_grade("why", LESSON, LESSON, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment("why", LESSON, LESSON, student).manual_comment = comment
        book.db.commit()


@pytest.fixture
def term(course, tmp_path, monkeypatch):
    """The folder in which the year happens, with all that arrives in it."""
    monkeypatch.chdir(tmp_path)
    for module in ("common", "collect"):
        monkeypatch.setattr(f"grading.cli.{module}.OUT", Path("work"))
    monkeypatch.setattr("grading.explain.execute", lambda *job, **more: course.fake(*job, **more))
    # the small lesson's parts have no hidden cases
    monkeypatch.setattr("grading.explain.marked_source", lambda exercise, part: "hidden_check()")
    (tmp_path / "nbgrader_config.py").write_text(HALF)
    monkeypatch.setattr("grading.gradebook.lateness.CONFIG", tmp_path / "nbgrader_config.py")
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    roster(downloads / "participants.csv", CLASS)
    roster(downloads / "next-participants.csv", ["moa", "nils"])
    (downloads / "extensions.csv").write_text(f"student,lesson,until\ngoro,{LESSON},2025-10-13T17:00Z\n")
    export(downloads / f"{LESSON}.zip", IN_TIME)
    export(downloads / f"{LESSON}-late.zip", LATE)
    export(downloads / f"next-{LESSON}.zip", {"moa": ALL})
    return course


def scores(name, key):
    with open(Path("work", f"{name}.csv"), encoding="utf-8", newline="") as file:
        return {row[key].split("@")[0]: row[LESSON] for row in csv.DictReader(file)}


def happens(course, line, capsys):
    """What comes about before a command is run."""
    if line.startswith("convgrade merge"):
        mark(Path("work"), "ada", 3, "Well said.")
        mark(Path("other-work"), "bao", 2, "Nearly.")
    elif line.endswith("--regrade"):
        course.fake.easy = {"double-zero"}
        course.change(EXERCISES, "mended")
    elif line == "mv work archive-2025":
        # of 6, as one part is void; deniz was late, juno's first notebook counts, goro, hana and ivan had more time
        expected = {"ada": 6, "bao": 5, "carla": 3, "deniz": 1.5, "emil": 1, "farah": 1}
        expected |= {"goro": 3, "hana": 3, "ivan": 3, "juno": 1, "kofi": 0}
        moodle = scores("moodle", "Email address")
        assert {who: float(score) for who, score in moodle.items() if who != "lea"} == expected
        assert moodle["lea"] == "-"
        with open("work/grades.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["student"] for row in rows} == set(CLASS)
        assert {row["status"] for row in rows} == {"graded", "timed-out", "invalid", "missing"}
        sums = {who: sum(float(row["score"]) for row in rows if row["student"] == who) for who in expected}
        assert sums == pytest.approx(expected)
        late = {row["student"] for row in rows if row["seconds_late"] != "0"}
        assert late == {"deniz"}
        pages = {who: Path("work", "feedback", who, LESSON, f"{LESSON}.html").read_text() for who in expected}
        assert "Well said." in pages["ada"] and "Nearly." in pages["bao"] and "of 6" in pages["emil"]
        assert "The text asked for something else." in pages["carla"]
        assert "a later one came" in pages["juno"] and "could be taken" in pages["kofi"]


def test_a_year(term, capsys):
    lines, ran = commands(), []
    for line in lines:
        happens(term, line, capsys)
        program, *words = shlex.split(line)
        capsys.readouterr()
        if program != "convgrade":
            assert program in ("cp", "mv")
            subprocess.run([program, *words], check=True)
            continue
        _parser().parse_args(words)
        if words[0] in AUTHORS:
            continue
        more = ["--workers", "1"] if words[0] in ("grade", "feedback") else []
        assert main([*words, *more]) == 0, line
        output = " ".join(capsys.readouterr().out.split())
        if words[0] == "explain":
            assert "Emil Ng (emil)" in output and "0 of 2 is recorded" in output and "comes out again" in output
        ran.append((words[0], output))
    output = [text for command, text in ran if command == "grade"]
    assert any("marks changed" in text for text in output)
    assert [text for command, text in ran if command == "merge"] == ["new in work: 0 submissions"]
    with open("work/grades.csv", encoding="utf-8", newline="") as file:
        assert {row["student"] for row in csv.DictReader(file)} == {"moa", "nils"}
    assert Path("archive-2025", "seed").read_text() != Path("work", "seed").read_text()


def test_every_command_of_an_instructor_has_its_place_in_the_year():
    used = {shlex.split(line)[1] for line in commands() if line.startswith("convgrade")}
    parser = _parser()
    known = set(parser._subparsers._group_actions[0].choices)
    authors_alone = {"new", "watch", "try", "mutants"}
    assert used == known - authors_alone
    assert shutil.which("cp")
