"""What it costs that a learner's function is called across the boundary."""

import os
import socket
import time

import numpy as np

from grading.execute.inside.isolation import Allowance
from grading.execute.sandbox import WarmSandboxes
from grading.execute.session import Session

LEARNERS = """
import numpy as np
def f(x, w): return x @ w
def calls(g, x):
    for _ in range(500): g(x)
"""


def measure() -> str:
    """A table of best and median times, with the ratio to 64 bytes going to another process and back."""
    warm = WarmSandboxes()
    warm.wait_ready()
    start = time.perf_counter()
    sandbox = warm.start(Allowance())
    sandbox.wait_ready()
    ready = time.perf_counter() - start
    session = Session(sandbox)
    session.start_cell("the cell", time.monotonic() + 300)
    session.run(LEARNERS)
    learners = session.names(["f", "calls"])
    small, large, moments = np.ones((4, 4)), np.ones((540, 540)), []
    learners["calls"](lambda x: moments.append(time.perf_counter()), small)
    rows = {
        "64 bytes to another process and back": _times(_echo(), 2000),
        "a call with two small arrays": _times(lambda: learners["f"](small, small), 2000),
        "a call of ours from the learner's code": np.diff(moments),
        "a call with 2 x 2.3 MB there and 2.3 MB back": _times(lambda: learners["f"](large, large), 30),
        "a cell": _times(lambda: session.run("1 + 1"), 300),
    }
    unit = np.median(rows["64 bytes to another process and back"])
    lines = ["| | best | median | median / bare socket |", "|---|---|---|---|"]
    lines.append(f"| a learner's process, from order to ready | {1e3 * ready:.0f} ms | | {ready / unit:.0f} |")
    for name, seconds in rows.items():
        best, median = 1e3 * np.min(seconds), 1e3 * np.median(seconds)
        lines.append(f"| {name} | {best:.2f} ms | {median:.2f} ms | {np.median(seconds) / unit:.0f} |")
    sandbox.close()
    warm.close()
    return "\n".join(lines)


def _echo():
    """A function that sends 64 bytes to a forked process and waits until they are back."""
    ours, theirs = socket.socketpair()
    if not os.fork():
        ours.close()
        while data := theirs.recv(64):
            theirs.sendall(data)
        os._exit(0)
    theirs.close()

    def there_and_back() -> None:
        ours.sendall(bytes(64))
        ours.recv(64)

    return there_and_back


def _times(function, count: int) -> np.ndarray:
    seconds = np.empty(count)
    for i in range(count):
        start = time.perf_counter()
        function()
        seconds[i] = time.perf_counter() - start
    return seconds
