"""Slips of an author that nbgrader lets pass, or refuses without naming the cell.

A rule looks at a lesson and its source notebook, and yields a line for each slip. The rules run in the order of
`RULES`, and the build stops at the first line: so a rule may rely on those before it.
"""

import ast
import re
from collections.abc import Iterator

import numpy as np
from nbformat import NotebookNode

from grading.lesson.load import Lesson, repeated

FIELDS = ("grade", "grade_id", "locked", "schema_version", "solution", "task")
# what stands between markers, and the kind of cell in which nbgrader takes it out
MARKED_OFF = {"SOLUTION": "solution", "HIDDEN TESTS": "grade"}
CHECKS = ("check", "hidden_check", "check_failing_case")
IMPORTS_GRADING = re.compile(r"\s*(from\s+grading|import\s.*\bgrading)\b")


def slips(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    """A line for each slip: the cell's grade_id, what is wrong, and what to do."""
    for rule in RULES:
        yield from rule(lesson, notebook)


def grade_ids_differ(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for name in repeated(cell.id for cell in notebook.cells if "nbgrader" in cell.metadata):
        yield f"two cells have the same grade_id {name}: give one of them another"


def cells_are_those_of_the_checks(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    cells = {cell.id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    marked = {cell.id for cell in _marked(notebook)}
    for exercise in lesson.exercises:
        if exercise.id not in cells:
            yield f"there is no answer cell {exercise.id}"
        elif not (_is(cells[exercise.id], "solution") and cells[exercise.id].cell_type == "code"):
            yield f"cell {exercise.id}: it is an exercise's answer cell: make it a code cell with solution: true"
    for missing in sorted(set(lesson.parts) - marked):
        yield f"checks.py has the part {missing}, and no marked cell has that grade_id"
    for unknown in sorted(marked - set(lesson.parts)):
        yield f"cell {unknown}: checks.py has no part of that name"


def points_are_positive(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        points = cell.metadata.get("nbgrader", {}).get("points")
        if _is(cell, "grade") and not (isinstance(points, int | float) and points > 0):
            yield f"cell {cell.id}: it is graded: give it points, a number above 0"


def markers_come_in_pairs(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        for what, kind in MARKED_OFF.items():
            lines = _marked_off(cell, what)
            if lines is None:
                yield f"cell {cell.id}: write ### BEGIN {what} and ### END {what} in pairs, each on a line of its own"
            elif lines and not _is(cell, kind):
                yield f"cell {cell.id}: it has ### BEGIN {what}: give it {kind}: true, or take the markers out"
            elif not lines and what == "SOLUTION" and _is(cell, kind) and cell.cell_type == "code":
                yield f"cell {cell.id}: put the answer between ### BEGIN SOLUTION and ### END SOLUTION"


def nothing_hidden_is_released(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        removed = set().union(*(_marked_off(cell, what) for what in MARKED_OFF))
        for number, line in enumerate(cell.source.split("\n"), start=1):
            imports = cell.cell_type == "code" and IMPORTS_GRADING.match(line)
            if number not in removed and (imports or "hidden_check" in line):
                yield (
                    f"cell {cell.id}: learners would see {line.strip()!r}: "
                    "put it between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"
                )


def code_is_python(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    answers = {exercise.id for exercise in lesson.exercises}
    for cell in notebook.cells:
        if cell.id in answers or cell.id in lesson.parts:
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                yield f"cell {cell.id}: line {error.lineno} is not Python: {error.msg}"


def a_marked_cell_checks_its_own_part(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for cell in _marked(notebook):
        for call, named, _ in _checks(cell):
            if named != cell.id:
                yield f'cell {cell.id}: {call}("{named}", ...) is not its part: write {call}("{cell.id}", ...)'
        if f'"{cell.id}"' not in cell.source:
            yield f'cell {cell.id}: it does not check its part: write check("{cell.id}", ...)'


def hidden_calls_are_checked(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    for cell in _marked(notebook):
        _, part = lesson.parts[cell.id]
        try:
            calls = list(part.hidden(np.random.default_rng(0)))
        except Exception as error:
            yield f"cell {cell.id}: the hidden calls of its part cannot be drawn: mend checks.py: {error!r}"
            continue
        lines = _marked_off(cell, "HIDDEN TESTS")
        checked = any(call == "hidden_check" and line in lines for call, _, line in _checks(cell))
        if calls and not checked:
            yield (
                f'cell {cell.id}: checks.py gives it hidden calls: write hidden_check("{cell.id}", ...) '
                "between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"
            )


def answers_define_their_function(lesson: Lesson, notebook: NotebookNode) -> Iterator[str]:
    """Where the answer is a class, say, the function that the checks call may stand in a cell of ours."""
    cells = {cell.id: cell for cell in notebook.cells}
    for exercise in lesson.exercises:
        body = ast.parse(cells[exercise.id].source).body
        defined = {node.name: node.args for node in body if isinstance(node, ast.FunctionDef)}
        wanted = f"def {exercise.function}({', '.join(exercise.arguments)})"
        if exercise.function not in defined:
            definition = re.compile(rf"^((def|class) {exercise.function}\b|{exercise.function} =)", re.MULTILINE)
            if not any(definition.search(cell.source) for cell in notebook.cells if cell.cell_type == "code"):
                yield f"cell {exercise.id}: it does not define {exercise.function}: checks.py asks for {wanted}"
            continue
        arguments = defined[exercise.function]
        names = tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
        if names[: len(exercise.arguments)] != exercise.arguments:
            yield (
                f"cell {exercise.id}: {exercise.function} takes ({', '.join(names)}), "
                f"and checks.py asks for {wanted}"
            )


RULES = (
    grade_ids_differ,
    cells_are_those_of_the_checks,
    points_are_positive,
    markers_come_in_pairs,
    nothing_hidden_is_released,
    code_is_python,
    a_marked_cell_checks_its_own_part,
    hidden_calls_are_checked,
    answers_define_their_function,
)


def _is(cell: NotebookNode, kind: str) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get(kind))


def _marked(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that check a part; written answers are graded too, and are not among them."""
    return [cell for cell in notebook.cells if _is(cell, "grade") and not _is(cell, "solution")]


def _marked_off(cell: NotebookNode, what: str) -> set[int] | None:
    """The numbers of the lines from BEGIN to END, as nbgrader finds them; None where one lacks the other."""
    lines, inside = set(), False
    for number, line in enumerate(cell.source.split("\n"), start=1):
        begins, ends = f"BEGIN {what}" in line, f"END {what}" in line
        if begins and (inside or ends) or ends and not inside:
            return None
        if begins or inside:
            lines.add(number)
        inside = begins or inside and not ends
    return None if inside else lines


def _checks(cell: NotebookNode) -> Iterator[tuple[str, str, int]]:
    """The calls of a check in a cell: which check, the part it names and its line."""
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in CHECKS:
                yield name, node.args[0].value, node.lineno
