"""Folders of the grader import one another in one direction."""

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import grading

GRADER = Path(grading.__file__).parent
PLAIN = {"files", "job"}  # plain data and files: for everybody


def imported(file: Path) -> set[str]:
    """The modules of the grader that a file imports, also inside functions and for types alone."""
    package = ["grading", *file.relative_to(GRADER).parent.parts]
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.startswith("grading.")}


def rooms() -> dict[str, set[str]]:
    """For each file or folder at the top, those that it imports."""
    there = {path.stem for path in GRADER.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    found = defaultdict(set)
    for file in GRADER.rglob("*.py"):
        if "examples" not in file.parts and "template" not in file.parts:
            room = file.relative_to(GRADER).parts[0].removesuffix(".py")
            found[room] |= {name.split(".")[1] for name in imported(file)} & there - {room}
    return found


def test_no_import_goes_round_in_a_circle():
    TopologicalSorter(rooms()).prepare()  # raises CycleError, which names the circle


def test_what_an_author_wrote_is_read_without_the_rest_of_the_grader():
    assert rooms()["lesson"] <= PLAIN


def test_what_is_mounted_into_the_sandbox_needs_nothing_else_of_ours():
    inside = GRADER / "execute" / "inside"
    names = {name for file in inside.glob("*.py") for name in imported(file)}
    assert {name for name in names if not name.startswith("grading.execute.inside")} == set()
