"""What a newcomer is sent to is there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")


def place(path: str) -> Path:
    return PROJECT / path.replace("NN-name", "04-pooling")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/questions.md"])
def test_every_file_that_a_page_names_is_there(page):
    folders = {path.name for path in PROJECT.iterdir() if path.is_dir()}
    paths = [path for path in PATH.findall((PROJECT / page).read_text("utf-8")) if path.split("/")[0] in folders]
    assert len(paths) > 10
    assert [path for path in paths if not place(path).exists()] == []


def test_every_name_that_the_table_gives_is_in_the_files_of_its_row():
    rows = [line.split("|") for line in (PROJECT / "docs/questions.md").read_text("utf-8").splitlines() if "/" in line]
    for *_, file, there, _ in (row for row in rows if len(row) == 5):
        files = [place(path) for path in PATH.findall(file + there) if path.endswith(".py")]
        text = "".join(path.read_text("utf-8") for path in files)
        for name in re.findall(r"`(\w+)(?:\.\w+)?`", there):
            assert re.search(rf"\b{name}\b", text), (name, file)
