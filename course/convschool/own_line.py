"""The learner's own line on which an exception came up, and what its variables hold there.

Nothing of the learner's is called to find out: names are looked up, arrays are indexed, numbers are added.
"""

import ast
import linecache
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

HERE = Path(__file__).parent
MOST_LINES = 8
OF_ARRAYS = ("shape", "T", "size", "ndim")
NUMBERS = (int, float, np.integer, np.floating)
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


@dataclass(frozen=True)
class OwnLine:
    """A statement of the learner's that raised.

    Parameters
    ----------
    frame : frame
        Where it ran: its variables are still there.
    number : int
        The number of the line in its cell.
    text : str
        The line.
    statement : ast.stmt or None
        The statement, where it can be read.
    failing : str
        The text of the expression that raised, as far as it is known.
    callee : str
        The name of a function of the lesson or the learner in which it came up, called on this line; empty where it
        came up on the line itself, or in a library.
    """

    frame: FrameType
    number: int
    text: str
    statement: ast.stmt | None
    failing: str
    callee: str = ""

    def value(self, node: ast.AST) -> Any:
        """The value of an expression.

        Raises
        ------
        Unknown
            Where that cannot be told without calling something.
        """
        return _value(node, self.frame)

    def operands(self) -> list[tuple[str, Any]]:
        """The source and the array of each side of what failed: of an operation, an assignment, a call."""
        return [(ast.unparse(node), value) for node, value in self._sides() if isinstance(value, np.ndarray)]

    def variables(self, kind: type | tuple, whole: bool = False) -> list[tuple[str, Any]]:
        """The variables on this line whose values are of a kind; with `whole`, those that are not indexed."""
        if self.statement is None:
            return []
        nodes = [node for node in ast.walk(self.statement) if isinstance(node, ast.Name | ast.Attribute)]
        inner = {id(node.value) for node in ast.walk(self.statement) if isinstance(node, ast.Subscript | ast.Attribute)}
        nodes = [node for node in nodes if not (whole and id(node) in inner)]
        values = {}
        for node in nodes:
            value = self._value_or_none(node)
            if isinstance(value, kind) and not isinstance(value, bool):
                values[ast.unparse(node)] = value
        return list(values.items())

    def cut_short(self) -> Iterator[tuple[str, tuple[int, ...], int, int, int]]:
        """Slices that reach past the end of an array: the array's source and shape, the axis, start and stop."""
        for node in self._subscripts():
            base = self._value_or_none(node.value)
            for axis, part in _slices(node, base):
                start, stop = self._value_or_none(part.lower), self._value_or_none(part.upper)
                start = 0 if part.lower is None else start
                if _is_int(start) and _is_int(stop) and start >= 0 and stop > base.shape[axis]:
                    yield ast.unparse(node.value), base.shape, axis, int(start), int(stop)

    def emptied(self) -> Iterator[str]:
        """Slices such as ``p:-p`` that are empty because the number behind the minus is 0."""
        for node in self._subscripts():
            base = self._value_or_none(node.value)
            for _, part in _slices(node, base):
                if isinstance(part.upper, ast.UnaryOp) and isinstance(part.upper.op, ast.USub):
                    if self._value_or_none(part.upper) == 0:
                        yield ast.unparse(part)

    def dicts(self) -> list[tuple[str, dict]]:
        """The source and the dict of each index on this line that looks a key up."""
        read = [node for node in self._subscripts() if isinstance(node.ctx, ast.Load) or self._is_augmented(node)]
        known = [(ast.unparse(node.value), self._value_or_none(node.value)) for node in read]
        return [(source, value) for source, value in known if type(value) is dict]

    def lists(self) -> list[tuple[str, list | tuple]]:
        """The source and the list of each index or call of a method on this line."""
        nodes: list[ast.expr] = [node.value for node in self._subscripts()]
        if self.statement is not None:
            nodes += [node.value for node in ast.walk(self.statement) if isinstance(node, ast.Attribute)]
        known = [(ast.unparse(node), self._value_or_none(node)) for node in nodes]
        return [(source, value) for source, value in known if type(value) in (list, tuple)]

    def einsum(self) -> tuple[str, list[tuple[str, Any]]] | None:
        """The letters of the `einsum` that failed, with the source and the value of each of its arrays."""
        for part in (_expression(self.failing), self.statement):
            for node in ast.walk(part) if part is not None else ():
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("einsum") and node.args:
                    letters = self._value_or_none(node.args[0])
                    if isinstance(letters, str):
                        return letters, [(ast.unparse(one), self._value_or_none(one)) for one in node.args[1:]]
        return None

    def _is_augmented(self, node: ast.Subscript) -> bool:
        return isinstance(self.statement, ast.AugAssign) and self.statement.target is node

    def lines_before(self) -> int:
        """How many lines of code the function has before this one."""
        code = self.frame.f_code
        lines = {line for _, _, line in code.co_lines() if line is not None}
        return sum(code.co_firstlineno < line < self.number for line in lines)

    def _subscripts(self) -> list[ast.Subscript]:
        statement = self.statement
        return [node for node in ast.walk(statement) if isinstance(node, ast.Subscript)] if statement else []

    def _sides(self) -> list[tuple[ast.AST, Any]]:
        nodes = _parts_of(_expression(self.failing))
        statement = self.statement
        if len(nodes) < 2 and isinstance(statement, ast.Assign | ast.AugAssign):
            target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
            nodes = [target, statement.value]
        return [(node, self._value_or_none(node)) for node in nodes]

    def _value_or_none(self, node: ast.AST | None) -> Any:
        try:
            return None if node is None else self.value(node)
        except Unknown:
            return None


class Unknown(Exception):
    """The value of an expression cannot be found without a call."""


def own_line(error: BaseException) -> OwnLine | None:
    """The last line of the traceback that lies in a notebook cell, not in a library; None where there is none."""
    own = [
        step
        for step in _steps(error.__traceback__)
        if "site-packages" not in (file := step.tb_frame.f_code.co_filename)
        and Path(file).parent != HERE
        and linecache.getline(file, step.tb_lineno, step.tb_frame.f_globals).strip()
    ]
    cells = [step for step in own if is_cell(step.tb_frame.f_code.co_filename)]
    if not own:
        return None
    step = (cells or own)[-1]
    frame, number = step.tb_frame, step.tb_lineno

    def line(n: int) -> str:
        return linecache.getline(frame.f_code.co_filename, n, frame.f_globals)

    text = line(number).strip()
    return OwnLine(frame, number, text, _statement(number, line), _failing(step, line), _callee(step))


def is_cell(filename: str) -> bool:
    """Whether a file name is that of a notebook cell."""
    return "ipykernel" in filename or (filename.startswith("<") and "internals" not in filename)


def _steps(step: TracebackType | None) -> Iterator[TracebackType]:
    while step is not None:
        yield step
        step = step.tb_next


def _callee(step: TracebackType) -> str:
    """The first function that a line called and in which the error came up, where it belongs to no library."""
    inner = step.tb_next
    if inner is None:
        return ""
    code = inner.tb_frame.f_code
    library = (
        "site-packages" in code.co_filename or code.co_filename.startswith("<__array") or code.co_name.startswith("<")
    )
    return "" if library or Path(code.co_filename).parent == HERE or "/lib/python" in code.co_filename else code.co_name


def _statement(number: int, line: Any) -> ast.stmt | None:
    """The statement that begins on a line; of a loop or a condition, its first line."""
    text = ""
    for n in range(number, number + MOST_LINES):
        text += line(n)
        for end in ("", " pass"):
            try:
                (statement,) = ast.parse(text.strip() + end).body
                return statement
            except (SyntaxError, ValueError):
                continue
    return None


def _failing(step: TracebackType, line: Any) -> str:
    """The expression of the instruction that raised, where it lies on one line."""
    positions = list(step.tb_frame.f_code.co_positions())
    place = step.tb_lasti // 2
    if place >= len(positions):
        return ""
    first, last, begin, end = positions[place]
    if first is None or first != last or begin is None or end is None:
        return ""
    return line(first).encode()[begin:end].decode(errors="ignore")


def _expression(text: str) -> ast.AST | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _parts_of(node: ast.AST | None) -> list[ast.AST]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        return list(node.args)
    return []


def _slices(node: ast.Subscript, base: Any) -> list[tuple[int, ast.Slice]]:
    """The slices of an index, each with the axis of the array `base` that it cuts."""
    if type(base) is not np.ndarray:
        return []
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    plain = all(not isinstance(part, ast.Starred) for part in parts)
    if (
        not plain
        or len(parts) > base.ndim
        or any(isinstance(p, ast.Constant) and p.value in (None, ...) for p in parts)
    ):
        return []
    return [(axis, part) for axis, part in enumerate(parts) if isinstance(part, ast.Slice)]


def _is_int(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _value(node: ast.AST, frame: FrameType) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals):
            if node.id in names:
                return names[node.id]
        raise Unknown
    if isinstance(node, ast.Tuple):
        return tuple(_value(item, frame) for item in node.elts)
    if isinstance(node, ast.Slice):
        return slice(*(one and _value(one, frame) for one in (node.lower, node.upper, node.step)))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, frame)
        if isinstance(value, NUMBERS):
            return -value
        raise Unknown
    if isinstance(node, ast.Attribute):
        return _attribute(_value(node.value, frame), node.attr)
    if isinstance(node, ast.Subscript):
        return _item(_value(node.value, frame), _value(node.slice, frame))
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return _operation(OPERATIONS[type(node.op)], _value(node.left, frame), _value(node.right, frame))
    raise Unknown


def _attribute(value: Any, name: str) -> Any:
    if type(value) is np.ndarray and name in OF_ARRAYS:
        return getattr(value, name)
    inside = getattr(value, "__dict__", None)
    if type(inside) is dict and name in inside:  # no property is run
        return inside[name]
    raise Unknown


def _item(value: Any, index: Any) -> Any:
    if type(value) not in (np.ndarray, tuple, list, dict):
        raise Unknown
    try:
        return value[index]
    except Exception:
        raise Unknown from None


def _operation(apply: Any, left: Any, right: Any) -> Any:
    if not all(isinstance(side, NUMBERS) or type(side) is np.ndarray for side in (left, right)):
        raise Unknown
    try:
        with np.errstate(all="ignore"):
            return apply(left, right)
    except Exception:
        raise Unknown from None
