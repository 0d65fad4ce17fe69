"""docs/author.md is true: its blocks make a lesson, its commands do what it says, with no other lesson."""

import csv
import re
import shlex

import pytest
from project_copy import PROJECT, ProjectCopy

pytestmark = pytest.mark.left_to_ci
PAGE = (PROJECT / "docs" / "author.md").read_text(encoding="utf-8")
NAME = "09-scaling"
RECAP = "## 2. Recap"
# what the page's reader does, and a test of the commands does elsewhere
ELSEWHERE = (
    "convgrade watch",
    "convgrade mutants 09-scaling --sample",
    "convgrade verify 09-scaling --across",
    ". .venv",
)


def blocks():
    """The indented blocks of the page, each with the line above it."""
    above, block = "", []
    for line in [*PAGE.splitlines(), "end"]:
        if line.startswith("    ") or (block and not line.strip()):
            block.append(line[4:])
        elif line.strip():
            if block:
                yield above, "\n".join(block).rstrip("\n") + "\n"
            above, block = line, []


def follow(project, above, block):
    """Do what a block says; what its commands print."""
    lesson = project.folder / "solutions" / NAME
    written = re.search(r"Write `([^`]+)`", above)
    added = re.search(r"Add to `([^`]+)`, (at the end|above the recap):", above)
    if written:
        (lesson / written[1]).write_text(block, encoding="utf-8")
    elif added:
        file = lesson / added[1]
        text = file.read_text(encoding="utf-8")
        if added[2] == "at the end":
            text = f"{text}\n\n{block}"
        else:
            assert text.count(RECAP) == 1
            text = text.replace(RECAP, f"{block}\n{RECAP}")
        file.write_text(text, encoding="utf-8")
    elif re.match(r"convgrade |python |\. ", block):
        return "".join(run(project, line) for line in block.splitlines() if not line.startswith(ELSEWHERE))
    return ""


def run(project, line):
    program, *words = shlex.split(line, comments=True)
    if program == "python":
        assert words.pop(0) == "-m"
    result = project.python("grading.cli" if program == "convgrade" else words.pop(0), *words)
    assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
    return f"{result.stdout}\n"


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The project in which the page was followed, and what its commands printed."""
    project = ProjectCopy(tmp_path_factory.mktemp("tutorial"), {})
    yield project, [(block, follow(project, above, block)) for above, block in blocks()]
    project.close()


def test_what_the_page_says_is_printed_is_printed(followed):
    _, result = followed
    printed = "".join(output for _, output in result)
    shown = [block for block, _ in result if block.startswith(f"{NAME}: ")]
    assert shown and all(line in printed for block in shown for line in block.splitlines())
    assert "has no sign. Which is larger, -3 or 2?" in printed, "try shows what a learner would read"


def test_the_lesson_has_every_kind_and_a_class_is_graded_by_it(followed):
    project, _ = followed
    checks = (project.folder / "solutions" / NAME / "checks.py").read_text(encoding="utf-8")
    for kind in ("Value(", "Debug(", "AtMost(", "given(", "make(", "results=", "raises=", "layout="):
        assert kind in checks
    with open(project.folder / "work" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = {row["exercise"] for row in rows}
    assert len(parts) == 11 and {row["lesson"] for row in rows} == {NAME}
    for part in parts - {"scaling-double-why"}:
        assert any(float(row["score"]) > 0 for row in rows if row["exercise"] == part), part


def test_every_block_of_the_page_is_understood():
    """A block is a command, an addition to a file, or what a command prints; the commands are those of the project."""
    for above, block in blocks():
        messages = re.search(r"(Add to|Write) `[^`]+`", above)
        assert messages or block.startswith((f"{NAME}: ", "convgrade ", "python ", ". ")), f"{above}\n{block}"
