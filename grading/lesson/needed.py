"""Which statements of a lesson's own cells must run: on the trusted side for the marks, in the sandbox for the answers.

A lesson shows far more than it marks: plots, demonstrations, derivations. What a marked cell or an answer uses, and
what that uses in turn, is found by name, statement by statement. In doubt a statement runs: a statement counts as
giving a name when it binds it anywhere, calls a method of it, or is a call that might change it.
"""

import ast
import builtins
import re
import warnings
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple

SHOWING = {"print", "display", "show", "plt", "progress"}  # what is called on these changes nothing else
BUILTINS = set(dir(builtins))
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
#: What can reach a variable without naming it.
DYNAMIC = {
    *("globals", "locals", "vars", "eval", "exec", "dir", "get_ipython", "In", "Out"),
    *("sys", "inspect", "builtins", "importlib", "IPython", "gc", "__main__", "__import__", "__builtins__"),
    *("__globals__", "__dict__", "f_globals", "f_locals", "f_back", "user_ns"),
}
# Where no such word stands, none is meant. Letters that Python takes for plain ones are not plain in the text.
DYNAMIC_WORD = re.compile(r"(?<!\w)(?:" + "|".join(sorted(DYNAMIC)) + r")(?!\w)")

LONG_NAME = re.compile(r"[^\x00-\x7f]{1000}")
LONGEST_KEPT = 20_000  # characters of code whose names are kept: a learner's may be as long as a notebook

Cells = tuple[tuple[int, str], ...]  # a number and the source of each


class Statement(NamedTuple):
    """A top-level statement of a locked cell: where it stands, what it defines, the names it gives and uses."""

    position: int
    source: str
    defines: str
    binds: set[str]
    used: set[str]


@lru_cache(64)
def needed_by_marked(locked: Cells, marked: tuple[str, ...]) -> dict[int, str]:
    """The source to run of each locked cell that the marked cells need, by the cell's number.

    What is not plain Python, because of a magic say, is run whole; where a marked cell is not, everything is.
    """
    trees = [tree for source in marked if (tree := _parsed(source))]
    if len(trees) < len(marked):
        return dict(locked)
    return dict(_closure(locked, frozenset().union(*map(_used, trees))))


def needed_by_learner(locked: Cells, sources: Iterable[str]) -> dict[int, str]:
    """The source to run of each locked cell that a learner's code needs, by the cell's number.

    Everything, where that code is not plain Python or might reach a variable without naming it; and where names are so
    long that Python takes the square of their length to put their accents in order.
    """
    names: set[str] = set()
    for source in sources:
        found = _kept_names(source) if len(source) < LONGEST_KEPT else _names_in(source)
        if found is None:
            return dict(locked)
        names |= found
    return dict(_closure(locked, frozenset(names)))


def _names_in(source: str) -> frozenset[str] | None:
    """The names that a learner's code uses and binds; None where they cannot be told."""
    if LONG_NAME.search(source):
        return None
    try:
        with warnings.catch_warnings():  # of a learner's code; they are the learner's to see
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        if (DYNAMIC_WORD.search(source) or not source.isascii()) and _mentioned(tree) & DYNAMIC:
            return None
        return frozenset(_used(tree).union(*(_bound_by(statement, set()) for statement in tree.body)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a magic, a mistake, or nested too deeply
        return None


# of both passes of a submission, and of a lesson's own answers
_kept_names = lru_cache(128)(_names_in)


@lru_cache(256)
def _closure(locked: Cells, names: frozenset[str]) -> dict[int, str]:
    """The statements that give `names`, and what these use in turn."""
    statements, whole = _statements(locked)
    missing, sources = set(names), dict(whole)
    needed: set[int] = set()
    while True:
        more = {i for i, one in enumerate(statements) if i not in needed and (one.binds & missing or "*" in one.binds)}
        if not more:
            break
        needed |= more
        missing |= set().union(*(statements[i].used for i in more))
    for i in sorted(needed):
        position = statements[i].position
        sources[position] = sources.get(position, "") + statements[i].source + "\n"
    return sources


@lru_cache(64)
def _statements(locked: Cells) -> tuple[list[Statement], dict[int, str]]:
    """The statements of the locked cells, and the cells that cannot be taken apart."""
    trees = {position: _parsed(source) for position, source in locked}
    modules = frozenset().union(*(_all_imported(source) for position, source in locked if trees[position]))
    statements = [
        Statement(position, one.source, one.defines, set(one.binds), one.used)  # `given` grows below
        for position, source in locked
        if trees[position]
        for one in _statements_of(source, modules)
    ]
    _add_effects(statements)
    return statements, {position: source for position, source in locked if not trees[position]}


@lru_cache(2048)
def _statements_of(source: str, modules: frozenset[str]) -> tuple[Statement, ...]:
    """The statements of one cell, looked at once for all exercises of a lesson. Their positions are not set."""
    return tuple(
        Statement(0, _text(source, node), getattr(node, "name", ""), _bound_by(node, modules), _used(node))
        for node in _python(source).body
        if not is_demonstration(node)
    )


@lru_cache(2048)
def _all_imported(source: str) -> frozenset[str]:
    return frozenset(name for node in ast.walk(_python(source)) for name in _imported(node))


def is_demonstration(node: ast.stmt) -> bool:
    """Whether a statement is ``with show.when_answered():``, which shows what an answer does and gives nothing.

    The rules of the build refuse a lesson whose answers or checks use a name that only such a block binds.
    """
    return isinstance(node, ast.With) and any(
        ast.unparse(item.context_expr) == "show.when_answered()" for item in node.items
    )


def _mentioned(tree: ast.Module) -> set[str]:
    """Every variable, attribute and module in a tree, local or not."""
    fields = ("id", "attr", "name", "module")
    names = {getattr(node, field, None) or "" for node in ast.walk(tree) for field in fields}
    return {part for name in names for part in name.split(".")}


def _add_effects(statements: list[Statement]) -> None:
    """Let a statement that uses a function give the names that the function changes around it."""
    while True:
        effects = {one.defines: one.binds for one in statements if one.defines and len(one.binds) > 1}
        grown = False
        for one in statements:
            more = set().union(*(effects[name] for name in one.used & effects.keys())) - one.binds
            one.binds.update(more)
            grown = grown or bool(more)
        if not grown:
            return


def _text(source: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    if first == node.lineno:
        return ast.get_source_segment(source, node) or ""
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def _parsed(source: str) -> ast.Module | None:
    """The tree of a cell's source; None where it is not plain Python, because of a magic say."""
    try:
        return _python(source)
    except SyntaxError:
        return None


@lru_cache(2048)
def _python(source: str) -> ast.Module:
    return ast.parse(source)


def _used(tree: ast.AST) -> set[str]:
    """The names that code reads and does not bind in a function of its own."""
    return {
        node.id
        for node, local in _walk(ast.Expression(tree), frozenset())  # type: ignore[arg-type]  # any tree: it is walked, not compiled
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local
    }


def _bound_by(statement: ast.stmt, modules: Set[str]) -> set[str]:
    names_bound = set()
    for node, local in _walk(ast.Module([statement], []), frozenset()):
        names = _imported(node)
        if isinstance(node, FUNCTIONS | ast.ClassDef) and not isinstance(node, ast.Lambda):
            names = {node.name}
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names = {node.id}
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            names = {_root(node)}  # what is stored into, not what the index is made of
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            root, is_random = _root(node), _draws_from_all(node.func)
            names = {root} if is_random or root not in SHOWING | modules else set()
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            calls = [call.func for call in ast.walk(node.value) if isinstance(call, ast.Call)]
            functions = {func.id for func in calls if isinstance(func, ast.Name)}
            names = set() if _root(node.value) in SHOWING else _used(node.value) - modules - functions
        names_bound |= names - local
    return names_bound - {""} - BUILTINS


def _draws_from_all(function: ast.Attribute) -> bool:
    """Whether a call of it may draw from the one generator of all."""
    if not any(isinstance(one, ast.Attribute) and one.attr == "random" for one in _all_below(function)):
        return False
    chain = ast.unparse(function)
    return ".random." in chain and "default_rng" not in chain


def _imported(node: ast.AST) -> set[str]:
    """The names that an import binds; a call does not change them by being given them."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _walk(node: ast.AST, local: frozenset[str]) -> list[tuple[ast.AST, frozenset[str]]]:
    """Every node below, with the names that are local to the functions around it."""
    found, waiting = [], [(node, local)]
    while waiting:
        node, local = waiting.pop()
        for child in _children(node):
            found.append((child, local))
            inside = local
            if isinstance(child, ast.ClassDef):  # what its body binds is the class's own
                inside |= _bound_in(child)
            elif isinstance(child, FUNCTIONS):
                nodes = _all_below(child)
                inside |= {one.arg for one in _all_below(child.args) if isinstance(one, ast.arg)}
                inside |= {one.id for one in nodes if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
                inside -= {name for one in nodes if isinstance(one, ast.Global) for name in one.names}
            waiting.append((child, inside))
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    """What stands in a node, but for words such as + and "is read", which have no names."""
    children = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            children += [item for item in value if isinstance(item, ast.AST) and item._fields]
        elif isinstance(value, ast.AST) and value._fields:
            children.append(value)
    return children


def _all_below(node: ast.AST) -> list[ast.AST]:
    """Every node below, in no order that matters."""
    nodes = _children(node)
    for one in nodes:
        nodes += _children(one)
    return nodes


def _bound_in(body: ast.ClassDef) -> set[str]:
    """The names that the body of a class binds: its methods, and what is stored beside them."""
    stored = {
        node.id
        for statement in body.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {item.name for item in body.body if isinstance(item, ast.FunctionDef | ast.ClassDef)}


def _root(node: ast.expr) -> str:
    """The name that a chain of calls, attributes and items starts from."""
    while not isinstance(node, ast.Name):
        node = getattr(node, "func", None) or getattr(node, "value", None)
        if node is None:
            return ""
    return node.id
