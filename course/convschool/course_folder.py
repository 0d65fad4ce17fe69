"""The folder of the course, the files of checks in it, and the small files that the learner's work leaves there."""

import json
from pathlib import Path
from typing import Any


def course_folder() -> Path:
    """The folder that holds the lessons.

    It is the one that this package lies in; where the package was installed elsewhere, the folder above the
    notebook's, or the notebook's own.
    """
    package = Path(__file__).parents[1]
    here = Path.cwd()
    return next((folder for folder in (package, here.parent, here) if _has_lessons(folder)), package)


def lesson_files() -> list[Path]:
    """The ``checks.npz`` of each lesson, in the order of the lessons."""
    return sorted(course_folder().glob("*/checks.npz"))


def _has_lessons(folder: Path) -> bool:
    return next(folder.glob("*/checks.npz"), None) is not None


def read_kept(file: Path) -> dict[str, Any]:
    """The object that a JSON file holds; empty when there is none or it cannot be read."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write_kept(file: Path, kept: dict[str, Any]) -> None:
    """Write `kept` as JSON, whole or not at all; a folder that cannot be written does no harm."""
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False), encoding="utf-8")
        fresh.replace(file)
    except OSError:
        return
