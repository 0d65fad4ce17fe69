"""A page for each submission: how it ended, every mark with its reason, and the notebook as it ran.

Plain data goes in and HTML comes out, by a template that extends nbgrader's. A page remembers what it was made from
and is made again only when that has changed.
"""

import json
import logging
import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode, v4
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool
from traitlets.config import Config

from convschool.checking import VERDICT_MIME
from grading import fingerprint
from grading.bounded import Bounded, Failed
from grading.execute import shown
from grading.files import is_made_from, write_page
from grading.gradebook import Record, Sheet
from grading.gradebook.lateness import LatePenalties, duration
from grading.gradebook.rows import ELSEWHERE
from grading.lesson.criteria import is_for_marker
from grading.output import Output
from grading.publish.colours import coloured
from grading.publish.exchange import write_exchange
from grading.publish.formulas import markdown_to_html
from grading.publish.typeset import TYPESET, typeset

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

WORDS = {
    "graded": "Every cell was run.",
    "timed-out": "Your notebook ran longer than it may.",
    "out-of-memory": "Your notebook needed more memory than it may.",
    "crashed": "Your notebook's process ended before its last cell.",
    "invalid": "Your notebook could not be run.",
    ELSEWHERE: "Your notebook was run by nbgrader.",
}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head>
<body style="font-family:sans-serif;max-width:45em;margin:3em auto;padding:0 1em;overflow-wrap:anywhere">
<main><h1>{title}</h1><p>{name}</p><p>{words}</p><p>Score: {score:g} of {of:g}</p><p>{more}</p>
<p style="color:#555">{reason}</p></main></body></html>
"""
# what a notebook that cannot be read says first is a parser's word: that stands at the end of the page
CUT_OFF = (
    "The file that you handed in is cut off or is no notebook. Open your notebook where you wrote it, save it, "
    "download it again as .ipynb, and hand it in once more."
)
NO_RESPONSE = "No response."  # nbgrader's own comment on an answer that was left as it came
HIDDEN_FAILS = "It passes the cases you can see."
# what a page may need: from it an exporter loads its templates, colours and formulas
SPECIMEN = v4.new_notebook(
    cells=[
        v4.new_markdown_cell("# A heading\n\nA formula $x^2$ and `code`."),
        v4.new_code_cell(
            "def double(x):\n    return 2 * x  # twice",
            outputs=[
                v4.new_output("stream", text="1\n"),
                v4.new_output("display_data", {"text/html": "<b>1</b>", "text/plain": "1"}),
                v4.new_output("error", ename="ValueError", evalue="x", traceback=["\x1b[31mValueError\x1b[0m: x"]),
            ],
        ),
    ]
)
TEMPLATE = Path(__file__).parent / "templates" / "feedback_page" / "index.html.j2"
NOT_SHOWN = "Your notebook cannot be shown here; your marks are those above."
PAGE_SECONDS, PAGE_MB = 20.0, 2048  # CPU time and memory for a page: an honest one takes a hundredth
FEW = 4  # pages that are not worth the start of another process
AT_ONCE = 64  # pages that may wait to be written, some hundred kilobytes each
KEPT, LONGEST_KEPT = 1024, 5000  # how many cells' HTML is kept, of texts of how many characters


class FeedbackError(ValueError):
    """A page cannot be made; the message names the submission."""


class SanitizeLearnersCells(SanitizeHTML):
    """Remove everything that could run from a learner's cells and outputs; the lesson's own cells stay as they are.

    A written answer is typeset without links, tags and pictures of its own; unless `typesets`, it is shown as typed.
    """

    typesets = Bool(True).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if _is_fixed(cell):
            return cell, resources
        if cell.cell_type == "markdown":
            text, as_typed, pictures = cell.source, shown.as_typed(cell.source), ""
            if cell.metadata.get("convgrade", {}).get("typed", False):
                text, as_typed, pictures = shown.taken_apart(cell)
            cell.source = (typeset(text, as_typed) if self.typesets else as_typed) + pictures
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


def _is_fixed(cell: NotebookNode) -> bool:
    """Whether a cell is the lesson's, and no learner can have changed it."""
    about = cell.metadata.get("nbgrader", {})
    return about.get("locked", False) or (cell.cell_type == "markdown" and not about)


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter, made quick for many pages that are mostly the same.

    What cells of ours say is on every page, so their HTML is kept: that of a whole cell where it has neither mark nor
    outputs (the template asks `kept_html` and tells `keep_html`), and else that of its text. A notebook that is made
    for the page alone is not copied three times. And a finished page is not parsed again to give pictures a text in
    place of them: the template's pictures get theirs here. With `plain`, neither code nor outputs get colours, and
    written answers are not typeset.
    """

    def __init__(self, plain: bool = False, **options):
        super().__init__(**options)
        self._text = lru_cache(KEPT)(markdown_to_html)
        self._code = lru_cache(KEPT)(coloured)
        self._cells: dict[str, str] = {}
        self.register_filter("kept_html", lambda cell: self._cells.get(_key(cell), ""))
        self.register_filter("keep_html", self._keep)
        self.register_filter("markdown2html", self._markdown)
        self.register_filter("highlight_code", _uncoloured if plain else self._coloured)
        if plain:
            self.register_filter("ansi2html", lambda text: escape(shown.without_colours(text)))

    def _keep(self, html: str, cell: NotebookNode) -> str:
        key = _key(cell)
        if key and len(cell.source) <= LONGEST_KEPT and len(self._cells) < KEPT:
            self._cells[key] = html
        return html

    def _markdown(self, source: str) -> str:
        return source if source.startswith((shown.TYPED, TYPESET)) else _kept(self._text, source)

    def _coloured(self, source: str, metadata: dict | None = None) -> str:
        quick = shown.is_quick_to_colour(source) and not shown.is_marked_slow({"metadata": metadata or {}})
        return _kept(self._code, source) if quick else _uncoloured(source)

    def from_notebook_node(  # type: ignore[override]  # as HTMLExporter's own: a page, where others give a notebook
        self, nb: NotebookNode, resources: dict | None = None, **options
    ) -> tuple[str, dict[str, Any]]:
        """The page and its resources. The notebook is changed."""
        resources = self._init_resources(resources)
        filter_data_type = WidgetsDataTypeFilter(notebook_metadata={}, parent=self, resources=resources)
        self.register_filter("filter_data_type", filter_data_type)
        # HTMLExporter's own would parse the page once more
        page, resources = TemplateExporter.from_notebook_node(self, _ForOnePage(nb), resources, **options)
        return page.replace('<img src="data:', '<img alt="what the cell drew" src="data:'), resources


def _key(cell: NotebookNode) -> str:
    """All that the HTML of a cell depends on, where it is the same on every page; else empty."""
    if not _is_fixed(cell) or cell.metadata.get("nbgrader", {}).get("grade") or cell.get("outputs"):
        return ""
    return json.dumps([cell.cell_type, cell.source, cell.metadata], sort_keys=True)


class _ForOnePage(NotebookNode):
    """A notebook that belongs to nobody else: it is its own copy."""

    def __deepcopy__(self, memo: dict) -> NotebookNode:
        return self


@dataclass(frozen=True)
class Page:
    """A page to be made: what it says beside the notebook, the notebook's file, where it goes, and its key."""

    sheet: Sheet
    notebook: Path
    path: Path
    key: str


def page_makers(pages: int, workers: int) -> Bounded:
    """Processes that make so many pages, at most `workers`. Each sets nbconvert up now, beside the caller.

    For a few pages the caller does it, once for all that it will fork.
    """
    processes = min(workers, -(-pages // FEW))
    if processes == 1:
        _exporter(plain=False)
    return Bounded(_page_of_task, PAGE_SECONDS, PAGE_MB, processes, prepare=partial(_exporter, plain=False))


def write_feedback(record: Record, out: Output, workers: int = 1, makers: Bounded | None = None) -> int:
    """Write ``feedback/<student>/<lesson>/<lesson>.html`` for the submissions in a gradebook.

    Only pages are written that are missing or say something else than the gradebook; how many is returned. Where marks
    are held, the page stays that was written when they were given. Pages are made by `makers`, by default `workers` new
    processes, each held to a time and a memory for a page, and written by this one: nothing is written once it has been
    killed. A page that takes too long is made without colours, and else without the notebook.

    Raises
    ------
    FeedbackError, OSError
    """
    record.settle_lateness({}, LatePenalties(), only_due=True)
    sheets = record.sheets()
    _rename_old_folders(out, sheets)
    stale = _stale(out, sheets)
    if stale:
        with makers or page_makers(len(stale), workers) as processes:
            for start in range(0, len(stale), AT_ONCE):
                _write_pages(stale[start : start + AT_ONCE], processes)
    write_exchange(out, [(sheet.state.student, sheet.state.lesson) for sheet in sheets])
    return len(stale)


def _rename_old_folders(out: Output, sheets: list[Sheet]) -> None:
    """Earlier versions called a folder by the student's name as it was: a page left there would go out as well."""
    for sheet in sheets:
        folder = out.page(sheet.state.student, sheet.state.lesson).parents[1]
        old = folder.parent / sheet.state.student
        if old != folder and old.is_dir() and not folder.exists():
            old.rename(folder)


def _write_pages(pages: list[Page], workers: Bounded) -> None:
    failed = []
    for page, text in zip(pages, workers.map(_task(page) for page in pages), strict=True):
        if isinstance(text, Failed):
            failed.append(page)
        else:
            write_page(page.path, text.decode(), page.key)
    for page in failed:
        text = workers(_task(page, plain=True))
        text = _plain_page(page.sheet, NOT_SHOWN) if isinstance(text, Failed) else text.decode()
        write_page(page.path, text, page.key)


def _task(page: Page, plain: bool = False) -> bytes:
    if page.sheet.state.status not in ("invalid", ELSEWHERE) and not page.notebook.exists():
        raise FeedbackError(
            f"{page.notebook} is missing: `convgrade grade {page.sheet.state.lesson}` runs that submission again"
        )
    return pickle.dumps((page, plain))


def _page_of_task(task: bytes) -> bytes:
    """In a process of its own: the text of a page."""
    return page_of(*pickle.loads(task)).encode("utf-8", "replace")


def stale_pages(out: Output, sheets: list[Sheet]) -> Iterator[tuple[str, str]]:
    """Student and lesson of each page that is missing or says something else than the gradebook."""
    for page in _stale(out, sheets):
        yield page.sheet.state.student, page.sheet.state.lesson


def _stale(out: Output, sheets: list[Sheet]) -> list[Page]:
    pages = map(_page(out), (sheet for sheet in sheets if not sheet.held))
    return [page for page in pages if not is_made_from(page.path, page.key)]


def late_words(sheet: Sheet) -> str:
    """How late a submission is and what that takes, as a sentence; empty for one that is on time."""
    if not sheet.seconds_late:
        return f"Late: {sheet.penalty:g} taken off." if sheet.penalty else ""
    takes = f"{sheet.penalty:g} of {sheet.before:g} taken off" if sheet.penalty else "nothing is taken off"
    return f"Late by {duration(sheet.seconds_late)}: {takes}."


def is_cut_off(sheet: Sheet) -> bool:
    """Whether the file that was handed in is no whole notebook."""
    return sheet.state.status == "invalid" and "is not a notebook" in sheet.state.reason


def page_of(page: Page, plain: bool = False) -> str:
    """The text of a page; `plain` as for `FeedbackExporter`.

    Raises
    ------
    FileNotFoundError
        When the notebook as it ran is missing.
    """
    state = page.sheet.state
    if state.status == "invalid":
        return _plain_page(page.sheet, CUT_OFF if is_cut_off(page.sheet) else "")
    if state.status == ELSEWHERE and not page.notebook.exists():
        return _plain_page(page.sheet, "Your notebook as it ran is not here.")
    text = page.notebook.read_text(encoding="utf-8")
    for without_colours in (plain, True):
        try:
            return render(nbformat.from_dict(json.loads(text)), page.sheet, without_colours)
        except Exception:  # whatever nbconvert stumbles over in what a learner wrote
            continue
    return _plain_page(page.sheet, NOT_SHOWN)


def render(notebook: NotebookNode, sheet: Sheet, plain: bool = False) -> str:
    """The page as HTML: the marks in one table, and the notebook as it ran, with marks and comments at its cells."""
    state = sheet.state
    why = {cell.metadata.nbgrader.grade_id: _why(cell) for cell in notebook.cells if "nbgrader" in cell.metadata}
    notebook.cells = [cell for cell in notebook.cells if not is_for_marker(cell)]
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader")
        if about:
            if about.get("grade") or about.get("task"):
                part = about["grade_id"]
                score, about["points"] = sheet.scores[part]
                if part in sheet.offered:
                    score, about["points"] = sheet.earned.get(part, 0.0), sheet.offered[part]
                about["score"] = score or 0.0
            if about.get("solution") or about.get("task"):
                about["comment"] = sheet.comments.get(about["grade_id"])
    about = {
        "student": state.student,
        "assignment": state.lesson,
        "notebook": state.lesson,
        "score": sheet.score,
        "max_score": sheet.max_score,
        "bonus": sheet.bonus,
        "late_penalty": sheet.penalty,
        "late": late_words(sheet),
        "note": sheet.note,
        "name": sheet.name,
        "words": WORDS[state.status],
        "reason": state.reason,
        "waiting": sheet.waiting,
        "marks": [
            {
                "part": part,
                "score": score,
                "points": points,
                "comment": sheet.comments.get(part),
                "void": sheet.voided.get(part, ""),
                "bonus": bonus_words(sheet, part),
                "why": why.get(part, "") if _is_lost(sheet, part) else "",
            }
            for part, (score, points) in sheet.scores.items()
        ],
        "comments": [
            part
            for part, comment in sheet.comments.items()
            if comment not in (None, "", NO_RESPONSE) and part not in sheet.scores
        ],
    }
    resources = {"unique_key": state.lesson, "nbgrader": about, "metadata": {"name": state.lesson}}
    return _exporter(plain=plain).from_notebook_node(notebook, resources=resources)[0]


def bonus_words(sheet: Sheet, part: str) -> str:
    """What a part gave beside the lesson's points, on a page or in a comment; empty for most."""
    return f"for a {sheet.bonus_words(part)}" if sheet.offered.get(part) else sheet.bonus_words(part)


def _is_lost(sheet: Sheet, part: str) -> bool:
    """Whether a part that is marked gave less than it could."""
    score, points = sheet.scores[part]
    return score is not None and (score < points or sheet.earned.get(part, 0.0) < sheet.offered.get(part, 0.0))


def _why(cell: NotebookNode) -> str:
    """In a few words, why a marked cell got no points, from the output of its check; empty where there is none."""
    if not cell.metadata.nbgrader.get("grade") or cell.cell_type != "code":
        return ""
    for output in cell.outputs:
        data = output.get("data", {})
        explanation = data.get("text/plain", "") if VERDICT_MIME in data else ""
        if explanation.startswith("✗"):
            heading, *facts = explanation.splitlines()
            words = heading.partition(": ")[2]
            hidden = " (a case that only grading runs)" if facts and facts[0].startswith(HIDDEN_FAILS) else ""
            name = data[VERDICT_MIME].get("mistake", "")
            return f"{words}{hidden}{f': {name}' if name else ''}"
    return "its check did not run to the end" if any(one.output_type == "error" for one in cell.outputs) else ""


@cache
def _exporter(plain: bool) -> HTMLExporter:
    """nbconvert, set up once for a process as `nbgrader generate_feedback` sets it up.

    It is tried once: what it loads when it is first used is then there for every page.
    """
    config = GenerateFeedback(coursedir=CourseDirectory(), config=Config()).config
    nbgraders = config.HTMLExporter.extra_template_basedirs
    config.SanitizeLearnersCells.typesets = not plain
    config.HTMLExporter.template_name = TEMPLATE.parent.name
    config.HTMLExporter.extra_template_basedirs = [*nbgraders, str(TEMPLATE.parents[1])]
    config.HTMLExporter.extra_template_paths = [*config.HTMLExporter.extra_template_paths, *nbgraders]
    exporter = FeedbackExporter(plain, config=config)
    exporter.optimistic_validation = True
    exporter.log.setLevel(logging.ERROR)
    for preprocessor in (SanitizeLearnersCells, CSSHTMLHeaderPreprocessor):
        exporter.register_preprocessor(preprocessor, enabled=True)
    resources = {"unique_key": "", "nbgrader": {"score": 0, "max_score": 0}, "metadata": {"name": ""}}
    exporter.from_notebook_node(SPECIMEN, resources=resources)
    return exporter


def _page(out: Output) -> Callable[[Sheet], Page]:
    """The function that makes a sheet a `Page` in `out`."""
    templates = _of_templates()

    def page(sheet: Sheet) -> Page:
        place = sheet.state.student, sheet.state.lesson
        late = [
            sheet.late_penalty,
            sheet.seconds_late,
            sheet.note,
            dict(sheet.voided),
            sheet.name,
            dict(sheet.earned),
            dict(sheet.offered),
        ]
        text = json.dumps([asdict(sheet.state), sheet.scores, sheet.comments, late], sort_keys=True)
        return Page(
            sheet,
            out.notebook(*place),
            out.page(*place),
            fingerprint.of_bytes(text.encode(), sheet.basis.executed.encode(), templates),
        )

    return page


@cache
def _of_templates() -> bytes:
    made_by = (
        Path(__file__),
        TEMPLATE,
        Path(typeset.__code__.co_filename),
        Path(markdown_to_html.__code__.co_filename),
    )
    return b"".join(path.read_bytes() for path in made_by)


def _uncoloured(source: str, metadata: dict | None = None) -> str:
    return f'<div class="highlight"><pre>{escape(source)}</pre></div>'


def _kept(convert: "_lru_cache_wrapper[str]", source: str) -> str:
    return convert(source) if len(source) <= LONGEST_KEPT else convert.__wrapped__(source)


def _plain_page(sheet: Sheet, more: str = "") -> str:
    state = sheet.state
    return PAGE.format(
        title=escape(state.lesson),
        name=escape(sheet.name),
        words=WORDS[state.status],
        reason=escape(state.reason),
        score=sheet.score,
        of=sheet.max_score,
        more=" ".join(filter(None, [late_words(sheet), more])),
    )
