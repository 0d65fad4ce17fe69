"""`make check`: the tests of what has changed, for as long as one likes to wait; `make test` runs all.

Changed is what differs from the last commit on the server's main branch, or, where nothing does or there is no server,
from the last commit, or what the last commit changed. Of a changed file these tests are run, nearest first:

- the file, when it is a test;
- of a module: tests that name it (``grading.publish.canvas``) or use a name that it defines, then those of the modules
  that import it; of another file of a package, those that name the package;
- of a lesson: ``tests/lessons/test_lesson_NN.py``, and whether its release is what its text gives.

A test's helpers (what it imports of its own folder, and that folder's conftest.py) count as part of it.
"""

import ast
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SECONDS = 15.0  # from the first test on: what they import takes some more
# servers, browsers, whole classes: named, and left to `make test`
SLOW = ("attacks", "browser", "cluster", "honest", "oracle", "postgres", "setup", "site")
PACKAGES = {folder.rpartition("/")[2]: folder for folder in ("grading", "reference", "course/convschool", "benchmarks")}


def main() -> int:
    """Run what fits; 0 when nothing of it fails."""
    files = changed()
    tests = list(dict.fromkeys(test for file in files for test in tests_of(file)))
    slow = [test for test in tests if test.relative_to(PROJECT / "tests").parts[0] in SLOW]
    quick = [test for test in tests if test not in slow]
    lessons = sorted({file.parts[1] for file in files if file.parts[0] == "solutions" and len(file.parts) > 2})
    print(f"{len(files)} files have changed; their tests: {' '.join(map(name_of, quick)) or 'none'}", flush=True)
    if slow:
        print(f"left to `make test`: {' '.join(map(name_of, slow))}", flush=True)
    convgrade = Path(sys.executable).with_name("convgrade")
    stale = lessons and subprocess.run([convgrade, "build", "--check", *lessons], check=False).returncode
    budget = Budget()
    code = pytest.main(["-q", "-p", "no:cacheprovider", *map(str, quick)], [budget]) if quick else 0
    if budget.left:
        print(f"{SECONDS:g} seconds are over, and {budget.left} tests are left to `make test`")
        code = budget.failed
    return 1 if code or stale else 0


class Budget:
    """Ends pytest after `SECONDS`, between two tests."""

    def __init__(self):
        self.end, self.left, self.failed = float("inf"), 0, 0

    def pytest_collection_finish(self) -> None:
        self.end = time.monotonic() + SECONDS

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        if nextitem and time.monotonic() > self.end:
            self.left = len(item.session.items) - item.session.items.index(nextitem)
            item.session.shouldstop = "time is over"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed += report.failed


def changed() -> list[Path]:
    """The changed files that are there, relative to the project."""
    new = _git("ls-files", "--others", "--exclude-standard")
    for base in (["--merge-base", "origin/HEAD"], ["HEAD"], ["HEAD~1"]):
        if names := new | _git("diff", "--name-only", "--diff-filter=d", *base):
            return sorted(map(Path, names))
    return []


def _git(*words: str) -> set[str]:
    command = ["git", "-c", "core.quotePath=off", *words]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return set(result.stdout.splitlines())  # nothing where there is no such commit


def tests_of(file: Path) -> Iterator[Path]:
    """The tests of a changed file, nearest first."""
    if file.parts[0] == "tests":
        yield from _tests_with(file)
    elif file.parts[0] == "solutions" and len(file.parts) > 2:
        test = PROJECT / "tests" / "lessons" / f"test_lesson_{file.parts[1][:2]}.py"
        yield from [test] if test.exists() else []
    elif file.suffix == ".py" and (module := module_of(file)):
        yield from naming(module, public_names(PROJECT / file))
        for importer in importers(module):
            yield from naming(importer, set())
    else:
        candidates = (naming(package, set()) for folder in file.parents if (package := module_of(folder)))
        yield from next(filter(None, candidates), [])


def _tests_with(file: Path) -> list[Path]:
    """A changed test, or all tests of the folder of which something else has changed."""
    path = PROJECT / file
    if file.name.startswith("test_"):
        return [path]
    return [test for test in all_tests() if test.is_relative_to(path.parent) and path.parent != PROJECT / "tests"]


def module_of(file: Path) -> str:
    """The dotted name of a module or package of ours, such as ``convschool.verdict``; empty for any other path."""
    for package, folder in PACKAGES.items():
        if file.is_relative_to(folder):
            parts = file.relative_to(folder).with_suffix("").parts
            return ".".join([package, *parts]).removesuffix(".__init__")
    return ""


def public_names(path: Path) -> set[str]:
    """What a module defines for others."""
    body = ast.parse(path.read_bytes()).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {name for name in names if not name.startswith("_")}


@cache
def importers(module: str) -> list[str]:
    """The modules of ours that import this one."""
    sources = {file: PROJECT / file for folder in PACKAGES.values() for file in _modules(folder)}
    last, package = module.rpartition(".")[2], module.rpartition(".")[0]
    modules = []
    for file, path in sources.items():
        if module in _imports(path) or (package in _imports(path) and last in _used(path, package.partition(".")[0])):
            modules.append(module_of(file))
    return modules


def _modules(folder: str) -> list[Path]:
    return [path.relative_to(PROJECT) for path in sorted((PROJECT / folder).rglob("*.py"))]


def naming(module: str, names: set[str]) -> list[Path]:
    """The tests that name a module or use one of its names themselves, then those whose helpers do."""
    package = module.partition(".")[0]
    # in a text too, such as a name to replace; a package's own name may be any word
    text = re.compile(rf"\b{re.escape(module)}\b" if "." in module else "(?!)")

    def concerns(path: Path) -> bool:
        imported = any(f"{name}.".startswith(f"{module}.") for name in _imports(path))
        return bool(imported or text.search(_text(path)) or names & _used(path, package))

    near = [test for test in all_tests() if concerns(test)]
    far = [test for test in all_tests() if test not in near and any(map(concerns, helpers(test)))]
    return near + far


@cache
def all_tests() -> list[Path]:
    return sorted((PROJECT / "tests").glob("*/**/test_*.py"))


@cache
def helpers(test: Path) -> list[Path]:
    """What a test imports of its own folder, and the folder's conftest.py, and what these import of it."""
    files, waiting = [], [test, test.with_name("conftest.py")]
    while waiting:
        path = waiting.pop()
        if path in files or not path.exists():
            continue
        files.append(path)
        waiting += [test.with_name(f"{name.partition('.')[0]}.py") for name in _imports(path)]
    return files[1:] if test in files else files


@cache
def _imports(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(_text(path))))
    return [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module] + [
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    ]


@cache
def _used(path: Path, package: str) -> set[str]:
    """The names that a file imports from a package of ours, and those it takes from what it has imported of it."""
    nodes = list(ast.walk(ast.parse(_text(path))))
    imported, bound = set(), set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package:
            imported |= {alias.name for alias in node.names}
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            own = [alias for alias in node.names if alias.name.partition(".")[0] == package]
            bound |= {alias.asname or package for alias in own}
    attributes = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound
    }
    return imported | attributes


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


if __name__ == "__main__":
    sys.exit(main())
