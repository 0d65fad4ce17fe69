"""A hundred slips of an author, a file each in ``slips/``: one line says where the slip is and what to do.

in = "checks.py"                # the file that is spoilt; "90-kinds.md" and the banks likewise
old = "points=2"                # what stands there once
new = "points=0"                # what the author wrote instead; without `old`, it is added at the end
command = "verify --exercise double"    # "build" without it
says = "needs points"           # what the line must hold
"""

import tomllib
from pathlib import Path

import pytest

from grading.cli import main

HERE = Path(__file__).parent
NAME = "90-kinds"
SLIPS = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted((HERE / "slips").glob("*.toml"))}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_refused_in_one_line_that_says_what_to_do(slip, lesson, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    file = lesson / slip["in"]
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if "old" in slip:
        assert text.count(slip["old"]) == 1, f"{slip['old']!r} stands {text.count(slip['old'])} times"
        text = text.replace(slip["old"], slip["new"])
    else:
        text += slip["new"]
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    command = slip.get("command", "build").split()
    assert main([command[0], NAME, *command[1:]]) != 0
    messages = capsys.readouterr()
    lines = [line for line in (messages.out + messages.err).splitlines() if line.strip()]
    expected = " ".join(slip["says"].split())
    assert expected in " ".join(" ".join(lines).split())
    assert "Traceback" not in messages.err
    if command[0] == "build":
        assert len(lines) == 1 and not (lesson.parents[1] / "course" / NAME / f"{NAME}.ipynb").exists()


def test_there_are_a_hundred_slips():
    assert len(SLIPS) >= 100
