"""Both passes of a job, each in a forked runner with a sandbox of its own, and what is made of them."""

import contextlib
import os
import resource
import select
import signal
import socket
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from convschool import cases
from convschool.checking import VERDICT_MIME
from grading.execute.earlier_answers import judge_with_right_ones
from grading.execute.inside.isolation import Allowance
from grading.execute.inside.protocol import Channel, Ended, TooLate
from grading.execute.inside.shell import NotebookShell
from grading.execute.run_pass import Pass, error_output, kind_of, locked_and_marked, run_pass
from grading.execute.sandbox import Mode, Sandbox, SandboxUnavailable, WarmSandboxes, bubblewrap, start_cold
from grading.job import Job, Limits
from grading.lesson.load import COURSE
from grading.lesson.needed import needed_by_marked

SLACK_SECONDS = 30.0  # for starting, and for the grace of the last cells; then a runner is killed


class Passes:
    """Everything that passes need, imported and started; processes forked from this one share it."""

    def __init__(self, sandbox: str):
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

    def graded(self, job: Job, show: bool, caller: socket.socket) -> dict:
        """The answer to a job; `caller` is watched, and when it hangs up all ends."""
        make_cases_ready(job.lesson, job.seed)
        needed_by_marked(*locked_and_marked(job.notebook))  # kept for the passes, and for the next job of this lesson
        shown = self._pass(job, False, caller) if show else Pass()
        marked = self._pass(job, True, caller)
        judge_with_right_ones(
            job.lesson,
            job.notebook,
            shown,
            marked,
            lambda notebook: self._pass(replace(job, notebook=notebook), True, caller),
        )
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

    def _pass(self, job: Job, hidden: bool, caller: socket.socket) -> Pass:
        try:
            return self._pass_once(job, hidden, caller)
        except SandboxUnavailable:  # a busy machine may fail to fork; twice is no accident
            return self._pass_once(job, hidden, caller)

    def _pass_once(self, job: Job, hidden: bool, caller: socket.socket) -> Pass:
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
        answer = _answer_of(runner, ours, caller, job.limits.notebook_seconds + SLACK_SECONDS)
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


def make_cases_ready(lesson: str, seed: int) -> None:
    """Read the visible cases and draw the hidden ones, for all that is forked from this process."""
    from grading.lesson import hidden
    from grading.lesson.load import load_lesson

    try:
        cases.load(COURSE / lesson / "checks.npz")
        for part in load_lesson(lesson).parts:
            hidden.drawn_part(part, seed)
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
