"""Grade a class in which everybody attacks but the neighbours. Each file of this folder's folders is an attack."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from classroom import NEIGHBOURS, Live
from corpus import HERE, LESSON, LITTER, read_corpus
from in_formgrader import notebooks, visiting

from grading.collect.names import harmless_id
from grading.execute.shown import TYPED
from tests.machine import in_ci

ATTACKS = read_corpus(HERE)
LASTS = "sleep 86397"  # what surviving/ leaves behind, if it can
SLOW = 60.0  # seconds for a page of formgrader's on a busy machine: an honest one takes a hundredth
LISTS = ("manage_assignments", f"manage_submissions/{LESSON}", f"gradebook/{LESSON}/{LESSON}", "manage_students")
# what formgrader opens beside the first attack of each folder: by these its server or a browser was kept busy, or they
# want to run there
LOOKED_AT = (
    *("marks-on-a-letter", "letters-over-other-letters", "openings-of-formulas", "colours-in-every-cell"),
    *("perl-in-a-cell", "cells-just-short-enough", "pictures-of-many-pixels", "one-long-line", "many-lines"),
    *("attachments", "markdown", "javascript-output", "student-is-a-script", "too-many-cells"),
)
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


def test_there_are_enough_attacks_of_every_kind():
    assert len(ATTACKS) >= 40
    families = {attack.family for attack in ATTACKS}
    assert families == {path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] != "_"} - {"lesson"}
    assert all(attack.tries for attack in ATTACKS)


@each_attack
def test_ends_as_it_must(graded, attack):
    for student in attack.students:
        status = graded.status(student)
        assert status == attack.status or attack.slow and status == "timed-out", graded.reason(student)
        assert attack.reason in graded.reason(student)
        assert bool(graded.reason(student)) == (status != "graded")
        lost = graded.lost(student)
        if attack.status == "invalid":
            assert lost == {"": True}
        else:
            full = graded.lost(NEIGHBOURS[0].name)
            assert lost == {part: part in attack.loses or part.split("-")[0] in attack.loses for part in full}


@each_attack
def test_the_page_holds_no_secret_and_nothing_alive(graded, attack):
    ours = set(Live(graded.page(NEIGHBOURS[0].name)).found)
    for student in attack.students:
        assert not graded.secrets(student)
        assert not set(Live(graded.page(student)).found) - ours
        assert len(graded.page(student)) < 5_000_000


def test_the_table_holds_no_formula(graded):
    rows = [value for rows in graded.rows.values() for row in rows for value in row.values()]
    assert not [value for value in rows if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("neighbour", NEIGHBOURS, ids=lambda neighbour: neighbour.name)
def test_neighbours_are_what_they_were(graded, alone, neighbour):
    for what in ("rows_of", "database", "executed", "page"):
        assert getattr(graded, what)(neighbour.name) == getattr(alone, what)(neighbour.name)
    assert graded.status(neighbour.name) == "graded"
    assert graded.lost(neighbour.name) == {
        part: part.split("-")[0] in neighbour.loses for part in graded.lost(neighbour.name)
    }


def test_no_file_of_ours_or_of_anybody_is_changed(graded):
    assert not graded.changed


def test_nothing_is_left_behind(graded):
    commands = {path.parent.name: _command(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
    assert not {pid for pid, command in commands.items() if LASTS in command}
    folders = [Path("/"), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"), Path.home(), Path.cwd()]
    assert not [folder for folder in folders if list(folder.glob(f"{LITTER}*"))]
    assert not [path for path in graded.classroom.folder.rglob(f"{LITTER}*") if "out" not in path.parts]
    assert os.uname().nodename != LITTER


def test_no_file_of_the_graders_is_left(graded):
    assert not [path.name for path in (graded.classroom.folder / "tmp").iterdir()]


def test_the_terminal_is_told_nothing_that_it_obeys(graded):
    assert not {character for character in graded.printed if not character.isprintable() and character not in "\n\r"}
    assert "SyntaxWarning" not in graded.printed


def test_nobody_outside_is_called(graded, calls):
    assert not calls


@pytest.fixture(scope="module")
def visit(graded, tmp_path_factory):
    """Opens a page of formgrader's on the class."""
    with visiting(graded, tmp_path_factory.mktemp("instructor")) as go:
        yield go


@pytest.fixture(scope="module")
def ours(graded, visit):
    """What would run on every page of a notebook, and on every list."""
    places = f"submissions/{notebooks(graded)[NEIGHBOURS[0].name]}/?index=0", _of_student(NEIGHBOURS[0].name)
    return set().union(*(visit(place, until="networkidle").ran for place in places))


def pytest_generate_tests(metafunc):
    if "looked_at" in metafunc.fixturenames:
        first = {attack.family: attack.name for attack in ATTACKS[::-1]}
        names = in_ci({*LOOKED_AT, *first.values()}, by_hand={*LOOKED_AT[:6]})
        whole = metafunc.config.getoption("--whole-corpus", False)
        attacks = [attack for attack in ATTACKS if whole or attack.name in names]
        metafunc.parametrize("looked_at", attacks, ids=lambda attack: attack.name)


@pytest.mark.browser
def test_a_marker_can_look_at_it_in_formgrader(graded, visit, ours, looked_at):
    for student in map(harmless_id, looked_at.students):
        if looked_at.status != "invalid":  # of one that could not be read there is no notebook, and no link to one
            seen = visit(f"submissions/{notebooks(graded)[student]}/?index=0")
            assert seen.status == 200 and TYPED.split('"')[1] in seen.text
            assert not seen.ran - ours and not seen.elsewhere
            assert seen.seconds < SLOW
        if looked_at.student or looked_at.status == "invalid":
            seen = visit(_of_student(student), until="networkidle")
            assert seen.status == 200
            assert not seen.ran - ours and not seen.elsewhere


@pytest.mark.browser
@pytest.mark.parametrize("place", LISTS)
def test_nothing_runs_in_formgraders_lists(graded, visit, place):
    assert not set("".join(notebooks(graded))) & set("<>&\"'`")  # by what students are called there
    seen = visit(place, until="networkidle")
    assert seen.status == 200 and not seen.elsewhere
    assert not [one for one in seen.ran if "attacked" in one or "alert" in one or "example" in one]


def _of_student(student: str) -> str:
    return f"manage_students/{quote(student)}/{LESSON}"


def _command(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has just ended
        return ""
