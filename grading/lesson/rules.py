"""Slips of an author that nbgrader lets pass, or refuses without naming the cell.

A rule looks at a lesson and yields a line for each slip. The rules run in the order of `RULES`, and the build stops at
the first line: so a rule may rely on those before it.
"""

import ast
import re
from collections.abc import Iterator

import numpy as np

from grading.lesson.exercise import Call, Exercise
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.needed import is_demonstration
from grading.lesson.places import lesson_names
from grading.lesson.text import FOLDED, TextCell
from grading.lesson.well_formed import calls_slips, repeated, same_calls

SOLUTION = "SOLUTION"
IMPORTS_GRADING = re.compile(r"\s*(from\s+grading|import\s.*\bgrading)\b")
# JupyterLab takes the backtick for part of the formula, and the table's cell is gone
DOLLAR_BACKTICK = re.compile(r"\$[^$`\n]+\$`")
LONGEST_LINE = 100


def slips(lesson: Lesson) -> Iterator[str]:
    """A line for each slip: the cell, what is wrong, and what to do."""
    for rule in RULES:
        yield from rule(lesson)


def cells_have_different_ids(lesson: Lesson) -> Iterator[str]:
    for name in repeated(cell.about for cell in lesson.cells if cell.about):
        yield f"two cells have the id {name}: give one of them another"


def every_exercise_has_its_cells(lesson: Lesson) -> Iterator[str]:
    exercises = {exercise.id for exercise in lesson.exercises}
    for kind, known, what in (
        ("answer", exercises, "checks.py has no exercise of that id"),
        ("part", set(lesson.parts), "checks.py has no part of that id"),
        ("written", set(lesson.written), "written.toml has no entry of that id"),
    ):
        there = {cell.about for cell in lesson.cells if cell.kind == kind}
        for unknown in sorted(there - known):
            yield f"cell {unknown}: {what}; there are {', '.join(sorted(known)) or 'none'}"
        for missing in sorted(known - there):
            yield f"there is no cell for {missing}: write a code cell with :{kind}: {missing}"


def an_exercise_belongs_to_one_lesson(lesson: Lesson) -> Iterator[str]:
    mine = {exercise.id for exercise in lesson.exercises}
    for name in lesson_names():
        if name == lesson.name:
            continue
        try:
            others = load_lesson(name).exercises
        except ValueError:  # its own build says why
            continue
        for exercise in others:
            if exercise.id in mine:
                yield f"the exercise {exercise.id} is lesson {name}'s too: its hidden cases would be taken; rename one"


def points_are_positive(lesson: Lesson) -> Iterator[str]:
    for part_id, (_, part) in lesson.parts.items():
        if isinstance(part.points, bool) or not isinstance(part.points, int | float) or part.points <= 0:
            yield f"checks.py: the part {part_id} needs points, a number above 0, not {part.points!r}"


def answers_are_python(lesson: Lesson) -> Iterator[str]:
    for cell in _answers(lesson):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"cell {cell.about}: line {error.lineno} is not Python: {error.msg}"


def our_cells_are_python(lesson: Lesson) -> Iterator[str]:
    """Every code cell is Python, but for magics and lines for the shell."""
    for number, cell in enumerate(lesson.cells, start=1):
        if cell.kind != "ours" or re.match(r"%%", cell.source.lstrip()):
            continue
        plain = "\n".join("" if re.match(r"\s*[%!?]|.*\?$", line) else line for line in cell.source.splitlines())
        try:
            ast.parse(plain)
        except SyntaxError as error:
            yield f"cell number {number}: line {error.lineno} is not Python: {error.msg}"


def answers_stand_between_markers(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        lines = _between_markers(cell.source)
        name = f"cell {cell.about or repr(cell.source.strip()[:40])}"
        if lines is None:
            yield f"{name}: write ### BEGIN SOLUTION and ### END SOLUTION in pairs, each on a line of its own"
        elif lines and cell.kind != "answer":
            yield f"{name}: it has ### BEGIN SOLUTION: give it :answer: and an exercise's id, or take the markers out"
        elif not lines and cell.kind == "answer":
            yield f"{name}: put the answer between ### BEGIN SOLUTION and ### END SOLUTION"


def an_unwritten_answer_leaves_its_frame(lesson: Lesson) -> Iterator[str]:
    """Outside the markers stand the signatures: of a class each method, of a value a first line."""
    for cell in _answers(lesson):
        inside = _between_markers(cell.source) or set()
        exercise = _exercise(lesson, cell)
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.ClassDef) and node.lineno not in inside:
                for item in node.body:
                    if item.lineno in inside and not isinstance(item, ast.Pass):
                        yield (
                            f"cell {cell.about}: line {item.lineno}: put the markers inside the methods of "
                            f"{node.name}, so that a class whose methods are not written exists"
                        )
                        break
        if exercise.is_value:
            first = f"{exercise.function} = None"
            if not any(line.startswith(first) for n, line in enumerate(cell.source.splitlines(), 1) if n not in inside):
                yield f"cell {cell.about}: write {first!r} above the markers: it is what learners get"


def nothing_hidden_is_released(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        removed = (_between_markers(cell.source) if cell.kind == "answer" else None) or set()
        for number, line in enumerate(cell.source.split("\n"), start=1):
            imports = cell.kind != "markdown" and IMPORTS_GRADING.match(line)
            if number not in removed and (imports or "hidden_check" in line or "HIDDEN TESTS" in line):
                yield (
                    f"cell {cell.about or number}: learners would see {line.strip()!r}: "
                    "leave the cell of a part empty, and name neither the grader nor its checks elsewhere"
                )


def answers_define_what_is_checked(lesson: Lesson) -> Iterator[str]:
    """The function that the checks call may stand in a cell of ours, where the answer is something that it uses."""
    for cell in _answers(lesson):
        exercise = _exercise(lesson, cell)
        if exercise.subject not in (exercise.function, f"lambda: {exercise.function}"):
            continue
        body = ast.parse(cell.source).body
        defined = {node.name: node.args for node in body if isinstance(node, ast.FunctionDef)}
        wanted = f"def {exercise.function}({', '.join(exercise.arguments)})"
        if exercise.function not in defined:
            definition = re.compile(rf"^((def|class) {exercise.function}\b|{exercise.function} =)", re.MULTILINE)
            if not any(definition.search(one.source) for one in lesson.cells if one.kind in ("ours", "answer")):
                yield f"cell {cell.about}: it does not define {exercise.function}: checks.py asks for {wanted}"
            continue
        arguments = defined[exercise.function]
        names = tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
        if names[: len(exercise.arguments)] != exercise.arguments:
            yield (
                f"cell {cell.about}: {exercise.function} takes ({', '.join(names)}), and checks.py asks for {wanted}"
            )


def nothing_comes_from_a_demonstration(lesson: Lesson) -> Iterator[str]:
    """``with show.when_answered():`` is not run at grading."""
    bound, shown = set(), {}
    for number, cell in enumerate(lesson.cells, start=1):
        for statement in _statements(cell) if cell.kind in ("ours", "answer") else ():
            names = _stored(statement)
            if is_demonstration(statement):
                shown.update(dict.fromkeys(names, number))
            else:
                bound |= names
    for cell in _answers(lesson):
        exercise = _exercise(lesson, cell)
        used = _free(f"{cell.source}\n{exercise.subject}\n{', '.join(exercise.debug)}")
        for name in sorted(used & (shown.keys() - bound)):
            yield (
                f"cell {cell.about}: {name} is bound only in `with show.when_answered()` of cell number "
                f"{shown[name]}, which is not run at grading: bind it outside"
            )


def what_checks_use_is_bound(lesson: Lesson) -> Iterator[str]:
    """An import, a cell of ours or an answer binds each name that a check uses: else every check raises a NameError."""
    bound: set[str] = set()
    for cell in lesson.cells:
        for statement in _statements(cell) if cell.kind in ("ours", "answer") else ():
            bound |= _stored(statement) | _imported(statement)
    for exercise in lesson.exercises:
        if not exercise.parts:
            continue
        checks = "check_failing_case" if exercise.debug else "check"
        for name in sorted(_free("\n".join((checks, exercise.subject, *exercise.debug))) - bound):
            how = f"write from convschool import {name}" if name == checks else f"define {name} in a cell of the text"
            yield f"exercise {exercise.id}: its checks use {name}, which no cell binds: {how}"


def hidden_cases_are_cases(lesson: Lesson) -> Iterator[str]:
    for part_id, (exercise, part) in lesson.parts.items():
        calls, again = (exercise.hidden_calls(part, np.random.default_rng(0)) for _ in range(2))
        yield from (f"checks.py: hidden cases of {slip}" for slip in calls_slips(part_id, calls))
        if all(isinstance(call, Call) for call in calls) and not same_calls(calls, again):
            yield f"checks.py: hidden cases of {part_id} differ between two draws of one seed: draw all from rng"


def tables_survive_jupyterlab(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.cells, start=1):
        found = DOLLAR_BACKTICK.search(cell.source) if cell.kind == "markdown" else None
        if found:
            yield f"cell number {number}: {found.group()!r}: write a space between $ and the backtick"


def only_cells_of_ours_are_folded(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.cells, start=1):
        unknown = set(cell.tags) - ({FOLDED} if cell.kind == "ours" else set())
        if unknown:
            about = cell.about or f"number {number}"
            yield f"cell {about}: take the tag {min(unknown)!r} out; there is {FOLDED!r}, for a code cell of ours"


def lines_are_not_too_long(lesson: Lesson) -> Iterator[str]:
    for number, cell in enumerate(lesson.cells, start=1):
        if cell.kind == "markdown":
            continue
        for line in cell.source.splitlines():
            if len(line) > LONGEST_LINE:
                about = cell.about or f"number {number}"
                start = f"{line.strip()[:40]!r}"
                yield f"cell {about}: the line {start} has {len(line)} characters: write at most {LONGEST_LINE}"


RULES = (
    cells_have_different_ids,
    every_exercise_has_its_cells,
    an_exercise_belongs_to_one_lesson,
    points_are_positive,
    answers_are_python,
    our_cells_are_python,
    answers_stand_between_markers,
    an_unwritten_answer_leaves_its_frame,
    nothing_hidden_is_released,
    answers_define_what_is_checked,
    nothing_comes_from_a_demonstration,
    what_checks_use_is_bound,
    hidden_cases_are_cases,
    tables_survive_jupyterlab,
    only_cells_of_ours_are_folded,
    lines_are_not_too_long,
)


def _answers(lesson: Lesson) -> list[TextCell]:
    return [cell for cell in lesson.cells if cell.kind == "answer"]


def _exercise(lesson: Lesson, cell: TextCell) -> Exercise:
    (exercise,) = (one for one in lesson.exercises if one.id == cell.about)
    return exercise


def _statements(cell: TextCell) -> list[ast.stmt]:
    """The statements of a code cell; none where it is not plain Python, because of a magic say."""
    try:
        return ast.parse(cell.source).body
    except SyntaxError:
        return []


def _stored(statement: ast.stmt) -> set[str]:
    """The names that a statement binds anywhere."""
    nodes = list(ast.walk(statement))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _imported(statement: ast.stmt) -> set[str]:
    """The names that a statement imports."""
    nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names}


def _free(source: str) -> set[str]:
    """The names that code reads and binds nowhere."""
    nodes = list(ast.walk(ast.parse(source)))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return read - set().union(*map(_stored, ast.parse(source).body)) - arguments


def _between_markers(source: str) -> set[int] | None:
    """The numbers of the lines from BEGIN to END, as nbgrader finds them; None where one lacks the other."""
    lines, inside = set(), False
    for number, line in enumerate(source.split("\n"), start=1):
        begins, ends = f"BEGIN {SOLUTION}" in line, f"END {SOLUTION}" in line
        if begins and (inside or ends) or ends and not inside:
            return None
        if begins or inside:
            lines.add(number)
        inside = begins or inside and not ends
    return None if inside else lines
