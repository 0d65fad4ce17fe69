"""The filter of system calls, run by a small machine for classic BPF."""

import fcntl
import os
import re
import resource
import socket
import struct
from pathlib import Path

import pytest

from grading.execute.inside.system_calls import (
    ALLOW,
    REFUSE,
    REFUSED,
    REFUSED_OF_FCNTL,
    REFUSED_OF_LIMITS,
    REFUSED_OF_SETSOCKOPT,
    X32,
    filter_program,
)
from tests.machine import lacking

# where the kernel's headers say the numbers; ARM64's are the generic ones, which lie on every machine
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": (
        "/usr/include/aarch64-linux-gnu/asm/unistd_64.h",
        "/usr/include/asm-generic/unistd.h",
        "/usr/include/asm/unistd_64.h",
    ),
}


def verdict(code: bytes, architecture: int, number: int, *arguments: int) -> int:
    lines = list(struct.iter_unpack("=HBBI", code))
    first, second, third = (*arguments, 0, 0, 0)[:3]
    data, at, value = {0: number, 4: architecture, 16: first, 24: second, 32: third}, 0, 0
    while True:
        what, then, other, k = lines[at]
        at += 1
        if what == 0x20:
            value = data[k]
        elif what == 0x06:
            return k
        else:
            at += then if (value == k if what == 0x15 else value >= k) else other


@pytest.mark.parametrize("machine", REFUSED)
def test_the_calls_on_the_list_are_refused_and_no_other(machine):
    architecture, numbers, looked_at = REFUSED[machine]
    code = filter_program(architecture, numbers, looked_at)
    refused = {number for number in range(600) if verdict(code, architecture, number) == REFUSE}
    assert refused == set(numbers.values())
    assert {verdict(code, architecture, number) for number in set(range(600)) - refused} == {ALLOW}


@pytest.mark.parametrize("machine", REFUSED)
def test_other_tables_of_calls_are_refused_whole(machine):
    architecture, numbers, looked_at = REFUSED[machine]
    code = filter_program(architecture, numbers, looked_at)
    for number in (0, 1, 39, 319):
        assert verdict(code, 0x40000003, number) == REFUSE  # 32-bit calls
        assert verdict(code, architecture, X32 + number) == REFUSE


@pytest.mark.parametrize("machine", REFUSED)
def test_of_fcntl_only_locks_leases_and_watches_are_refused(machine):
    architecture, numbers, looked_at = REFUSED[machine]
    call, other, *_ = looked_at
    code = filter_program(architecture, numbers, looked_at)
    refused = {command for command in range(2000) if verdict(code, architecture, call, 3, command) == REFUSE}
    names = ("GETLK", "SETLK", "SETLKW", "OFD_GETLK", "OFD_SETLK", "OFD_SETLKW", "SETLEASE", "GETLEASE", "NOTIFY")
    assert refused == set(REFUSED_OF_FCNTL) >= {getattr(fcntl, f"F_{n}") for n in names if hasattr(fcntl, f"F_{n}")}
    for number in (600, other):  # another call with that second argument
        assert verdict(code, architecture, number, 3, fcntl.F_SETLK) == ALLOW


@pytest.mark.parametrize("machine", REFUSED)
def test_of_setsockopt_only_larger_buffers_are_refused(machine):
    architecture, numbers, looked_at = REFUSED[machine]
    other, call, *_ = looked_at
    code = filter_program(architecture, numbers, looked_at)
    refused = {option for option in range(100) if verdict(code, architecture, call, 3, 1, option) == REFUSE}
    assert refused == set(REFUSED_OF_SETSOCKOPT) >= {socket.SO_SNDBUF, socket.SO_RCVBUF}
    assert verdict(code, architecture, other, 3, 3, socket.SO_SNDBUF) == ALLOW


@pytest.mark.parametrize("machine", REFUSED)
def test_of_limits_only_that_of_cores_is_refused(machine):
    architecture, numbers, looked_at = REFUSED[machine]
    *_, of_any, own = looked_at
    code = filter_program(architecture, numbers, looked_at)
    assert {limit for limit in range(20) if verdict(code, architecture, of_any, 4, limit) == REFUSE} == {
        resource.RLIMIT_CORE
    }
    assert {limit for limit in range(20) if verdict(code, architecture, own, limit, 4) == REFUSE} == {
        resource.RLIMIT_CORE
    }
    assert REFUSED_OF_LIMITS == (resource.RLIMIT_CORE,)


@pytest.mark.parametrize("machine", REFUSED)
def test_the_numbers_are_the_kernels(machine):
    """Each name has in the kernel's headers the number that it has in our table."""
    of_this = os.uname().machine == machine  # asm/ without a machine's name is this machine's
    places = [place for place in HEADERS[machine] if of_this or "include/asm/" not in place]
    headers = [Path(place) for place in places if Path(place).exists()]
    if not headers:
        lacking(f"the kernel's headers for {machine} are not here: apt-get install linux-libc-dev")
    text = headers[0].read_text()
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    _, ours, looked_at = REFUSED[machine]
    assert tuple(numbers[name] for name in ("fcntl", "setsockopt", "prlimit64", "setrlimit")) == looked_at
    known = {name: numbers[name] for name in ours if name in numbers}
    assert len(known) >= len(ours) - 5  # those that are newer than the headers
    assert {name: ours[name] for name in known} == known
