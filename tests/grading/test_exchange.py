"""A lesson goes through nbgrader's exchange and back, by nbgrader's own commands and the page's own settings."""

import os
import re
import shutil

import pytest
from nbgrader.utils import notebook_hash

from grading.cli import main
from grading.lesson.places import PROJECT

LESSON = "04-pooling"
COURSE = "convolutional-networks"


class Account:
    """Somebody on the shared machine: a home of their own, and the settings that all have."""

    def __init__(self, python, home, settings, folder=None):
        self.python, self.home, self.folder = python, home, folder or home
        home.mkdir(exist_ok=True)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")} | {
            "HOME": str(home),
            "JUPYTER_CONFIG_PATH": str(settings),
            "JUPYTER_DATA_DIR": str(home / "data"),
        }

    def nbgrader(self, *words):
        result = self.python.run("nbgrader", *words, folder=self.folder, environment=self.environment)
        assert result.returncode == 0, result.stderr
        return result.stdout + result.stderr


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """The settings of docs/exchange.md with an exchange of ours, and the instructor's copy of the project."""
    folder = tmp_path_factory.mktemp("machine")
    page = (PROJECT / "docs" / "exchange.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    settings = re.sub(r"^   ", "", settings, flags=re.MULTILINE)
    assert "/srv/nbgrader/exchange" in settings
    exchange = folder / "exchange"
    exchange.mkdir(mode=0o777)
    (folder / "settings").mkdir()
    (folder / "settings" / "nbgrader_config.py").write_text(
        settings.replace("/srv/nbgrader/exchange", str(exchange)), encoding="utf-8"
    )
    copy = folder / "project"
    (copy / "grading").mkdir(parents=True)
    shutil.copy(PROJECT / "grading" / "nbgrader_config.py", copy / "grading")
    shutil.copytree(PROJECT / "course" / LESSON, copy / "course" / LESSON)
    return folder


def test_a_lesson_goes_out_and_comes_back_with_its_feedback(machine, python):
    copy, settings = machine / "project", machine / "settings"
    instructor = Account(python, machine / "instructor", settings, copy / "grading")
    student = Account(python, machine / "ada", settings)
    as_ada = "--CourseDirectory.student_id=ada"

    instructor.nbgrader("release_assignment", LESSON)
    student.nbgrader("fetch_assignment", LESSON)
    work = student.home / LESSON
    assert {file.name for file in work.iterdir()} == {f"{LESSON}.ipynb", "checks.npz"}
    shutil.copy(PROJECT / "grading" / "examples" / "ada" / LESSON / f"{LESSON}.ipynb", work)
    student.nbgrader("submit", LESSON, as_ada)
    instructor.nbgrader("collect", LESSON)

    out = copy / "work"
    graded = ["grade", LESSON, "--submissions", str(out / "submitted"), "--out", str(out), "--workers", "1", "--quiet"]
    assert main(graded) == 0
    instructor.nbgrader("release_feedback", LESSON)
    student.nbgrader("fetch_feedback", LESSON, as_ada)
    (fetched,) = work.glob("feedback/*/*.html")
    page = out / "feedback" / "ada" / LESSON / f"{LESSON}.html"
    assert fetched.read_bytes() == page.read_bytes()

    # collected by us, the student's key leads to the same page
    inbound = machine / "exchange" / COURSE / "inbound"
    assert main(["collect", str(inbound), "--into", str(out / "collected")]) == 0
    shutil.rmtree(out / "submitted")
    (page.parent / "submission_secret.txt").unlink()
    graded[3] = str(out / "collected")
    assert main(graded) == 0
    (released,) = (machine / "exchange" / COURSE / "feedback").iterdir()
    secret = (page.parent / "submission_secret.txt").read_text()
    assert released.stem == notebook_hash(secret=secret, notebook_id=LESSON)
