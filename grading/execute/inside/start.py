"""The program that bubblewrap starts: a learner's process, or one from which learners' processes are forked.

start.main("cold", talk, status, allowance)      one learner's process; bubblewrap has isolated it
start.main("warm", control)                      waits for orders, forks a process for each, which isolates itself
"""

import gc
import json
import os
import socket

import convschool  # noqa: F401 (imported before the fork: every notebook needs it)

from . import learner
from .isolation import Allowance, launch, unshare
from .shell import NotebookShell


def main(mode: str, *arguments: str) -> None:
    """Run in one of the two modes; arguments are descriptors, and an allowance as JSON."""
    shell = NotebookShell.ready()
    gc.freeze()
    gc.enable()
    if mode == "warm":
        _fork_on_demand(socket.socket(fileno=int(arguments[0])), shell)
        return
    talk, status = (socket.socket(fileno=int(descriptor)) for descriptor in arguments[:2])
    launch(talk, status, Allowance(**json.loads(arguments[2])))
    learner.serve(talk, shell)


def _fork_on_demand(control: socket.socket, shell: NotebookShell) -> None:
    control.send(b"ready")
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 4096, 2)
        if not order:
            os._exit(0)  # at once: who hung up waits for the end
        talk, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        child = os.fork()
        if not child:
            allowance = Allowance(**json.loads(order))
            try:
                unshare(allowance)
                launch(talk, status, allowance)
            except OSError as error:
                status.send(json.dumps({"ending": "failed", "error": str(error)}).encode())
                os._exit(1)
            learner.serve(talk, shell)
        talk.close()
        status.close()
        os.waitpid(child, 0)
