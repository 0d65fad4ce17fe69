"""`convgrade try`: the messages that a learner would see for a bank entry, or for any source, as the answer."""

import contextlib
import io
from pathlib import Path

from convschool import CheckFailed, mode
from convschool.explain import difference_png
from grading.author.verify import at_grading, entries_of
from grading.lesson.answers import answered, run
from grading.lesson.exercise import Exercise
from grading.lesson.load import Lesson, load_lesson
from grading.lesson.notebook import marked_source


def try_entry(name: str, exercise_id: str, entry: str, pictures: Path | None = None) -> list[str]:
    """For each part of an exercise: what its checks say, visible and hidden ones.

    Parameters
    ----------
    name, exercise_id : str
    entry : str
        The id of a mistake or a correct answer, or the path of a file that holds an answer.
    pictures : Path, optional
        A folder for the pictures of differences.

    Raises
    ------
    ValueError
        When there is no such exercise or entry.
    """
    lesson = load_lesson(name)
    exercise = next((one for one in lesson.with_banks if one.id == exercise_id), None)
    if exercise is None:
        ids = ", ".join(one.id for one in lesson.exercises)
        raise ValueError(f"EXERCISE: lesson {name} has no exercise {exercise_id!r}; there are {ids}")
    messages = []
    for label, source in _sources(lesson, exercise, entry):
        messages.append(f"=== {label}")
        with at_grading(lesson, exercise):
            for number in range(len(exercise.parts)):
                messages.append(_messages_of(lesson, exercise, source, number, pictures))
    return messages


def _sources(lesson: Lesson, exercise: Exercise, entry: str) -> list[tuple[str, str]]:
    if Path(entry).is_file():
        return [(entry, Path(entry).read_text(encoding="utf-8"))]
    entries = entries_of(lesson, exercise)
    sources = [(one.label, one.source) for one in entries if entry in (one.label, one.mistake)]
    if not sources:
        ids = ", ".join(dict.fromkeys(one.mistake or one.label for one in entries))
        raise ValueError(f"ENTRY: {exercise.id} has no entry {entry!r}, and there is no such file; there are {ids}")
    return sources


def _messages_of(lesson: Lesson, exercise: Exercise, source: str, number: int, pictures: Path | None) -> str:
    part = exercise.parts[number]
    messages = io.StringIO()
    marked = marked_source(exercise, part)
    try:
        names = answered(lesson, exercise, source, [marked])
        with contextlib.redirect_stdout(messages), mode.using(checks="shown"):
            run(marked, f"<{exercise.part_id(part)}>", names)
    except CheckFailed as failed:
        name, got, expected = failed.failure.name, failed.failure.got, failed.failure.expected
        if pictures and got is not None and expected is not None and got.ndim and got.size > 1:
            (pictures / f"{exercise.part_id(part)}.png").write_bytes(difference_png(name, got, expected))
    except Exception as error:
        messages.write(f"✗ {exercise.part_id(part)}: {type(error).__name__}: {error}\n")
    return messages.getvalue().rstrip()
