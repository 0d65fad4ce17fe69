"""Lessons in another language: the same code and ids, and a text that is older than its English is noticed."""

import nbformat
import pytest

from website import translated

NAMES = ("START", *translated.lessons())


@pytest.mark.parametrize("name", NAMES)
def test_code_ids_and_marks_are_those_of_the_english_lesson(name):
    english, chinese = translated._english(name), translated.into(translated._english(name), name)
    for one, other in zip(english.cells, chinese.cells, strict=True):
        assert (one.id, one.cell_type, one.metadata) == (other.id, other.cell_type, other.metadata)
        if one.cell_type == "code":
            assert one.source == other.source


@pytest.mark.parametrize("name", NAMES)
def test_nearly_every_text_is_translated_as_it_is_now(name):
    """A word that changes in English may wait for its translation; a lesson that has changed may not."""
    old = translated.stale(name)
    texts = list(translated._to_translate(translated._english(name)))
    assert len(old) <= max(1, len(texts) // 10), f"translate anew in website/zh/{name}.md: {old}"


@pytest.mark.parametrize("name", NAMES)
def test_formulas_code_and_folds_of_a_text_are_those_of_its_english(name):
    """What must not differ between two languages: the words in backquotes, and how much is folded."""
    new = translated.texts(name)
    for cell in translated._to_translate(translated._english(name)):
        if translation := new.get(translated.digest(cell.source)):
            english = translated.GENERATED.sub("", cell.source)
            assert translation.count("<details>") == english.count("<details>"), cell.id
            assert translation.count("$$") == english.count("$$"), cell.id
            assert set(quoted(translation)) <= set(quoted(english)), cell.id


def quoted(text):
    return text.split("`")[1::2]


def test_a_text_that_has_changed_is_shown_in_english_and_named(tmp_path, monkeypatch):
    def lesson(second):
        cells = [nbformat.v4.new_markdown_cell(text, id=f"text-{i}") for i, text in enumerate(("One.", second))]
        return nbformat.v4.new_notebook(cells=cells)

    first, second = translated.digest("One."), translated.digest("Two.")
    (tmp_path / "09-x.md").write_text(f"<!-- of {first} -->\n一。\n\n<!-- of {second} -->\n二。\n", encoding="utf-8")
    assert [cell.source for cell in translated.into(lesson("Two."), "09-x", tmp_path).cells] == ["一。", "二。"]
    assert [cell.source for cell in translated.into(lesson("Three."), "09-x", tmp_path).cells] == ["一。", "Three."]
    monkeypatch.setattr(translated, "_english", lambda name: lesson("Three."))
    assert translated.stale("09-x", tmp_path) == ["text-1"]


def test_the_terms_are_those_of_all_lessons_each_once():
    page = translated.terms_page()
    assert "| 步长 | stride |" in page and "| 平均池化 | average pooling |" in page
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) > 60 and len({tuple(row) for row in rows}) == len(rows)
