"""No picture of README and handbooks is older than what it shows, and each is made by a script."""

import re

import pytest
from PIL import Image

from grading.lesson.places import PROJECT
from website import pictures

PAGES = ("README.md", *sorted(f"docs/{file.name}" for file in (PROJECT / "docs").glob("*.md")))


def shown():
    """The pictures that pages show, as paths below docs/."""
    for page in PAGES:
        text = (PROJECT / page).read_text(encoding="utf-8")
        for target in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text):
            yield ((PROJECT / page).parent / target).resolve().relative_to(pictures.DOCS).as_posix()


def test_every_picture_is_made_by_a_script_and_shown_by_a_page():
    files = {
        file.relative_to(pictures.DOCS).as_posix() for end in ("png", "svg") for file in pictures.DOCS.rglob(f"*.{end}")
    }
    assert set(shown()) == files == {*(f"{name}.png" for name in pictures.PICTURES), *pictures.DRAWN}


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_is_no_older_than_what_it_shows(name):
    made_by = "make bench" if name.startswith("benchmarks") else "make pictures"
    assert pictures.is_current(name), f"docs/{name}.png shows what is no longer so: {made_by}"


def test_a_picture_of_something_else_is_found(tmp_path, monkeypatch):
    name = "images/digit-drawn"
    (tmp_path / "images").mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / f"{name}.png")
    assert not pictures.is_current(name, tmp_path)
    pictures.sign(name, tmp_path / f"{name}.png")
    assert pictures.is_current(name, tmp_path)
    monkeypatch.setitem(pictures.PICTURES, name, lambda name: "another page")
    assert not pictures.is_current(name, tmp_path)
