"""A submission's time and its due date lead to nbgrader's late penalty."""

from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from traitlets.config import Config

from grading.collect import TABLE
from grading.collect.receipt import received
from grading.gradebook.lateness import LatePenalties, penalties
from grading.gradebook.tables import OURS

LESSON, DUE = "02-conv-derivatives", datetime(2026, 11, 20, 17, 0)


class PointPerHour(BasePlugin):
    """As nbgrader's handbook shows one: a point for each hour."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600


class Reward(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return -5


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with Gradebook(f"sqlite:///{tmp_path_factory.mktemp('late') / 'gradebook.db'}") as gradebook:
        OURS.create_all(gradebook.engine)
        gradebook.add_assignment(LESSON)
        gradebook.add_notebook(LESSON, LESSON)
        gradebook.add_grade_cell("dw", LESSON, LESSON, max_score=10, cell_type="code")
        gradebook.add_student("ann")
        gradebook.add_submission(LESSON, "ann")
        yield gradebook


@pytest.fixture
def gradebook(made):
    """One gradebook for all, for making its tables takes longest; each test finds it as the first does."""
    made.find_assignment(LESSON).duedate = DUE
    made.find_submission(LESSON, "ann").extension = None
    made.find_submission_notebook(LESSON, LESSON, "ann").late_submission_penalty = None
    made.find_grade("dw", LESSON, LESSON, "ann").auto_score = 8
    made.db.commit()
    return made


def handed_in(gradebook, late):
    gradebook.find_submission(LESSON, "ann").timestamp = DUE + late


def chosen(plugin):
    return LatePenalties(Config({"AssignLatePenalties": {"plugin_class": plugin}}))


@pytest.mark.parametrize(
    "late, penalty",
    [(timedelta(hours=-1), 0), (timedelta(0), 0), (timedelta(hours=3), 3), (timedelta(hours=30), 8)],
)
def test_a_plugins_penalty_stays_between_nothing_and_the_score(gradebook, late, penalty):
    handed_in(gradebook, late)
    assert chosen(PointPerHour).assign(gradebook, LESSON, "ann") == penalty
    assert penalties(gradebook) == ({("ann", LESSON): penalty} if penalty else {})


def test_a_penalty_below_nothing_is_nothing(gradebook):
    handed_in(gradebook, timedelta(hours=3))
    assert chosen(Reward).assign(gradebook, LESSON, "ann") == 0
    assert penalties(gradebook) == {}


def test_nbgraders_own_methods(gradebook):
    handed_in(gradebook, timedelta(seconds=1))
    assert LatePenalties(Config()).assign(gradebook, LESSON, "ann") == 0
    zero = LatePenalties(Config({"LateSubmissionPlugin": {"penalty_method": "zero"}}))
    assert zero.assign(gradebook, LESSON, "ann") == 8


def test_the_projects_own_settings_are_read():
    assert LatePenalties().plugin.penalty_method == "none"


def test_an_extension_and_an_earlier_penalty(gradebook):
    handed_in(gradebook, timedelta(hours=3))
    late = chosen(PointPerHour)
    late.assign(gradebook, LESSON, "ann")
    gradebook.grant_extension(LESSON, "ann", hours=2)
    assert late.assign(gradebook, LESSON, "ann") == 1
    gradebook.grant_extension(LESSON, "ann", hours=4)
    assert late.assign(gradebook, LESSON, "ann") == 0
    assert penalties(gradebook) == {}


def test_a_lesson_that_is_never_due(gradebook):
    handed_in(gradebook, timedelta(days=99))
    gradebook.grant_extension(LESSON, "ann", hours=1)
    gradebook.find_assignment(LESSON).duedate = None
    assert chosen(PointPerHour).assign(gradebook, LESSON, "ann") == 0


def test_only_a_folder_of_collects_own_says_when_a_submission_came(tmp_path):
    place = tmp_path / "ann" / LESSON
    place.mkdir(parents=True)
    (place / "timestamp.txt").write_text("2026-11-20 18:00:00.000000 UTC\n", encoding="ascii")
    assert received(tmp_path, "ann", LESSON) is None
    (tmp_path / TABLE).touch()
    assert received(tmp_path, "ann", LESSON) == datetime(2026, 11, 20, 18, 0)
    assert received(tmp_path, "bo", LESSON) is None
    (place / "timestamp.txt").write_bytes(b"\xff\xfe soon")
    assert received(tmp_path, "ann", LESSON) is None
