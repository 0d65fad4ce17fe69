"""Which cell of the lesson a submitted cell is: by its names, else by its content, its neighbours and what it defines.

Programs drop or move names: Colab and Deepnote keep a cell's id in its metadata, converters keep none. And a lesson may
have changed since it was handed out. Answers and checks keep their names then; given cells and text of the lesson are
named by their positions, and a position may now be another cell's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nbformat import NotebookNode

from grading.execute.submitted_notebook import SubmittedCell

LOST_MARKINGS = (
    "The cells have lost their names (ids and metadata), as some programs do: answers were found by their content and "
    "place."
)
_POSITION = re.compile(r"(?:given|text)-\d{3,}")
_BINDS = re.compile(r"^(?:(?:async )?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def has_markings(submitted: Iterable[SubmittedCell], release: NotebookNode) -> bool:
    """Whether any cell says by a name which answer or check of ours it is."""
    marked = {cell.id for cell in release.cells if not _POSITION.fullmatch(cell.id)}
    return any(name in marked for cell in submitted for name in cell.names)


def lost_markings(cells: Sequence[SubmittedCell], release: NotebookNode) -> bool:
    """Whether these cells are a notebook of the lesson that has lost its names, and not an empty or quite another
    notebook.
    """
    return any(cell.place or cell.is_text for cell in cells) and not has_markings(cells, release)


def place_cells(
    submitted: Sequence[SubmittedCell], release: NotebookNode, defines: Mapping[str, Sequence[str]]
) -> list[SubmittedCell]:
    """The submitted cells, each with its `place`.

    Parameters
    ----------
    submitted : sequence of SubmittedCell
    release : NotebookNode
        The lesson as learners get it.
    defines : mapping
        By the id of each answer cell, the names that the master's answer binds. It finds answers in a notebook that
        has lost all its names.
    """
    at = {cell.id: number for number, cell in enumerate(release.cells)}
    words = [same_words(cell.source) for cell in release.cells]
    cells = [_by_name(cell, at, words) for cell in submitted]
    cells = _by_content(cells, release, at, words)
    if not has_markings(submitted, release):
        cells = _by_definition(cells, at, defines)
    return _old_copies(cells, at)


def neighbours(cells: Sequence[SubmittedCell], at: Mapping[str, int]) -> list[tuple[int, int]]:
    """For each submitted cell, the positions of the nearest cells of ours before and behind it.

    Where there is none before it, -1; where there is none behind it, the number of our cells.
    """
    before, last = [], -1
    for cell in cells:
        before.append(last)
        last = at.get(cell.place, last)
    behind, following = [], len(at)
    for cell in reversed(cells):
        behind.append(following)
        following = at.get(cell.place, following)
    return list(zip(before, reversed(behind), strict=True))


def same_words(text: str) -> str:
    """`text` with one space for each run of blanks and line ends: programs wrap lines and cut blanks at their ends."""
    return " ".join(text.split())


def _by_name(cell: SubmittedCell, at: Mapping[str, int], words: Sequence[str]) -> SubmittedCell:
    """The cell with the place that its names tell.

    A name of an answer or a check is believed. A name that is a position is believed where the cell has the content of
    our cell there.
    """
    for name in cell.names:
        if name in at and (not _POSITION.fullmatch(name) or words[at[name]] == same_words(cell.source)):
            return replace(cell, place=name, is_ours=True)
    return replace(cell, place="", is_ours=any(_POSITION.fullmatch(name) for name in cell.names))


def _by_content(
    cells: list[SubmittedCell], release: NotebookNode, at: Mapping[str, int], words: Sequence[str]
) -> list[SubmittedCell]:
    """The cells, those without a place compared by content with the cells of ours that no submitted cell is yet.

    Where several cells of ours have the same content, the next one in order is taken.
    """
    free: dict[tuple[bool, str], list[int]] = {}
    used = {cell.place for cell in cells}
    for number, cell in enumerate(release.cells):
        if cell.id not in used and words[number]:
            free.setdefault((cell.cell_type == "code", words[number]), []).append(number)
    places, last = [], -1
    for cell in cells:
        if not cell.place:
            candidates = free.get((cell.kind == "code", same_words(cell.source)), [])
            if candidates:
                number = next((candidate for candidate in candidates if candidate > last), candidates[0])
                candidates.remove(number)
                cell = replace(cell, place=release.cells[number].id, is_ours=True)
        last = at.get(cell.place, last)
        places.append(cell)
    return places


def _by_definition(
    cells: list[SubmittedCell], at: Mapping[str, int], defines: Mapping[str, Sequence[str]]
) -> list[SubmittedCell]:
    """The cells, where a code cell without a place is an answer if it defines names of that one answer of ours."""
    answer_of = {name: answer for answer, names in defines.items() for name in names}
    used = {cell.place for cell in cells}
    places = []
    for cell in cells:
        if cell.kind == "code" and not cell.place and not cell.is_ours:
            bound = {first or second for first, second in _BINDS.findall(cell.source)}
            answers = {answer_of[name] for name in bound if name in answer_of} - used
            if len(answers) == 1:
                cell = replace(cell, place=answers.pop(), is_ours=True)
        places.append(cell)
    return places


def _old_copies(cells: list[SubmittedCell], at: Mapping[str, int]) -> list[SubmittedCell]:
    """The cells, those with a place that are named by a position and have other content than our cell there.

    If that position lies between those of its neighbours, the learner has edited our cell. Else the cell is of an
    earlier version of the lesson, and has no place.
    """
    copies = []
    for cell, (before, behind) in zip(cells, neighbours(cells, at), strict=True):
        if cell.is_ours and not cell.place:
            fits = (name for name in cell.names if name in at and before < at[name] < behind)
            cell = replace(cell, place=next(fits, ""))
        copies.append(cell)
    return copies
