"""System calls that a learner's process does without: they are answered with ENOSYS.

Some would get around a limit (memory that belongs to no address space: memfd, System V shared memory, pages given to a
pipe), some lead to other processes or to keyrings that neighbours share. Some let two submissions that are graded at
once, or one after the other, talk: through the files of the system that both can read (locks, watches, leases, and what
tells or changes which of a file's pages are in memory), or through what the machine has once (the kernel's log, which
holds the address that a process crashed at; the number of asynchronous reads; what waits to be written). The rest are
parts of the kernel that exploits like and notebooks do not need.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, EQUALS, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS
X32 = 0x40000000

# machine: (audit architecture, numbers of the calls, those of fcntl, setsockopt, prlimit64 and setrlimit)
REFUSED = {
    "x86_64": (
        0xC000003E,
        {
            "shmget": 29, "semget": 64, "msgget": 68, "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155,
            "swapon": 167, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272,
            "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
            "process_vm_writev": 311, "kcmp": 312, "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
            "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
            "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447,
            "flock": 73, "inotify_init": 253, "inotify_add_watch": 254, "inotify_rm_watch": 255, "inotify_init1": 294,
            "fanotify_init": 300, "fanotify_mark": 301, "mincore": 27, "cachestat": 451, "readahead": 187,
            "fadvise64": 221, "preadv2": 327, "pwritev2": 328, "process_madvise": 440, "sysinfo": 99, "vmsplice": 278,
            "tee": 276, "process_mrelease": 448, "quotactl": 179, "name_to_handle_at": 303, "syslog": 103,
            "io_setup": 206, "sync": 162, "syncfs": 306,
        },
        (72, 54, 302, 160),
    ),
    "aarch64": (
        0xC00000B7,
        {
            "shmget": 194, "semget": 190, "msgget": 186, "ptrace": 117, "mount": 40, "umount2": 39, "pivot_root": 41,
            "swapon": 224, "kexec_load": 104, "add_key": 217, "request_key": 218, "keyctl": 219, "unshare": 97,
            "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
            "process_vm_writev": 271, "kcmp": 272, "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
            "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
            "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447,
            "flock": 32, "inotify_add_watch": 27, "inotify_rm_watch": 28, "inotify_init1": 26,
            "fanotify_init": 262, "fanotify_mark": 263, "mincore": 232, "cachestat": 451, "readahead": 213,
            "fadvise64": 223, "preadv2": 286, "pwritev2": 287, "process_madvise": 440, "sysinfo": 179, "vmsplice": 75,
            "tee": 77, "process_mrelease": 448, "quotactl": 60, "name_to_handle_at": 264, "syslog": 116,
            "io_setup": 0, "sync": 81, "syncfs": 267,
        },
        (25, 208, 261, 164),
    ),
}  # fmt: skip
# what may not be asked of `fcntl`: locks (of a process, of an open file), leases, watches of a folder
REFUSED_OF_FCNTL = (5, 6, 7, 36, 37, 38, 1024, 1025, 1026)
# and of `setsockopt`: larger buffers (SO_SNDBUF, SO_RCVBUF and what forces them), which no limit of memory counts
REFUSED_OF_SETSOCKOPT = (7, 8, 32, 33)
# and of `prlimit64` and `setrlimit`: RLIMIT_CORE. Lowered to 0, a crash starts the machine's program for crashes
REFUSED_OF_LIMITS = (4,)
# where a filter finds the low half of an argument of a call, on little-endian machines
FIRST, SECOND, THIRD = 16, 24, 32


def has_table() -> bool:
    """Whether the calls of this machine are known here."""
    return os.uname().machine in REFUSED and sys.byteorder == "little"


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def refuse(libc: ctypes.CDLL) -> None:
    """Refuse them to this process and all that come from it.

    On other machines than those above nothing is done: there nothing is graded, unless it is asked for so.

    Raises
    ------
    OSError
        When the kernel does not take the filter; it wants "no new privileges" first.
    """
    if not has_table():
        return
    code = filter_program(*REFUSED[os.uname().machine])
    program = _Program(len(code) // 8, ctypes.cast(ctypes.create_string_buffer(code, len(code)), ctypes.c_void_p))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl: the kernel refused the filter of system calls")


def filter_program(architecture: int, numbers: dict[str, int], looked_at: tuple[int, int, int, int]) -> bytes:
    """The filter as classic BPF: of another architecture, of the x32 table or on the list, a call is refused, and so is
    one of `looked_at`, as in `REFUSED`, that asks for what is not allowed.
    """
    calls, lines = sorted(numbers.values()), []
    arguments = (SECOND, THIRD, SECOND, FIRST)
    of_each = (REFUSED_OF_FCNTL, REFUSED_OF_SETSOCKOPT, REFUSED_OF_LIMITS, REFUSED_OF_LIMITS)
    for number, argument, refused in zip(looked_at, arguments, of_each, strict=True):
        # of another call, the lines on this one are passed over
        lines += [(EQUALS, 0, len(refused) + 2, number), (LOAD, 0, 0, argument)]
        lines += [(EQUALS, REFUSE, 0, value) for value in refused] + [(RETURN, 0, 0, ALLOW)]
    lines = [
        (LOAD, 0, 0, 4),
        (EQUALS, 0, REFUSE, architecture),
        (LOAD, 0, 0, 0),
        (AT_LEAST, REFUSE, 0, X32),
        *((EQUALS, REFUSE, 0, number) for number in calls),
        *lines,
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    last = len(lines) - 1  # a jump counts from the next line

    def to(target: int, line: int) -> int:
        return last - line - 1 if target == REFUSE else target

    return b"".join(
        struct.pack("=HBBI", code, to(equal, line), to(other, line), value)
        for line, (code, equal, other, value) in enumerate(lines)
    )
