"""Work on several lessons or exercises at a time, each in a process."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Result = TypeVar("Result")


def side_by_side(work: Callable[[str], Result], names: Sequence[str], workers: int) -> Iterator[Result]:
    """The results of `work` on each name, in their order. With one worker or one name no process is started."""
    if min(workers, len(names)) == 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(min(workers, len(names)), mp_context=get_context("forkserver")) as pool:
        yield from pool.map(work, names)
