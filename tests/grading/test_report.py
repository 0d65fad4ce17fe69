"""What the class report says, and what stands at the top of a feedback page."""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from small_course import LESSON, hand_in

from grading.cli import main
from grading.gradebook.rows import Basis, FinalState, Sheet
from grading.publish import feedback, report


def run(course, *words):
    return main([*words, "--out", str(course.out)])


@pytest.fixture
def graded(course):
    """A class with a known mistake, unmarked written answers, an endless loop and a file that is cut off."""
    for number in range(6):
        answers = {"double": "# right" if number < 4 else "# wrong", "why": f"I think {number}."}
        hand_in(course.submissions, f"s{number}", answers | ({"negate": "# right"} if number < 3 else {}))
    hand_in(course.submissions, "slow", {"double": "# never ends"})
    (course.submissions / "cut" / LESSON).mkdir(parents=True)
    (course.submissions / "cut" / LESSON / f"{LESSON}.ipynb").write_text('{"cells": [')
    assert course.grade() == 0
    return course


def soup(course):
    return BeautifulSoup((course.out / "report.html").read_text(), "html.parser")


def parts(course):
    found = {}
    for row in soup(course).find_all("table")[-1].find_all("tr")[1:]:
        cells = {cell["data-label"]: cell.text.strip() for cell in row.find_all("td")}
        found[cells["part"]] = cells
    return found


def test_written_answers_are_left_out_until_they_are_marked(graded):
    before = parts(graded)["why"]
    # who left it as it came has 0, and alone would make it the hardest part
    assert (before["mean mark"], before["marked"], before["remark"]) == ("", "0", "6 wait for a marker")
    with Gradebook(f"sqlite:///{graded.out / 'gradebook.db'}", course_id="") as book:
        for number in range(6):
            book.find_grade("why", LESSON, LESSON, f"s{number}").manual_score = 3
        book.db.commit()
    assert run(graded, "report") == 0
    after = parts(graded)["why"]
    assert (after["mean mark"], after["marked"], after["remark"]) == ("86 %", "7", "")


def sheet(scores):
    return Sheet(FinalState("s", LESSON, "graded", "", ""), Basis(), scores, {}, 0.0)


def test_difficulty_and_what_a_part_tells():
    strong = [sheet({"a": (2.0, 2.0), "b": (4.0, 4.0), "odd": (0.0, 1.0), "text": (None, 3.0)}) for _ in range(3)]
    weak = [sheet({"a": (0.0, 2.0), "b": (1.0, 4.0), "odd": (1.0, 1.0), "text": (None, 3.0)}) for _ in range(3)]
    of = {item.part: item for item in report.items(strong + weak)}
    assert (of["a"].share, of["b"].share, of["text"].share) == (0.5, 0.625, None)
    assert of["a"].tells == pytest.approx(1) and of["odd"].tells == pytest.approx(-1) and of["text"].tells is None
    # the correlation of a part's mark with that of the others, as defined
    rest = [4 / 5] * 3 + [2 / 5] * 3
    assert of["a"].tells == pytest.approx(np.corrcoef([1, 1, 1, 0, 0, 0], rest)[0, 1])
    assert report.items(strong[:2] + weak[:2])[0].tells is None
    assert report.items(strong + strong)[0].tells is None


def test_who_makes_a_mistake_is_linked_to_page_and_cell(graded):
    links = {link["href"] for link in soup(graded).find_all("a")}
    assert f"feedback/s4/{LESSON}/{LESSON}.html#double-plain" in links
    for link in links:
        page, _, cell = link.partition("#")
        assert (graded.out / page).exists()
        assert not cell or f'id="{cell}"' in (graded.out / page).read_text() or cell in (graded.out / page).read_text()


def test_bars_are_as_long_as_the_numbers_say(graded):
    hand_in(graded.submissions, "s6", {"negate": "# wrong"})
    assert graded.grade() == 0
    page = soup(graded)
    mistakes = {int(cell.text): cell.span["style"] for cell in page.select("td.mistake")}
    assert mistakes == {2: "--of: 100.0%", 1: "--of: 50.0%"}
    shares = [cell for cell in page.select("td.bar") if cell["data-label"] == "mean mark" and cell.span]
    assert len(shares) == 3
    for cell in shares:
        assert float(cell.span["style"].strip("-of: %")) == pytest.approx(float(cell.text.strip(" %")), abs=0.5)


def test_the_histogram_counts_every_submission_in_its_tenth(graded):
    (histogram,) = soup(graded).select(".histogram")
    columns = histogram.find_all("div")
    # three have all 7 that are marked, one has 3 of them; two have nothing, and so have the slow and the cut one
    counts = [4, 0, 0, 0, 1, 0, 0, 0, 0, 3]
    assert [int("".join(column.find_all(string=True, recursive=False)) or 0) for column in columns] == counts
    assert [column.i["style"] for column in columns] == [f"--of: {count / 4:.3f}" for count in counts]
    assert histogram["aria-label"].startswith("0 to 10 %: 4, 10 to 20 %: 0, ")
    assert histogram["aria-label"].endswith(", 90 to 100 %: 3")


def test_whom_to_look_at(graded):
    said = " ".join(soup(graded).text.split())
    assert "1 did not run to the end: slow (01-small, timed-out)" in said
    assert "1 refused, or no notebook: cut (01-small)" in said
    assert "6 written answers wait for a marker" in said


def test_no_bank_is_read_whose_lesson_nobody_has_handed_in(graded, monkeypatch):
    from grading.lesson.load import Lesson

    asked = []
    monkeypatch.setattr(Lesson, "with_banks", property(lambda lesson: asked.append(lesson.name) or lesson.exercises))
    monkeypatch.setattr(report, "_of_sources", lambda lessons: asked.extend(lessons) or b"anew")
    assert run(graded, "report") == 0
    assert asked == [LESSON]


def page(course, student):
    return (course.out / "feedback" / student / LESSON / f"{LESSON}.html").read_text()


def test_one_written_answer_is_one(graded):
    assert "1 written answer waits for a marker; until then" in page(graded, "s0")
    assert "1 written answers" not in page(graded, "s0")


def test_an_automatic_comment_is_no_comment(graded):
    assert "No response." not in page(graded, "slow").split("panel-body")[0]
    assert "Comments on your code" not in page(graded, "slow")


def test_a_file_that_is_cut_off_is_told_in_plain_words(graded):
    said = " ".join(page(graded, "cut").split())
    assert "download it again as .ipynb, and hand it in once more" in said
    assert said.index("hand it in once more") < said.index("is not a notebook")


def cell(outputs, grade_id="double-plain"):
    import nbformat

    made = nbformat.v4.new_code_cell("check()", metadata={"nbgrader": {"grade": True, "grade_id": grade_id}})
    made.outputs = [nbformat.from_dict(output) for output in outputs]
    return made


def verdict(text, mistake=""):
    data = {"text/plain": text, feedback.VERDICT_MIME: {"part": "x", "passed": False, "mistake": mistake}}
    return {"output_type": "display_data", "data": data, "metadata": {}}


@pytest.mark.parametrize(
    "outputs, why",
    [
        ([verdict("✗ x: wrong shape\nCase: 2x2.")], "wrong shape"),
        ([verdict("✗ x: wrong values\nCase: 2x2.", "kernel-turned")], "wrong values: kernel-turned"),
        (
            [verdict("✗ x: wrong values\nIt passes the cases you can see. One that only grading runs fails.")],
            "wrong values (a case that only grading runs)",
        ),
        ([{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}], "its check did not run to the end"),
        ([{"output_type": "stream", "name": "stdout", "text": "✗ x: a lie"}], ""),
    ],
)
def test_a_parts_line_says_why(outputs, why):
    assert feedback._why(cell(outputs)) == why


def test_the_words_for_a_hidden_case_are_those_of_the_checks():
    from convschool import explain
    from convschool.compare import Failure
    from convschool.verdict import Verdict

    said = explain.text(Verdict("x", (), Failure("values", "")), hidden=True)
    assert said.splitlines()[1].startswith(feedback.HIDDEN_FAILS)


def test_pages_are_for_narrow_screens_too(graded):
    for text in ((graded.out / "report.html").read_text(), page(graded, "s0"), page(graded, "cut")):
        assert re.search(r'<meta name="viewport" content="width=device-width', text)
