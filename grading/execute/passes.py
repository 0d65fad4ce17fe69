"""Both passes of a job, each in a forked runner with a sandbox of its own, and the job's result from both."""

import contextlib
import gc
import hmac
import json
import os
import resource
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from convschool import cases, explain, mode
from convschool.checking import VERDICT_MIME
from grading.execute.earlier_answers import judge_with_right_answers
from grading.execute.inside.isolation import Allowance
from grading.execute.inside.protocol import Channel, Ended, ProtocolError, TooLate
from grading.execute.inside.shell import LEFT_OUT, NotebookShell
from grading.execute.pictures import PictureFolder
from grading.execute.run_pass import Pass, error_output, kind_of, locked_and_marked, run_pass, source_of
from grading.execute.sandbox import (
    Mode,
    Sandbox,
    SandboxUnavailable,
    WarmSandboxes,
    bubblewrap,
    check_filter,
    start_cold,
)
from grading.execute.shown import MOST_COLOURS, MOST_LINES, code_as_shown, with_few_colours, with_few_lines
from grading.job import Job, Limits, SandboxKind
from grading.lesson import hidden
from grading.lesson.load import load_lesson
from grading.lesson.needed import needed_by_marked
from grading.lesson.places import COURSE
from grading.lesson.seed import SEED_VARIABLE, SETS, seed_of_set

THEIRS = ("answer", "extra")
SLACK_SECONDS = 30.0  # for starting, and for the grace of the last cells; then a runner is killed


class TrustedShell(NotebookShell):
    """The shell of the checks: it neither reads nor makes the folder that IPython has in a user's home."""

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        pass

    def init_profile_dir(self, profile_dir: object) -> None:
        self.profile_dir = None

    def atexit_operations(self) -> None:
        """Nothing: IPython would store its history, and reset what ends with the process anyway."""


class Passes:
    """Everything that passes need, imported and started; processes forked from this one share it.

    Parameters
    ----------
    sandbox : {"auto", "warm", "cold", "none"}
    sandboxes : WarmSandboxes, optional
        From `start_sandboxes` for this kind.

    Raises
    ------
    SandboxUnavailable
        When this machine cannot make the sandbox.
    """

    def __init__(self, sandbox: SandboxKind, sandboxes: WarmSandboxes | None):
        self.mode: Mode = "none" if sandbox == "none" else "cold"
        unfiltered = "" if sandbox == "none" else check_filter()
        self._warm = sandboxes
        self.shell = TrustedShell.ready()
        _draw_once()
        self._pictures: tempfile.TemporaryDirectory | None = None
        if self._warm:
            self._try_warm(self._warm, sandbox)
        self.label = "none" if self.mode == "none" else f"bubblewrap {bubblewrap()[1]}, {self.mode}{unfiltered}"

    def _try_warm(self, warm: WarmSandboxes, sandbox: str) -> None:
        """Keep the warm sandbox if a process forked from it can isolate itself here."""
        try:
            warm.wait_ready()
            trial = warm.start(Allowance())
            trial.wait_ready()
            trial.close()
            self.mode = "warm"
        except SandboxUnavailable:
            warm.close()
            self._warm = None
            if sandbox == "warm":
                raise

    @property
    def sandboxes(self) -> int:
        """The process that learners' processes are forked from, for who wants to watch it; 0 where there is none."""
        return self._warm.pid if self._warm else 0

    def close(self) -> None:
        if self._pictures:
            self._pictures.cleanup()
        if self._warm:
            self._warm.close()

    def share_pictures(self) -> None:
        """From now on, what is drawn in any process that is forked from this one is kept for all of them."""
        if self._pictures is None:
            self._pictures = tempfile.TemporaryDirectory(prefix="convgrade-")
            explain.KEPT_PICTURES = PictureFolder(Path(self._pictures.name))

    def make_ready(self, lesson: str, seed: int) -> None:
        """Read a lesson's visible cases and draw a set of hidden ones, for all that is forked from this process."""
        try:
            cases.load(COURSE / lesson / "checks.npz")
            for part in load_lesson(lesson).parts:
                hidden.drawn_part(part, seed)
        except Exception:  # a lesson without checks; what is wrong in one is said by its marked cell
            return

    def graded(self, job: Job, show: bool, caller: socket.socket) -> dict:
        """The answer to a job. When `caller` hangs up, its passes are ended."""
        seed = seed_of_set(job.seed, set_of(job))
        self.make_ready(job.lesson, seed)
        needed_by_marked(*locked_and_marked(job.notebook))  # kept for the passes, and for the next job of this lesson
        job = replace(job, seed=seed)
        visible = self._pass(job, False, {}, caller) if show else Pass()
        # one that came to no end has judged nothing: a busy machine may have been the reason
        judged = visible if visible.status == "graded" else Pass()
        marked = self._pass(job, True, judged.passed, caller)
        marked.explained = judged.explained | marked.explained
        judge_with_right_answers(
            job.lesson,
            job.notebook,
            visible,
            marked,
            lambda notebook, others, seconds: self._pass(_in_seconds(job, notebook, seconds), True, others, caller),
            job.limits.notebook_seconds,
        )
        cells, notebook = [], {**job.notebook, "cells": []}
        colours, lines = MOST_COLOURS, MOST_LINES
        for position, cell in enumerate(job.notebook["cells"]):
            kind = kind_of(cell)
            if kind == "marked":
                passed = marked.passed.get(position, False)
                mistake = marked.explained.get(position, {}).get(VERDICT_MIME, {}).get("mistake", "")
                cells.append(
                    {"grade_id": cell["metadata"]["nbgrader"]["grade_id"], "passed": passed, "mistake": mistake}
                )
            executed = _executed(cell, kind, position, visible, marked)
            if executed.get("outputs"):
                executed["outputs"], colours = with_few_colours(executed["outputs"], colours)
                executed["outputs"], lines = with_few_lines(executed["outputs"], lines)
            notebook["cells"].append(executed)
        notebook["metadata"] = {**job.notebook.get("metadata", {}), "convgrade": {"sandbox": self.label}}
        return {
            "status": marked.status,
            # of the pass that knew no hidden case, a reason may say the place
            "reason": visible.reason if visible.status == marked.status else marked.reason,
            "cells": cells,
            "notebook": notebook if show else None,
        }

    def _pass(self, job: Job, hidden: bool, judged: Mapping[int, bool], caller: socket.socket) -> Pass:
        try:
            return self._pass_once(job, hidden, judged, caller)
        except SandboxUnavailable:  # a busy machine may fail to fork; twice is no accident
            return self._pass_once(job, hidden, judged, caller)

    def _pass_once(self, job: Job, hidden: bool, judged: Mapping[int, bool], caller: socket.socket) -> Pass:
        with tempfile.TemporaryDirectory(prefix="convgrade-") as folder:  # here: a runner may be killed
            run = partial(_runner, folder, job, hidden, judged)
            return self._pass_in(folder, job, run, caller)

    def _pass_in(self, folder: str, job: Job, run: Callable[..., None], caller: socket.socket) -> Pass:
        sandbox = self._start(job.limits, folder)
        near_end, far_end = socket.socketpair()
        runner = os.fork()
        if not runner:
            near_end.close()
            try:
                run(sandbox, self.shell, Channel(far_end))
            finally:
                os._exit(0)
        far_end.close()
        sandbox.talk.close()
        sandbox.status.close()  # when the runner has ended as well, the sandbox ends
        answer = _answer_of(runner, near_end, caller, job.limits.notebook_seconds + SLACK_SECONDS)
        if sandbox.started:
            sandbox.started.wait()  # before its folder is removed
        if "unavailable" in answer:
            raise SandboxUnavailable(answer["unavailable"])
        return Pass(**answer)

    def _start(self, limits: Limits, folder: str) -> Sandbox:
        allowance = Allowance(
            memory_mb=limits.memory_mb,
            cpu_seconds=limits.notebook_seconds,
            wall_seconds=limits.notebook_seconds + SLACK_SECONDS,
        )
        return self._warm.start(allowance) if self._warm else start_cold(allowance, self.mode, folder)


def _runner(
    folder: str,
    job: Job,
    hidden: bool,
    judged: Mapping[int, bool],
    sandbox: Sandbox,
    shell: NotebookShell,
    channel: Channel,
) -> None:
    """In a forked process: run one pass. Each marked cell's result is sent at once, everything else at the end."""
    gc.freeze()  # what was there before the fork is not looked through again, and its pages are not copied
    os.environ[SEED_VARIABLE] = str(job.seed)
    start = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = start + 2 * job.limits.memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    own = Path(folder, "trusted")
    own.mkdir()
    for file in (COURSE / job.lesson).glob("*"):
        Path(own, file.name).symlink_to(file)
    os.chdir(own)
    try:
        sandbox.wait_ready()
    except SandboxUnavailable as error:
        channel.send({"unavailable": str(error)})
        return
    with mode.using(checks="silent" if hidden else "shown", progress=False):
        result = run_pass(job.notebook, sandbox, shell, job.limits, hidden, judged, channel.send)
    try:
        channel.send({"outputs": result.outputs, "status": result.status, "reason": result.reason})
    except ValueError:  # more than a message holds, though each part of it fitted
        channel.send({"status": result.status, "reason": result.reason})


def _draw_once() -> None:
    """Read the fonts and styles of a failed check's picture, once for all that is forked from this process."""
    explain.difference_png("", np.eye(2), np.zeros((2, 2)))


def _answer_of(runner: int, near_end: socket.socket, caller: socket.socket, seconds: float) -> dict:
    """What the runner sends, as the fields of a `Pass`. What it has sent counts, even if the runner is ended later.

    It is killed when it takes longer than that, or when nobody waits for it any more.

    Raises
    ------
    Ended
        When the caller has hung up.
    """
    deadline = time.monotonic() + seconds
    ready = select.poll()
    ready.register(near_end, select.POLLIN)
    ready.register(caller, 0)  # only that it was closed
    parts: dict[str, dict[int, Any]] = {"outputs": {}, "passed": {}, "explained": {}}
    with near_end:
        channel = Channel(near_end)
        try:
            while True:
                events = [] if channel.has_more() else ready.poll(max(0.0, 1000 * (deadline - time.monotonic())))
                if any(descriptor == caller.fileno() for descriptor, _ in events):
                    raise CallerGone("the caller has hung up")
                more = channel.receive(deadline)[0]
                for name, by_position in parts.items():
                    by_position.update({int(position): value for position, value in more.pop(name, {}).items()})
                if more:
                    return parts | more
        except TooLate:
            return parts | {"status": "timed-out", "reason": "the notebook took too long"}
        except CallerGone:
            raise
        except ProtocolError:  # it has ended
            return parts | {"status": "crashed", "reason": "the grader could not handle what the submission returned"}
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(runner, signal.SIGKILL)
            os.waitpid(runner, 0)


class CallerGone(Ended):
    """Nobody waits for the answer."""


def _in_seconds(job: Job, notebook: dict, seconds: float) -> Job:
    return replace(job, notebook=notebook, limits=replace(job.limits, notebook_seconds=seconds))


def set_of(job: Job) -> int:
    """The number of the set of hidden cases that a submission gets. It depends on the submission's code and on the
    seed, so that nobody can tell it without the seed.
    """
    own = [(kind, source_of(cell)) for cell in job.notebook["cells"] for kind in [kind_of(cell)] if kind in THEIRS]
    text = json.dumps([job.lesson, own]).encode()
    return int.from_bytes(hmac.digest(b"%d" % job.seed, text, "sha256")[:4], "little") % SETS


def without_outputs(notebook: dict) -> dict:
    """An executed notebook that says at its end that what its cells showed is left out."""
    cells = [{**cell, "outputs": []} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
    for cell in cells[::-1]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": LEFT_OUT}]
            break
    return {**notebook, "cells": cells}


def _executed(cell: dict, kind: str, position: int, visible: Pass, marked: Pass) -> dict:
    """The cell with its outputs: those of the first pass, and what the learner may know of the second."""
    if cell["cell_type"] != "code":
        return cell
    outputs = visible.outputs.get(position, [])
    if kind in ("answer", "extra"):
        cell = {**cell, "source": code_as_shown(cell, source_of(cell))}
    if kind == "marked":
        # an error, or a number as the last value, would be a mark to nbgrader: both are said by us alone
        passed = marked.passed.get(position, False)
        kinds = ("stream", "display_data") if passed else ("stream", "display_data", "error")
        outputs = [entry for entry in outputs if entry["output_type"] in kinds]
        if not passed:
            if visible.passed.get(position) and position in marked.explained:
                outputs.append({"output_type": "display_data", "data": marked.explained[position], "metadata": {}})
            if not any(entry["output_type"] == "error" for entry in outputs):
                outputs.append(error_output("CheckFailed", "this cell got no points"))
    return {**cell, "execution_count": None, "outputs": outputs}
