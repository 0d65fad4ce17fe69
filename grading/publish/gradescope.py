"""Marks and comments as Gradescope's autograder takes them: a ``results.json`` for each submission.

Source: Gradescope, "Autograder Specifications", output format.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from grading.files import write_whole
from grading.gradebook import Mark, Sheet
from grading.output import Output
from grading.publish.hand_back import comments, part_comment


def write_gradescope(sheets: Iterable[Sheet], marks: Sequence[Mark], out: Output) -> list[Path]:
    """Write ``gradescope/<student>/<lesson>/results.json`` for the submissions of some sheets.

    A part is a test with its score and what it says. Where something still waits for a marker, or marks are held, the
    whole has no `score`: Gradescope keeps it ungraded.

    Returns
    -------
    list of Path
    """
    mistakes = {(mark.student, mark.lesson, mark.exercise): mark.mistake for mark in marks if mark.mistake}
    sheets = list(sheets)
    comment_of = comments(sheets, marks)
    files = []
    for sheet in sheets:
        student, lesson = sheet.state.student, sheet.state.lesson
        tests = [
            {
                "name": part,
                "max_score": points,
                **({} if score is None or sheet.held else {"score": score}),
                "output": part_comment(sheet, part, mistakes.get((student, lesson, part), "")),
                "visibility": "visible",
            }
            for part, (score, points) in sheet.scores.items()
        ]
        results: dict[str, Any] = {"output": comment_of[student, lesson], "visibility": "visible", "tests": tests}
        if sheet.score is not None and not sheet.waiting:
            results["score"] = sheet.score
        path = out.gradescope_results(student, lesson)
        write_whole(path, (json.dumps(results, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))
        files.append(path)
    return files
