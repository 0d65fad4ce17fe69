"""What the learner wrote in an earlier lesson, for use in a later one."""

import ast
import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib

from convschool import mode
from convschool.cases import Part, load
from convschool.course_folder import course_folder
from convschool.verdict import judge

PLAIN = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def yours(lesson: str, name: str, given: Any) -> Any:
    """What you wrote under `name` in the notebook of `lesson` if it passes its checks, else `given`; says which.

    At grading it is always `given`: a mistake in an earlier lesson costs no mark in a later one.

    Parameters
    ----------
    lesson : str
        The earlier lesson, such as ``"01-convolution"``.
    name : str
        The name of the function or class there.
    given : object
        What to use where yours is not there, or does not pass.
    """
    if not mode.current().at_home:
        return given
    function, why_not = _function_of(course_folder() / lesson, name)
    print(f"{name}: the one that is given here ({why_not})." if why_not else f"{name}: yours, from lesson {lesson}.")
    return given if why_not else function


def _function_of(folder: Path, name: str) -> tuple[Any, str]:
    """What the learner wrote under `name`, or why it is not to be used."""
    parts = _parts_of(folder, name)
    if not parts:
        return None, f"there are no checks of it in {folder.name}"
    try:
        names = _names_in(folder / f"{folder.name}.ipynb")
    except (OSError, ValueError, KeyError, TypeError):
        return None, f"the notebook of {folder.name} cannot be read"
    function = names.get(name)
    if not callable(function):
        return None, f"it is not written in {folder.name} yet"
    for part in parts:
        verdict = judge(part, function)
        if verdict.failure:
            wrong = "is not written yet" if verdict.failure.kind == "unanswered" else f"does not pass {part.id}"
            return None, f"yours in {folder.name} {wrong}"
    return function, ""


def _parts_of(folder: Path, name: str) -> list[Part]:
    try:
        return [part for part in load(folder / "checks.npz").values() if part.function == name]
    except (OSError, ValueError):
        return []


def _names_in(notebook: Path) -> dict[str, Any]:
    """What the notebook's cells define: imports, functions, classes and plain values. Nothing is drawn or trained."""
    names: dict[str, Any] = {"__name__": f"lesson {notebook.stem}"}
    backend = matplotlib.get_backend()
    with contextlib.redirect_stdout(io.StringIO()):  # what that lesson takes from earlier ones is not said again
        for statement in _statements(notebook):
            try:
                exec(compile(ast.Module([statement], []), f"<{notebook.stem}>", "exec"), names)
            except Exception:  # a value that needs a cell which is not run; who uses it gets a NameError
                continue
    matplotlib.use(backend)
    return names


def _statements(notebook: Path) -> Iterator[ast.stmt]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        try:
            body = ast.parse("".join(cell["source"])).body
        except SyntaxError:  # a magic, or not finished
            continue
        yield from (statement for statement in body if isinstance(statement, PLAIN) or _is_plain_value(statement))


def _is_plain_value(statement: ast.stmt) -> bool:
    """An assignment whose value calls nothing but `yours`: a constant, or what an earlier lesson gave."""
    calls = [ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return isinstance(statement, ast.Assign | ast.AnnAssign) and set(calls) <= {"yours", "convschool.yours"}
