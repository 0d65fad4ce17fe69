"""The template's process: what every submission needs, imported and started once, and lines forked from it."""

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
from typing import TYPE_CHECKING

from grading.execute.inside.protocol import Channel, Ended
from grading.execute.sandbox import SandboxUnavailable, start_sandboxes
from grading.job import Job, Limits, SandboxKind
from grading.lesson.seed import seed_of_set

if TYPE_CHECKING:
    from grading.execute.passes import Passes


def main(descriptor: str, sandbox: SandboxKind) -> None:
    """A template's process: make lessons ready and fork lines, as it is told, until the caller hangs up."""
    control = socket.socket(fileno=int(descriptor))
    signal.signal(signal.SIGTERM, _end)  # from the caller, who needs it no more while it is starting
    passes, unavailable = _passes(sandbox)
    gc.freeze()
    gc.enable()
    lines: list[int] = []
    to_draw: list[tuple[int, str, int]] = []  # number of a set of hidden cases, lesson, the class's seed
    while True:
        # sets are drawn here, for all lines, until the first line is asked for
        while passes and to_draw and not select.select([control], [], [], 0)[0]:
            number, lesson, seed = to_draw.pop(0)
            passes.make_ready(lesson, seed_of_set(seed, number))
        order, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not order:
            break
        if descriptors and passes:
            to_draw.clear()
            passes.share_pictures()
        for caller in descriptors:
            line = os.fork()
            if not line:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                control.close()
                _serve(Channel(socket.socket(fileno=caller)), passes, unavailable)
                os._exit(0)
            lines.append(line)
            os.close(caller)
        if not descriptors and passes:
            wanted = json.loads(order)
            to_draw += [(number, wanted["lesson"], wanted["seed"]) for number in range(wanted["sets"])]
            to_draw.sort()  # the first of each lesson come first
        lines = [line for line in lines if os.waitpid(line, os.WNOHANG) == (0, 0)]
    for line in lines:  # each ends when its caller hangs up
        os.waitpid(line, 0)
    if passes:
        passes.close()
    _end()


def _end(*_: object) -> None:
    """End the process, without the interpreter's own end: it would take a tenth of a second, and the caller waits."""
    atexit._run_exitfuncs()  # matplotlib has a folder to remove where the user has no home
    os._exit(0)


def _passes(sandbox: SandboxKind) -> tuple["Passes | None", str]:
    """What runs passes, or why nothing can. The sandbox's process starts while this one imports what it needs."""
    try:
        sandboxes = start_sandboxes(sandbox)
        from grading.execute.passes import Passes

        return Passes(sandbox, sandboxes), ""
    except SandboxUnavailable as error:
        return None, str(error)


def _serve(channel: Channel, passes: "Passes | None", unavailable: str) -> None:
    """A line's process: answer jobs until the caller hangs up, or the sandbox has been ended (OSError)."""
    from grading.execute.passes import without_outputs

    with contextlib.suppress(Ended, OSError):
        while True:
            request, _ = channel.receive()
            if not passes:
                channel.send({"unavailable": unavailable})
                return
            job = request["job"]
            limits = Limits(**job.pop("limits"))
            try:
                answer = passes.graded(Job(**job, limits=limits), request["show"], channel.sock)
            except SandboxUnavailable as error:
                channel.send({"unavailable": str(error)})
                continue
            try:
                channel.send(answer)
            except ValueError:  # more than a message holds: the marks stay
                channel.send({**answer, "notebook": without_outputs(answer["notebook"])})
