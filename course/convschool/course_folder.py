"""Where the lessons are."""

from pathlib import Path


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
