"""Inside the sandbox: give a process namespaces, a scratch and limits of its own, and watch over it.

A learner's code runs in the child that `launch` forks. The parent is the first process of the learner's PID
namespace: when it ends, the kernel ends every other one. It watches the memory of all of them together and ends
when the grader goes away. A learner can neither end it (signals from within do not reach a namespace's
first process) nor look into it (it is not dumpable).
"""

import ctypes
import json
import math
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import system_calls
from .protocol import widen

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38

SCRATCH = Path("/scratch")
TMPFS = ("/scratch", "/dev/shm")
PAGE = os.sysconf("SC_PAGE_SIZE")
WATCH_SECONDS = 0.05
# most that the kernel lets a socket have sent and nobody received: as it is set up, and of TCP, which grows
SOCKET_BYTES, TCP_BYTES = 2 * 212_992, 10 * 2**20
OUT_OF_MEMORY = 77  # exit status of a learner's process that could not go on for want of memory
ENDINGS = ("ended", "memory", "cpu", "failed")

# what a process may read of /proc beside what is its namespace's own. Much of the rest counts for the whole machine
SHOWN_OF_PROC = ("cmdline", "cpuinfo", "filesystems", "mounts", "net", "self", "sys", "thread-self", "version")
HIDDEN_OF_SYS = ("sys/fs",)

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Allowance:
    """What all processes of one submission may use together, or, for `file_mb` and `files`, each."""

    memory_mb: int = 2048
    cpu_seconds: float = 300.0
    wall_seconds: float = 330.0
    tasks: int = 128
    scratch_mb: int = 256
    file_mb: int = 128
    files: int = 256


def unshare(allowance: Allowance) -> None:
    """Leave every namespace of the parent's; return in the first process of the new PID namespace.

    Raises
    ------
    OSError
        When the kernel refuses.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS
    _call("unshare", flags | CLONE_NEWCGROUP)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    child = os.fork()
    if child:
        os._exit(0)
    socket.sethostname("sandbox")
    quiet = MS_NOSUID | MS_NODEV
    _call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    _call("mount", b"proc", b"/proc", b"proc", quiet | MS_NOEXEC, None)
    hide_counters()
    size = f"size={allowance.scratch_mb}m,nr_inodes=20000,mode=0700".encode()
    _call("mount", b"tmpfs", bytes(SCRATCH), b"tmpfs", quiet, size)
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", quiet, b"size=64m,nr_inodes=1000,mode=0700")
    _call("mount", b"tmpfs", b"/dev/pts", b"tmpfs", quiet | MS_RDONLY, b"size=4k")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _drop_capabilities()


def hide_counters() -> None:
    """Cover with empty files and folders what counts for the whole machine: submissions could talk by the counts."""
    rest = [name for name in os.listdir("/proc") if not name.isdigit() and name not in SHOWN_OF_PROC]
    for name in (*rest, *HIDDEN_OF_SYS):
        place = Path("/proc", name)
        if place.is_dir():
            _call("mount", b"tmpfs", bytes(place), b"tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, b"size=4k,mode=0555")
        elif place.exists():
            _call("mount", b"/dev/null", bytes(place), None, MS_BIND, None)


def launch(talk: socket.socket, status: socket.socket, allowance: Allowance) -> None:
    """Fork the learner's process and return in it; the caller's process stays behind and watches.

    The grader is told through `status`: descriptors of both processes when they are ready, and at the end, in one
    word of `ENDINGS`, why they ended.
    """
    home = Path(os.environ["HOME"])
    home.mkdir(parents=True, exist_ok=True)
    os.chdir(home)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    start = _address_space("self")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    learner = os.fork()
    if not learner:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        status.close()
        _fresh(talk)
        _limit(allowance, start)
        widen(talk)
        system_calls.refuse(libc)
        return
    talk.close()
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    processes = [os.pidfd_open(os.getpid()), os.pidfd_open(learner)]
    socket.send_fds(status, [b"ready"], processes)
    why = _watch(learner, status, allowance, start)
    try:
        status.send(json.dumps({"ending": why}).encode())
    finally:
        os._exit(0)


def _watch(learner: int, status: socket.socket, allowance: Allowance, start: int) -> str:
    """Wait until the learner's process ends, or has to."""
    hung_up = select.poll()
    hung_up.register(status, select.POLLHUP)
    latest = time.monotonic() + allowance.wall_seconds
    while not hung_up.poll(0) and time.monotonic() < latest:
        signal.sigtimedwait([signal.SIGCHLD], WATCH_SECONDS)
        ended = _reap(learner)
        if ended is not None:
            by_cpu = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) in (signal.SIGXCPU,)
            return "cpu" if by_cpu else "ended"
        elsewhere = sum(map(_bytes_in, TMPFS)) + _in_sockets(learner)
        if _is_above(allowance.memory_mb * 2**20 * 1.25 - elsewhere, _processes_of(learner), start):
            return "memory"
    return "ended"


def _is_above(most: float, pids: list[str], start: int) -> bool:
    """Whether processes that began with an address space of `start` bytes use together more than `most` bytes.

    Mapped memory is counted, not touched memory: pages that are shared and let go of would else not count. A forked
    child may also have its own copies of its parent's pages, where it has written. To count those exactly takes a
    millisecond a process, so a bound that is quick to compute is tried first.
    """
    mapped = {pid: _address_space(pid) - start for pid in pids}
    if sum(max(0, size, _in_memory(pid)) for pid, size in mapped.items()) <= most:
        return False
    return sum(max(0, size, _share_in_memory(pid)) for pid, size in mapped.items()) > most


def _processes_of(learner: int) -> list[str]:
    """Every process of the namespace but this one. Where there is none, /proc lists the whole machine: then those of
    the learner's session.
    """
    pids = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    if os.getpid() == 1:
        return [pid for pid in pids if pid != "1"]
    return [pid for pid in pids if _session(pid) == learner]


def _session(pid: str) -> int:
    try:
        return os.getsid(int(pid))
    except OSError:  # it has just ended, or is none of ours
        return 0


def _reap(learner: int) -> int | None:
    """Wait for every child that has ended. Return the wait status of the learner's process if it is among them."""
    ended = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid == learner:
            ended = status


def _address_space(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * PAGE
    except (OSError, IndexError):  # it has just ended
        return 0


def _in_memory(pid: str) -> int:
    """Bytes of a process's pages in memory that are no file's, also those that it shares since a fork."""
    try:
        _, resident, of_files = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        return (int(resident) - int(of_files)) * PAGE
    except (OSError, ValueError):  # it has just ended
        return 0


def _share_in_memory(pid: str) -> int:
    """The same with only its share of what it shares; of one that cannot be looked into, all of it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        shares = [int(line.split()[1]) << 10 for line in lines if line.startswith(("Pss_Anon:", "SwapPss:"))]
    except (OSError, ValueError, IndexError):
        shares = []
    return sum(shares) if shares else _in_memory(pid)


def _bytes_in(place: str) -> int:
    """Bytes that files of a tmpfs hold in memory, also those that are deleted and still open."""
    try:
        about = os.statvfs(place)
    except OSError:
        return 0
    return (about.f_blocks - about.f_bfree) * about.f_frsize


def _in_sockets(learner: int) -> int:
    """Bytes that may wait in the sockets of the network namespace, which is the submission's own: the kernel says how
    many there are, also of those that no process has open but another socket carries.
    """
    if os.getpid() != 1:
        return 0
    try:
        words = Path(f"/proc/{learner}/net/sockstat").read_text().split()
        return int(words[2]) * SOCKET_BYTES + int(words[5]) * TCP_BYTES  # "sockets: used 2 TCP: inuse 1 ..."
    except (OSError, ValueError, IndexError):  # it has just ended
        return 0


def _limit(allowance: Allowance, start: int) -> None:
    cpu = math.ceil(allowance.cpu_seconds)
    limits = {
        resource.RLIMIT_AS: start + allowance.memory_mb * 2**20,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: allowance.file_mb * 2**20,
        resource.RLIMIT_NOFILE: allowance.files,
        resource.RLIMIT_NPROC: allowance.tasks,
        resource.RLIMIT_CORE: 1,  # no file; and no program of the machine's is started, as with 0 (core(5))
        resource.RLIMIT_MSGQUEUE: 2**16,
        resource.RLIMIT_SIGPENDING: 128,  # the user's own limit is for all submissions together
    }
    Path("/proc/self/oom_score_adj").write_text("1000")
    for which, value in limits.items():
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def _fresh(talk: socket.socket) -> None:
    """Leave the process no descriptor but the conversation's and /dev/null, and give it a session of its own."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.setsid()
    for descriptor in os.listdir("/proc/self/fd"):
        if int(descriptor) > 2 and int(descriptor) != talk.fileno():
            try:
                os.close(int(descriptor))
            except OSError:  # the listing's own
                continue
    sys.stdin = open(0, closefd=False)


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", header, none)


def _call(name: str, *args) -> None:
    ctypes.set_errno(0)
    if getattr(libc, name)(*args) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
