"""Lessons in another language: their texts, each kept with the digest of the English text that it translates.

A translation in ``website/zh/`` holds texts and no code. A text whose English has changed since has no translation any
more: readers get the English one, and `stale` names it.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.lesson.places import COURSE, lesson_names
from website import HERE

ZH = HERE / "zh"
# a translated text stands below the digest of its English
MARK = re.compile(r"^<!-- of ([0-9a-f]{8}) -->\n", re.MULTILINE)
GENERATED = re.compile(r"\| lesson \|.*?(?=\n\n|\Z)|<details><summary>\d\d .*</details>", re.DOTALL)
TERMS = re.compile(r"^\| term \| 中文 \| meaning \|\n\|[-|]+\|\n((?:\|.*\n?)+)", re.MULTILINE)
PIPE = re.compile(r"(?<!\\)\|")
TERMS_PAGE = """# 术语表

各课术语表合在一起：中文、英文、出现在哪一课、英文解释。

| 中文 | English | 课 | meaning |
|---|---|---|---|
"""


def digest(text: str) -> str:
    """What a translation calls an English text; what the build writes into it (tables of lessons) does not count."""
    return hashlib.sha256(GENERATED.sub("", text).encode()).hexdigest()[:8]


def lessons() -> list[str]:
    """The lessons that have a translation."""
    return [name for name in lesson_names() if (ZH / f"{name}.md").exists()]


def texts(name: str, folder: Path = ZH) -> dict[str, str]:
    """The translated texts of a lesson, or of START, by the digest of their English."""
    _, *pieces = MARK.split((folder / f"{name}.md").read_text(encoding="utf-8"))
    return {key: text.strip("\n") for key, text in zip(pieces[::2], pieces[1::2], strict=True)}


def into(notebook: NotebookNode, name: str, folder: Path = ZH) -> NotebookNode:
    """The notebook with every text replaced that has a translation; code, ids and answers stay as they are."""
    translations = texts(name, folder)
    for cell in _to_translate(notebook):
        generated = "\n\n".join(GENERATED.findall(cell.source))
        translation = translations.get(digest(cell.source), cell.source)
        cell.source = translation.replace("{generated}", generated)
    return notebook


def stale(name: str, folder: Path = ZH) -> list[str]:
    """The ids of a notebook's cells whose text has no translation, or has changed since it was translated."""
    translations = texts(name, folder)
    return [cell.id for cell in _to_translate(_english(name)) if digest(cell.source) not in translations]


def _english(name: str) -> NotebookNode:
    return nbformat.read(COURSE / f"{name}.ipynb" if name == "START" else COURSE / name / f"{name}.ipynb", 4)


def _to_translate(notebook: NotebookNode) -> Iterator[NotebookNode]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not cell.metadata.get("nbgrader", {}).get("solution"):
            yield cell


def terms_page() -> str:
    """The terms of all lessons, each once, with their Chinese."""
    found: dict[tuple[str, str], tuple[list[str], str]] = {}
    for name in lesson_names():
        for cell in _english(name).cells:
            for table in TERMS.findall(cell.source) if cell.cell_type == "markdown" else ():
                for line in table.splitlines():
                    term, chinese, meaning = (part.strip() for part in PIPE.split(line)[1:-1])
                    found.setdefault((term, chinese), ([], meaning))[0].append(name[:2])
    rows = (
        f"| {chinese} | {term} | {', '.join(where)} | {meaning} |"
        for (term, chinese), (where, meaning) in sorted(found.items(), key=lambda item: item[0][0].lower())
    )
    return TERMS_PAGE + "\n".join(rows) + "\n"
