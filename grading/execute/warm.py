"""`execute`: a submission in, its final state out; and the warm processes that make it quick.

    caller ── job ──> line ──forks──> runner (trusted, one for each pass) <── frames ──> learner's process
                       ↑ forked from                                                      ↑ forked from
                   template ── starts ──> bubblewrap: a process that has imported everything

The template has imported everything and drawn the hidden cases. Each thread that calls `execute` gets a process of its
own, forked from the template: its line. The line forks a fresh runner for each pass, so that nothing a job does is
there when the next one starts: but for pictures of failed visible cases (`pictures`), which any pass would draw in
the same way. A thread's line is kept for the next job.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict

from grading.execute.inside.protocol import Channel, Ended
from grading.execute.sandbox import SandboxUnavailable
from grading.job import CellResult, Executed, Job, SandboxKind
from grading.lesson.seed import SETS

# without the collector, as the sandbox (`sandbox.START`)
WORK = "import gc, sys; gc.disable(); from grading.execute.template import main; main(*sys.argv[1:])"

_templates: dict[tuple[int, str], "Template"] = {}
_lines: dict[tuple[int, str], list["Line"]] = {}
_abandoned: list["Template"] = []
_lock = threading.Lock()


class LineEnded(RuntimeError):
    """The line that graded a submission was ended, and so was the one that tried it again.

    The submission has ended them, or somebody else has.
    """


def execute(job: Job, sandbox: SandboxKind = "auto", show: bool = True) -> Executed:
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
    LineEnded
    """
    start = time.monotonic()
    request = {"job": {**vars(job), "limits": asdict(job.limits)}, "show": show}  # asdict(job) would copy each cell
    for attempt in (1, 2):
        line = _free_line(sandbox)
        try:
            answer = line.ask(request)
        except Ended:  # something outside has ended it, or its sandbox: once more with fresh ones
            line.close()
            _abandon(sandbox)
            if attempt == 2:
                raise LineEnded("the process that graded it was ended from outside, twice") from None
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


def warm_up(sandbox: SandboxKind = "auto", submissions: Mapping[str, int] = {}, seed: int = 0) -> None:
    """Start what `execute` will need, and do not wait for it.

    Parameters
    ----------
    sandbox : {"auto", "warm", "cold", "none"}
    submissions : mapping of str to int
        How many there are of each lesson, where that is known already.
    seed : int
        The class's seed.
    """
    with _lock, contextlib.suppress(OSError):  # ended from outside: `execute` starts another
        _template(sandbox).prepare(submissions, seed)


def close() -> None:
    """End what this process has started; the next `execute` starts anew."""
    with _lock:
        for key in [key for key in _lines if key[0] == os.getpid()]:
            for line in _lines.pop(key):
                line.close()
        for key in [key for key in _templates if key[0] == os.getpid()]:
            _abandoned.append(_templates.pop(key))
        while _abandoned:
            _abandoned.pop().close()


def _free_line(sandbox: str) -> "Line":
    with _lock:
        free = _lines.setdefault((os.getpid(), sandbox), [])
        if free:
            return free.pop()
    try:
        with _lock:
            return _template(sandbox).new_line()
    except OSError:  # something outside has ended it
        _abandon(sandbox)
        with _lock:
            return _template(sandbox).new_line()


def _abandon(sandbox: str) -> None:
    """Fork no more lines from this process's template; those that are at work finish it."""
    with _lock:
        old = _templates.pop((os.getpid(), sandbox), None)
        if old:
            old.hang_up()
            _abandoned.append(old)


def _template(sandbox: str) -> "Template":
    key = os.getpid(), sandbox
    if key not in _templates:
        _templates[key] = Template(sandbox)
    return _templates[key]


class Line:
    """The caller's end of a line."""

    def __init__(self, talk: socket.socket):
        self._channel = Channel(talk)

    def ask(self, request: dict) -> dict:
        self._channel.send(request)
        return self._channel.receive()[0]

    def close(self) -> None:
        self._channel.sock.close()


class Template:
    """The process that lines are forked from. Every method but `close` may raise OSError when it has been ended."""

    def __init__(self, sandbox: str):
        self._used = False
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far_end:
            words = [sys.executable, "-c", WORK, str(far_end.fileno()), sandbox]
            # in a session of its own: a Ctrl-C is for the caller, who hangs up
            self.process = subprocess.Popen(
                words, pass_fds=[far_end.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )

    def prepare(self, submissions: Mapping[str, int], seed: int) -> None:
        for lesson, count in submissions.items():
            # a few need a few of the sets, and which is not known yet
            sets = SETS if count >= SETS // 2 else 1
            self._control.send(json.dumps({"lesson": lesson, "seed": seed, "sets": sets}).encode())

    def new_line(self) -> Line:
        near_end, far_end = socket.socketpair()
        with far_end:
            socket.send_fds(self._control, [b"{}"], [far_end.fileno()])
        self._used = True
        return Line(near_end)

    def hang_up(self) -> None:
        self._control.close()

    def close(self) -> None:
        """Hang up and wait for the end, which comes after that of its last line."""
        self.hang_up()
        if not self._used:
            self.process.terminate()  # it may still be starting
        self.process.wait()
