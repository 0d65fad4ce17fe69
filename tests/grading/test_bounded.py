"""Work on a stranger's bytes ends, whatever the bytes are, and costs no other work."""

import os
import time
from pathlib import Path

import pytest

from grading.bounded import Bounded, Failed


def work(task: bytes) -> bytes:
    word, _, rest = task.partition(b" ")
    if word == b"spin":
        while True:
            pass
    if word == b"fill":
        return bytes(bytearray(2**31))
    if word == b"end":
        os._exit(3)
    if word == b"kill":
        os.kill(os.getpid(), 9)
    if word == b"raise":
        raise ValueError("it says \ud800")
    if word == b"nest":
        return work(task)
    if word == b"pid":
        return b"%d" % os.getpid()
    return rest * 3


@pytest.mark.parametrize("fresh", [False, True])
def test_each_failure_is_its_own(fresh):
    tasks = [b"say a", b"spin", b"say b", b"fill", b"end", b"kill", b"raise", b"nest", b"say c", b"say " + b"x" * 2**21]
    with Bounded(work, seconds=0.5, memory_mb=512, processes=2, fresh=fresh) as bounded:
        results = list(bounded.map(tasks))
    reasons = [result.reason if isinstance(result, Failed) else "" for result in results]
    assert [results[at] for at in (0, 2, 8)] == [b"aaa", b"bbb", b"ccc"] and len(results[9]) == 3 * 2**21
    assert reasons[1] == "it took too long" and "memory" in reasons[3] and "nested" in reasons[7]
    assert reasons[4] == reasons[5] == "its process ended" and "ValueError: it says" in reasons[6]


def test_a_fresh_process_for_each_or_one_for_all():
    for fresh, count in ((True, 3), (False, 1)):
        with Bounded(work, 5, 512, fresh=fresh) as bounded:
            assert len(set(bounded.map([b"pid"] * 3))) == count


def test_one_that_sleeps_is_ended_by_the_clock_on_the_wall(monkeypatch):
    monkeypatch.setattr("grading.bounded._WALL", 1)
    with Bounded(lambda task: time.sleep(60), 0.3, 512) as bounded:
        assert bounded(b"") == Failed("it took too long")


def test_nothing_is_left_when_the_caller_closes():
    bounded = Bounded(work, 5, 512, processes=2)
    workers = [int(pid) for pid in bounded.map([b"pid"] * 2)]
    bounded.close()
    end = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < end:
        time.sleep(0.01)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
