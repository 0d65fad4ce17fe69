"""An author's text notebook: which cell is an answer, a marked part, a written answer, or a cell of ours."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

KINDS = ("answer", "part", "written")
FOLDED = "folded"  # a tag: JupyterLab shows a line of such a cell and three dots until somebody opens it
Kind = Literal["markdown", "ours", "answer", "part", "written"]


class TextError(ValueError):
    """A text that is not as it must be; the message names the file and the cell."""


@dataclass(frozen=True)
class TextCell:
    """One cell of a text.

    Parameters
    ----------
    kind : str
        What the cell is; "ours" is code that learners run and do not change.
    about : str
        The id of the exercise, the part or the written answer; empty for the others.
    source : str
    tags : tuple of str
    """

    kind: Kind
    about: str
    source: str
    tags: tuple[str, ...] = ()


def read_text(path: Path) -> tuple[TextCell, ...]:
    """The cells of the text notebook at `path` (MyST, by jupytext).

    Raises
    ------
    TextError
        When it cannot be read, or a cell's options are not as they must be.
    """
    import jupytext  # only where a text is read, because it takes long to import

    try:
        notebook = jupytext.read(path)
    except Exception as error:
        raise TextError(f"{path}: cannot be read as a MyST notebook: {error}") from error
    return tuple(_text_cell(path, number, cell) for number, cell in enumerate(notebook.cells, start=1))


def _text_cell(path: Path, number: int, cell: dict) -> TextCell:
    options = {key: value for key, value in cell["metadata"].items() if key in KINDS}
    unknown = sorted(cell["metadata"].keys() - {*KINDS, "tags"})
    where = f"{path}: cell number {number} ({_first_line(cell['source'])!r})"
    if unknown:
        raise TextError(f"{where}: there is no option {unknown[0]!r}; there are {', '.join((*KINDS, 'tags'))}")
    if len(options) > 1:
        raise TextError(f"{where}: it has the options {' and '.join(options)}: a cell has one of them")
    for kind, about in options.items():
        where = f"{path}: cell {about}"
        if cell["cell_type"] != "code":
            raise TextError(f"{where}: write :{kind}: {about} into a code cell")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(about)):
            raise TextError(f"{where}: an id is lower case words and digits with dashes between them")
        if kind != "answer" and cell["source"].strip():
            raise TextError(f"{where}: leave the cell empty: the build writes what stands in it")
        return TextCell(kind, str(about), cell["source"], tuple(cell["metadata"].get("tags", ())))
    plain: Kind = "ours" if cell["cell_type"] == "code" else "markdown"
    return TextCell(plain, "", cell["source"], tuple(cell["metadata"].get("tags", ())))


def _first_line(source: str) -> str:
    return (source.strip().splitlines() or [""])[0][:60]
