"""Where the lessons lie, and what they are called. Imports nothing, so that a command's arguments are read at once."""

from pathlib import Path

PROJECT = Path(__file__).parents[2]
SOLUTIONS = PROJECT / "solutions"
COURSE = PROJECT / "course"


def lesson_names() -> list[str]:
    """The lessons of the project, in order: every folder of ``solutions/`` with a text of its name and checks."""
    return sorted(
        folder.name
        for folder in SOLUTIONS.iterdir()
        if (folder / f"{folder.name}.md").exists() and (folder / "checks.py").exists()
    )


def chosen(names: list[str] | None) -> list[str]:
    """`names`, or every lesson when there are none.

    Raises
    ------
    ValueError
        When a name is not a lesson's.
    """
    known = lesson_names()
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise ValueError(f"LESSON: there is no lesson {unknown[0]!r}; there are {', '.join(known)}")
    return list(names or known)
