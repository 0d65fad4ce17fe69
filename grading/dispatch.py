"""Spread jobs over this machine's cores."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from grading.outcome import Executed, Job


def dispatch(jobs: Iterable[Job], execute: Callable[[Job], Executed], workers: int) -> Iterator[Executed]:
    """Execute `jobs`, at most `workers` at a time, and yield each result as it comes.

    A thread for each is enough: `execute` waits for processes of its own.
    """
    waiting, running = deque(jobs), set[Future]()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < 2 * workers:
                    running.add(pool.submit(execute, waiting.popleft()))
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
