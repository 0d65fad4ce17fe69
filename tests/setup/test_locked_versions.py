"""What is installed is what is locked, for pip and for conda alike, and no file names a package index."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.machine import lacking

PROJECT = Path(__file__).parents[2]
LOCKS = PROJECT / "requirements"
ASKED_FOR = ("cluster.txt", "postgres.txt", "similar.txt")  # beside what everybody installs
BUILDS = ("setuptools",)  # what makes an editable install of our projects


def locked(name):
    """The pins of a lock file, with their markers."""
    lines = (LOCKS / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalnum()]


def pins(name):
    """The version of each package that is locked for this Python on this system, by name."""
    here = [pin for pin in locked(name) if pin.marker is None or pin.marker.evaluate()]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in here}


def environment_pip(path):
    environment = yaml.safe_load((PROJECT / path).read_text(encoding="utf-8"))
    return next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))


def needs(file, extra=None):
    project = tomllib.loads((PROJECT / file).read_text(encoding="utf-8"))["project"]
    expected = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return [Requirement(text) for text in expected]


@pytest.mark.parametrize("path, lock", [("environment.yml", "test.txt"), ("requirements/learner.yml", "learner.txt")])
def test_environments_for_conda_have_the_locked_versions(path, lock):
    listed = [str(Requirement(line)) for line in environment_pip(path) if not line.startswith("-e")]
    assert set(listed) <= {str(pin) for pin in locked(lock)}
    assert set(listed) >= {str(pin) for pin in locked("learner.txt")}
    # what conda opens is the course, and not the grader
    assert [line for line in environment_pip(path) if line.startswith("-e")] == ["-e ./course"]


def test_a_learners_environment_holds_nothing_more_and_the_projects_has_nbgrader_and_pytest():
    def names(path):
        return {Requirement(line).name for line in environment_pip(path) if not line.startswith("-e")}

    assert names("requirements/learner.yml") == {pin.name for pin in locked("learner.txt")}
    assert {"numpy", "jupyterlab", "notebook", "nbgrader", "matplotlib", "pytest"} <= names("environment.yml")


def test_the_locks_agree():
    everything = pins("test.txt")
    for name in ("learner.txt", "grading.txt"):
        assert pins(name).items() <= everything.items()
    for name in ASKED_FOR:
        assert pins("grading.txt").items() <= pins(name).items()
        # `make test` installs them one after the other: none may undo what another did
        for package, version in pins(name).items():
            assert everything.setdefault(package, version) == version, package


def test_who_grades_installs_no_cluster_and_no_database_driver():
    assert not pins("grading.txt").keys() & {"distributed", "dask", "psycopg"}


def test_every_dependency_is_locked_within_its_bounds():
    for file, extra, lock in [
        ("course/pyproject.toml", None, "learner.txt"),
        ("pyproject.toml", None, "grading.txt"),
        ("pyproject.toml", "test", "test.txt"),
        ("pyproject.toml", "cluster", "cluster.txt"),
        ("pyproject.toml", "postgres", "postgres.txt"),
        ("pyproject.toml", "similar", "similar.txt"),
    ]:
        versions = pins(lock)
        for need in needs(file, extra):
            assert need.specifier.contains(versions[canonicalize_name(need.name)]), need


def test_the_site_s_tools_are_locked_within_their_bounds():
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    versions = pins("site.txt")
    for need in map(Requirement, groups["site"]):
        assert need.specifier.contains(versions[canonicalize_name(need.name)]), need


def test_learners_install_little():
    names = pins("learner.txt").keys()
    assert not names & {"nbgrader", "torch", "scipy", "pytest", "sqlalchemy", "jupytext"}


def test_every_locked_file_has_a_hash():
    for name in ("learner.txt", "grading.txt", "test.txt", *ASKED_FOR):
        text = (LOCKS / name).read_text(encoding="utf-8")
        for entry in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_no_file_names_a_package_index():
    if not (shutil.which("git") and (PROJECT / ".git").exists()):
        lacking("this is no clone, or git is not here: apt-get install git, and clone the project")
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    index = re.compile(rb"files\.python[h]osted|pypi\.[o]rg/simple|registry\.npm[j]s|deb\.deb[i]an")
    named = [
        name
        for name in listed.stdout.splitlines()
        if (PROJECT / name).is_file() and index.search((PROJECT / name).read_bytes())
    ]
    assert named == []


def test_what_is_installed_is_what_is_listed():
    """`make` has installed from the same locks."""
    assert {name: metadata.version(name) for name in pins("test.txt")} == pins("test.txt")


@pytest.mark.parametrize("lock", ["learner.txt", "test.txt"])
def test_a_lock_needs_nothing_that_it_does_not_list(lock):
    """So it installs in an environment that has nothing, and pulls in no version that nobody has locked."""
    listed, reached = pins(lock), set()
    waiting = [*needs("course/pyproject.toml"), *(Requirement(name) for name in BUILDS)]
    if lock == "test.txt":
        waiting += [*needs("pyproject.toml"), *needs("pyproject.toml", "test")]
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        assert need.specifier.contains(listed[name], prereleases=True), f"{need}, and {listed[name]} is listed"
        for extra in need.extras or {""}:
            if (name, extra) not in reached:
                reached.add((name, extra))
                others = map(Requirement, metadata.distribution(name).requires or [])
                # those of no extra too: an extra is beside them
                waiting += [one for one in others if one.marker is None or _holds(one.marker, extra)]
    assert {name for name, _ in reached} == listed.keys()


def _holds(marker, extra):
    return marker.evaluate({"extra": extra}) or marker.evaluate({"extra": ""})


def test_both_projects_install_beside_what_is_listed(tmp_path):
    """In an environment of its own that sees the packages of this one, but not our projects as they lie there."""
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (packages,) = (tmp_path / "venv").glob("lib/*/site-packages")
    (packages / "listed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    ours = ["-e", "./course", "-e", "."]
    how = ["--python", python, "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", *how, *ours], cwd=PROJECT, check=True)
    tried = "import convschool, reference, grading.cli; from convschool import data; data.digits()"
    subprocess.run([python, "-I", "-c", tried], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "venv" / "bin" / "convgrade", "--help"], stdout=subprocess.DEVNULL, check=True)
