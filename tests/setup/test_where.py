"""docs/where.md: each cell of its table is tested, by a file that is there, or says that it is not."""

import re

import pytest

from grading.lesson.places import PROJECT

TEXT = (PROJECT / "docs" / "where.md").read_text(encoding="utf-8")
TABLE = TEXT[TEXT.index("| |") :].partition("\n\n")[0]
ROWS = [[cell.strip() for cell in line.split("|")[2:-1]] for line in TABLE.splitlines() if line.startswith("| ")]
CELLS = [(row, cell) for row in ROWS[1:-1] for cell in row]
SAYS = re.compile(r"(the saved form is )?tested\b|untested\b|by hand, \d+ \w+ \d{4}\b|not used there\b|none there\b")


def test_there_is_a_column_for_each_place_and_a_row_for_each_use():
    assert len(ROWS) >= 8 and {len(row) for row in ROWS} == {5}


@pytest.mark.parametrize("cell", sorted({cell for _, cell in CELLS}))
def test_a_cell_says_whether_it_is_tested_and_names_its_test(cell):
    assert SAYS.match(cell)
    named = re.findall(r"\(`(tests/[^`]+)`\)", cell)
    assert all((PROJECT / file).is_file() for file in named)
    assert named or not re.match("(the saved form is )?tested", cell)
