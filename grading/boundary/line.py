"""`execute`: a submission in, its final state out; and the warm processes that make it quick.

    caller ── job ──> line ──forks──> runner (trusted, one for each pass) <── frames ──> learner's process
                       └── starts ──> bubblewrap ──forks──────────────────────────────────┘

A line is a process of its own that has imported everything and drawn the hidden cases. It forks a runner for
each pass, so that nothing a job does is there when the next one starts. A caller keeps its lines for the next job.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from convschool import cases
from convschool.checking import VERDICT_MIME
from grading.boundary.isolation import Allowance
from grading.boundary.needed import needed_by_marked
from grading.boundary.protocol import Channel, Ended, TooLate
from grading.boundary.runner import Pass, error_output, kind_of, locked_and_marked, run_pass
from grading.boundary.sandbox import Mode, Sandbox, SandboxUnavailable, WarmSandboxes, bubblewrap, start_cold
from grading.boundary.shell import NotebookShell
from grading.lesson import COURSE
from grading.outcome import CellResult, Executed, Job, Limits

SLACK_SECONDS = 30.0  # for starting, and for the grace of the last cells; then a runner is killed
WORK = "import sys; from grading.boundary.line import work; work(int(sys.argv[1]), sys.argv[2])"

_lines: dict[tuple[int, str], list["Line"]] = {}
_lock = threading.Lock()


def execute(job: Job, sandbox: Literal["auto", "warm", "cold", "none"] = "auto", show: bool = True) -> Executed:
    """Run a submission and say how it ended.

    Parameters
    ----------
    job : Job
    sandbox : {"auto", "warm", "cold", "none"}
        How learners' code is kept apart: in a sandbox forked from a warm one, in one started for each pass, or,
        asked for by that name, not at all. "auto" is the first where the machine allows it, else the second.
        Which it was stands in the notebook's metadata, under "convgrade".
    show : bool
        Whether the executed notebook is wanted. Without it only the marks are computed, in half the time.

    Raises
    ------
    SandboxUnavailable
        When this machine cannot make the sandbox; nothing was run then.
    """
    start = time.monotonic()
    request = {"job": asdict(job), "show": show}
    for attempt in (1, 2):
        line = _free_line(sandbox)
        try:
            answer = line.ask(request)
        except Ended:  # something outside has ended it: once more with a fresh one
            line.close()
            if attempt == 2:
                raise SandboxUnavailable("the grading process was ended from outside, twice") from None
            continue
        with _lock:
            _lines.setdefault((os.getpid(), sandbox), []).append(line)
        break
    if "unavailable" in answer:
        raise SandboxUnavailable(answer["unavailable"])
    return Executed(
        student=job.student,
        lesson=job.lesson,
        status=answer["status"],
        reason=answer["reason"],
        notebook=answer["notebook"] if show else None,
        cells=tuple(CellResult(**cell) for cell in answer["cells"]),
        seconds=time.monotonic() - start,
    )


def close() -> None:
    """End this process's lines; the next `execute` starts a new one."""
    with _lock:
        for key in [key for key in _lines if key[0] == os.getpid()]:
            for line in _lines.pop(key):
                line.close()


def _free_line(sandbox: str) -> "Line":
    with _lock:
        free = _lines.setdefault((os.getpid(), sandbox), [])
        if free:
            return free.pop()
    return Line(sandbox)


class Line:
    """The caller's end of a line."""

    def __init__(self, sandbox: str):
        ours, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-c", WORK, str(theirs.fileno()), sandbox]
            # in a session of its own: a Ctrl-C is for the caller, who hangs up
            self._process = subprocess.Popen(
                words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._channel = Channel(ours)

    def ask(self, request: dict) -> dict:
        self._channel.send(request)
        return self._channel.receive()[0]

    def close(self) -> None:
        self._channel.sock.close()
        self._process.wait()


def work(descriptor: int, sandbox: str) -> None:
    """A line's process: answer jobs until the caller hangs up."""
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        passes = Passes(sandbox, channel.sock)
    except SandboxUnavailable as error:
        with contextlib.suppress(Ended):
            channel.receive()
            channel.send({"unavailable": str(error)})
        return
    while True:
        try:
            request, _ = channel.receive()
        except Ended:
            passes.close()
            return
        job = request["job"]
        limits = Limits(**job.pop("limits"))
        try:
            channel.send(passes.graded(Job(**job, limits=limits), request["show"]))
        except Ended:
            passes.close()
            return
        except SandboxUnavailable as error:
            channel.send({"unavailable": str(error)})


class Passes:
    """Runs both passes of a job, each in a forked runner with a sandbox of its own."""

    def __init__(self, sandbox: str, caller: socket.socket):
        self.caller = caller
        self.mode: Mode = "none" if sandbox == "none" else "cold"
        self._warm: WarmSandboxes | None = None
        if sandbox in ("auto", "warm"):
            bubblewrap()
            self._warm = WarmSandboxes()
        self.shell = NotebookShell.ready()
        if self._warm:
            self._try_warm(sandbox)
        self.label = "none" if self.mode == "none" else f"bubblewrap {bubblewrap()[1]}, {self.mode}"

    def _try_warm(self, sandbox: str) -> None:
        """Keep the warm sandbox if a process forked from it can isolate itself here."""
        try:
            self._warm.wait_ready()
            trial = self._warm.start(Allowance())
            trial.wait_ready()
            trial.close()
            self.mode = "warm"
        except SandboxUnavailable:
            self._warm.close()
            self._warm = None
            if sandbox == "warm":
                raise

    def close(self) -> None:
        if self._warm:
            self._warm.close()

    def graded(self, job: Job, show: bool) -> dict:
        """The answer to a job."""
        _make_cases_ready(job)
        needed_by_marked(*locked_and_marked(job.notebook))  # kept for the passes, and for the next job of this lesson
        shown = self._pass(job, hidden=False) if show else Pass()
        marked = self._pass(job, hidden=True)
        cells, notebook = [], {**job.notebook, "cells": []}
        for position, cell in enumerate(job.notebook["cells"]):
            kind = kind_of(cell)
            if kind == "marked":
                passed = marked.passed.get(position, False)
                mistake = marked.explained.get(position, {}).get(VERDICT_MIME, {}).get("mistake", "")
                cells.append(
                    {"grade_id": cell["metadata"]["nbgrader"]["grade_id"], "passed": passed, "mistake": mistake}
                )
            notebook["cells"].append(_executed(cell, kind, position, shown, marked))
        notebook["metadata"] = {**job.notebook.get("metadata", {}), "convgrade": {"sandbox": self.label}}
        return {
            "status": marked.status,
            "reason": marked.reason,
            "cells": cells,
            "notebook": notebook if show else None,
        }

    def _pass(self, job: Job, hidden: bool) -> Pass:
        try:
            return self._pass_once(job, hidden)
        except SandboxUnavailable:  # a busy machine may fail to fork; twice is no accident
            return self._pass_once(job, hidden)

    def _pass_once(self, job: Job, hidden: bool) -> Pass:
        sandbox = self._start(job.limits)
        ours, theirs = socket.socketpair()
        runner = os.fork()
        if not runner:
            ours.close()
            try:
                answer = _runner(job, sandbox, self.shell, hidden)
            except SandboxUnavailable as error:
                answer = {"unavailable": str(error)}
            Channel(theirs).send(answer)
            os._exit(0)
        theirs.close()
        sandbox.talk.close()
        sandbox.status.close()  # when the runner has ended as well, the sandbox ends
        answer = _answer_of(runner, ours, self.caller, job.limits.notebook_seconds + SLACK_SECONDS)
        if sandbox.started:
            sandbox.started.wait()
        if "unavailable" in answer:
            raise SandboxUnavailable(answer["unavailable"])
        for name in ("outputs", "passed", "explained"):
            answer[name] = {int(position): value for position, value in answer.get(name, {}).items()}
        return Pass(**answer)

    def _start(self, limits: Limits) -> Sandbox:
        allowance = Allowance(
            memory_mb=limits.memory_mb,
            cpu_seconds=limits.notebook_seconds,
            wall_seconds=limits.notebook_seconds + SLACK_SECONDS,
        )
        return self._warm.start(allowance) if self._warm else start_cold(allowance, self.mode)


def _runner(job: Job, sandbox: Sandbox, shell: NotebookShell, hidden: bool) -> dict:
    """In a forked process: one pass, as plain data."""
    os.environ.update(CONVGRADE_SEED=str(job.seed), CONVSCHOOL_PROGRESS="off")
    start = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = start + 2 * job.limits.memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with tempfile.TemporaryDirectory(prefix="convgrade-") as folder:
        for file in (COURSE / job.lesson).glob("*"):
            Path(folder, file.name).symlink_to(file)
        os.chdir(folder)
        sandbox.wait_ready()
        return asdict(run_pass(job.notebook, sandbox, shell, job.limits, hidden))


def _answer_of(runner: int, ours: socket.socket, caller: socket.socket, seconds: float) -> dict:
    """What the runner sends; it is killed when it takes longer than that, or when nobody waits for it any more.

    Raises
    ------
    Ended
        When the caller has hung up.
    """
    deadline = time.monotonic() + seconds
    ready = select.poll()
    ready.register(ours, select.POLLIN)
    ready.register(caller, 0)  # only that it was closed
    with ours:
        try:
            if any(descriptor == caller.fileno() for descriptor, _ in ready.poll(1000 * seconds)):
                raise CallerGone("the caller has hung up")
            return Channel(ours).receive(deadline)[0]
        except TooLate:
            return {"status": "timed-out", "reason": "the notebook took too long"}
        except CallerGone:
            raise
        except Ended:
            return {"status": "crashed", "reason": "the grader could not handle what the submission returned"}
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(runner, signal.SIGKILL)
            os.waitpid(runner, 0)


class CallerGone(Ended):
    """Nobody waits for the answer."""


def _make_cases_ready(job: Job) -> None:
    """Read the visible cases and draw the hidden ones before the fork: every job of this lesson and seed finds them."""
    from grading import hidden
    from grading.lesson import load_lesson

    try:
        cases.load(COURSE / job.lesson / "checks.npz")
        for part in load_lesson(job.lesson).parts:
            hidden.drawn_part(part, job.seed)
    except Exception:  # a lesson without checks; what is wrong in one is said by its marked cell
        return


def _executed(cell: dict, kind: str, position: int, shown: Pass, marked: Pass) -> dict:
    """The cell with its outputs: the first pass's, and what may be said of what the second found."""
    if cell["cell_type"] != "code":
        return cell
    outputs = shown.outputs.get(position, [])
    if kind == "marked":
        # an error, or a number as the last value, would be a mark to nbgrader: both are said by us alone
        passed = marked.passed.get(position, False)
        kept = ("stream", "display_data") if passed else ("stream", "display_data", "error")
        outputs = [entry for entry in outputs if entry["output_type"] in kept]
        if not passed:
            if shown.passed.get(position) and position in marked.explained:
                outputs.append({"output_type": "display_data", "data": marked.explained[position], "metadata": {}})
            if not any(entry["output_type"] == "error" for entry in outputs):
                outputs.append(error_output("CheckFailed", "this cell got no points"))
    return {**cell, "execution_count": None, "outputs": outputs}
