"""`convgrade new`: a lesson that builds, verifies and is graded, to be filled."""

import re
from pathlib import Path

from grading.lesson.places import SOLUTIONS

TEMPLATE = Path(__file__).parent / "template"
NAME = re.compile(r"(?P<number>\d\d)-(?P<words>[a-z0-9]+(-[a-z0-9]+)*)")


def new_lesson(name: str) -> list[Path]:
    """Write the files of a lesson that has one small exercise of its own.

    Parameters
    ----------
    name : str
        Two digits and words: ``"09-attention"``.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        When the name is not of this form, or there is such a lesson.
    """
    parts = NAME.fullmatch(name)
    if not parts:
        raise ValueError(f"NAME: {name!r}: write two digits and lower case words with dashes, like 09-attention")
    folder = SOLUTIONS / name
    if folder.exists():
        raise ValueError(f"NAME: there is a folder {folder}")
    words = parts["words"]
    exercise = f"{words}-double"
    names = {
        "number": parts["number"],
        "seed": int(parts["number"]),
        "title": words.replace("-", " ").capitalize(),
        "exercise": exercise,
    }
    files = []
    for file in sorted(TEMPLATE.iterdir()):
        target = folder / {"lesson.md": f"{name}.md", "mistakes.toml": f"mistakes/{exercise}.toml"}.get(
            file.name, file.name
        )
        text = file.read_text(encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(text, names), encoding="utf-8")
        files.append(target)
    return files


def _filled(text: str, names: dict) -> str:
    """The text with the names put in; its other braces stay."""
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
