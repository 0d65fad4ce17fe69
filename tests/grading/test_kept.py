"""What is kept between commands: used where nothing has changed, made again where anything has, never in the way."""

import os
from pathlib import Path

import pytest
from small_course import LESSON

from grading.gradebook import master
from grading.kept import MOST, kept
from grading.lesson.load import load_lesson


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "convgrade"


@pytest.fixture
def made(course, folder, monkeypatch) -> list[str]:
    """The lessons whose release nbgrader was asked for."""
    lessons, generate = [], master.generate_release

    def counted(root, lesson, db_url):
        lessons.append(lesson)
        return generate(root, lesson, db_url)

    monkeypatch.setattr(master, "generate_release", counted)
    return lessons


def next_command() -> master.Master:
    """The lesson as a new process reads it."""
    for read in (load_lesson, master._made, master._released):
        read.cache_clear()
    return master.load_master(LESSON)


def test_the_next_command_makes_no_release_of_the_same_lesson(made):
    first, second = next_command(), next_command()
    assert made == [LESSON]
    assert first == second
    assert type(first.source) is type(second.source)
    assert [type(one) for one in vars(first.cells).values()] == [type(one) for one in vars(second.cells).values()]


@pytest.mark.parametrize("changed", ["text", "checks", "rubric", "another lesson", "grader", "package"])
def test_whatever_has_changed_it_is_made_again(made, course, monkeypatch, changed):
    next_command()
    place = course.solutions / LESSON
    files = {"text": f"{LESSON}.md", "checks": "checks.py", "rubric": "written.toml"}
    if changed in files:
        file = place / files[changed]
        file.write_text(f"{file.read_text()}\n")
    elif changed == "another lesson":
        other = course.solutions / "02-other"
        other.mkdir()
        (other / "02-other.md").write_text("")
        (other / "checks.py").write_text("EXERCISES = []")
    elif changed == "grader":
        monkeypatch.setattr(master.fingerprint, "of_grader", lambda: b"another")
    else:
        monkeypatch.setattr(master, "version", lambda package: "999")
    next_command()
    assert made == [LESSON, LESSON]


@pytest.mark.parametrize("torn", [b"", b"\0" * 300, b'{"source": {', b"{}", b"\xff"])
def test_a_file_that_is_not_whole_is_made_again(made, folder, torn):
    first = next_command()
    (file,) = folder.iterdir()
    file.write_bytes(torn)
    assert next_command() == first
    assert made == [LESSON, LESSON]
    assert next_command() == first
    assert made == [LESSON, LESSON]


@pytest.mark.parametrize("why", ["no home", "others may write there", "a file is there", "full"])
def test_where_nothing_can_be_kept_it_is_made_each_time(made, folder, monkeypatch, why):
    if why == "no home":
        monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    elif why == "others may write there":
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    elif why == "a file is there":
        folder.parent.mkdir()
        folder.write_text("")
    else:
        replace = os.replace
        monkeypatch.setattr(
            os, "replace", lambda old, new: _full() if Path(new).parent == folder else replace(old, new)
        )
    assert next_command() == next_command()
    assert made == [LESSON, LESSON]
    assert not folder.is_dir() or not any(folder.iterdir())


def _full():
    raise OSError(28, os.strerror(28))


def test_the_oldest_go(folder):
    for number in range(MOST + 3):
        assert kept(f"{number}", lambda: "text", str.upper) == "TEXT"
        os.utime(folder / f"{number}", (number, number))
    assert sorted(int(file.name) for file in folder.iterdir()) == [*range(3, MOST + 3)]
