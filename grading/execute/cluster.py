"""Execute on the workers of a Dask cluster. Results come back to the one process that writes."""

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cache, partial

from grading import fingerprint
from grading.execute.dispatch import Workers
from grading.execute.warm import close, execute
from grading.job import Executed, Job, SandboxKind
from grading.lesson.places import COURSE

CONNECT_SECONDS = 20.0
PATIENCE_SECONDS = 120.0  # without any worker: a batch system may be about to start one
INSTALL = "python -m pip install --require-hashes -r requirements/cluster.txt"


class ClusterError(ValueError):
    """The cluster cannot be used; the message says why."""


class OtherVersion(RuntimeError):
    """A worker would give other marks: its lesson, its grader or its packages are not those of this machine."""


@contextlib.contextmanager
def on_cluster(address: str, lessons: Iterable[str], seed: int, sandbox: SandboxKind = "auto") -> Iterator[Workers]:
    """Use the cluster whose scheduler is at `address`, such as ``tcp://10.0.0.1:8786``.

    A worker that vanishes costs nothing: the scheduler gives its jobs to others. When no worker is left for
    `PATIENCE_SECONDS`, jobs end in `CancelledError`, as they do when the scheduler is gone.

    Parameters
    ----------
    address : str
    lessons : iterable of str
        Those that will be executed; every worker must have what this machine has.
    seed : int
        Of the hidden cases.
    sandbox : str
        As in `grading.execute.execute`.

    Raises
    ------
    ClusterError
        When ``distributed`` is not installed, no scheduler or no worker answers, or one has another version.
    """
    try:
        from distributed import Client, Security
    except ImportError:
        raise ClusterError(f"--cluster needs the package distributed: {INSTALL}") from None
    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise ClusterError("--cluster: tls:// needs certificates in Dask's configuration: docs/cluster.md")
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise ClusterError(f"--cluster: there is no Dask scheduler at {address}: {error}") from error
    with client:
        versions = {lesson: version_here(lesson, seed) for lesson in lessons}
        _refuse_other_versions(client, versions, seed)
        watch = _Watch(client)
        watch.start()
        try:
            run = partial(execute_there, versions=versions, sandbox=sandbox)
            yield Workers(watch.executor, run, lambda: watch.threads)
        finally:
            watch.end()
            # what is warm there was made from these versions; nothing is lost when a worker does not answer
            with contextlib.suppress(Exception):
                client.run(_close_here, on_error="ignore")


def execute_there(job: Job, versions: dict[str, str], sandbox: SandboxKind) -> Executed:
    """On a worker: execute a job, if its marks will be those that this machine would give.

    Raises
    ------
    OtherVersion
    grading.execute.SandboxUnavailable
    """
    if version_here(job.lesson, job.seed) != versions[job.lesson]:
        from distributed import get_worker

        raise OtherVersion(_other_version(get_worker().address, [job.lesson]))
    return execute(job, sandbox)


@cache
def version_here(lesson: str, seed: int) -> str:
    """A hash of all that decides the marks of `lesson` on this machine; also where it has no such lesson."""
    lesson_version = fingerprint.of_lesson(lesson, seed)
    released = sorted(file for file in (COURSE / lesson).glob("*") if file.is_file())
    parts = (part for file in released for part in (file.name.encode(), file.read_bytes()))
    return fingerprint.of_bytes(lesson_version.encode(), *parts)


def _refuse_other_versions(client, own_versions: dict[str, str], seed: int) -> None:
    """Raise an error if a worker has another version. Workers that come later are checked when they get a job."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        # the scheduler reads what goes through it
        client.run_on_scheduler(_versions, list(own_versions), seed)
        answers = client.run(_versions, list(own_versions), seed)
    except TimeoutError:
        raise ClusterError(f"--cluster: no worker has come in {PATIENCE_SECONDS:g} seconds") from None
    except ImportError as error:
        raise ClusterError(
            f"--cluster: a machine of the cluster lacks a package ({error}): install the project and "
            f"requirements/cluster.txt for the scheduler and each worker: {INSTALL}"
        ) from error
    except OSError as error:
        raise ClusterError(f"--cluster: the cluster does not answer: {error}") from error
    for address, versions in sorted(answers.items()):
        other = [lesson for lesson, version in versions.items() if version != own_versions[lesson]]
        if other:
            raise ClusterError(f"--cluster: {_other_version(address, other)}")


def _versions(lessons: list[str], seed: int) -> dict[str, str]:
    """On a worker: the versions of its lessons now. Warm processes, which may hold an older one, are ended."""
    _close_here()
    return {lesson: version_here(lesson, seed) for lesson in lessons}


def _other_version(address: str, lessons: list[str]) -> str:
    return (
        f"the worker {address} has another version of {', '.join(lessons)}, of the grader, of Python or of its "
        "packages than this machine: bring it to the same commit and requirements/cluster.txt, and start it again"
    )


class _Watch(threading.Thread):
    """Counts the cluster's threads, and gives up when there are none for long, as no scheduler does."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self._client, self._ended = client, threading.Event()
        self.executor = client.get_executor(pure=False)
        self.threads = sum(client.nthreads().values())

    def run(self) -> None:
        last_seen = time.monotonic()
        while not self._ended.wait(1.0):
            try:
                self.threads = sum(self._client.nthreads().values())
            except Exception:  # the scheduler is gone, and the client cancels the jobs
                return
            if self.threads:
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > PATIENCE_SECONDS:
                self.executor.shutdown(wait=False)
                return

    def end(self) -> None:
        self._ended.set()
        self.join()


def _close_here() -> None:
    """On a worker: end the warm processes, and forget the versions, so that files are read anew."""
    close()
    version_here.cache_clear()
    fingerprint.of_grader.cache_clear()
