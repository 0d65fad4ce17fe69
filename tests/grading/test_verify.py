"""`convgrade verify`: a bank entry that does not do what it declares is a hole."""

import pytest

from grading.author.verify import Choice, Entry, Loss, _holes, spread, verify, verify_exercise
from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names


def mistake(**about):
    return Entry(**{"exercise": "e", "label": "it", "source": "", "mistake": "it", "loses": frozenset({"dw"}), **about})


CORRECT = Entry("e", "it", "")


@pytest.mark.parametrize(
    ("declared", "lost", "holes"),
    [
        (mistake(), {"dw": "it"}, []),
        (mistake(), {}, ["keeps dw"]),
        (mistake(), {"dw": "it", "dx": "it"}, ["loses dx too: why"]),
        (mistake(), {"dw": ""}, ["in dw it is called nothing: why"]),
        (mistake(), {"dw": "other"}, ["in dw it is called other: why"]),
        (mistake(silent=frozenset({"dw"})), {"dw": ""}, []),
        (CORRECT, {}, []),
        (CORRECT, {"dw": ""}, ["correct, and loses dw: why"]),
    ],
)
def test_holes(declared, lost, holes):
    assert _holes(declared, {part: Loss(named, "why") for part, named in lost.items()}) == holes


def test_every_mistake_of_an_exercise_is_caught_and_named():
    rows = verify_exercise("04-pooling", "avg-pool2d-backward", seeds=2)
    assert {row.holes for row in rows} == {()}
    mistakes = [row for row in rows if row.mistake]
    assert len(mistakes) >= 10 and all(row.lost for row in mistakes)
    assert len(rows) - len(mistakes) >= 5


@pytest.mark.parametrize(("sample", "numbers"), [(0, range(7)), (7, range(7)), (9, range(7)), (3, [0, 2, 4]), (1, [0])])
def test_a_sample_is_of_the_whole_list_and_has_the_lessons_answer(sample, numbers):
    entries = [Entry("e", str(number), "") for number in range(7)]
    assert spread(entries, sample) == [entries[number] for number in numbers]


def test_as_many_entries_of_each_exercise_as_are_asked_for():
    (found,) = verify(["04-pooling"], seeds=1, choice=Choice(sample=2))
    assert {sum(row.exercise == one.id for row in found.rows) for one in load_lesson("04-pooling").with_banks} <= {1, 2}


@pytest.mark.parametrize("name", lesson_names())
def test_the_banks_are_large_enough(name):
    for exercise in load_lesson(name).with_banks:
        if exercise.debug or exercise.is_value or not exercise.parts:
            continue
        # a training, a one-liner, code of ours with one line to mend
        small = exercise.measured or exercise.id == "he-std" or exercise.id.startswith("mend-")
        assert len(exercise.correct) >= (2 if small else 5), exercise.id
        assert len(exercise.mistakes) >= (3 if small else 6), exercise.id
        if "backward" in exercise.id:
            assert len(exercise.mistakes) >= 10, exercise.id
