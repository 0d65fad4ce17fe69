"""The banks of a lesson: known mistakes as edits of an answer, and correct answers written differently.

``mistakes/<exercise>.toml`` has a table for each mistake:

    [kernel-pair-swapped]
    loses = "rectangular"
    instead = { "kh, kw =" = "kw, kh =" }
    says = "Your windows lie on their side: which of the two numbers is the height?"

`of` names an entry of ``correct.py``, or an earlier mistake, to edit instead of the lesson's answer, or is ``"*"``: the
lesson's answer and every entry of ``correct.py`` in which the text stands. `code` is another program altogether. Tables
under `also` are further ways to make the same mistake. ``correct.py`` is cut into entries by lines
``# %% <exercise>: <id>``.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from grading.lesson.exercise import Correct, Exercise, Mistake, Variant

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEAD = re.compile(r"^# %% +(?P<exercise>[a-z0-9-]+) *: *(?P<id>[a-z0-9-]+) *$", re.MULTILINE)
WAYS = {"of", "instead", "code"}
KEYS = {"loses", "silent", "says", "also"} | WAYS


class BankError(ValueError):
    """A bank that cannot be read; the message names file, entry and what to do."""


def read_utf8(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    BankError
        When it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BankError(f"{path}: line {line} is not UTF-8: save the file as UTF-8") from None


def read_correct(path: Path, exercises: dict[str, Exercise]) -> list[Correct]:
    """The correct answers of a lesson, in order."""
    text = read_utf8(path) if path.exists() else ""
    heads = list(HEAD.finditer(text))
    for line in text.splitlines():
        if line.startswith("# %%") and not HEAD.match(line):
            raise BankError(f"{path}: {line!r}: a head is # %% <exercise>: <id>, in lower case words with dashes")
    answers: list[Correct] = []
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        entry = Correct(head["exercise"], head["id"], text[head.end() : end].strip("\n") + "\n")
        where = f"{path}: {entry.exercise}: {entry.id}"
        if entry.exercise not in exercises:
            raise BankError(f"{where}: there is no such exercise; there are {', '.join(exercises)}")
        if any((other.exercise, other.id) == (entry.exercise, entry.id) for other in answers):
            raise BankError(f"{where}: two entries have this id: give one of them another")
        _refuse_bad_source(where, entry.source)
        if not ast.parse(entry.source).body:
            raise BankError(f"{where}: there is no code below this line")
        answers.append(entry)
    return answers


def read_mistakes(folder: Path, exercise: Exercise, answer: str, correct: list[Correct]) -> list[Mistake]:
    """The known mistakes of an exercise, in order.

    Parameters
    ----------
    folder : Path
        The lesson's folder ``mistakes``.
    exercise : Exercise
    answer : str
        The lesson's own answer, as `plain_answer` gives it.
    correct : list of Correct
        The correct answers of this exercise.
    """
    path = folder / f"{exercise.id}.toml"
    if not path.exists():
        return []
    try:
        tables = tomllib.loads(read_utf8(path))
    except tomllib.TOMLDecodeError as error:
        raise BankError(f"{path}: not TOML: {error}") from None
    bases = {"": answer} | {entry.id: plain_answer(entry.source) for entry in correct}
    mistakes: list[Mistake] = []
    for key, table in tables.items():
        earlier = {entry.id: entry.variants[0].source for entry in mistakes}
        mistakes.append(_mistake(f"{path}: {key}", key, table, exercise, bases, earlier))
    return mistakes


def messages(folder: Path) -> dict[tuple[str, str], str]:
    """What each known mistake tells the learner, by exercise and mistake, of a lesson's folder ``mistakes``.

    Without the programs that make the mistakes: those take a thousand times as long.
    """
    by_mistake = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise BankError(f"{path}: not TOML: {error}") from None
        for key, table in tables.items():
            if isinstance(table, dict) and isinstance(table.get("says"), str):
                by_mistake[path.stem, key] = " ".join(table["says"].split())
    return by_mistake


def plain_answer(source: str) -> str:
    """An answer without the lines of nbgrader's markers and without docstrings, which no edit is about."""
    lines = [line for line in source.splitlines() if not re.match(r"\s*### (BEGIN|END) ", line)]
    dropped: set[int] = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            if len(node.body) > 1:
                dropped |= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    rest = [line for number, line in enumerate(lines, start=1) if number not in dropped]
    return "\n".join(rest).strip("\n") + "\n"


def _mistake(
    where: str, key: str, table: dict, exercise: Exercise, bases: dict[str, str], earlier: dict[str, str]
) -> Mistake:
    if not isinstance(table, dict):
        raise BankError(f"{where}: a mistake is a table: write [{key}]")
    unknown = sorted(table.keys() - KEYS)
    if unknown:
        raise BankError(f"{where}: there is no key {unknown[0]!r}; there are {', '.join(sorted(KEYS))}")
    if not ID.fullmatch(key):
        raise BankError(f"{where}: a mistake's id is lower case words and digits with dashes between them")
    for word in ("loses", "silent", "says"):
        if not isinstance(table.get(word, ""), str):
            raise BankError(f'{where}: {word!r} is a text: write {word} = "..."')
    for needed in ("loses", "says"):
        if not str(table.get(needed, "")).strip():
            raise BankError(f"{where}: it needs {needed!r}")
    loses, silent = (frozenset(table.get(word, "").split()) for word in ("loses", "silent"))
    names = {part.name for part in exercise.parts}
    for word in sorted((loses | silent) - names):
        choice = f"there are {', '.join(sorted(names))}, with a space between two"
        raise BankError(f"{where}: {exercise.id} has no part {word!r}; {choice}")
    if silent - loses:
        raise BankError(f"{where}: a mistake is silent only where it loses: not in {', '.join(sorted(silent - loses))}")
    variants: dict[str, Variant] = {}
    also = table.get("also", [])
    if not isinstance(also, list) or not all(isinstance(way, dict) for way in also):
        raise BankError(f"{where}: 'also' is a list of tables: write also = [{{ code = ... }}] or [[{key}.also]]")
    for way in (table, *also):
        for variant in _variants(where, way, bases, earlier):
            variants.setdefault(variant.source, variant)
    return Mistake(exercise.id, key, tuple(variants.values()), loses, " ".join(table["says"].split()), silent)


def _variants(where: str, way: dict, bases: dict[str, str], earlier: dict[str, str]) -> Iterator[Variant]:
    """The sources that one way to make a mistake gives."""
    if ("code" in way) == ("instead" in way):
        raise BankError(f"{where}: write either `instead`, an edit of an answer, or `code`, a program")
    if "code" in way:
        if not isinstance(way["code"], str):
            raise BankError(f"{where}: 'code' is a text: write code = '''...'''")
        source = way["code"].strip("\n") + "\n"
        _refuse_bad_source(where, source)
        yield Variant("", source)
        return
    edits = way["instead"]
    if not isinstance(edits, dict) or not all(isinstance(new, str) for new in edits.values()):
        raise BankError(f'{where}: \'instead\' maps texts of the answer to others: write {{ "old" = "new" }}')
    of = way.get("of", "")
    if of == "*":
        fitting = [name for name, base in bases.items() if all(base.count(old) == 1 for old in way["instead"])]
        if not fitting:
            raise BankError(f"{where}: no answer holds the text of `instead` exactly once")
    elif of in bases or of in earlier:
        fitting = [of]
    else:
        names_of_bases = ", ".join(filter(None, bases))
        raise BankError(f"{where}: of = {of!r}: it is neither in correct.py ({names_of_bases}) nor a mistake above")
    for name in fitting:
        source = bases[name] if name in bases else earlier[name]
        for old, new in way["instead"].items():
            if source.count(old) != 1:
                label = name or "the lesson's answer"
                raise BankError(f"{where}: {old!r} stands {source.count(old)} times in {label}; it must stand once")
            source = source.replace(old, new)
        _refuse_bad_source(where, source)
        yield Variant(name, source)


def _refuse_bad_source(where: str, source: str) -> None:
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise BankError(f"{where}: line {error.lineno} is not Python: {error.msg}") from None
