"""Spread jobs over worker processes, and lose none when a worker dies."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from grading.execute import execute
from grading.outcome import Executed, Job


def dispatch(jobs: Iterable[Job], workers: int) -> Iterator[Executed]:
    """Execute `jobs`, at most `workers` at a time, and yield each result as it comes.

    A worker that dies takes its pool with it. The jobs that were under way are then executed one at a time,
    so that the one to blame is found and the others do not suffer.
    """
    waiting = deque(jobs)
    while waiting:
        with _pool(workers) as pool:
            under_way = yield from _until_a_worker_dies(pool, waiting, workers)
        for job in under_way:
            yield _alone(job)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("forkserver"))


def _until_a_worker_dies(
    pool: ProcessPoolExecutor, waiting: deque[Job], workers: int
) -> Generator[Executed, None, list[Job]]:
    """Take jobs from `waiting` until it is empty; return those that a dying worker left unfinished."""
    running: dict[Future, Job] = {}
    while waiting or running:
        while waiting and len(running) < 2 * workers:
            running[pool.submit(execute, waiting[0])] = waiting[0]
            waiting.popleft()
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            if isinstance(future.exception(), BrokenProcessPool):
                return list(running.values())
            del running[future]
            yield future.result()
    return []


def _alone(job: Job) -> Executed:
    with _pool(1) as pool:
        try:
            return pool.submit(execute, job).result()
        except BrokenProcessPool:
            return Executed(job.student, job.lesson, "crashed", "the grader's worker died", job.notebook)
