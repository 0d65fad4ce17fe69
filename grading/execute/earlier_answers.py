"""One mistake costs once: an answer that uses a wrong answer of the same lesson is judged again with a right one.

Where the parts of an answer are lost and an earlier answer that it uses is wrong too, the marked pass is run once more
with the lesson's own answer in the place of the wrong one. That pass keeps no output, and gives marks to the later
answer only. An answer that comes later is not put right: two that leave the work to each other would both be right.
"""

import copy
import html
import re
import time
from collections.abc import Callable

from grading.execute.run_pass import Pass, kind_of, source_of
from grading.lesson.load import load_lesson

WORD = re.compile(r"[^\W\d]\w*")


def judge_with_right_answers(
    lesson: str,
    notebook: dict,
    shown: Pass,
    marked: Pass,
    run: Callable[[dict, dict[int, bool], float], Pass],
    seconds: float,
) -> None:
    """Give the marks of parts that only an earlier answer's mistake has cost, and say so on the page.

    Parameters
    ----------
    lesson : str
    notebook : dict
        The submission, rebuilt.
    shown, marked : Pass
        The results of its two passes; changed in place.
    run : callable
        Runs the marked pass of a notebook, without the cells named by position, in at most so many seconds.
    seconds : float
        What all such passes of this submission may take together.
    """
    if marked.status != "graded":
        return
    parts, answers = load_lesson(lesson).parts, load_lesson(lesson).answers
    cells = notebook["cells"]
    about = {  # the exercise of each marked cell, by position
        position: parts[cell["metadata"]["nbgrader"]["grade_id"]][0].id
        for position, cell in enumerate(cells)
        if kind_of(cell) == "marked" and cell["metadata"]["nbgrader"]["grade_id"] in parts
    }
    wrong = {exercise for position, exercise in about.items() if not marked.passed.get(position)}
    order = {_id(cell): number for number, cell in enumerate(cells) if kind_of(cell) == "answer"}
    uses = {
        exercise: {one for one in used & wrong if order[one] < order[exercise]}
        for exercise, used in used_answers(notebook).items()
        if exercise in wrong
    }
    end = time.monotonic() + seconds
    for used in {frozenset(used) for used in uses.values() if used}:
        mended = copy.deepcopy(notebook)
        for cell in mended["cells"]:
            if kind_of(cell) == "answer" and _id(cell) in used:
                cell["source"] = answers[_id(cell)]
        left = end - time.monotonic()
        if left <= 0:
            return
        wanted = [
            position
            for position, exercise in about.items()
            if frozenset(uses.get(exercise, ())) == used and not marked.passed.get(position)
        ]
        again = run(mended, {position: False for position in about if position not in wanted}, left)
        for position in wanted:
            if again.passed.get(position):
                marked.passed[position] = True
                marked.explained.pop(position, None)
                shown.outputs[position] = [_note(_id(cells[position]), sorted(used))]
            elif position in again.explained:
                marked.explained[position] = again.explained[position]


def used_answers(notebook: dict) -> dict[str, set[str]]:
    """For each answer: the other answers whose names stand in its code, and those that they use in turn."""
    answers = {_id(cell): cell for cell in notebook["cells"] if kind_of(cell) == "answer"}
    maker = {name: key for key, cell in answers.items() for name in _defines(cell)}
    # Words, not names read by a parser: a stranger's text is only searched here, and one word too many costs a pass.
    direct = {
        key: {maker[word] for word in WORD.findall(source_of(cell)) if word in maker} - {key}
        for key, cell in answers.items()
    }
    used = {}
    for key in direct:
        reached: set[str] = set()
        waiting = [key]
        while waiting:
            new = direct[waiting.pop()] - reached
            reached |= new
            waiting += new
        used[key] = reached - {key}
    return used


def _defines(cell: dict) -> list[str]:
    return cell["metadata"].get("convgrade", {}).get("defines", [])


def _id(cell: dict) -> str:
    return cell["metadata"]["nbgrader"]["grade_id"]


def _note(part: str, used: list[str]) -> dict:
    text = f"✓ {part}: passed, with a right answer to {' and '.join(used)} in the place of yours: a mistake costs once."
    return {
        "output_type": "display_data",
        "data": {"text/plain": text, "text/html": f"<p>{html.escape(text)}</p>"},
        "metadata": {},
    }
