"""The written answers of a lesson: model answers and rubrics, in ``written.toml``, where no build can release them."""

import tomllib
from pathlib import Path

from grading.lesson.bank import BankError, read_utf8
from grading.lesson.exercise import Criterion, Written


def read_written(path: Path) -> dict[str, Written]:
    """The written answers of a lesson, by id.

    Raises
    ------
    BankError
        When the file is not as it must be; the message names the entry.
    """
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(read_utf8(path))
    except tomllib.TOMLDecodeError as error:
        raise BankError(f"{path}: not TOML: {error}") from None
    return {key: _from_table(f"{path}: {key}", key, table) for key, table in tables.items()}


def _from_table(where: str, key: str, table: dict) -> Written:
    if not isinstance(table, dict):
        raise BankError(f"{where}: a written answer is a table: write [{key}]")
    unknown = sorted(table.keys() - {"criteria", "answer"})
    if unknown:
        raise BankError(f"{where}: there is no key {unknown[0]!r}; there are answer, criteria")
    criteria, answer = table.get("criteria"), table.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise BankError(f"{where}: it needs `answer`, the model answer")
    if not isinstance(criteria, list) or not criteria or not all(map(_is_criterion, criteria)):
        raise BankError(f"{where}: it needs `criteria`, each with `points` above 0 and `text`")
    return Written(key, answer.strip("\n"), tuple(Criterion(one["text"], one["points"]) for one in criteria))


def _is_criterion(one: object) -> bool:
    if not isinstance(one, dict):
        return False
    points, text = one.get("points"), one.get("text")
    number = isinstance(points, int | float) and not isinstance(points, bool) and points > 0
    return number and isinstance(text, str) and bool(text.strip())


def marked_answer(answer: Written) -> str:
    """The model answer and its rubric, as they stand in the instructor's notebook."""
    lines = [f"- {criterion.points:g}: {criterion.text}" for criterion in answer.criteria]
    return f"{answer.answer}\n\n**Rubric** ({answer.points:g} points)\n\n" + "\n".join(lines)
