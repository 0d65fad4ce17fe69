"""Spread jobs over an executor: threads on this machine, or whatever has the interface of `concurrent.futures`."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass

from grading.job import Executed, Job

AHEAD = 2  # jobs for each worker that are made before one is needed


@dataclass(frozen=True)
class Workers:
    """The workers that execute jobs: threads of this machine, each with a process of its own, or those of a cluster.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    execute : callable
        At the top level of a module, or a `functools.partial` of such, so that it can be sent elsewhere.
    count : callable
        Returns how many notebooks are executed at a time. On a cluster the number changes.
    """

    executor: Executor
    execute: Callable[[Job], Executed]
    count: Callable[[], int]


class LostWorkers(RuntimeError):
    """All workers are gone; jobs without a result are not graded."""


def dispatch(jobs: Iterable[Job], workers: Workers) -> Iterator[Executed | tuple[Job, Exception]]:
    """Execute `jobs` and yield each result as it comes, or the job with the exception that it ended in.

    Jobs are read as results come, so that a thousand submissions are never in memory at once.

    Raises
    ------
    LostWorkers
        When no worker is left.
    """
    waiting, running = iter(jobs), dict[Future, Job]()
    try:
        while True:
            while len(running) < AHEAD * max(1, workers.count()) and (job := next(waiting, None)) is not None:
                running[workers.executor.submit(workers.execute, job)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    result = future.result()
                except (BrokenExecutor, CancelledError):
                    raise
                except Exception as error:
                    result = job, error
                yield result
    except (BrokenExecutor, CancelledError) as error:
        raise LostWorkers(f"the workers are gone ({error or type(error).__name__})") from error
    finally:
        for future in running:
            future.cancel()
