"""Make what a learner wrote harmless to look at: on a feedback page, in formgrader, in any viewer of notebooks.

A written answer is shown as it was typed, since a link, a tag or a formula of a learner's can run code where it is
rendered: on a marker's page with the rights of the marker. Its pictures stand below it. Only a feedback page, which is
made in a bounded process, typesets it (`grading.publish.typeset`). Code is shown with colours
only where colouring it is quick, and text is broken and cut where a browser would be long at it.
"""

import base64
import binascii
import json
import re
import signal
import struct
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from nbformat import NotebookNode

# The highlighter takes the square of the length of some texts. These limits keep it from what is known of them; what is
# longer than a usual cell is tried.
LONGEST_COLOURED, LONGEST_LINE, MOST_BLANK_LINES = 20_000, 1_000, 100
LONGEST_UNTRIED, TRY_SECONDS, TRY_ALL_SECONDS = 2_000, 0.5, 2.0
MOST_UNTRIED = 20_000  # characters of shorter cells of a notebook, each of which may be slow
MOST_PIXELS = 2**26
MOST_COLOURS = 5_000  # escape sequences in a notebook's outputs: a page takes the square of their number
# a browser takes the square of the number of marks on a letter, and of the length of a line in some scripts
MOST_MARKS, LONGEST_DRAWN_LINE = 8, 2_000
MOST_LINES = 100_000  # of all outputs of a notebook
MANY_LINES = "\n[the lines that follow are left out: there are more than is shown]\n"
KINDS = {"image/png": (b"\x89PNG\r\n\x1a\n", "png"), "image/jpeg": (b"\xff\xd8\xff", "jpeg")}
TYPED = '<pre class="typed tex2jax_ignore mathjax_ignore" style="white-space: pre-wrap">'
_MEANS_SOMETHING = {ord(character): f"&#{ord(character)};" for character in r"$[\`"}
_ESCAPES = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]?|\x1b")
# runs of signs that are no letters: marks are among them, which Python's expressions have no class for
_MAY_BE_MARKS = re.compile(rf"[^\w\x00-\u02ff]{{{MOST_MARKS + 1},}}")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_DRAWN_LINE}}}(?=[^\n])")
_PICTURES = re.compile(r"!\[[^\]]*\]\(attachment:(picture-\d+\.(?:png|jpeg))\)")


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG image that was pasted into a text cell."""

    kind: str
    base64: str


def pictures(attached: object) -> tuple[Picture, ...]:
    """The pictures among a cell's attachments; whatever else is there is left out."""
    all_pictures = []
    for bundle in attached.values() if isinstance(attached, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            data = "".join(data) if isinstance(data, list) and all(isinstance(part, str) for part in data) else data
            if kind in KINDS and isinstance(data, str) and _is_picture(kind, data):
                all_pictures.append(Picture(kind, "".join(data.split())))
                break
    return tuple(all_pictures)


def _is_picture(kind: str, data: str) -> bool:
    try:
        head = base64.b64decode("".join(data.split()), validate=True)[:24]
    except (ValueError, binascii.Error):
        return False
    if not head.startswith(KINDS[kind][0]):
        return False
    if kind == "image/png":
        width, height = struct.unpack(">II", head[16:24]) if len(head) == 24 else (0, 0)
        return 0 < width * height <= MOST_PIXELS
    return True


def attachments(pictures: list[Picture]) -> dict[str, dict[str, str]]:
    """Pictures as a cell's attachments, with names that the grader gives them."""
    return {
        f"picture-{number}.{KINDS[picture.kind][1]}": {picture.kind: picture.base64}
        for number, picture in enumerate(pictures, 1)
    }


def make_harmless(notebook: NotebookNode) -> NotebookNode:
    """Change a rebuilt notebook to one that is harmless to look at; its code stays."""
    left, untried = TRY_ALL_SECONDS, 0
    # nbconvert asks a cell for another language only where the notebook's own begins like this
    language = {"name": "python", **notebook.metadata.get("language_info", {}), "pygments_lexer": "ipython3"}
    notebook.metadata = NotebookNode({**notebook.metadata, "language_info": language})
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "convgrade" in cell.metadata:
            names = list(cell.get("attachments", {}))
            links = [f"![picture {number}](attachment:{name})" for number, name in enumerate(names, 1)]
            cell.source = "\n\n".join([as_typed(cell.source), *links])
            cell.metadata["convgrade"]["typed"] = True
        elif cell.cell_type == "code" and ("convgrade" in cell.metadata or not cell.metadata.get("nbgrader")):
            quick = is_quick_to_colour(cell.source)
            untried += len(cell.source)
            if quick and (len(cell.source) > LONGEST_UNTRIED or untried > MOST_UNTRIED):
                took = _seconds_to_colour(cell.source, min(left, TRY_SECONDS))
                quick, left = took is not None, left - (took or TRY_SECONDS)
            if not quick:
                cell.metadata["magics_language"] = "text"  # what nbconvert, and so formgrader, colours it as
    return notebook


def is_marked_slow(cell: Mapping) -> bool:
    """Whether `make_harmless` has found that a code cell takes long to colour."""
    return cell["metadata"].get("magics_language") == "text"


def as_typed(text: str) -> str:
    """Text as HTML that shows each of its characters; in Markdown too, where nothing of it is markup or a formula.

    What looks for links, formulas or code finds no beginning of one: some of it takes the square of their number.
    """
    return f"{TYPED}{escape(quick_to_draw(text)).translate(_MEANS_SOMETHING)}</pre>"


def taken_apart(cell: NotebookNode) -> tuple[str, str, str]:
    """A text cell that `make_harmless` has made: what was typed, that as HTML, and its pictures as HTML that needs no
    attachment.
    """
    attached = cell.get("attachments", {})

    def picture(link: re.Match) -> str:
        ((kind, data),) = attached[link[1]].items()
        return f'<img alt="a picture in this answer" src="data:{kind};base64,{data}">'

    typed, end, links = cell.source.rpartition("</pre>")
    return unescape(typed.removeprefix(TYPED)), typed + end, _PICTURES.sub(picture, links)


def without_colours(text: str) -> str:
    """Text of a terminal without its escape sequences."""
    return _ESCAPES.sub("", text)


def with_few_colours(outputs: list[dict], left: int) -> tuple[Any, int]:
    """A cell's outputs with at most `left` escape sequences of a terminal, or with none, and how many are left over."""
    number = json.dumps(outputs).count("\\u001b")
    if number <= left:
        return outputs, left - number
    return _everywhere(without_colours, outputs), left


def _everywhere(change: Callable[[str], str], value: object) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_everywhere(change, one) for one in value]
    if isinstance(value, dict):
        return {key: _everywhere(change, one) for key, one in value.items()}
    return value


def with_few_lines(outputs: list[dict], left: int) -> tuple[list[dict], int]:
    """A cell's outputs, quick to draw and with at most `left` line ends, and how many are left over."""

    def drawn(text: str) -> str:
        nonlocal left
        text = quick_to_draw(text)
        lines = text.count("\n")
        if lines <= left:
            left -= lines
            return text
        kept, left = "\n".join(text.split("\n", left)[:left]), 0
        return kept + MANY_LINES

    quick: list[dict[str, Any]] = []
    for entry in outputs:
        entry = {key: drawn(value) if key in ("text", "evalue") else value for key, value in entry.items()}
        if "traceback" in entry:
            entry["traceback"] = [drawn(line) for line in entry["traceback"]]
        if "data" in entry:
            data = dict[str, Any](entry["data"])  # type: ignore[arg-type]  # of an output, a dict
            for kind, change in (("text/plain", drawn), ("text/html", _with_few_marks)):  # a tag must not be broken
                if isinstance(data.get(kind), str):
                    data[kind] = change(data[kind])
            entry["data"] = data
        quick.append(entry)
    return quick, left


def quick_to_draw(text: str) -> str:
    """Text that a browser is quick to draw: few marks on a letter, and line ends in long lines that are not ASCII."""
    return text if text.isascii() else _LONG_LINE.sub(_in_two, _with_few_marks(text))


def _with_few_marks(text: str) -> str:
    return text if text.isascii() else _MAY_BE_MARKS.sub(_few_of, text)


def _few_of(signs: re.Match) -> str:
    kept, marks = [], 0
    for sign in signs[0]:
        marks = marks + 1 if unicodedata.category(sign) in ("Mn", "Me", "Mc", "Cf") else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
        elif marks == MOST_MARKS + 1:
            kept.append("\N{REPLACEMENT CHARACTER}")
    return "".join(kept)


def _in_two(line: re.Match) -> str:
    return line[0] if line[0].isascii() else line[0] + "\n"


def code_as_shown(cell: Mapping, source: str) -> str:
    """The source of a learner's cell that has run. A cell magic would choose the colours of another language."""
    source = quick_to_draw(source)
    if is_marked_slow(cell) and source.lstrip().startswith("%%"):
        return f"# shown without colours\n{source}"
    return source


def is_quick_to_colour(source: str) -> bool:
    """Whether a syntax highlighter is quick with this code, as far as is known."""
    if len(source) > LONGEST_COLOURED:
        return False
    lines = source.splitlines()
    blank = 0
    for line in lines:
        blank = 0 if line.strip() else blank + 1
        if blank > MOST_BLANK_LINES or len(line) > LONGEST_LINE:
            return False
    return True


def _seconds_to_colour(source: str, most: float) -> float | None:
    """How long the highlighter takes, in CPU time; None when that is more than `most`. In a process of our own."""
    from nbconvert.filters import Highlight2HTML
    from nbconvert.preprocessors import HighlightMagicsPreprocessor

    def too_long(signum, frame):
        raise TimeoutError

    if most <= 0:
        return None
    before = signal.signal(signal.SIGVTALRM, too_long)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        language = HighlightMagicsPreprocessor().which_magic_language(source)  # another one, for a cell magic
        Highlight2HTML(pygments_lexer="ipython3")(source, metadata={"magics_language": language} if language else {})
        return time.process_time() - start
    except Exception:  # whatever it stumbles over, it would again
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
