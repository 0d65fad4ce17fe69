"""Which of a lesson's own cells the marks depend on: the others are not run again on the trusted side.

A lesson shows far more than it marks: plots, demonstrations, derivations. What a marked cell uses, and what that
uses in turn, is found by name, and on the side of caution: a cell counts as giving a name when
it binds it anywhere, or calls anything on it or with it that might change it.
"""

import ast

SHOWING = {"print", "display", "show", "plt", "progress"}  # what is called on these changes nothing else


def needed_positions(cells: list[tuple[int, str, str]]) -> set[int]:
    """The positions of the locked cells that a marked cell depends on.

    Parameters
    ----------
    cells : list of tuple
        Position, kind ("marked", "locked" or another) and source of each cell.
    """
    needed, wanted, left = set(), set(), {}
    for position, kind, source in cells:
        tree = _parsed(source)
        if kind == "marked" and tree is None:
            return {position for position, kind, _ in cells if kind == "locked"}
        if kind == "marked":
            wanted |= _used(tree)
        elif kind == "locked" and tree is None:
            needed.add(position)
        elif kind == "locked":
            left[position] = (_given(tree), _used(tree))
    while True:
        more = {position for position, (given, _) in left.items() if "*" in given or given & wanted}
        if not more:
            return needed
        needed |= more
        for position in more:
            wanted |= left.pop(position)[1]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:  # a magic, say
        return None


def _used(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _given(tree: ast.Module) -> set[str]:
    given = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            given |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            given.add(node.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            given |= _used(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _root(node.value) not in SHOWING:
            given |= _used(node)
    return given


def _root(node: ast.expr) -> str:
    """The name that a chain of calls, attributes and items starts from."""
    while not isinstance(node, ast.Name):
        node = getattr(node, "func", None) or getattr(node, "value", None)
        if node is None:
            return ""
    return node.id
