"""Spread jobs over an executor: threads on this machine, or whatever has the interface of `concurrent.futures`."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from grading.outcome import Executed, Job


class LostWorkers(RuntimeError):
    """Those who executed jobs are gone; what had not come back is not graded."""


def dispatch(
    jobs: Iterable[Job], execute: Callable[[Job], Executed], executor: Executor, ahead: int
) -> Iterator[Executed | tuple[Job, Exception]]:
    """Execute `jobs` and yield each result as it comes, or the job with the exception that it ended in.

    Parameters
    ----------
    jobs : iterable of Job
        Read as results come, so that a thousand submissions are never in memory at once.
    execute : callable
        At the top level of a module, or a `functools.partial` of such, so that it can be sent elsewhere.
    executor : concurrent.futures.Executor
    ahead : int
        How many jobs are given to the executor before a result must have come back.

    Raises
    ------
    LostWorkers
        When the executor can take no more.
    """
    waiting, running = iter(jobs), dict[Future, Job]()
    try:
        while True:
            while len(running) < ahead and (job := next(waiting, None)) is not None:
                running[executor.submit(execute, job)] = job
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
