"""The reading edition: the lessons with the figures of solved ones and no answers, the handbooks, and the reference.

Sphinx with MyST-NB: lessons and handbooks are MyST already, `reference` is documented where it stands, a warning fails
the build, and it builds offline. Jupyter Book 2 fetches its themes from elsewhere; version 1 is Sphinx with a layer.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from grading.lesson.places import COURSE, lesson_names
from website import CACHE, HERE, MODULES, PROJECT, TOOLS, translated
from website.links import dangling
from website.solved import is_answer, solved

SECONDS_FOR_A_CELL = 600
LINES_TO_FOLD = 20
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\[]*)\]\((?P<target>[^)\s]+)\)")
LESSON_LINK = re.compile(r"\[([^\]\[]*)\]\((\d\d-[a-z-]+)/\2\.ipynb\)")
PREDICT = re.compile(r"^\*\*(?:Predict|预测)", re.MULTILINE)
CAPTION = re.compile(r"\*((?:The|图)[^*]+)\*")
EXERCISE = re.compile(r"^### +((?:Exercise|Optional|Written)[^\n(]*)", re.MULTILINE)
WIDGET = "application/vnd.jupyter.widget-view+json"
MATHJAX = MODULES / "mathjax" / "es5" / "tex-svg-full.js"
# what a page of the browser edition is called from a page here
LEARN = "learn/lab/index.html?path="
WORDS = {
    "en": {
        "learn": "Work through this lesson in your browser",
        "without": "without installing anything",
        "start": "Start in your browser",
        "show": "Show the {type}",
        "hide": "Hide the {type}",
    },
    "zh_CN": {
        "learn": "在浏览器里做这一课",
        "without": "不用安装任何东西",
        "start": "在浏览器里开始",
        "show": "展开",
        "hide": "收起",
    },
}


def build(out: Path, learn: bool, answers: bool = False, figures: bool = True) -> None:
    """Build it into the folder `out`.

    Parameters
    ----------
    out : pathlib.Path
        The site; the Chinese pages go into its folder ``zh``.
    learn : bool
        Whether the browser edition is built too and will lie beside the pages.
    answers : bool
        Whether each lesson gets a page of worked answers.
    figures : bool
        Whether the lessons are run, which takes minutes. Without, their pages have no outputs.

    Raises
    ------
    RuntimeError
        Where Sphinx warns of something, or a link leads nowhere; says which.
    """
    english = CACHE / "pages"
    shutil.rmtree(english, ignore_errors=True)
    shutil.copytree(HERE / "pages", english)
    for file in (PROJECT / "docs").rglob("*"):
        if file.is_file():
            target = english / file.relative_to(PROJECT / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_linked(file.read_text("utf-8")).encode() if file.suffix == ".md" else file.read_bytes())
    names = lesson_names()
    finished = executed if figures else lambda name, notebook: notebook
    _write(english / "START.ipynb", start(finished("START", start_notebook()), names))
    for name in names:
        notebook = finished(name, solved(name))
        _write(english / "lessons" / f"{name}.ipynb", readable(notebook, name, learn))
        if answers:
            _write(english / "answers" / f"{name}.ipynb", worked_answers(notebook, name))
    chinese = CACHE / "pages-zh"
    shutil.rmtree(chinese, ignore_errors=True)
    shutil.copytree(HERE / "zh", chinese, ignore=shutil.ignore_patterns("START.md", "[0-9]*.md"))
    shutil.copytree(HERE / "pages" / "_static", chinese / "_static")
    shutil.copytree(HERE / "pages" / "_templates", chinese / "_templates")
    shutil.copy(HERE / "pages" / "conf.py", chinese)
    (chinese / "terms.md").write_text(translated.terms_page(), encoding="utf-8")
    opening = translated.into(finished("START", start_notebook()), "START")
    _write(chinese / "START.ipynb", start(opening, translated.lessons()))
    for name in translated.lessons():
        page = readable(translated.into(finished(name, solved(name)), name), name, learn, "zh_CN")
        _write(chinese / "lessons" / f"{name}.ipynb", page)
    for source, language, place in ((english, "en", out), (chinese, "zh_CN", out / "zh")):
        _fill(source / "index.md", language, learn, answers)
        pages = {"en": _pages(english), "zh_CN": _pages(chinese)}
        (source / "languages.json").write_text(json.dumps(pages), encoding="utf-8")
        script = source / "_static" / "mathjax.js"
        # without MathJax formulas stay as they are written
        script.write_bytes(MATHJAX.read_bytes() if MATHJAX.exists() else b"")
        _sphinx(source, language, place)
    # the browser edition is laid beside the pages afterwards
    lost = [f"{page}: {link}" for page, link in dangling(out) if LEARN not in link]
    if lost:
        raise RuntimeError("links of the pages lead nowhere:\n" + "\n".join(lost))


def _sphinx(source: Path, language: str, out: Path) -> None:
    trees = CACHE / f"doctrees-{language}"
    words = WORDS[language]
    command = [TOOLS / "sphinx-build", "-q", "-W", "--keep-going", "-E", "-b", "html", "-d", trees]
    command += ["-D", f"language={language}"]
    for word in ("show", "hide"):
        command += ["-D", f"nb_code_prompt_{word}={words[word]}"]
    environment = os.environ | {"PYTHONPATH": os.fspath(PROJECT)}
    done = subprocess.run(
        [*command, source, out], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"the pages cannot be built:\n{done.stdout[-2000:]}{done.stderr[-6000:]}")
    for left in (".doctrees", "_sources", "jupyter_execute"):  # Sphinx's own; no page leads there
        shutil.rmtree(out / left, ignore_errors=True)


def _write(file: Path, notebook: NotebookNode) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)


def _pages(source: Path) -> list[str]:
    files = [file for file in source.rglob("*") if file.suffix in (".md", ".ipynb")]
    return sorted(file.relative_to(source).with_suffix("").as_posix() for file in files)


def start_notebook() -> NotebookNode:
    """START as learners get it."""
    return nbformat.read(COURSE / "START.ipynb", 4)


def executed(name: str, notebook: NotebookNode) -> NotebookNode:
    """The notebook `name` with its outputs, from an earlier build where nothing has changed since."""
    key = hashlib.sha256(nbformat.writes(notebook).encode())
    for file in sorted((COURSE / "convschool").rglob("*.py")):
        key.update(file.read_bytes())
    kept = CACHE / "executed" / f"{name}-{key.hexdigest()[:16]}.ipynb"
    if not kept.exists():
        os.environ["CONVSCHOOL_PROGRESS"] = "off"
        folder = COURSE / name if (COURSE / name).is_dir() else COURSE
        client = NotebookClient(
            notebook,
            timeout=SECONDS_FOR_A_CELL,
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        )
        client.execute(stderr=subprocess.DEVNULL)  # what cells write there comes as an output
        kept.parent.mkdir(parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{name}-*.ipynb"):
            old.unlink()
        nbformat.write(notebook, kept)
    return nbformat.read(kept, 4)


def start(notebook: NotebookNode, names: list[str]) -> NotebookNode:
    """START as a page: its links lead to the lessons' pages, and nobody's progress is shown.

    `names` are the lessons that have a page in this language; of the others it links the English one.
    """

    def to_page(link: re.Match) -> str:
        words, name = link.groups()
        return f"[{words}](lessons/{name}.ipynb)" if name in names else f'<a href="../lessons/{name}.html">{words}</a>'

    for cell in notebook.cells:
        cell.source = LESSON_LINK.sub(to_page, cell.source)
        if cell.cell_type == "code":
            cell.outputs = [] if _of_progress(cell) else list(_kept(cell.outputs))
            cell.execution_count = None
        cell.metadata = nbformat.from_dict({})
    return notebook


def readable(notebook: NotebookNode, name: str, learn: bool, language: str = "en") -> NotebookNode:
    """The lesson as a page.

    Answers stand as learners find them, what a prediction is about is folded, and so is long code; marks of checks and
    sliders that nothing answers are left out.
    """
    given = {cell.id: cell for cell in nbformat.read(COURSE / name / f"{name}.ipynb", 4).cells}
    predicting = False
    for cell, alt in zip(notebook.cells, _captions(notebook.cells), strict=True):
        if is_answer(cell):
            cell.source = given[cell.id].source
        tags = []
        if cell.cell_type == "code":
            graded = cell.metadata.get("nbgrader", {}).get("grade")
            cell.outputs = [] if graded or is_answer(cell) or _of_progress(cell) else list(_kept(cell.outputs))
            cell.execution_count = None
            if predicting and cell.outputs:
                tags.append("hide-output")
                predicting = False
            elif len(cell.source.splitlines()) > LINES_TO_FOLD and not is_answer(cell):
                tags.append("hide-input")
        else:
            # where the question unfolds its answer itself, the figures behind it need not be folded
            predicting = bool(PREDICT.search(cell.source)) and "<details>" not in cell.source
        cell.metadata = nbformat.from_dict({"tags": tags, "mystnb": {"image": {"alt": alt}}} if tags or alt else {})
    notebook.metadata.pop("widgets", None)
    if learn:
        up = "../" if language == "en" else "../../"
        words = WORDS[language]
        link = f'<p><a class="start" href="{up}{LEARN}{name}/{name}.ipynb">{words["learn"]}</a> {words["without"]}</p>'
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(link, id="learn-link"))
    return notebook


def _captions(cells: list[NotebookNode]) -> Iterator[str]:
    """For each cell the caption in the text behind it: what those hear who do not see its figure."""
    for cell, follows in zip(cells, [*cells[1:], None], strict=True):
        found = CAPTION.search(follows.source) if follows is not None and follows.cell_type == "markdown" else None
        yield " ".join(found[1].replace("`", "").split()) if found and cell.cell_type == "code" else ""


def worked_answers(notebook: NotebookNode, name: str) -> NotebookNode:
    """The answers of a lesson, each under the name of its exercise."""
    title = notebook.cells[0].source.splitlines()[0]
    cells = [nbformat.v4.new_markdown_cell(f"{title}: worked answers\n\nThe lesson: [{name}](../lessons/{name}.ipynb)")]
    exercise, titled = "", ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := EXERCISE.search(cell.source)):
            exercise = found[1].strip()
        if is_answer(cell):
            if exercise != titled:
                cells.append(nbformat.v4.new_markdown_cell(f"## {exercise}"))
                titled = exercise
            new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
            cells.append(new(cell.source))
    return nbformat.v4.new_notebook(
        cells=cells, metadata=nbformat.from_dict({"kernelspec": notebook.metadata.kernelspec})
    )


def _of_progress(cell: NotebookNode) -> bool:
    """Whether a cell shows a learner's progress: on a page it is nobody's."""
    return "progress()" in cell.source.splitlines()


def _kept(outputs: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue
        # the browser's figures are whole pages' worth of words for programs: eyes and screen readers have the HTML
        data = output.get("data")
        if data is not None and "text/html" in data:
            output.data = nbformat.from_dict({"text/html": data["text/html"]})
        yield output


def _linked(text: str) -> str:
    """Links to files of the project that are no page here become their words."""

    def kept(link: re.Match) -> str:
        target = link["target"]
        there = "://" in target or target.startswith("#") or not target.startswith("..")
        return link[0] if there else link["text"]

    return LINK.sub(kept, text)


def _fill(index: Path, language: str, learn: bool, answers: bool) -> None:
    up = "" if language == "en" else "../"
    link = f'<p><a class="start" href="{up}{LEARN}START.ipynb">{WORDS[language]["start"]}</a></p>'
    tree = "```{toctree}\n:caption: Worked answers\n:maxdepth: 1\n:glob:\n\nanswers/*\n```"
    text = index.read_text(encoding="utf-8")
    text = text.replace("{start}", link if learn else "").replace("{answers}", tree if answers else "")
    index.write_text(text, encoding="utf-8")
