"""One pass over a notebook: answers in the sandbox, marked cells here, locked cells on both sides.

Of a locked cell only some statements are run: here those that a marked cell depends on, in the sandbox those that the
learner's code depends on. No output is made of them.

Every submission gets two passes, each with a fresh shell and a fresh sandbox. In the first, hidden tests are cut
out and outputs are kept: it is what the learner will see. In the second, the hidden tests are run, the marks are given,
and no output is kept: a function that has met a hidden case may carry it away in whatever it returns, raises or prints.
What the first pass has judged is not judged again: a part needs its visible cases there and its hidden ones here.
"""

import re
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from convschool import CheckFailed, explain
from convschool.checking import VERDICT_MIME
from convschool.verdict import Verdict
from grading.execute.inside.shell import NotebookShell, fitting, plain_outputs
from grading.execute.sandbox import Sandbox
from grading.execute.session import GRACE_SECONDS, Session
from grading.job import MOST_OUTPUTS, Limits
from grading.lesson.needed import Cells, needed_by_learner, needed_by_marked

HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS[^\n]*(\n|\Z)", re.DOTALL | re.MULTILINE)
OURS = ("locked", "marked")
IMAGE = re.compile(r"[A-Za-z0-9+/=\s]+")


class Overdue(BaseException):
    """A check takes too long over a value that a learner's code returned. It is no `Exception`, so that no check can
    catch it.
    """


@dataclass
class Pass:
    """The results of one pass, by the cell's position.

    `outputs` are kept in the first pass only. `explained` holds, for each marked cell with a failed check, what the
    learner may know of that check, as display data.
    """

    outputs: dict[int, list[dict]] = field(default_factory=dict)
    passed: dict[int, bool] = field(default_factory=dict)
    explained: dict[int, dict] = field(default_factory=dict)
    status: str = "graded"
    reason: str = ""


def kind_of(cell: dict) -> str:
    """What a cell is to the grader: "text", "marked", "locked", "answer" or "extra"."""
    if cell["cell_type"] != "code":
        return "text"
    marking = cell["metadata"].get("nbgrader")
    if not marking:
        return "extra"
    if marking.get("solution"):
        return "answer"
    return "marked" if marking.get("grade") else "locked"


def source_of(cell: dict) -> str:
    return "".join(cell["source"])


def locked_and_marked(notebook: dict) -> tuple[Cells, tuple[str, ...]]:
    """The locked cells by their number among the cells of ours, and the sources of the marked ones.

    The numbers do not depend on the learner's own cells: `needed_by_marked` gets the same for everybody and works once.
    """
    released = [(kind_of(cell), source_of(cell)) for cell in notebook["cells"] if kind_of(cell) in OURS]
    locked = tuple((number, source) for number, (kind, source) in enumerate(released) if kind == "locked")
    return locked, tuple(source for kind, source in released if kind == "marked")


def needed_cells(notebook: dict) -> tuple[dict[int, str], dict[int, str]]:
    """What to run of each locked cell here and in the sandbox, by its position."""
    locked, marked = locked_and_marked(notebook)
    learners = [source_of(cell) for cell in notebook["cells"] if kind_of(cell) in ("answer", "extra")]
    learners += [name for cell in notebook["cells"] for name in _checked_in_sandbox(cell)]
    here, there = needed_by_marked(locked, marked), needed_by_learner(locked, learners)
    places = [position for position, cell in enumerate(notebook["cells"]) if kind_of(cell) in OURS]
    here, there = ({places[number]: source for number, source in side.items()} for side in (here, there))
    return here, there


def run_pass(
    notebook: dict,
    sandbox: Sandbox,
    shell: NotebookShell,
    limits: Limits,
    hidden: bool,
    judged: Mapping[int, bool],
    tell: Callable[[dict], None],
) -> Pass:
    """Run the code cells of `notebook` in order: the first pass, or the second, with its `hidden` tests.

    `judged` says, for the second pass, which marked cells have passed all but their hidden tests: of these only the
    hidden tests are run, and the others in it are not run. `tell` is told how each marked cell ended as soon as that is
    decided: whatever comes later, the mark stays.
    """
    session, result, defined = Session(sandbox), Pass(), []
    here, there = needed_cells(notebook)
    last = time.monotonic() + limits.notebook_seconds
    for position, cell in enumerate(notebook["cells"]):
        kind, source = kind_of(cell), source_of(cell)
        if kind == "text":
            continue
        # in the hidden pass no reason names the cell: a learner's function could end its process in a cell of its
        # choice, and so tell what a hidden case was
        place = "with the hidden tests" if hidden else _place(position, cell)
        session.start_cell(place, min(last, time.monotonic() + limits.cell_seconds))
        if kind in ("answer", "extra"):
            result.outputs[position] = _run_in_sandbox(session, source, quietly=hidden)
            if kind == "answer":
                defined += cell["metadata"].get("convgrade", {}).get("defines", [])
            _bind(session, shell, defined)
            continue
        if kind == "locked":
            if position in there:
                _run_in_sandbox(session, there[position], quietly=True)
            if position not in here:
                continue
            source = here[position]
            session.deadline = min(last, time.monotonic() + limits.cell_seconds)
        elif not hidden:
            source = HIDDEN.sub("", source)
        elif (tests := HIDDEN.search(source)) and position in judged:
            if not judged[position]:
                continue
            source = tests[0]
        _bind(session, shell, _checked_in_sandbox(cell))
        outputs, error = _run_here(shell, source, session.deadline, quietly=hidden or kind == "locked")
        if kind == "marked":
            result.outputs[position] = outputs
            result.passed[position] = error is None
            decided: dict[str, dict[int, Any]] = {"passed": {position: error is None}}
            if isinstance(error, CheckFailed):
                result.explained[position] = _explained(error.verdict)
                decided["explained"] = {position: result.explained[position]}
            tell(decided)
    if last < time.monotonic():
        session.end("timed-out", "the notebook took too long")
    result.outputs = {} if hidden else fitting(result.outputs, MOST_OUTPUTS)
    result.status, result.reason = session.status, session.reason
    return result


def _checked_in_sandbox(cell: dict) -> list[str]:
    """The names of the lesson's functions that a marked cell checks inside the sandbox, since they hand objects to the
    learner's code.
    """
    return cell["metadata"].get("convgrade_there", []) if kind_of(cell) == "marked" else []


def _place(position: int, cell: dict) -> str:
    name = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return f"cell {name}" if name else f"cell number {position + 1}"


def _run_in_sandbox(session: Session, source: str, quietly: bool) -> list[dict]:
    try:
        outputs, _ = session.run(source, quietly)
    except Exception as error:  # out of time, gone, or its shell is broken
        return [error_output(type(error).__name__[:80], str(error)[:500])]
    return plain_outputs(outputs, is_plain)


def is_plain(mime: str, part: object) -> bool:
    """Whether a learner's display data can go onto a page: text, and images that are nothing but images."""
    if not isinstance(part, str):
        return False
    return mime == "text/plain" or (mime in ("image/png", "image/jpeg") and bool(IMAGE.fullmatch(part)))


def _bind(session: Session, shell: NotebookShell, names: list[str]) -> None:
    """Give the names that the lesson's answers define what the learner's code has bound to them."""
    try:
        values = session.names(names) if names else {}
    except Exception:  # the process is gone, or says nonsense: the names keep what they had
        return
    for name in names:
        if name in values:
            shell.user_ns[name] = values[name]
        else:
            shell.user_ns.pop(name, None)


def _run_here(
    shell: NotebookShell, source: str, deadline: float, quietly: bool
) -> tuple[list[dict], BaseException | None]:
    """Run a cell of ours; whatever a learner's data makes of it, it comes to an end."""

    def overdue(signum, frame):
        raise Overdue("this cell took too long")

    signal.signal(signal.SIGALRM, overdue)
    left = max(0.0, deadline - time.monotonic()) + GRACE_SECONDS + 1
    signal.setitimer(signal.ITIMER_REAL, left, 1.0)
    try:
        return shell.run_ours(source, quietly)
    except Overdue as late:  # it went off in the shell's own code
        return [error_output("Overdue", str(late))], late
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _explained(verdict: Verdict) -> dict:
    """A failed check as display data, with no number or word that came from a learner's code."""
    return {
        "text/plain": explain.text(verdict, hidden=True),
        "text/html": explain.html(verdict, hidden=True),
        VERDICT_MIME: {"part": verdict.part, "passed": verdict.passed, "mistake": verdict.reported},
    }


def error_output(name: str, message: str) -> dict:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
