"""Work on several lessons or exercises at a time, each in a process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    """The results of `work` on each item, in their order. With one worker or one item no process is started."""
    if min(workers, len(items)) == 1:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(min(workers, len(items)), mp_context=get_context("forkserver")) as pool:
        yield from pool.map(work, items)
