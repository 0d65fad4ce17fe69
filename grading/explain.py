"""`convgrade explain`: a mark with everything that led to it, and whether it comes out again."""

from grading import fingerprint
from grading.collect.names import harmless_id
from grading.execute import close, execute
from grading.files import printable
from grading.grade import rebuild_file, rebuilder, seed_of
from grading.gradebook import Mark, Record, Sheet
from grading.gradebook.master import load_master
from grading.job import Executed, Job, Limits, SandboxKind
from grading.lesson.load import lesson_of, load_lesson
from grading.lesson.notebook import marked_source
from grading.output import Output
from grading.publish.everybody import find_student


class ExplainError(ValueError):
    """There is nothing to explain; the message names the argument."""


def explain(
    student: str,
    part: str,
    hidden: bool,
    out: Output,
    limits: Limits | None = None,
    sandbox: SandboxKind = "auto",
) -> list[str]:
    """What is recorded of a part of a student's work, and what its checks say when the submission is run once more.

    Parameters
    ----------
    student : str
        An id, or a name that only one student has.
    part : str
        A marked cell's id.
    hidden : bool
        Whether the hidden cases are wanted, drawn with the class's own seed, in place of the visible ones.
    out, limits, sandbox
        As in `grading.grade.Grading`.

    Returns
    -------
    list of str
        Lines for the instructor alone: with `hidden` they tell hidden cases.

    Raises
    ------
    ExplainError
        When there is no such student or submission.
    ValueError
        When there is no such part.
    """
    lesson = lesson_of(part)
    with out.record() as record:
        sheet = _sheet(record, student, lesson, out)
        mark = next((one for one in record.marks() if _is(one, sheet) and one.exercise == part), None)
        name = record.students().get(sheet.state.student, "")
    lines = _what_is_recorded(part, name, sheet, mark, out)
    notebook = out.submitted(sheet.state.student, lesson) / f"{lesson}.ipynb"
    master = load_master(lesson)
    with rebuilder(lambda _: master, harmless=False) as bounded:
        answer = rebuild_file(bounded, notebook, lesson)
    if "invalid" in answer:
        lines.append(f"{notebook}: {answer['invalid']}")
    elif part in _answers_in_words(lesson):
        lines += _of_written(lesson, part, answer["notebook"])
    else:
        job = Job(sheet.state.student, lesson, answer["notebook"], seed_of(out), limits or Limits())
        lines += _run_again(job, part, hidden, sandbox, mark)
    return [printable(line) for line in lines]


def _what_is_recorded(part: str, name: str, sheet: Sheet, mark: Mark | None, out: Output) -> list[str]:
    student, lesson = sheet.state.student, sheet.state.lesson
    lines = [f"{name} ({student}), {lesson}" if name != student else f"{name}, {lesson}"]
    lines += [line for line in (_recorded(part, sheet, mark), sheet.state.reason, sheet.note) if line]
    if sheet.basis.version and sheet.basis.version != fingerprint.of_lesson(lesson, seed_of(out)):
        lines.append(f"Graded by an earlier version of lesson or grader: `convgrade grade {lesson} --regrade`.")
    return lines


def _run_again(job: Job, part: str, hidden: bool, sandbox: SandboxKind, mark: Mark | None) -> list[str]:
    """The learner's answer, what its checks say when it is run again, and whether the mark comes out again."""
    exercise = load_lesson(job.lesson).parts[part][0]
    lines = ["", f"the answer {exercise.id}:", *_source(job.notebook, exercise.id).splitlines(), ""]
    _explaining(job.notebook, job.lesson, part, hidden)
    try:
        executed = execute(job, sandbox)
    finally:
        close()
    lines += [f"run again, {'hidden' if hidden else 'visible'} cases: {executed.status} {executed.reason}".rstrip()]
    return [*lines, *_explanation(executed, part), "", _comes_out(executed, part, mark)]


def _answers_in_words(lesson: str) -> dict:
    return load_lesson(lesson).written


def _sheet(record: Record, student: str, lesson: str, out: Output) -> Sheet:
    try:
        found = find_student(student, record, out)
    except ValueError as error:
        raise ExplainError(str(error)) from None
    if not found:
        raise ExplainError(f"STUDENT: {student!r} is nobody in the gradebook")
    for sheet in record.sheets():
        if (harmless_id(sheet.state.student), sheet.state.lesson) == (found, lesson):
            return sheet
    raise ExplainError(f"STUDENT: {student} has handed in nothing of {lesson}")


def _is(mark, sheet: Sheet) -> bool:
    return (mark.student, mark.lesson) == (sheet.state.student, sheet.state.lesson)


def _recorded(part: str, sheet: Sheet, mark) -> str:
    if part in sheet.voided:
        return f"{part} is void, and counts for nobody: {sheet.voided[part]}"
    if mark is None:
        return f"{part}: no mark is recorded ({sheet.state.status})"
    line = f"{part}: {mark.before:g} of {mark.max_score:g} is recorded ({sheet.state.status})"
    line += f"; {mark.penalty:g} of it taken for lateness" if mark.penalty else ""
    return line + (f"; named {mark.mistake}" if mark.mistake else "")


def _cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def _source(notebook: dict, name: str) -> str:
    return "".join(_cell(notebook, name)["source"])


def _of_written(lesson: str, part: str, notebook: dict) -> list[str]:
    written_answer = _answers_in_words(lesson)[part]
    rubric = [f"- {criterion.points:g}: {criterion.text}" for criterion in written_answer.criteria]
    answer = _source(notebook, part).splitlines()
    return ["", "the answer:", *answer, "", f"rubric ({written_answer.points:g} points):", *rubric]


def _explaining(notebook: dict, lesson: str, part: str, hidden: bool) -> None:
    """Let the part's cell say all; a debug exercise has no hidden cases, and its check says all there is."""
    exercise, of_part = load_lesson(lesson).parts[part]
    has_hidden = "hidden_check" in marked_source(exercise, of_part)
    if hidden and not has_hidden:
        raise ExplainError(f"--hidden: {part} has no hidden cases")
    if not exercise.debug:
        _cell(notebook, part)["source"] = (
            "from grading.lesson.hidden import explained_check\n"
            f"explained_check({part!r}, {exercise.subject}, hidden={hidden})"
        )


def _explanation(executed: Executed, part: str) -> list[str]:
    """What the part's cell printed or showed."""
    lines = []
    for output in _cell(executed.notebook, part)["outputs"] if executed.notebook else []:
        if output["output_type"] == "stream":
            lines += "".join(output["text"]).splitlines()
        elif output["output_type"] == "display_data":
            lines += "".join(output["data"].get("text/plain", "")).splitlines()
    return lines or ["the cell said nothing: the run ended before it"]


def _comes_out(executed: Executed, part: str, mark) -> str:
    passed = next((cell.passed for cell in executed.cells if cell.grade_id == part), False)
    again = f"Run again, visible and hidden cases together: {part} {'passes' if passed else 'fails'}."
    if mark is None or not mark.max_score or mark.before not in (0.0, mark.max_score):
        return again
    same = passed == bool(mark.before)
    return f"{again} {'The mark comes out again.' if same else 'That is not what is recorded.'}"
