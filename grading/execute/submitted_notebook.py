"""Read a submitted notebook, whichever program saved it: Jupyter, VS Code, Colab, Deepnote or a converter.

Nothing that such a program leaves out, adds or changes beside the answers costs a mark. Which cell of the lesson a
submitted cell is, also where the program has dropped its name, is decided in `grading.execute.placing`.
"""

import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.execute import shown
from grading.execute.shown import Picture
from grading.files import NotRead, printable, read_bounded
from grading.job import MOST_BYTES

MOST_SOURCE = 2**20  # characters of code: a thousand times what an answer has
MOST_CELLS = 1000
# where programs that write no cell ids keep them: Colab, Deepnote
ID_KEYS = ("id", "cell_id")
MOST_PICTURES = 4 * 2**20  # bytes of base64


@dataclass(frozen=True)
class SubmittedCell:
    """What is read of a submitted cell: its type, its text, and which cell of the lesson it says it is.

    `names` are what may say so, the surest first: its grade_id, its cell id, and where other programs keep that id.
    `place` is the cell of ours that it is, empty for a learner's own. `is_ours` holds for an old copy of a cell of ours
    too, which has no place any more. `pictures` are those that were pasted into a text cell.
    """

    kind: str
    source: str
    names: tuple[str, ...] = ()
    place: str = field(default="")
    is_ours: bool = False
    pictures: tuple[Picture, ...] = ()

    @property
    def is_text(self) -> bool:
        return self.kind in ("markdown", "raw")


class InvalidNotebook(Exception):
    """A submission that is not a notebook; the message says why, in words for the learner."""


def read_submission(path: Path) -> list[SubmittedCell]:
    """The cells of the notebook ``<student>/<lesson>/<lesson>.ipynb``, whichever program saved it.

    Raises
    ------
    InvalidNotebook
        When the file is missing, empty, too large, not JSON or not a notebook, or has too many cells.
    """
    for folder in (path.parent.parent, path.parent):
        if folder.is_symlink():
            name = printable(folder.name)
            raise InvalidNotebook(f"the folder {name} is a link; what it points to may be another's work")
    try:
        if path.is_symlink():
            raise InvalidNotebook(f"{path.name} is not an ordinary file")
        text = read_bounded(path, MOST_BYTES).decode("utf-8-sig")
        if not text:
            raise InvalidNotebook(f"{path.name} is empty")
    except NotRead as error:
        raise InvalidNotebook(str(error)) from None
    except FileNotFoundError:
        raise InvalidNotebook(f"there is no {path.name}") from None
    except UnicodeDecodeError as error:
        raise InvalidNotebook(f"{path.name} is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise InvalidNotebook(f"{path.name} cannot be read ({error.strerror})") from error
    try:
        notebook = json.loads(text)
        if isinstance(notebook, dict) and notebook.get("nbformat") != 4:
            _few_cells(path, [cell for sheet in notebook.get("worksheets", []) for cell in sheet.get("cells", [])])
            with warnings.catch_warnings():  # they quote the notebook, on the instructor's terminal
                warnings.simplefilter("ignore")
                notebook = nbformat.reads(text, as_version=4)
    except InvalidNotebook:
        raise
    except Exception as error:  # nbformat lets through whatever its upgrades stumble over
        raise InvalidNotebook(f"{path.name} is cut off, or is not a notebook: {_first_line(error)}") from error
    # a version 4 notebook is not validated: what a program left out or added elsewhere costs no marks
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InvalidNotebook(f"{path.name} is not a notebook: it has no list of cells")
    _few_cells(path, cells)
    submitted = [_submitted(cell) for cell in cells if isinstance(cell, dict)]
    if sum(len(picture.base64) for cell in submitted for picture in cell.pictures) > MOST_PICTURES:
        raise InvalidNotebook(f"{path.name} has more than {MOST_PICTURES >> 20} MiB of pictures in its text cells")
    if sum(len(cell.source) for cell in submitted) > MOST_SOURCE:
        raise InvalidNotebook(f"{path.name} has more than {MOST_SOURCE >> 20} MiB of text in its cells")
    return submitted


def _few_cells(path: Path, cells: list) -> None:
    if len(cells) > MOST_CELLS:
        raise InvalidNotebook(f"{path.name} has {len(cells)} cells; the limit is {MOST_CELLS}")


def _submitted(cell: dict) -> SubmittedCell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    names = (grade_id, cell.get("id"), *(metadata.get(key) for key in ID_KEYS))
    return SubmittedCell(
        kind=str(cell.get("cell_type", "")),
        source=_storable(source).replace("\r\n", "\n").replace("\r", "\n"),
        names=tuple(_storable(name) for name in names if name and isinstance(name, str)),
        pictures=shown.pictures(cell.get("attachments")),
    )


def _storable(text: str) -> str:
    """`text` without halves of characters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _first_line(error: Exception) -> str:
    return printable((str(error) or type(error).__name__).splitlines()[0][:200])
