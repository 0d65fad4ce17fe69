"""The sample class is what the lessons and their banks give now."""

from grading.author.sample_class import EXAMPLES, sample_files


def test_the_committed_class_is_not_stale():
    expected = sample_files()
    there = {path for path in EXAMPLES.rglob("*") if path.is_file()}
    assert there == set(expected)
    assert [path.name for path, text in expected.items() if path.read_text(encoding="utf-8") != text] == []
