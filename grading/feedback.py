"""A page for each submission: how it ended, every mark with its reason, and the notebook as it ran."""

import logging
from html import escape
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor, Preprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from traitlets import Dict
from traitlets.config import Config

from grading.record import FinalState, Record, sqlite_url

WORDS = {
    "graded": "Every cell was run.",
    "timed-out": "Your notebook ran longer than it may.",
    "out-of-memory": "Your notebook needed more memory than it may.",
    "crashed": "Your notebook's process ended before its last cell.",
    "invalid": "Your notebook could not be run.",
}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family:sans-serif;max-width:45em;margin:3em auto"><h1>{title}</h1><p>{words}</p>
<p>{reason}</p><p>Score: 0</p></body></html>
"""


class StateFirst(Preprocessor):
    """Put how the submission ended at the top of the page."""

    states = Dict().tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        about = resources["nbgrader"]
        state = self.states[about["student"], about["assignment"]]
        text = f"**{WORDS[state.status]}** {_plain(state.reason)}"
        nb.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="state"))
        return nb, resources


class SanitizeLearnersCells(SanitizeHTML):
    """Leave no live HTML in what a learner wrote or made; cells of ours stay as they are."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        about = cell.metadata.get("nbgrader", {})
        ours = about.get("locked", False) or (cell.cell_type == "markdown" and not about)
        return (cell, resources) if ours else super().preprocess_cell(cell, resources, cell_index)


def write_feedback(out: Path) -> None:
    """Write ``feedback/<student>/<lesson>/<lesson>.html`` for every submission in the gradebook of `out`."""
    with Record(sqlite_url(out)) as record:
        states = record.states()
    for state in states:
        if state.status == "invalid":
            _write_rejection(out, state)
    if any(state.status != "invalid" for state in states):
        _convert(out, {(state.student, state.lesson): state for state in states})


def _convert(out: Path, states: dict[tuple[str, str], FinalState]) -> None:
    config = Config()
    config.CourseDirectory.root = str(out.resolve())
    config.CourseDirectory.db_url = sqlite_url(out)
    config.CourseDirectory.assignment_id = "*"
    config.StateFirst.states = states
    config.GenerateFeedback.preprocessors = [
        StateFirst,
        GetGrades,
        SanitizeLearnersCells,
        CSSHTMLHeaderPreprocessor,
    ]
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    converter.force = True
    converter.log.setLevel(logging.ERROR)
    converter.start()


def _write_rejection(out: Path, state: FinalState) -> None:
    folder = out / "feedback" / state.student / state.lesson
    folder.mkdir(parents=True, exist_ok=True)
    page = PAGE.format(title=escape(state.lesson), words=WORDS["invalid"], reason=escape(state.reason))
    (folder / f"{state.lesson}.html").write_text(page, encoding="utf-8")


def _plain(text: str) -> str:
    """`text` in markdown, with nothing in it that markdown or HTML would read."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+-.!|$&" else letter for letter in text)
