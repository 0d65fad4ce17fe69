"""Of a submission only answers and extra cells count; everything else comes from the master."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.execute.rebuild import bound_names, rebuild
from grading.execute.submitted_notebook import InvalidNotebook, read_submission

STUB = "def double(x):\n    raise NotImplementedError"


def about(grade_id, grade=False, solution=False):
    facts = {"grade": grade, "grade_id": grade_id, "locked": not solution, "solution": solution, "task": False}
    return {"nbgrader": {**facts, "schema_version": 3, **({"points": 2} if grade else {})}}


def cell(grade_id, source, **kind):
    return new_code_cell(source, id=grade_id, metadata=about(grade_id, **kind))


@pytest.fixture
def master():
    return new_notebook(
        cells=[
            new_markdown_cell("# A lesson", id="text-001"),
            cell("given-002", "import numpy as np"),
            cell("double", "def double(x):\n    return 2 * x", solution=True),
            cell("double-plain", "assert double(2) == 4\n### hidden", grade=True),
            new_markdown_cell("model answer", id="why", metadata=about("why", grade=True, solution=True)),
        ]
    )


@pytest.fixture
def release(master):
    handed_out = nbformat.reads(nbformat.writes(master), as_version=4)
    handed_out.cells[2].source = STUB
    handed_out.cells[3].source = "assert double(2) == 4"
    handed_out.cells[4].source = "Write here."
    return handed_out


@pytest.fixture
def hand_in(release, tmp_path):
    """Save a notebook made from the release by a function, and rebuild what it becomes at grading."""

    def save(change, master):
        notebook = nbformat.from_dict(json.loads(nbformat.writes(release)))
        notebook = change(notebook) or notebook
        file = tmp_path / "lesson.ipynb"
        file.write_text(json.dumps(notebook), encoding="utf-8")
        return rebuild(master, release, read_submission(file))

    return save


def sources(notebook):
    return {each.id: each.source for each in notebook.cells}


def test_the_answer_comes_from_the_submission(master, hand_in):
    def answer(notebook):
        notebook.cells[2].source = "def double(x):\n    return x + x"

    rebuilt = hand_in(answer, master)
    assert sources(rebuilt)["double"] == "def double(x):\n    return x + x"
    assert rebuilt.cells[2].metadata["convgrade"] == {"answered": True, "defines": ["double"]}


def test_test_cells_and_metadata_come_from_the_master(master, hand_in):
    def tamper(notebook):
        notebook.cells[3].source = "pass"
        notebook.cells[3].metadata["nbgrader"]["points"] = 1000
        notebook.cells[3].metadata["tags"] = ["skip-execution"]
        notebook.cells[1].source = "np = None"
        notebook.metadata["kernelspec"] = {"name": "bash"}

    rebuilt = hand_in(tamper, master)
    assert rebuilt.cells[3] == master.cells[3]
    assert rebuilt.cells[1] == master.cells[1]
    assert rebuilt.metadata == master.metadata


def test_extra_cells_stay_where_they_stood(master, hand_in):
    def add(notebook):
        notebook.cells.insert(2, new_code_cell("half = 0.5"))
        notebook.cells.insert(0, new_code_cell("first = 1"))
        notebook.cells.append(new_markdown_cell("a note of mine"))

    rebuilt = hand_in(add, master)
    order = [each.id for each in rebuilt.cells]
    assert order == ["extra-001", "text-001", "given-002", "extra-002", "double", "double-plain", "why"]


def test_deleted_cells_are_put_back(master, hand_in):
    def delete(notebook):
        notebook.cells = notebook.cells[:1]

    rebuilt = hand_in(delete, master)
    assert [each.id for each in rebuilt.cells] == [each.id for each in master.cells]
    assert sources(rebuilt)["double-plain"] == master.cells[3].source
    assert not rebuilt.cells[2].metadata["convgrade"]["answered"]


def test_an_answer_in_an_extra_cell_survives_a_deleted_answer_cell(master, hand_in):
    def move(notebook):
        notebook.cells[2] = new_code_cell("def double(x):\n    return 2 * x")

    rebuilt = hand_in(move, master)
    assert sources(rebuilt)["double"] == ""
    assert "return 2 * x" in sources(rebuilt)["extra-001"]


def test_of_duplicated_answers_the_last_changed_one_counts(master, hand_in):
    def duplicate(notebook):
        first, second, third = (nbformat.from_dict(json.loads(json.dumps(notebook.cells[2]))) for _ in range(3))
        first.source, second.source, third.source = "double = 1", "double = 2", STUB
        notebook.cells[2:3] = [first, second, third, notebook.cells[3]]

    rebuilt = hand_in(duplicate, master)
    assert sources(rebuilt)["double"] == "double = 2"
    assert sources(rebuilt)["extra-001"] == "double = 1"  # it runs before, as in the notebook
    assert [each.id for each in rebuilt.cells].count("double-plain") == 1


def halves(cell, *texts):
    """What Jupyter's "split cell" makes of a cell: all halves keep its metadata."""
    parts = [nbformat.from_dict(json.loads(json.dumps(cell))) for _ in texts]
    for i, (part, text) in enumerate(zip(parts, texts, strict=True)):
        part.source, part.id = text, cell.id if i == 0 else f"{cell.id}-half-{i}"
    return parts


@pytest.mark.parametrize("blank", [[], ["  \n"]], ids=["", "and an empty half"])
def test_both_halves_of_a_split_answer_run(master, hand_in, blank):
    def split(notebook):
        notebook.cells[2:3] = halves(notebook.cells[2], "def twice(x): ...", "double = twice", *blank)

    rebuilt = hand_in(split, master)
    assert sources(rebuilt)["double"] == "double = twice"
    order = [each.id for each in rebuilt.cells]
    assert order[order.index("double") - 1] == "extra-001"
    assert sources(rebuilt)["extra-001"] == "def twice(x): ..."


@pytest.mark.parametrize(
    "texts, whole",
    [
        (["One.", "Two."], "One.\n\nTwo."),
        (["All.", ""], "All."),
        (["Write here.", "Two."], "Two."),
        (["", "  "], ""),
        (["One.", "One."], "One."),
    ],
)
def test_a_split_written_answer_is_whole(master, hand_in, texts, whole):
    def split(notebook):
        notebook.cells[4:5] = halves(notebook.cells[4], *texts)

    rebuilt = hand_in(split, master)
    assert sources(rebuilt)["why"].strip() == whole
    assert rebuilt.cells[-1].metadata["convgrade"]["answered"] == bool(whole)


@pytest.mark.parametrize("keep", [["Write here."], ["One."], []], ids=["placeholder", "answer", "deleted"])
def test_text_in_a_new_cell_behind_a_written_answer_belongs_to_it(master, hand_in, keep):
    def type_below(notebook):
        below = [new_markdown_cell("Because."), new_code_cell("x = 1"), new_markdown_cell("And so.")]
        notebook.cells[4:5] = [*(halves(notebook.cells[4], *keep) if keep else []), *below]

    rebuilt = hand_in(type_below, master)
    answer = next(each for each in rebuilt.cells if each.id == "why")
    assert answer.source == "\n\n".join([*(text for text in keep if text == "One."), "Because.", "And so."])
    assert answer.metadata["convgrade"]["answered"]


def test_our_own_text_behind_a_written_answer_is_no_answer(master, release, tmp_path):
    for notebook in (master, release):
        notebook.cells.append(new_markdown_cell("## What comes next", id="text-006"))
    handed_in = nbformat.from_dict(json.loads(nbformat.writes(release)))
    handed_in.cells[-1].id = "lost"
    handed_in.cells[-1].source = "##  What comes\nnext"
    file = tmp_path / "lesson.ipynb"
    file.write_text(json.dumps(handed_in), encoding="utf-8")
    rebuilt = rebuild(master, release, read_submission(file))
    assert not rebuilt.cells[4].metadata["convgrade"]["answered"]


def test_a_program_that_drops_metadata_costs_nothing(master, hand_in):
    def drop(notebook):
        notebook.cells[2].source = "def double(x):\n    return 2 * x"
        for each in notebook.cells:
            each.metadata = {}

    assert sources(hand_in(drop, master))["double"] == "def double(x):\n    return 2 * x"


def test_other_line_endings_are_the_same_text(master, hand_in):
    def windows(notebook):
        notebook.cells[2].source = STUB.replace("\n", "\r\n")

    assert not hand_in(windows, master).cells[2].metadata["convgrade"]["answered"]


def test_the_untouched_release_is_unanswered(master, hand_in):
    rebuilt = hand_in(lambda notebook: None, master)
    assert [each.metadata["convgrade"]["answered"] for each in rebuilt.cells if "convgrade" in each.metadata] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"{", "not a notebook"),
        (b"[]", "not a notebook"),
        (b'{"cells": 3}', "not a notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "no list of cells"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"a":' * 100_000, "not a notebook"),
    ],
)
def test_what_is_not_a_notebook_is_refused_with_its_reason(tmp_path, content, says):
    file = tmp_path / "lesson.ipynb"
    file.write_bytes(content)
    with pytest.raises(InvalidNotebook, match=says):
        read_submission(file)


def test_a_missing_notebook_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidNotebook, match=r"there is no lesson\.ipynb"):
        read_submission(tmp_path / "lesson.ipynb")


def test_a_link_or_a_folder_is_not_read(tmp_path):
    (tmp_path / "target").write_text("secret")
    (tmp_path / "lesson.ipynb").symlink_to(tmp_path / "target")
    with pytest.raises(InvalidNotebook, match="ordinary file"):
        read_submission(tmp_path / "lesson.ipynb")
    (tmp_path / "ada").symlink_to(tmp_path)
    with pytest.raises(InvalidNotebook, match="folder ada is a link"):
        read_submission(tmp_path / "ada" / "lesson.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    with pytest.raises(InvalidNotebook, match="ordinary file"):
        read_submission(tmp_path / "folder.ipynb")


def test_bad_cells_do_not_hide_good_ones(tmp_path, master, release):
    notebook = json.loads(nbformat.writes(release))
    notebook["cells"][2]["source"] = ["double = ", 3, "abs"]
    notebook["cells"] += [None, 7, {"cell_type": 3}, {"source": {}}, {"metadata": [], "source": "x"}]
    file = tmp_path / "lesson.ipynb"
    file.write_text(json.dumps(notebook))
    assert sources(rebuild(master, release, read_submission(file)))["double"] == "double = abs"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([{"cell_type": "code", "source": "x", "metadata": {}}] * 2000, "2000 cells; the limit is 1000"),
        ([{"cell_type": "code", "source": "x" * (2**20 + 1), "metadata": {}}], "1 MiB of text"),
    ],
)
def test_what_no_learner_writes_is_refused(tmp_path, cells, says):
    file = tmp_path / "lesson.ipynb"
    file.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    with pytest.raises(InvalidNotebook, match=says):
        read_submission(file)


def test_half_characters_become_whole_ones(tmp_path, master, release):
    notebook = json.loads(nbformat.writes(release))
    notebook["cells"][2]["source"] = "double = '\ud800'"
    file = tmp_path / "lesson.ipynb"
    file.write_text(json.dumps(notebook))
    assert sources(rebuild(master, release, read_submission(file)))["double"] == "double = '?'"


def test_bound_names_are_those_of_the_top_level():
    source = "a = b = 1\nc: int = 2\n(d, e) = 1, 2\ndef f():\n    g = 1\nclass H:\n    i = 1\nj.k = 3"
    assert bound_names(source) == ["a", "b", "c", "d", "e", "f", "H", "j"]
