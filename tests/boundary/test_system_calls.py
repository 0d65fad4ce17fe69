"""The filter of system calls, run by a small machine for classic BPF."""

import struct

import pytest

from grading.execute.inside.system_calls import ALLOW, REFUSE, REFUSED, X32, filter_program


def verdict(code: bytes, architecture: int, number: int) -> int:
    lines = list(struct.iter_unpack("=HBBI", code))
    data, at, value = {0: number, 4: architecture}, 0, 0
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
    architecture, numbers = REFUSED[machine]
    code = filter_program(architecture, numbers)
    refused = {number for number in range(600) if verdict(code, architecture, number) == REFUSE}
    assert refused == set(numbers.values())
    assert {verdict(code, architecture, number) for number in set(range(600)) - refused} == {ALLOW}


@pytest.mark.parametrize("machine", REFUSED)
def test_other_tables_of_calls_are_refused_whole(machine):
    architecture, numbers = REFUSED[machine]
    code = filter_program(architecture, numbers)
    for number in (0, 1, 39, 319):
        assert verdict(code, 0x40000003, number) == REFUSE  # 32-bit calls
        assert verdict(code, architecture, X32 + number) == REFUSE
