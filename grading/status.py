"""How far each learner's work on each lesson has come."""

from dataclasses import dataclass
from pathlib import Path

from grading import fingerprint
from grading.grade import counts, seed_of
from grading.gradebook.lateness import LatePenalties
from grading.output import Output
from grading.plan import COLLECTED, STALE, Grading, counting, find_submissions, make_plan
from grading.publish.everybody import missing
from grading.publish.feedback import stale_pages


@dataclass(frozen=True)
class Standing:
    """How far a submission has come. `score` and `max_score` are 0 for one that is not graded; `score` is None for one
    that is "held".

    `stands` is why it has to be graded, as `grading.plan.why_grade` says ("collected" where it never was, "stale" where
    its lesson or the grader has changed since), "waiting" (for a marker), "feedback old" (marks changed since its page
    was written), "gone" (graded, and no longer among the submissions), "held" (graded by other points than the lesson
    has now), "missing" (on the roster, and handed in nothing), "refused" (by `collect`, and nobody knows for which
    lesson) or "done".
    """

    student: str
    lesson: str
    stands: str
    status: str
    score: float | None
    max_score: float
    seconds_late: int = 0
    name: str = ""


def standings(lessons: list[str], submissions: Path, out: Output) -> list[Standing]:
    """Every submission that is there or was graded, by lesson and student.

    Only the penalties for lateness are written, where they have changed.
    """
    there = find_submissions(submissions, lessons)
    if not out.is_graded():
        return [Standing(*one.place, COLLECTED, "", 0.0, 0.0) for one in there]
    with out.record() as record:
        record.settle_lateness({}, LatePenalties(), only_due=True)
        newest = {one.place: one for one in counting(there, submissions, record.deadlines(), counts(out))}
        seed = seed_of(out)
        versions = {lesson: fingerprint.of_lesson(lesson, seed) for lesson in lessons}
        absent, names = missing(record, out), record.students()
        sheets, scores, seconds_late = record.sheets(), record.scores(), record.lateness()
        plan = make_plan(list(newest.values()), record, versions, Grading(lessons, submissions, out, sandbox="none"))
    why = {one.submission.place: one.why for one in plan.todo} | {one.place: STALE for one in plan.stale}
    old_pages = set(stale_pages(out, sheets))
    states = {(sheet.state.student, sheet.state.lesson): sheet.state for sheet in sheets}
    rows = []
    for place in sorted({*newest, *(place for place in states if place[1] in lessons)}, key=lambda place: place[::-1]):
        state = states.get(place)
        if state is None:
            rows.append(Standing(*place, COLLECTED, "", 0.0, 0.0))
            continue
        score, max_score, waiting = scores[place]
        if score is None:
            stands = "held"
        elif place not in newest:
            stands = "gone"
        elif place in why:
            stands = why[place]
        elif waiting:
            stands = "waiting"
        else:
            stands = "feedback old" if place in old_pages else "done"
        late, name = seconds_late.get(place, (0.0, 0))[1], names.get(place[0], "")
        rows.append(Standing(*place, stands, state.status, score, max_score, late, name))
    there = {(row.student, row.lesson) for row in rows}
    for one in absent:
        stands = "missing" if one.lesson else "refused"
        if (one.student, one.lesson) not in there and (one.lesson in lessons or not one.lesson):
            rows.append(Standing(one.student, one.lesson, stands, "", 0.0, 0.0, 0, one.name))
    return rows
