"""The pictures of README and handbooks: what each one shows, as text, and whether it is older than that.

A picture carries the digest of what it showed when it was made. `make pictures` makes all but those of measurements,
which `make bench` makes; a test compares the digests with what would be shown now.
"""

import hashlib
import linecache
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convschool import CheckFailed, explain, mode
from convschool.show.draw_digit import LOOKS, PAGE
from convschool.verdict import Verdict
from grading.author.verify import at_grading
from grading.lesson.answers import answered, run
from grading.lesson.load import load_lesson
from grading.lesson.notebook import marked_source
from grading.lesson.places import PROJECT

DOCS = PROJECT / "docs"
SHOWS = "shows"
LESSON, EXERCISE, PART, MISTAKE = "02-conv-derivatives", "conv2d-backward", "conv2d-backward-dx", "kernel-not-flipped"
# An answer that no bank has: its window leaves the array.
NOT_PADDED = """\
import numpy as np

def conv2d_backward(dout, x, w, stride=1, padding=0):
    F, C, KH, KW = w.shape
    N, F, OH, OW = dout.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), dout.sum((0, 2, 3))
    for n, f, i, j in np.ndindex(dout.shape):
        i0, j0 = i * stride, j * stride
        dw[f] += x[n, :, i0:i0+KH, j0:j0+KW] * dout[n, f, i, j]
        dx[n, :, i0:i0+KH, j0:j0+KW] += w[f] * dout[n, f, i, j]
    return dx, dw, db
"""


def verdict(lesson_name: str, exercise_id: str, part_id: str, answer: str) -> Verdict:
    """What the check of a part says of an answer that fails it: of source code, or of the known mistake of that id."""
    lesson = load_lesson(lesson_name)
    (exercise,) = (one for one in lesson.with_banks if one.id == exercise_id)
    (part,) = (one for one in exercise.parts if exercise.part_id(one) == part_id)
    known = {entry.id: entry.variants[0].source for entry in exercise.mistakes}
    source, marked = known.get(answer, answer), marked_source(exercise, part)
    # as a notebook does, so that a message can show the line that raised
    linecache.cache[f"<{exercise_id}>"] = (len(source), None, source.splitlines(keepends=True), f"<{exercise_id}>")
    with at_grading(lesson, exercise), mode.using(checks="silent"):
        try:
            run(marked, f"<{part_id}>", answered(lesson, exercise, source, [marked]))
        except CheckFailed as failed:
            return failed.verdict
    raise ValueError(f"answer: {part_id} passes with it")


@cache
def failing(name: str) -> Verdict:
    """The verdict that the picture `name` shows."""
    return verdict(*{
        "images/lesson-failing-check": (LESSON, EXERCISE, PART, MISTAKE),
        "images/message-exception": (LESSON, EXERCISE, "conv2d-backward-padding", NOT_PADDED),
        "images/message-small-case": (
            "01-convolution", "cross-correlate2d", "cross-correlate2d-square", "last-product-only"
        ),
    }[name])  # fmt: skip


def _message(name: str) -> str:
    """Words and picture of a verdict."""
    html = re.sub(r"base64,[^\"']*", "", explain.html(failing(name)))
    return explain.text(failing(name)) + html


def _report(name: str) -> str:
    """Who is in the sample class, and the page's template: which mistake an answer is told does not count, so that a
    mended check leaves the picture as it is."""
    sources = ("grading/author/sample_class.py", "grading/publish/templates/report.html")
    return "\n".join((PROJECT / file).read_text(encoding="utf-8") for file in sources)


def _tables(name: str) -> str:
    """The numbers that were measured with the picture."""
    text = (DOCS / "benchmarks-reference.md").read_text(encoding="utf-8")
    title = "## A training step" if name == "benchmarks-lenet5" else "## Single layers"
    return "\n".join(line for line in text.partition(title)[2].partition("\n## ")[0].splitlines() if "|" in line)


PICTURES: dict[str, Callable[[str], str]] = {
    "images/lesson-failing-check": _message,
    "images/message-exception": _message,
    "images/message-small-case": _message,
    "images/digit-drawn": lambda name: PAGE + LOOKS,
    "images/report": _report,
    "benchmarks-lenet5": _tables,
    "benchmarks-roofline": _tables,
}
# a drawing whose source is itself
DRAWN = ("images/boundary.svg",)


def digest(name: str) -> str:
    """A digest of what the picture `name` would show now."""
    return hashlib.sha256(PICTURES[name](name).encode()).hexdigest()[:16]


def sign(name: str, file: Path) -> None:
    """Write into a picture what it shows."""
    about = PngInfo()
    about.add_text(SHOWS, digest(name))
    with Image.open(file) as picture:
        picture.save(file, pnginfo=about, optimize=True)


def is_current(name: str, folder: Path = DOCS) -> bool:
    """Whether the picture `name` shows what would be shown now."""
    with Image.open(folder / f"{name}.png") as picture:
        return picture.info.get(SHOWS) == digest(name)
