"""What has been recorded of submissions: their states, what marks rest on, marks, and what feedback pages say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import scoped_session

from grading.collect.names import harmless_id
from grading.gradebook import lateness, new_points, tables
from grading.gradebook.folders import folder_names
from grading.gradebook.lessons import Place
from grading.gradebook.marks import lost_within, score_within
from grading.gradebook.rows import ELSEWHERE, Basis, FinalState, Mark, Sheet

# Chinese characters, kana and hangul
_FAMILY_FIRST = re.compile(r"[\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+")
HELD = "held: the lesson's points have changed since it was graded"


def states(session: scoped_session) -> list[FinalState]:
    """Every submission's state, by lesson and student, also of those that nbgrader's own commands have graded."""
    # sorted here: a database sorts text by its own rules
    all_states = [FinalState(**row._mapping) for row in session.execute(sa.select(tables.submissions))]
    own = {(harmless_id(state.student), state.lesson) for state in all_states}
    submission, submitted, notebook = tables.submitted_assignment, tables.submitted_notebook, tables.notebook
    graded = (
        sa.select(submission.c.student_id, tables.assignment.c.name)
        .distinct()
        .join_from(submission, tables.assignment, tables.assignment.c.id == submission.c.assignment_id)
        .join(submitted, submitted.c.assignment_id == submission.c.id)
        .join(notebook, notebook.c.id == submitted.c.notebook_id)
        .join(tables.grade, tables.grade.c.notebook_id == submitted.c.id)
        .where(notebook.c.name == tables.assignment.c.name)
    )
    folders = folder_names(session)
    by_nbgrader = (ELSEWHERE, "by nbgrader's own command, without a sandbox", "none")
    all_states += [
        FinalState(folders.get(row.student_id, row.student_id), row.name, *by_nbgrader)
        for row in session.execute(graded)
        if (row.student_id, row.name) not in own
    ]
    return sorted(all_states, key=lambda state: (state.lesson, state.student))


def bases(session: scoped_session) -> dict[tuple[str, str], Basis]:
    """What each submission's marks rest on, by student and lesson."""
    return {
        (row.student, row.lesson): Basis(row.handed_in, row.version, row.limits, row.executed)
        for row in session.execute(sa.select(tables.bases))
    }


def students(session: scoped_session) -> dict[str, str]:
    """Everybody by id, with the name: first and last, or what there is of it; the id where no name is known."""
    student = tables.student.c
    rows = session.execute(sa.select(student.id, student.first_name, student.last_name))
    return {row.id: shown_name(row.first_name, row.last_name) or row.id for row in rows}


def shown_name(first: str | None, last: str | None) -> str:
    """A name as people write it: the family name last, and in Chinese, Japanese and Korean first, without a blank."""
    names = [name for name in (first, last) if name]
    if len(names) == 2 and all(map(_FAMILY_FIRST.fullmatch, names)):
        return "".join(reversed(names))
    return " ".join(names)


def voids(session: scoped_session) -> dict[str, dict[str, str]]:
    """By lesson, the parts that count for nobody, with the reason."""
    reasons: dict[str, dict[str, str]] = {}
    for row in session.execute(sa.select(tables.voids)):
        reasons.setdefault(row.lesson, {})[row.part] = row.reason
    return reasons


def sheets(
    session: scoped_session, final_states: Iterable[FinalState], lessons: Mapping[str, Place], comments: bool
) -> Iterator[Sheet]:
    """The sheets of submissions, in as many queries for a class as for one.

    Parameters
    ----------
    session : scoped_session
        Read when the first sheet is taken.
    final_states : iterable of FinalState
        Which submissions.
    lessons : mapping of str to Place
        Where their lessons are.
    comments : bool
        Whether comments are wanted; they are None otherwise.
    """
    based, are_held = bases(session), new_points.places(session)
    notebooks, (rows, outdated) = _notebooks(session), _grades(session)
    comment_of = _comments(session) if comments else {}
    notes = {(row.student, row.lesson): row.note for row in session.execute(sa.select(tables.notes))}
    voided, names = voids(session), students(session)
    for state in final_states:
        lesson, void = lessons[state.lesson], voided.get(state.lesson, {})
        notebook = notebooks[harmless_id(state.student), lesson.assignment]
        own_comments = comment_of.get(notebook.id, {})
        counted = {name: cell for name, cell in lesson.marked.items() if name not in void}
        own_rows = {name: rows.get(notebook.id, {}).get(cell, {}) for name, cell in counted.items()}
        extra = {name: row.get("extra_credit") or 0.0 for name, row in own_rows.items()}
        yield Sheet(
            state,
            based.get((state.student, state.lesson), Basis()),
            {
                name: (0.0, 0.0) if name in void else score_within(own_rows[name], lesson.points[cell])
                for name, cell in lesson.marked.items()
            },
            {name: own_comments.get(cell) for name, cell in lesson.commented.items()},
            notebook.late_submission_penalty or 0.0,
            tuple(name for name, cell in lesson.marked.items() if (notebook.id, cell) in outdated),
            (harmless_id(state.student), state.lesson) in are_held,
            lateness.seconds_late(notebook.timestamp, notebook.duedate, notebook.extension),
            notes.get((state.student, state.lesson), ""),
            void,
            names.get(state.student, state.student),
            {name: points for name, points in extra.items() if points > 0},
            {name: points for name, points in lesson.bonus.items() if name not in void},
        )


def _notebooks(session: scoped_session) -> dict[tuple[str, str], sa.Row]:
    """Every submitted notebook, by student and nbgrader's id of the lesson, with what its lateness depends on."""
    submission, submitted = tables.submitted_assignment, tables.submitted_notebook
    query = (
        sa.select(
            submission.c.student_id,
            submission.c.assignment_id,
            submitted.c.id,
            submitted.c.late_submission_penalty,
            submission.c.timestamp,
            submission.c.extension,
            tables.assignment.c.duedate,
        )
        .join_from(submission, submitted, submitted.c.assignment_id == submission.c.id)
        .join(tables.assignment, tables.assignment.c.id == submission.c.assignment_id)
    )
    return {(row.student_id, row.assignment_id): row for row in session.execute(query)}


def _grades(session: scoped_session) -> tuple[dict[str, dict[str, dict[str, Any]]], set[tuple[str, str]]]:
    """The rows of nbgrader's table `grade`, by notebook and cell, and the (notebook, cell) whose answer has changed
    since a marker marked it."""
    grade = tables.grade
    columns = (grade.c.notebook_id, grade.c.cell_id, grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit)
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    outdated: set[tuple[str, str]] = set()
    for row in session.execute(sa.select(*columns, grade.c.needs_manual_grade)):
        rows.setdefault(row.notebook_id, {})[row.cell_id] = dict(row._mapping)
        if row.needs_manual_grade and row.manual_score is not None:
            outdated.add((row.notebook_id, row.cell_id))
    return rows, outdated


def _comments(session: scoped_session) -> dict[str, dict[str, str | None]]:
    """Comments by notebook and cell: a marker's, or else the automatic one."""
    comment_of: dict[str, dict[str, str | None]] = {}
    for row in session.execute(sa.select(tables.comment)):
        text = row.auto_comment if row.manual_comment is None else row.manual_comment
        comment_of.setdefault(row.notebook_id, {})[row.cell_id] = text
    return comment_of


def marks(session: scoped_session, all_sheets: Iterable[Sheet]) -> list[Mark]:
    """The rows of ``grades.csv`` for the submissions of some sheets."""
    mistakes = {
        (row.student, row.lesson, row.exercise): row.mistake for row in session.execute(sa.select(tables.mistakes))
    }
    rows = []
    for sheet in all_sheets:
        state = sheet.state
        submission = (state.student, state.lesson)
        late: dict[str, Any] = {"seconds_late": sheet.seconds_late, "remark": HELD if sheet.held else sheet.note}
        if sheet.held:
            rows.append(Mark(*submission, "", None, sheet.max_score, state.status, "", **late))
            continue
        if state.status == "invalid":
            rows.append(Mark(*submission, "", 0.0, sheet.max_score, state.status, "", **late))
            continue
        lost = lost_within(sheet.scores.values())
        filled, taken = sheet.bonus / lost if lost else 0.0, sheet.penalty / sheet.before if sheet.before else 0.0
        for name, (score, points) in sheet.scores.items():
            if score is not None:
                mistake, bonus = mistakes.get((*submission, name), ""), (points - score) * filled
                before = score + bonus
                penalty = before * taken
                mark = Mark(
                    *submission,
                    name,
                    before - penalty,
                    points,
                    state.status,
                    mistake,
                    before=before,
                    penalty=penalty,
                    seconds_late=sheet.seconds_late,
                    remark=_remark(sheet, name),
                    bonus=bonus,
                )
                rows.append(mark)
    return rows


def _remark(sheet: Sheet, part: str) -> str:
    """What is to be said of a part: that it counts for nobody, its bonus, and the submission's note."""
    void = f"void: {sheet.voided[part]}" if part in sheet.voided else ""
    return "; ".join(filter(None, [void, sheet.bonus_words(part), sheet.note]))
