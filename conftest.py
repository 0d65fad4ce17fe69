"""Which tests are run, and in which order.

Not in tests/: pytest lets what lies beside a conftest.py be imported, and `tests/convschool` would hide the package.
"""

import pytest

from tests.machine import in_ci, leave_to_ci

# What takes longest begins first: at the end no process is to be left alone with it. With `--no-loadscope-reorder`, as
# `make test` says it, pytest-xdist keeps this order.
LONGEST = (
    "attacks/test_attacks.py",
    "cluster/test_cluster.py",
    "boundary/test_execute.py",
    "grading/test_never_lost.py",
    "author/test_tutorial.py",
    "lessons/test_solved.py",
    "browser/test_lesson_in_jupyterlab.py",
    "browser/test_untouched_in_jupyterlab.py",
    "lessons/test_small_changes.py",
    "lessons/test_every_lesson.py",
    "grading/test_grade.py",
    "grading/test_again.py",
    "postgres/test_postgres.py",
    "convschool/test_novel.py",
    "browser/test_accessibility.py",
    "browser/test_on_a_phone.py",
    "browser/test_draw_digit.py",
    "setup/test_hand_out.py",
    "author/test_commands.py",
    "author/test_kinds.py",
    "grading/test_year.py",
    "honest/test_honest.py",
    "lessons/test_chance.py",
    "lessons/test_whole_course.py",
)


BY_HAND = "CI is not set: what takes long looks at a sample, or is left out (left_to_ci); CI=1 runs all of all"


def pytest_report_header(config) -> str | None:
    return in_ci(None, by_hand=BY_HAND)


def pytest_collection_modifyitems(config, items) -> None:
    place = {config.rootpath / "tests" / file: number for number, file in enumerate(LONGEST)}
    gone = [str(file) for file in place if not file.exists()]
    if gone:
        raise pytest.UsageError(f"conftest.LONGEST names files that are not there: {', '.join(gone)}")
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))
    leave_to_ci(config, items, [item for item in items if item.get_closest_marker("left_to_ci")])
