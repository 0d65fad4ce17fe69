"""The archive of `convgrade release`, as a learner has it: unpacked elsewhere, where nothing of the project is."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from test_locked_versions import pins

from grading.author.release import NAME, release
from grading.cli import main
from grading.lesson.places import PROJECT, lesson_names

LESSON = "04-pooling"
RUN = """
import json, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3").execute(cwd=sys.argv[2])
found = [(cell.get("id"), [output.ename for output in cell.outputs if output.output_type == "error"])
         for cell in notebook.cells if cell.cell_type == "code"]
print(json.dumps(found))
"""


class Unpacked:
    """The archive in a folder of its own, with an environment that has the locked packages and no others."""

    def __init__(self, folder):
        self.folder, self.home = folder / NAME, folder / "home"
        self.home.mkdir()
        self.python = self.folder / ".venv" / "bin" / "python"

    def run(self, *command, cwd=None, **more):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "PIP_NO_INDEX": "1"}
        environment["OPENBLAS_NUM_THREADS"] = "1"
        result = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.folder,
            env=environment | more,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def errors(self, notebook):
        """By cell, the names of the errors that running the notebook where it lies has shown."""
        return dict(json.loads(self.run(self.python, "-I", "-c", RUN, notebook, notebook.parent)))


def link_packages(folder):
    """What a learner's lock lists, and pip, as they are installed here."""
    folder.mkdir()
    packages = Path(sysconfig.get_path("purelib"))
    for name in [*pins("learner.txt"), "pip"]:
        tops = {Path(file).parts[0] for file in metadata.distribution(name).files}
        for top in tops - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(packages / top)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "Für mich"
    folder.mkdir()
    archive = folder / "handed-out.zip"
    assert main(["release", LESSON, "--into", str(archive)]) == 0
    with zipfile.ZipFile(archive) as whole:
        whole.extractall(folder)
    one = Unpacked(folder)
    link_packages(folder / "packages")
    venv.create(one.folder / ".venv", with_pip=False, symlinks=True)
    (site,) = (one.folder / ".venv").glob("lib/*/site-packages")
    (site / "locked.pth").write_text(str(folder / "packages"), encoding="utf-8")
    # the README's own command; pip finds each package in the version that is locked, and downloads nothing
    one.run(one.python, "start.py", "--set-up")
    return one


def test_a_lesson_runs_outside_the_project(unpacked):
    where = unpacked.run(unpacked.python, "-I", "-c", "import convschool; print(convschool.__file__)").strip()
    assert Path(where).is_relative_to(unpacked.folder)
    answered = unpacked.folder / LESSON / "answered.ipynb"
    shutil.copy(PROJECT / "grading" / "examples" / "ada" / LESSON / f"{LESSON}.ipynb", answered)
    errors = unpacked.errors(answered)
    assert "max-pool2d-forward-plain" in errors and not any(errors.values())


def test_start_leads_to_what_is_there(unpacked):
    start = unpacked.folder / "START.ipynb"
    assert not any(unpacked.errors(start).values())
    last = json.loads(start.read_text(encoding="utf-8"))["cells"][-1]
    (link,) = re.findall(r"\]\((.+?)\)", "".join(last["source"]))
    assert (unpacked.folder / link).exists()
    readme = (unpacked.folder / "README.md").read_text(encoding="utf-8")
    assert all((unpacked.folder / link).exists() for link in re.findall(r"\]\((?!http)(.+?)\)", readme))
    assert LESSON in readme and "{" not in re.sub(r"```.*?```", "", readme, flags=re.DOTALL)
    for system in ("Windows", "macOS", "Linux", "VS Code", "Colab"):
        assert f"\n## {system}\n" in readme


def test_set_up_is_done_once(unpacked):
    ready = unpacked.folder / ".venv" / "ready"
    before = ready.stat().st_mtime_ns
    assert "Setting up" not in unpacked.run(unpacked.python, "start.py", "--set-up")
    assert ready.stat().st_mtime_ns == before


def test_the_cell_for_colab_finds_the_course(unpacked, tmp_path):
    """With stand-ins for Colab's own module and for its notebook command."""
    drive = tmp_path / "drive" / "MyDrive"
    shutil.copytree(unpacked.folder, drive / NAME, ignore=shutil.ignore_patterns(".venv"))
    module = tmp_path / "stand-ins" / "google" / "colab"
    module.mkdir(parents=True)
    (module / "__init__.py").write_text("")
    (module / "drive.py").write_text("def mount(path): pass")
    (module / "output.py").write_text("def enable_custom_widget_manager(): pass")
    readme = (unpacked.folder / "README.md").read_text(encoding="utf-8")
    (cell,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    cell = re.sub(r"^%pip install.*", "", cell, flags=re.MULTILINE).replace("/content/drive", str(tmp_path / "drive"))
    tried = f"import sys; sys.path.append({str(tmp_path / 'stand-ins')!r})\n{cell}\nimport convschool\n"
    tried += "from convschool.course_folder import lesson_files\nprint(convschool.__file__, *lesson_files(), sep='\\n')"
    found = unpacked.run(unpacked.python, "-I", "-c", tried, cwd=tmp_path).splitlines()
    assert found == [str(drive / NAME / "convschool" / "__init__.py"), str(drive / NAME / LESSON / "checks.npz")]


def test_the_archive_holds_the_learners_part_and_no_answer(tmp_path):
    names = release([LESSON], tmp_path / "one.zip")
    again = release([LESSON], tmp_path / "two.zip")
    assert names == again and (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    inside = {name.removeprefix(f"{NAME}/").split("/")[0] for name in names}
    assert inside == {
        LESSON, "convschool", "START.ipynb", "README.md", "LICENSE",
        "start.py", "requirements.txt", "environment.yml", "pyproject.toml",
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        text = b"".join(archive.read(name) for name in names if not name.endswith(".npz"))
        assert (
            archive.read(f"{NAME}/{LESSON}/{LESSON}.ipynb")
            == (PROJECT / "course" / LESSON / f"{LESSON}.ipynb").read_bytes()
        )
    assert b"BEGIN SOLUTION" not in text and b"HIDDEN TESTS" not in text and b"grading.lesson" not in text


def test_what_a_learner_did_in_course_is_not_handed_out(tmp_path, monkeypatch):
    import grading.author.release as module

    course = tmp_path / "course"
    shutil.copytree(PROJECT / "course", course, ignore=shutil.ignore_patterns("__pycache__"))
    (course / LESSON / f"{LESSON}.ipynb").write_text("my answers")
    (course / "progress.json").write_text("my progress")
    (course / "convschool" / "notes.ipynb").write_text("my notes")
    monkeypatch.setattr(module, "COURSE", course)
    monkeypatch.setattr(module.overview, "COURSE", course)
    names = release([LESSON], tmp_path / "one.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert b"my " not in b"".join(archive.read(name)[:20] for name in names)


def test_a_release_says_of_which_lessons(capsys):
    assert main(["release"]) == 2
    assert main(["release", "--all", LESSON]) == 2
    assert "--all" in capsys.readouterr().err
    assert main(["release", "99-none"]) == 2
    assert "99-none" in capsys.readouterr().err


def test_binder_opens_the_course_and_not_the_grader(unpacked, tmp_path):
    assert (PROJECT / ".binder" / "requirements.txt").read_text().split("\n")[1] == "-r ../requirements/learner.txt"
    copy = tmp_path / "clone"
    for folder in ("course", "solutions/04-pooling", "grading/cli", "requirements", ".binder"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    result = subprocess.run(["sh", ".binder/postBuild"], cwd=copy, capture_output=True)
    assert result.returncode == 1 and (copy / "solutions").exists()  # not on a machine that is no Binder
    bin = os.pathsep.join([str(unpacked.python.parent), "/usr/bin", "/bin"])
    unpacked.run("sh", ".binder/postBuild", cwd=copy, PATH=bin, REPO_DIR=str(copy))
    there = {path.name for path in copy.iterdir()}
    assert {"START.ipynb", "convschool", *lesson_names()} <= there
    assert not there & {"solutions", "grading", "reference", "requirements", ".binder"}
    where = unpacked.run(unpacked.python, "-I", "-c", "import convschool; print(convschool.__file__)").strip()
    assert Path(where).is_relative_to(copy)


def test_without_python_3_11_the_reader_is_told(tmp_path):
    text = (PROJECT / "grading" / "author" / "handout" / "start.py").read_text(encoding="utf-8")
    tried = text.replace("sys.version_info < (3, 11)", "sys.version_info < (99,)")
    assert tried != text
    (tmp_path / "start.py").write_text(tried, encoding="utf-8")
    result = subprocess.run([sys.executable, "start.py"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1 and "Python 3.11 or later is needed" in result.stderr
    assert not (tmp_path / ".venv").exists()
