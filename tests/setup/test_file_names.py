"""Two test files of one name cannot be collected together: pytest imports them by their names alone."""

from collections import Counter

from grading.lesson.places import PROJECT


def test_no_two_files_of_tests_have_one_name():
    names = Counter(file.name for file in (PROJECT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
