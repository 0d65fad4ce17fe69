"""What the lessons' headings say agrees with the lessons: minutes, marks, dots, and the plan made of them."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grading.author.minutes import counted
from grading.author.overview import files, overview
from grading.author.plan import COURSES, plan, sittings, weeks_of
from grading.author.sections import exercise_table, sections
from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names
from grading.lesson.text import TextCell

LESSONS = lesson_names()


@pytest.mark.parametrize("name", LESSONS)
def test_sections_are_numbered_and_their_minutes_add_up_to_the_lessons(name):
    found = sections(load_lesson(name))
    assert [section.number for section in found] == list(range(1, len(found) + 1))
    untimed = [section.title for section in found if not section.minutes]
    assert all(title.startswith("Harder, optional") for title in untimed), "only what is optional has no minutes"
    assert sum(section.minutes for section in found) == int(overview(load_lesson(name)).minutes)


@pytest.mark.parametrize("name", LESSONS)
def test_stated_minutes_agree_with_a_count_of_the_text(name):
    stated = int(overview(load_lesson(name)).minutes)
    assert abs(counted(load_lesson(name)) - stated) < 0.2 * stated


def test_the_count_of_minutes_grows_with_what_there_is_to_do():
    def minutes(*cells):
        return counted(SimpleNamespace(cells=cells))

    text = TextCell("markdown", "", "## 1. A title (5 min)\n\n" + "word " * 200)
    hints = replace(text, source=text.source + "\n<details><summary>Hint 1: a nudge</summary>\nword word\n</details>")
    code = TextCell("ours", "", "x = 1\n" * 40)
    answer = TextCell("answer", "a", "def f():\n    ### BEGIN SOLUTION\n    a\n    b\n    c\n    ### END SOLUTION\n")
    exercise = TextCell("markdown", "", "### Exercise: `f` (4 marks, importance ●●○, difficulty ●●○)")
    assert minutes(text) == pytest.approx(1, abs=0.1) and minutes(hints) == minutes(text)
    assert minutes(text, code) == pytest.approx(minutes(text) + 1 + 1 / 3)
    assert minutes(text, replace(code, tags=("folded",))) == pytest.approx(minutes(text) + 1 / 3)
    assert minutes(exercise, answer) == pytest.approx(7, abs=0.2)
    optional = TextCell("markdown", "", "## 2. Harder, optional: more")
    assert minutes(text, optional, exercise, answer, code) == minutes(text)


@pytest.mark.parametrize("name", LESSONS)
def test_the_instructor_s_table_has_the_minutes_of_the_headings(name):
    text = (load_lesson(name).folder / "teaching.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:recall, )?(\d+) [^|\n]*\| (\d+) \|", text, re.MULTILINE)
    minutes = {section.number: section.minutes for section in sections(load_lesson(name))}
    assert len(rows) > 8
    assert {int(number): int(stated) for number, stated in rows}.items() <= minutes.items()


@pytest.mark.parametrize("name", LESSONS)
def test_each_heading_of_an_exercise_has_marks_and_dots_and_the_marks_are_all(name):
    lesson = load_lesson(name)
    headings = [one for section in sections(lesson) for one in section.exercises]
    marks = 0
    for one in headings:
        assert re.fullmatch("●+○*", one.importance) and re.fullmatch("●+○*", one.difficulty), one.title
        numbers = sum(map(int, re.findall(r"\d+", one.marks)))
        marks += numbers * (5 if one.marks.endswith("each") else 1)
    assert marks == overview(lesson).marks
    assert exercise_table(lesson).count("\n") == 1 + len(headings)


@pytest.mark.parametrize("weeks", COURSES)
def test_a_course_teaches_each_lesson_in_its_weeks_and_in_order(weeks):
    taught = [week for name in LESSONS for week in weeks_of(name, weeks, LESSONS)]
    assert taught == sorted(taught) and set(taught) == set(range(1, weeks + 1))


@pytest.mark.parametrize("name", LESSONS)
def test_sittings_hold_every_timed_section_once_and_are_no_longer_than_an_hour_and_a_quarter(name):
    lesson = load_lesson(name)
    cut = sittings(lesson)
    assert [one for sitting in cut for one in sitting.sections] == [one for one in sections(lesson) if one.minutes]
    assert all(sitting.minutes <= 75 for sitting in cut)


def test_the_plan_and_start_hold_what_the_lessons_say():
    texts = {path.name: text for path, text in files().items()}
    assert plan() in texts["plan.md"]
    assert "conv2d_backward" in texts["START.ipynb"] and "●●●" in texts["START.ipynb"]
    assert "{exercises}" not in texts["START.ipynb"]
