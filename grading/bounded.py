"""Work on a stranger's bytes in processes of their own, with a clock and a memory limit.

    caller ── task ──> keeper ── task ──> worker
           <─ result ─        <─ result ─

A worker has so many seconds of CPU time and so much memory for each task; the kernel holds it to both. The keeper looks
into nothing that it hands on. It watches the time on the wall, ends a worker and forks another. Keepers are forked from
the caller: what it has read and made ready is there.
"""

import gc
import os
import resource
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_HEAD = struct.Struct("<BI")  # what it is, how many bytes
_TASK, _RESULT, _FAILED = range(3)
_WALL = 5  # seconds on the wall for each of CPU time: a busy machine is not the stranger's doing
_SAYS: dict[int, str] = {signal.SIGPROF: "it took too long", signal.SIGXCPU: "it took too long"}


@dataclass(frozen=True)
class Failed:
    """The reason why a task has no result, in place of the result."""

    reason: str


class Bounded:
    """Processes that apply `function` to tasks.

    Parameters
    ----------
    function : callable
        Takes bytes and returns bytes.
    seconds : float
        CPU time for a task.
    memory_mb : int
        What a worker may take beyond what the caller had.
    processes : int
        How many tasks are worked on at a time.
    fresh : bool
        Whether each task gets a new process.
    prepare : callable, optional
        Makes ready what tasks need. It runs at once in each keeper, beside the caller.
    """

    def __init__(
        self,
        function: Callable[[bytes], bytes],
        seconds: float,
        memory_mb: int,
        processes: int = 1,
        fresh: bool = False,
        prepare: Callable[[], object] = lambda: None,
    ):
        self._talks: list[socket.socket] = []
        self._keepers: list[int] = []
        for _ in range(processes):
            talk, keeper = _forked(_keep, function, seconds, memory_mb, fresh, prepare)
            self._talks.append(talk)
            self._keepers.append(keeper)

    def __enter__(self) -> "Bounded":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __call__(self, task: bytes) -> bytes | Failed:
        """The result for one task."""
        return next(self.map([task]))

    def map(self, tasks: Iterable[bytes]) -> Iterator[bytes | Failed]:
        """The results in the order of the tasks. Several are worked on at a time; a task that fails takes no other
        with it.
        """
        waiting = enumerate(tasks)
        results: dict[int, bytes | Failed] = {}
        at_work: dict[socket.socket, int] = {}
        free, next_number = list(self._talks), 0
        while True:
            while free and (more := next(waiting, None)) is not None:
                number, task = more
                talk = free.pop()
                at_work[talk] = number
                _send(talk, _TASK, task)
            while next_number in results:
                yield results.pop(next_number)
                next_number += 1
            if not at_work:
                return
            for talk in select.select(list(at_work), [], [])[0]:
                kind, data = _receive(talk)
                results[at_work.pop(talk)] = data if kind == _RESULT else Failed(data.decode())
                free.append(talk)

    def close(self) -> None:
        """End the processes."""
        for talk in self._talks:
            talk.close()
        for keeper in self._keepers:
            os.waitpid(keeper, 0)
        self._talks, self._keepers = [], []


def _forked(run: Callable, *arguments) -> tuple[socket.socket, int]:
    """Fork a process that does ``run(talk, *arguments)`` and ends. Return the near end of the talk, and the process's
    id.

    The process closes all other files of its parent, and runs nothing but `run`.
    """
    near_end, far_end = socket.socketpair()
    child = os.fork()
    if child:
        far_end.close()
        return near_end, child
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the caller, which hangs up
        os.closerange(3, far_end.fileno())
        os.closerange(far_end.fileno() + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        run(far_end, *arguments)
    finally:
        os._exit(0)


class _Gone(Exception):
    """The other side has hung up."""


def _keep(
    caller: socket.socket, function: Callable, seconds: float, memory_mb: int, fresh: bool, prepare: Callable
) -> None:
    worker: int | None = None
    prepare()
    gc.freeze()  # what is there already is not looked through again, and its pages are not copied
    try:
        while True:
            _, task = _receive(caller)
            if worker is None:
                talk, worker = _forked(_work, function, seconds, memory_mb)
            kind, data = _result_of(task, talk, caller, seconds)
            if fresh or kind == _FAILED:
                status = _end(worker, talk)
                worker = None
                if kind == _FAILED and not data:
                    reason = _SAYS.get(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else None
                    data = (reason or "its process ended").encode()
            _send(caller, kind, data)
    except _Gone:
        if worker is not None:
            _end(worker, talk)


def _result_of(task: bytes, talk: socket.socket, caller: socket.socket, seconds: float) -> tuple[int, bytes]:
    """What the worker sends; a failure without a reason when it has ended."""
    try:
        _send(talk, _TASK, task)
        latest = time.monotonic() + _WALL * seconds
        ready = select.poll()
        ready.register(talk, select.POLLIN)
        ready.register(caller, 0)  # only that it was closed
        events = ready.poll(1000 * _WALL * seconds)
        if any(descriptor == caller.fileno() for descriptor, _ in events):
            raise _CallerGone
        if not events or time.monotonic() > latest:
            return _FAILED, b"it took too long"
        return _receive(talk)
    except _CallerGone:
        raise _Gone from None
    except _Gone:
        return _FAILED, b""


class _CallerGone(Exception):
    """Nobody waits for the result."""


def _end(worker: int, talk: socket.socket) -> int:
    """End a worker; return its wait status."""
    talk.close()
    for _ in range(20):  # one that has sent nothing may be about to die of a limit: that is the reason to tell
        pid, status = os.waitpid(worker, os.WNOHANG)
        if pid:
            return status
        time.sleep(0.001)
    os.kill(worker, signal.SIGKILL)
    return os.waitpid(worker, 0)[1]


def _work(keeper: socket.socket, function: Callable, seconds: float, memory_mb: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = used + memory_mb * 2**20
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    while True:
        try:
            _, task = _receive(keeper)
        except _Gone:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # what ends the process is the kernel
        try:
            kind, data = _RESULT, function(task)
        except MemoryError:
            kind, data = _FAILED, b"it needed too much memory"
        except RecursionError:
            kind, data = _FAILED, b"it is nested too deeply"
        except Exception as error:
            kind, data = _FAILED, f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:500]
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(keeper, kind, data)


def _send(talk: socket.socket, kind: int, data: bytes) -> None:
    try:
        talk.sendall(_HEAD.pack(kind, len(data)))
        talk.sendall(data)
    except OSError:
        raise _Gone from None


def _receive(talk: socket.socket) -> tuple[int, bytes]:
    kind, size = _HEAD.unpack(_take(talk, _HEAD.size))
    return kind, _take(talk, size)


def _take(talk: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            piece = talk.recv(min(size - len(data), 2**20))
        except OSError:
            raise _Gone from None
        if not piece:
            raise _Gone
        data += piece
    return bytes(data)
