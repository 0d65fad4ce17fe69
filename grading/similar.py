"""`convgrade similar`: pairs of submissions whose code is nearly the same. Never an accusation, never a mark.

copydetect compares them: it reads code as tokens, so that names, comments and layout do not matter, and looks for runs
of tokens that two files have in common (winnowing: Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
document fingerprinting", SIGMOD 2003). What we have handed out, and our own answers, are taken out first: a right
answer that looks like ours says nothing.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.execute.shown import is_marked_slow
from grading.files import write_table
from grading.lesson.load import load_lesson
from grading.lesson.notebook import marked_source
from grading.output import Output

INSTALL = "python -m pip install --require-hashes -r requirements/similar.txt"
SHARE = 0.8
NOISE = 25  # shorter runs never count, in characters of code with its names made one letter: some two lines
SURE = 30  # runs as long as this are always found
FEWEST = 60  # characters in common that are worth a look
MOST_CODE = 100_000  # characters of a student's code that are compared: an honest one has a tenth


class SimilarError(ValueError):
    """Submissions cannot be compared; the message says what is missing."""


@dataclass(frozen=True)
class Pair:
    """Two submissions of a lesson, with the share of each one's code that is in the other too; the lesson's code is
    left out.
    """

    lesson: str
    student: str
    other: str
    share: float
    others_share: float
    length: int


def similar(lessons: list[str], out: Output, share: float = SHARE) -> list[Pair]:
    """Write ``similar.csv``: every pair of which one has at least this `share` of its code in common with the other.

    Raises
    ------
    SimilarError
        When copydetect is not installed.
    """
    try:
        import copydetect
    except ImportError:
        raise SimilarError(f"this needs the package copydetect: {INSTALL}") from None
    with out.record() as record:
        states = record.states()
    pairs = []
    for lesson in lessons:
        with tempfile.TemporaryDirectory() as scratch:
            folder, owners = Path(scratch), {}
            for number, state in enumerate(one for one in states if one.lesson == lesson):
                notebook = out.notebook(state.student, lesson)
                if notebook.is_file():
                    file = folder / f"{number}.py"
                    file.write_text("\n".join(_learners_code(notebook)), encoding="utf-8", errors="replace")
                    owners[str(file)] = state.student
            template_file = folder / "ours.py"
            template_file.write_text("\n".join(_our_code(lesson)), encoding="utf-8")
            if len(owners) < 2:
                continue
            detector = copydetect.CopyDetector(
                noise_t=NOISE, guarantee_t=SURE, display_t=0.0, silent=True, autoopen=False
            )
            for file in owners:
                detector.add_file(file)
            detector.add_file(str(template_file), "boilerplate")
            detector.run()
            for first, second, one, other, _, _, length in detector.get_copied_code_list():
                if max(first, second) >= share and length >= FEWEST:
                    shares = round(float(first), 3), round(float(second), 3)
                    pairs.append(Pair(lesson, owners[one], owners[other], *shares, int(length)))
    pairs.sort(key=lambda pair: (-max(pair.share, pair.others_share), pair.lesson, pair.student))
    write_table(out.table("similar"), list(Pair.__dataclass_fields__), [vars(pair) for pair in pairs])
    return pairs


def _learners_code(notebook: Path) -> Iterator[str]:
    """The answers and the cells of their own in a notebook that was run, as far as they are quick to take apart."""
    left = MOST_CODE
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        source = "".join(cell["source"])
        # what takes long to colour takes as long here: grading has tried it
        if cell["cell_type"] == "code" and (about.get("solution") or not about) and not is_marked_slow(cell):
            if len(source) <= left:
                left -= len(source)
                yield source


def _our_code(name: str) -> Iterator[str]:
    """All code of a lesson: what is given, its checks and its own answers."""
    lesson = load_lesson(name)
    for cell in lesson.cells:
        if cell.kind == "part":
            yield marked_source(*lesson.parts[cell.about])
        elif cell.kind not in ("markdown", "written"):
            yield "\n".join(line for line in cell.source.splitlines() if "### " not in line)
    yield from lesson.answers.values()
