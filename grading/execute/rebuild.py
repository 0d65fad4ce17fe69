"""Rebuild a submitted notebook from the master: of the submission only answers and extra cells count.

Test cells, metadata, cell order, kernel name and every cell of ours come from the master. A learner's own
code cells stay where they stood, behind the cell of ours that they followed.

Nothing that a learner wrote for an answer is lost. Jupyter's "split cell" gives both halves the answer's name: the last
one with something of the learner's is the answer, the halves before it run before it. A written answer is all that
stands in its cell, in the cell's copies, in text cells that follow it, and, where its cell is gone, between the cells
of ours around it. One that would be blank while the notebook has text of the learner's elsewhere gets that text: a
marker decides whose it is.
"""

import ast
import copy
import warnings

import nbformat
from nbformat import NotebookNode

from grading.execute import shown
from grading.execute.placing import lost_markings, neighbours, place_cells, same_words
from grading.execute.submitted_notebook import SubmittedCell
from grading.lesson.needed import LONG_NAME

ELSEWHERE = "*This answer is blank. What follows stood elsewhere in the notebook:*"


def rebuild(master: NotebookNode, release: NotebookNode, submitted: list[SubmittedCell]) -> NotebookNode:
    """The notebook to execute: the master with the submission's answers and extra cells.

    Parameters
    ----------
    master : NotebookNode
        The lesson's source notebook, with hidden tests.
    release : NotebookNode
        The same lesson as learners got it: answer cells left as they are there count as unanswered.
    submitted : list of SubmittedCell

    Returns
    -------
    NotebookNode
        A notebook whose answer cells carry, in ``metadata.convgrade``, whether they are `answered`, and the
        names that the master's answer `defines`, and which says in its own metadata.convgrade whether the
        submission has `lost_markings`. Its other cells are the master's own: do not change them.
    """
    released = {cell.id: cell for cell in release.cells if _is_answer(cell)}
    stubs = {place: cell.source for place, cell in released.items()}
    defines = {cell.id: _defines(cell) for cell in master.cells if _is_answer(cell)}
    submitted = place_cells(submitted, release, defines)
    written_answers, pictures = _written_answers(submitted, stubs, release)
    answers = _code_answers(submitted, stubs) | written_answers
    extras = _extra_cells(submitted, stubs, answers)
    rebuilt = NotebookNode({**master, "cells": list(extras.get("", []))})
    if lost_markings(submitted, release):
        rebuilt.metadata = NotebookNode({**master.metadata, "convgrade": {"lost_markings": True}})
    for cell in master.cells:
        if _is_answer(cell):
            cell = copy.deepcopy(cell)
            cell.source = answers[cell.id]
            if pictures.get(cell.id):
                cell.attachments = shown.attachments(pictures[cell.id])
            cell.metadata["nbgrader"] = released[cell.id].metadata["nbgrader"]
            cell.metadata["convgrade"] = {
                "answered": cell.source.strip() not in ("", stubs[cell.id].strip()),
                "defines": defines[cell.id],
            }
        rebuilt.cells.append(cell)
        rebuilt.cells += extras.get(cell.id, [])
    return rebuilt


def bound_names(source: str) -> list[str]:
    """The names that the top level of `source` binds by def, class or assignment."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return names


def _code_answers(submitted: list[SubmittedCell], stubs: dict[str, str]) -> dict[str, str]:
    """The text of each answer. Of cells that claim the same place, the last that was changed counts.

    A deleted answer cell stays empty, so that an answer in an extra cell is not defined anew by the stub.
    """
    answers = dict.fromkeys(stubs, "")
    for cell in submitted:
        if cell.place in stubs and (_is_changed(cell, stubs) or not answers[cell.place]):
            answers[cell.place] = cell.source
    return answers


def _written_answers(
    submitted: list[SubmittedCell], stubs: dict[str, str], release: NotebookNode
) -> tuple[dict[str, str], dict[str, list[shown.Picture]]]:
    """The text of each written answer, and the pictures in it.

    That is what was changed of its copies, and the learner's text cells behind them.

    Where its cell is gone, text between the cells of ours around it is the answer. One that stays blank gets the
    learner's text from anywhere else.
    """
    at = {cell.id: number for number, cell in enumerate(release.cells)}
    released = {same_words(cell.source) for cell in release.cells}  # a program may have dropped what says so
    ids = [cell.id for cell in release.cells if cell.id in stubs and cell.cell_type == "markdown"]
    there = {cell.place for cell in submitted}
    parts: dict[str, list[str]] = {place: [] for place in ids}
    pictures: dict[str, list[shown.Picture]] = {place: [] for place in ids}
    unchanged = dict.fromkeys(ids, "")
    elsewhere: list[str] = []
    loose: list[shown.Picture] = []
    for cell, (before, behind) in zip(submitted, neighbours(submitted, at), strict=True):
        if cell.place in ids:
            unchanged[cell.place] = cell.source
            if _is_changed(cell, stubs):
                parts[cell.place].append(cell.source)
                pictures[cell.place] += cell.pictures
        elif same_words(cell.source) in {"", *released}:
            continue
        elif cell.is_ours:
            elsewhere += [_added(cell.source, released)] if cell.is_text else []
        else:
            missing = [place for place in ids if place not in there and before < at[place] < behind]
            near = ([release.cells[before].id] if before >= 0 and release.cells[before].id in ids else []) + missing
            if cell.is_text or near and _is_prose(cell.source):
                elsewhere += [] if near else [cell.source]
                loose += [] if near else cell.pictures
                for place in near:
                    parts[place].append(cell.source)
                    pictures[place] += cell.pictures
    answers = {place: "\n\n".join(dict.fromkeys(parts[place])) or unchanged[place] for place in ids}
    note = "\n\n".join(filter(None, map(str.strip, dict.fromkeys(elsewhere))))
    for place in ids if note else []:
        if answers[place].strip() in ("", stubs[place].strip()):
            answers[place] = f"{ELSEWHERE}\n\n{note}"
            pictures[place] += loose
    return answers, {place: list(dict.fromkeys(found)) for place, found in pictures.items()}


def _added(source: str, released: set[str]) -> str:
    """The lines of an edited text cell of ours that stand in none of ours."""
    released_text = "\n".join(released)
    return "\n".join(line for line in source.splitlines() if same_words(line) not in released_text)


def _is_prose(source: str) -> bool:
    """Whether a code cell is text typed into the wrong kind of cell: comments only, a string, or no Python."""
    if LONG_NAME.search(source):
        return True
    try:
        with warnings.catch_warnings():  # of a learner's text, on the instructor's terminal
            warnings.simplefilter("ignore")
            statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in statements)


def _is_changed(cell: SubmittedCell, stubs: dict[str, str]) -> bool:
    return cell.source.strip() not in ("", stubs[cell.place].strip())


def _extra_cells(
    submitted: list[SubmittedCell], stubs: dict[str, str], answers: dict[str, str]
) -> dict[str, list[NotebookNode]]:
    """The learner's own code cells, by the id of the cell of ours that they follow ("" at the top).

    So are changed copies of an answer cell that are not the answer.
    """
    extras: dict[str, list[NotebookNode]] = {}
    before, count = "", 0
    for cell in submitted:
        copy_of_answer = cell.place in stubs and _is_changed(cell, stubs) and cell.source != answers[cell.place]
        if cell.kind == "code" and (copy_of_answer or not cell.is_ours and cell.source.strip()):
            count += 1
            node = nbformat.v4.new_code_cell(cell.source, id=f"extra-{count:03}")
            extras.setdefault(before, []).append(node)
        elif cell.place:
            before = cell.place
    return extras


def _defines(cell: NotebookNode) -> list[str]:
    return bound_names(cell.source) if cell.cell_type == "code" else []


def _is_answer(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("solution", False)
