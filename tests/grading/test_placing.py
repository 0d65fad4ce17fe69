"""Notebooks that lost their markings, and those of an earlier version of a lesson: nothing that was written is lost."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from small_course import LESSON, hand_in, rows

from grading.execute.placing import lost_markings, place_cells
from grading.execute.rebuild import ELSEWHERE, rebuild
from grading.execute.submitted_notebook import read_submission
from grading.lesson.places import COURSE, lesson_names

EXAMPLES = Path(__file__).parents[2] / "grading" / "examples"


def handed_out(lesson):
    return nbformat.read(COURSE / lesson / f"{lesson}.ipynb", as_version=4)


def solved(lesson):
    return json.loads((EXAMPLES / "ada" / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8"))


def rebuilt_from(notebook, release, folder):
    file = folder / "lesson.ipynb"
    file.write_text(json.dumps(notebook), encoding="utf-8")
    return rebuild(release, release, read_submission(file))


def sources(notebook):
    return {cell.id: cell.source for cell in notebook.cells}


def nothing_left(cell, number):
    cell.pop("id", None)
    cell["metadata"] = {}


def as_colab(cell, number):
    cell["metadata"] = {"id": cell.pop("id")}


def as_deepnote(cell, number):
    cell["metadata"] = {"cell_id": cell.pop("id"), "deepnote_cell_type": cell["cell_type"]}


def ids_of_its_own(cell, number):
    cell["id"], cell["metadata"] = f"c{number:07}", {"id": f"x{number}"}


def wrapped_lines(cell, number):
    nothing_left(cell, number)
    if cell["cell_type"] == "markdown":
        cell["source"] = "".join(cell["source"]).strip() + "\n\n"


@pytest.mark.parametrize("change", [nothing_left, as_colab, as_deepnote, ids_of_its_own, wrapped_lines])
@pytest.mark.parametrize("lesson", lesson_names())
def test_what_a_program_does_to_names_changes_nothing(lesson, change, tmp_path):
    release, notebook = handed_out(lesson), solved(lesson)
    intact = sources(rebuilt_from(notebook, release, tmp_path))
    for number, cell in enumerate(notebook["cells"]):
        change(cell, number)
    found = sources(rebuilt_from(notebook, release, tmp_path))
    assert {name: text.strip() for name, text in found.items()} == {name: text.strip() for name, text in intact.items()}


@pytest.mark.parametrize("lesson", lesson_names())
def test_old_copies_of_our_cells_are_not_run_again(lesson, tmp_path):
    """The lesson as it is now has one cell more near its top, lacks one, and another has been edited."""
    release, notebook = handed_out(lesson), solved(lesson)
    given = [number for number, cell in enumerate(release.cells) if cell.id.startswith("given-")]
    release.cells[given[4]].source += "\n# edited"
    del release.cells[given[2]]
    release.cells.insert(given[0], new_code_cell("new = 1", metadata=release.cells[given[0]].metadata))
    release.cells.insert(given[0], new_code_cell("new = 2", metadata=release.cells[given[0]].metadata))
    for number, cell in enumerate(release.cells, start=1):
        if re.fullmatch(r"(given|text)-\d{3}", cell.id) or cell.source.startswith("new"):
            cell.id = f"{'text' if cell.cell_type == 'markdown' else 'given'}-{number:03}"
    # a helper of the learner's, before the last answer
    last = max(number for number, cell in enumerate(notebook["cells"]) if "def " in "".join(cell["source"]))
    notebook["cells"].insert(last, {"cell_type": "code", "id": "mine", "metadata": {}, "source": "helper = 1"})
    before = notebook["cells"][last - 1]["id"]
    found = rebuilt_from(notebook, release, tmp_path)
    order = [cell.id for cell in found.cells]
    assert [name for name in order if name.startswith("extra")] == ["extra-001"]
    assert sources(found)["extra-001"] == "helper = 1"
    ahead = found.cells[order.index("extra-001") - 1]
    theirs = "".join(next(cell for cell in notebook["cells"] if cell["id"] == before)["source"])
    assert ahead.source == theirs or ahead.id == before


def about(grade_id, grade=False, solution=False):
    return {"nbgrader": {"grade": grade, "grade_id": grade_id, "locked": not solution, "solution": solution}}


@pytest.fixture
def release():
    def written(name):
        return new_markdown_cell("Write here.", id=name, metadata=about(name, grade=True, solution=True))

    return new_notebook(
        cells=[
            new_markdown_cell("# A lesson", id="text-001"),
            new_code_cell("import numpy as np", id="given-002", metadata=about("given-002")),
            new_code_cell("def f(x): ...", id="double", metadata=about("double", solution=True)),
            new_code_cell("check(f)", id="double-plain", metadata=about("double-plain", grade=True)),
            new_markdown_cell("## Why?\n\nSay why it is so.", id="text-005"),
            written("why"),
            new_markdown_cell("## How?", id="text-007"),
            written("how"),
            new_markdown_cell("The end", id="text-009"),
        ]
    )


def cells_of(release):
    return json.loads(nbformat.writes(release))["cells"]


def written_answers(cells, release, folder):
    found = rebuilt_from({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, release, folder)
    return {cell.id: cell for cell in found.cells if cell.id in ("why", "how")}


@pytest.mark.parametrize("names", ["kept", "lost"])
@pytest.mark.parametrize("answered", [("why",), ("how",), ("why", "how")])
def test_text_is_placed_by_its_neighbours(release, tmp_path, names, answered):
    cells = cells_of(release)
    for cell in cells:
        if cell["id"] in answered:
            cell["source"] = f"My {cell['id']}."
            nothing_left(cell, 0)
    if names == "lost":
        for cell in cells:
            nothing_left(cell, 0)
    found = written_answers(cells, release, tmp_path)
    for place in ("why", "how"):
        assert found[place].source == (f"My {place}." if place in answered else "Write here.")
        assert found[place].metadata["convgrade"]["answered"] == (place in answered)


def mine(source, kind="markdown"):
    return {"cell_type": kind, "metadata": {}, "source": source}


def elsewhere(cells):
    cells.insert(1, mine("It is so because."))


def in_a_raw_cell(cells):
    cells.insert(1, mine("It is so because.", "raw"))


def under_the_question(cells):
    cells[4]["source"] = [*cells[4]["source"], "\n\nIt is so because."]


def under_the_question_of_an_old_version(cells):
    cells[4].update(source="# Another text, of old\n\nIt is so because.", id="text-099")


def at_the_end_of_a_notebook_without_names(cells):
    cells.append(mine("It is so because."))
    for cell in cells:
        nothing_left(cell, 0)


def alone_in_another_notebook(cells):
    cells[:] = [mine("It is so because.")]


@pytest.mark.parametrize(
    "typed",
    [
        elsewhere,
        in_a_raw_cell,
        under_the_question,
        under_the_question_of_an_old_version,
        at_the_end_of_a_notebook_without_names,
        alone_in_another_notebook,
    ],
)
def test_a_blank_answer_waits_while_text_stands_elsewhere(release, tmp_path, typed):
    cells = cells_of(release)
    typed(cells)
    for cell in written_answers(cells, release, tmp_path).values():
        assert cell.metadata["convgrade"]["answered"]
        assert "It is so because." in cell.source
        assert "Say why it is so" not in cell.source


def test_the_marker_is_told_that_it_stood_elsewhere(release, tmp_path):
    cells = cells_of(release)
    elsewhere(cells)
    cells[-2]["source"] = "My how."
    found = written_answers(cells, release, tmp_path)
    assert found["why"].source == f"{ELSEWHERE}\n\nIt is so because."
    assert found["how"].source == "My how."


@pytest.mark.parametrize("prose", ["Because it is so.", "# because it is so", "'because it is so'"])
def test_prose_in_a_code_cell_where_the_answer_should_stand_is_the_answer(release, tmp_path, prose):
    cells = cells_of(release)
    cells.insert(6, mine(prose, "code"))
    found = written_answers(cells, release, tmp_path)
    assert found["why"].source == prose
    assert not found["how"].metadata["convgrade"]["answered"]


def test_code_behind_a_written_answer_is_no_answer(release, tmp_path):
    cells = cells_of(release)
    cells.insert(6, mine("x = 1", "code"))
    assert not written_answers(cells, release, tmp_path)["why"].metadata["convgrade"]["answered"]


def test_an_untouched_notebook_without_names_is_unanswered(release, tmp_path):
    cells = cells_of(release)
    for cell in cells:
        nothing_left(cell, 0)
    found = written_answers(cells, release, tmp_path)
    assert not any(cell.metadata["convgrade"]["answered"] for cell in found.values())


def test_a_learners_second_run_of_a_cell_of_ours_is_run(release, tmp_path):
    cells = cells_of(release)
    cells.insert(3, mine("import numpy as np", "code"))
    found = rebuilt_from({"nbformat": 4, "metadata": {}, "cells": cells}, release, tmp_path)
    assert "extra-001" in sources(found)


def junk(cells):
    cells[:] = [mine("1 + 1", "code"), {"cell_type": 3}]


def emptied(cells):
    cells.clear()


def renamed(cells):
    for cell in cells:
        nothing_left(cell, 0)


@pytest.mark.parametrize(("change", "lost"), [(junk, False), (emptied, False), (elsewhere, False), (renamed, True)])
def test_only_our_notebook_without_its_names_has_lost_them(release, tmp_path, change, lost):
    cells, file = cells_of(release), tmp_path / "lesson.ipynb"
    change(cells)
    file.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    assert lost_markings(place_cells(read_submission(file), release, {}), release) is lost


def test_a_class_names_who_lost_the_markings_and_marks_no_text_with_nought(course, capsys):
    kim = hand_in(course.submissions, "kim", {"double": "def double(x): return 'right'", "why": "Because."})
    notebook = json.loads(kim.read_text())
    for cell in notebook["cells"]:
        nothing_left(cell, 0)
    kim.write_text(json.dumps(notebook))
    hand_in(course.submissions, "lea", {"double": "def double(x): return 'right'", "why": ""})
    assert course.grade() == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "Without markings, answers found by content and place; look at the written ones" in output
    assert f"kim/{LESSON}" in output and f"lea/{LESSON}" not in output
    found = {(row["student"], row["exercise"]): float(row["score"]) for row in rows(course.out)}
    assert found["kim", "double-plain"] == 2
    assert ("kim", "why") not in found  # it waits for a marker
    assert found["lea", "why"] == 0
    page = (course.out / "feedback" / "kim" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "have lost their names" in page
