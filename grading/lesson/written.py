"""The written answers of a lesson: model answers and rubrics, in ``written.toml``, where no build can release them."""

import tomllib
from pathlib import Path

from grading.lesson.bank import BankError
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
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BankError(f"{path}: not TOML: {error}") from None
    return {key: _written(f"{path}: {key}", key, table) for key, table in tables.items()}


def _written(where: str, key: str, table: dict) -> Written:
    criteria, answer = table.get("criteria"), table.get("answer")
    if not isinstance(answer, str) or not answer.strip():
        raise BankError(f"{where}: it needs `answer`, the model answer")
    if not criteria or not all(
        isinstance(one, dict) and one.get("points", 0) > 0 and one.get("text", "").strip() for one in criteria
    ):
        raise BankError(f"{where}: it needs `criteria`, each with `points` above 0 and `text`")
    return Written(key, answer.strip("\n"), tuple(Criterion(one["text"], one["points"]) for one in criteria))


def marked_answer(written: Written) -> str:
    """The model answer and its rubric, as they stand in the instructor's notebook."""
    lines = [f"- {criterion.points:g}: {criterion.text}" for criterion in written.criteria]
    return f"{written.answer}\n\n**Rubric** ({written.points:g} points)\n\n" + "\n".join(lines)
