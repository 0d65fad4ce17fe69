"""Feedback as other systems take it back: pages in a zip, named as the system names its files, and a line of comment.

Sources: Moodle, class ``assignfeedback_file_zip_importer`` (mod/assign/feedback/file/importziplib.php) and class
``assignfeedback_offline_grade_importer`` (mod/assign/feedback/offline/importgradeslib.php); Canvas,
``infer_comment_context_from_filename`` (app/models/abstract_assignment.rb).
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from convschool.findings import TITLES
from grading.collect.origin import Origin, origin_of
from grading.files import write_table, write_whole
from grading.gradebook import Mark, Sheet
from grading.lesson.load import load_lesson
from grading.output import Output
from grading.publish.feedback import CUT_OFF, WORDS, bonus_words, is_cut_off, late_words
from grading.publish.grades_csv import number
from grading.publish.roster import Roster, email, kept_roster, row_of, system_id

COMMENT_COLUMNS = ("student", "lesson", "score", "max_score", "comment", "name", "email", "id")
# Moodle's own grading worksheet, in the English interface; it takes a row's grade whatever the time says
WORKSHEET_COLUMNS = ("Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments")
_MOST_COMMENT = 2000
_NO_RESPONSE = "No response."


@dataclass(frozen=True)
class HandedBack:
    """The files that were written, how many submissions are in them, and why others are not."""

    files: tuple[Path, ...]
    submissions: int
    remarks: tuple[str, ...]


def write_zips(
    system: str, sheets: Iterable[Sheet], marks: Sequence[Mark], out: Output, submissions: Path | None
) -> HandedBack:
    """Write ``hand-back/<lesson>-<system>.zip``, a lesson each, with the pages of all who came by that system.

    For Moodle also ``hand-back/<lesson>-moodle.csv``, its grading worksheet, with grades and comments.

    Parameters
    ----------
    system : {"moodle", "canvas"}
    sheets : iterable of Sheet
    marks : sequence of Mark
        The marks, which name the mistakes for the comments.
    out : Output
    submissions : Path or None
        The folder that `convgrade collect` has made, which says who came from where.
    """
    pages: dict[str, list[tuple[Sheet, Origin]]] = {}
    comment_of, count = comments(sheets := list(sheets), marks), 0
    roster = kept_roster(out)
    left_out: dict[str, list[str]] = {}
    for sheet in sheets:
        student, lesson = place = sheet.state.student, sheet.state.lesson
        origin = origin_of(submissions, *place) if submissions else Origin()
        if origin.system != system or not origin.prefix:
            reason = f"not collected from {system.capitalize()}, or without a number there"
            left_out.setdefault(reason, []).append(f"{student} ({lesson})")
        elif sheet.held or not out.page(*place).exists():
            left_out.setdefault("no page yet", []).append(f"{student} ({lesson})")
        elif system == "moodle" and roster is not None and _is_stranger(student, roster):
            reason = "not on the roster (of a team's submission, Moodle's number is of no participant)"
            left_out.setdefault(reason, []).append(f"{student} ({lesson})")
        else:
            pages.setdefault(lesson, []).append((sheet, origin))
            count += 1
    files = []
    for lesson, pages_here in sorted(pages.items()):
        files.append(out.hand_back / f"{lesson}-{system}.zip")
        names = {f"{origin.prefix}{lesson}.html": out.page(sheet.state.student, lesson) for sheet, origin in pages_here}
        _write_zip(files[-1], names)
        if system == "moodle":
            files.append(files[-1].with_suffix(".csv"))
            rows = [
                _worksheet_row(sheet, origin, comment_of[sheet.state.student, lesson]) for sheet, origin in pages_here
            ]
            write_table(files[-1], WORKSHEET_COLUMNS, rows)
    return HandedBack(tuple(files), count, tuple(f"{why}: {', '.join(who)}" for why, who in left_out.items()))


def _is_stranger(student: str, roster: Roster) -> bool:
    return row_of(student, roster)[0] is None and not roster.twin_name(student) and student not in roster.by_name


def write_comments(sheets: Iterable[Sheet], marks: Sequence[Mark], out: Output) -> HandedBack:
    """Write ``hand-back/comments.csv``: a row for each submission: score, line of comment, whose it is."""
    comment_of, roster = comments(sheets := list(sheets), marks), kept_roster(out) or Roster()
    people = {sheet.state.student: row_of(sheet.state.student, roster)[0] or {} for sheet in sheets}
    path = out.hand_back / "comments.csv"
    rows = [
        {
            "student": sheet.state.student,
            "lesson": sheet.state.lesson,
            "score": _score(sheet),
            "max_score": number(sheet.max_score),
            "comment": comment_of[sheet.state.student, sheet.state.lesson],
            "name": sheet.name,
            "email": email(people[sheet.state.student]),
            "id": system_id(people[sheet.state.student]),
        }
        for sheet in sheets
    ]
    _make_folder(out)
    write_table(path, COMMENT_COLUMNS, rows)
    return HandedBack((path,), len(rows), ())


def comments(sheets: Iterable[Sheet], marks: Iterable[Mark]) -> dict[tuple[str, str], str]:
    """By student and lesson, what the page says, in a line: the score, where marks were lost and why, and what the
    marker has written."""
    mistakes: dict[tuple[str, str], dict[str, str]] = {}
    for mark in marks:
        mistakes.setdefault((mark.student, mark.lesson), {})[mark.exercise] = mark.mistake
    places = {(sheet.state.student, sheet.state.lesson): sheet for sheet in sheets}
    return {place: _comment(sheet, mistakes.get(place, {})) for place, sheet in places.items()}


def part_comment(sheet: Sheet, part: str, mistake: str) -> str:
    """The comment for one part: whether it waits, the mistake in words, and what the marker wrote."""
    score, points = sheet.scores[part]
    parts = ["It waits for a marker."] if score is None else []
    if mistake and score is not None and score < points:
        parts.append(_words(sheet.state.lesson, part, mistake))
    parts += [f"{words}."] if (words := bonus_words(sheet, part)) else []
    comment = sheet.comments.get(part)
    parts += [comment] if comment and comment != _NO_RESPONSE else []
    return " ".join(parts)[:_MOST_COMMENT]


def _score(sheet: Sheet) -> str:
    """The score as text; empty where the marks are held."""
    return "" if sheet.score is None else number(sheet.score)


def _comment(sheet: Sheet, mistakes: Mapping[str, str]) -> str:
    if sheet.held:
        return "Your marks are being looked at again."
    parts = [f"{_score(sheet)} of {number(sheet.max_score)}.", late_words(sheet), sheet.note]
    if sheet.state.status != "graded":
        parts += [WORDS[sheet.state.status], _sentence(CUT_OFF if is_cut_off(sheet) else sheet.state.reason)]
    if sheet.state.status == "invalid":
        return _in_a_line(parts)
    parts += [f"{number(sheet.bonus)} of it for a bonus."] if sheet.bonus else []
    explained = set()
    for part, (score, points) in sheet.scores.items():
        if score is None:
            parts.append(f"{part}: waits for a marker.")
        elif score < points:
            mistake = mistakes.get(part, "")
            words = _words(sheet.state.lesson, part, mistake) if mistake and mistake not in explained else ""
            explained.add(mistake)
            parts.append(f"{part}: {number(score)} of {number(points)}{f', {words}' if words else '.'}")
    parts += [f"{part}: “{comment}”" for part, comment in sheet.comments.items() if comment and comment != _NO_RESPONSE]
    return _in_a_line(parts)


def _in_a_line(parts: Iterable[str]) -> str:
    text = " ".join(" ".join(filter(None, parts)).split())
    return text if len(text) <= _MOST_COMMENT else f"{text[: _MOST_COMMENT - 1]}…"


def _words(lesson: str, part: str, mistake: str) -> str:
    """The sentence for learners about a mistake."""
    one = load_lesson(lesson)
    exercise = one.parts[part][0] if part in one.parts else None
    if exercise is None:
        return _sentence(mistake)
    messages = {entry.id: entry.message for each in one.with_banks if each.id == exercise.id for entry in each.mistakes}
    return _sentence(messages.get(mistake) or TITLES.get(mistake, mistake))


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def _worksheet_row(sheet: Sheet, origin: Origin, comment: str) -> dict[str, str]:
    name, number_of = origin.prefix.split("_")[:2]
    return {
        "Identifier": f"Participant {number_of}",
        "Full name": name,
        "Grade": _score(sheet),
        "Last modified (grade)": "-",
        "Feedback comments": comment,
    }


def _make_folder(out: Output) -> None:
    out.hand_back.mkdir(exist_ok=True)


def _write_zip(path: Path, files: Mapping[str, Path]) -> None:
    with TemporaryFile() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in sorted(files.items()):
                archive.write(file, name)
        whole.seek(0)
        write_whole(path, whole.read())
