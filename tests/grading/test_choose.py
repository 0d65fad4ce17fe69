"""Which of several notebooks counts: decided on plain data, without an export."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grading.collect.archives import Limits
from grading.collect.choose import choose
from grading.collect.names import LessonMatch
from grading.collect.owner import Owner
from grading.collect.plain_data import FoundNotebook, Request

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
LESSONS = ["04-pooling", "07-lenet"]
EXACT, HOLDS_IT, NAMELESS = LessonMatch(2, lesson="04-pooling"), LessonMatch(1, lesson="04-pooling"), LessonMatch(0)


def found(*abouts):
    """Notebooks of ada, in the order in which they were met; each is another one unless it says so."""
    made = []
    for number, about in enumerate(abouts):
        owner = Owner("ada", **{name: about[name] for name in about.keys() & {"submitted", "upload"}})
        more = {name: value for name, value in about.items() if name in FoundNotebook.__dataclass_fields__}
        plain = {"match": EXACT, "digest": f"{number}", "position": number, "name": f"{number}.ipynb"}
        made.append(FoundNotebook(owner=owner, kept_at=Path(f"{number}"), **{**plain, **more}))
    return made


def chosen(notebooks, lesson=""):
    return choose(notebooks, Request([lesson] if lesson else LESSONS, lesson, LATER, LATER, Limits()))


@pytest.mark.parametrize(
    "abouts, counts",
    [
        ([{}, {}], 1),  # the one that was met last
        ([{"submitted": LATER}, {"submitted": NOON}], 0),
        ([{"submitted": NOON}, {}], 0),
        ([{}, {"match": HOLDS_IT}], 0),
        ([{"submitted": NOON}, {"submitted": LATER, "match": HOLDS_IT}], 1),  # a time says more than a name
        ([{"upload": 8}, {"upload": 7}], 0),
        ([{"match": HOLDS_IT, "upload": 8}, {"upload": 7}], 1),  # a name says more than a number
        ([{}, {"match": replace(EXACT, original=False, copy=1)}], 0),
        ([{"match": replace(EXACT, original=False, copy=n)} for n in (2, 3, 1)], 1),
        ([{"match": NAMELESS, "by_ids": "04-pooling"}, {"match": HOLDS_IT}], 1),
    ],
)
def test_one_notebook_counts_and_every_other_is_named_with_it(abouts, counts):
    deliveries, rows = chosen(found(*abouts))
    assert [(one.best.position, one.best.match.lesson) for one in deliveries] == [(counts, "04-pooling")]
    assert {row.file for row in rows} == {f"{n}.ipynb" for n in range(len(abouts)) if n != counts}
    assert {(row.outcome, row.reason) for row in rows} == {("passed over", f"taken instead: {counts}.ipynb")}


def test_the_order_in_which_they_are_met_decides_only_where_nothing_else_does():
    notebooks = found({"submitted": LATER}, {"submitted": NOON}, {"match": HOLDS_IT, "submitted": LATER})
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        (delivery,), _ = chosen([notebooks[number] for number in order])
        assert delivery.best == notebooks[0]


def test_what_came_before_is_kept_and_a_copy_of_what_counts_is_not():
    deliveries, rows = chosen(
        found(
            {"submitted": NOON, "digest": "old"},
            {"submitted": NOON, "digest": "new"},
            {"submitted": LATER, "digest": "new"},
            {"digest": "of no time"},
        )
    )
    assert [one.position for one in deliveries[0].earlier] == [0]
    assert [row.reason for row in rows] == [
        "taken instead: 2.ipynb",
        "the same notebook as 2.ipynb",
        "taken instead: 2.ipynb",
    ]


def test_each_lesson_of_each_student_has_its_own():
    other = replace(EXACT, lesson="07-lenet")
    notebooks = found({}, {"match": other}, {})
    notebooks[2] = replace(notebooks[2], owner=Owner("bo"))
    deliveries, rows = chosen(notebooks)
    assert [one.best.position for one in deliveries] == [0, 1, 2] and not rows


def test_where_the_lesson_is_said_an_only_notebook_needs_no_name():
    alone = found({"match": NAMELESS})
    (delivery,), rows = chosen(alone, "04-pooling")
    assert delivery.best.match.lesson == "04-pooling" and not rows
    copies = found({"match": NAMELESS, "digest": "same"}, {"match": NAMELESS, "digest": "same"})
    assert len(chosen(copies, "04-pooling")[0]) == 1
    newest = found({"match": NAMELESS, "submitted": NOON}, {"match": NAMELESS, "submitted": LATER})
    assert chosen(newest, "04-pooling")[0][0].best.position == 1


@pytest.mark.parametrize("abouts", [[{"match": NAMELESS}, {"match": NAMELESS}], [{"match": NAMELESS}, {}]])
def test_where_it_might_be_another_it_is_refused(abouts):
    deliveries, rows = chosen(found(*abouts), "04-pooling")
    assert [row.reason for row in rows if row.outcome == "refused"] == [
        "its name tells no lesson, and it is not this student's only notebook"
    ] * sum(about.get("match") == NAMELESS for about in abouts)
    assert len(deliveries) == len(abouts) - len([row for row in rows if row.outcome == "refused"])


def test_where_nothing_tells_the_lesson_it_is_refused_for_the_lesson_of_all_others():
    deliveries, (row,) = chosen(found({"match": NAMELESS, "guess": "07-lenet"}))
    assert not deliveries and (row.outcome, row.lesson, row.student) == ("refused", "07-lenet", "ada")
    assert "there are 04-pooling, 07-lenet" in row.reason
