"""`convgrade grade --cluster` with a real scheduler and workers, each a process of its own, and what kills them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError

import pytest
from classroom import LESSON, MEMORY_MB, SEED, Graded
from corpus import Entry
from distributed import Client

from grading.execute import cluster
from grading.execute.dispatch import AHEAD, LostWorkers, Workers, dispatch
from grading.lesson.places import PROJECT

SLOWLY = "import time\ntime.sleep(0.15)\ndef double(x):\n    return x + x + {}\n"
CLASS = [
    Entry(f"s{number:02}", "", "is right or wrong, and takes its time", answers={"double": SLOWLY.format(number % 2)})
    for number in range(8)
]


class DaskCluster:
    """A scheduler and workers of one thread each, which import the project in `folder`."""

    def __init__(self, folder, scratch):
        self.folder, self.scratch, self.processes = folder, scratch, []
        file = scratch / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text().strip()):
            assert self.scheduler.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def start_worker(self, folder=None):
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", folder=folder)

    def _start(self, kind, *words, folder=None):
        folder = folder or self.folder
        environment = {
            **os.environ,
            "PYTHONPATH": f"{folder}:{folder / 'course'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DASK_TEMPORARY_DIRECTORY": str(self.scratch),
        }
        with open(self.scratch / f"{kind}-{len(self.processes)}.log", "w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", kind, "--host", "127.0.0.1", *words],
                cwd=self.scratch,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def end(self):
        for process in self.processes[::-1]:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path, request):
    folder = request.getfixturevalue("classroom").folder if "classroom" in request.fixturenames else PROJECT
    started = DaskCluster(folder, tmp_path)
    yield started
    started.end()


@pytest.fixture(scope="module")
def small_class(classroom):
    folder = classroom.folder / "submissions"
    for entry in CLASS:
        entry.hand_in(classroom.solved, folder)
    (folder / "nobody" / LESSON).mkdir(parents=True)  # handed in nothing
    return folder


@pytest.fixture(scope="module")
def undisturbed(classroom, small_class):
    """The class as this machine grades it."""
    out = new_out(classroom, "here")
    result = classroom.run(*words(small_class, out))
    return Graded(classroom, out, result.stdout, [])


def new_out(classroom, name):
    out = classroom.folder / name
    out.mkdir()
    (out / "seed").write_text(f"{SEED}\n")
    return out


def words(submissions, out, *more):
    where = ("--submissions", str(submissions), "--out", str(out))
    return ("-m", "grading.cli", "grade", LESSON, *where, "--timeout", "20", "--memory", str(MEMORY_MB), *more)


def refused(classroom, submissions, out, *more):
    """What the command says when it does not grade."""
    with pytest.raises(RuntimeError, match="ended with 2") as raised:
        classroom.run(*words(submissions, out, *more))
    assert not (out / "grades.csv").exists()
    return str(raised.value)


@pytest.mark.left_to_ci
def test_a_worker_is_killed_midway_and_nothing_is_lost(classroom, small_class, undisturbed, dask):
    first, second = dask.start_worker(), dask.start_worker()
    out, most = new_out(classroom, "there"), 0
    with Client(dask.address) as client:
        client.wait_for_workers(2, timeout=60)
        pids = client.run(os.getpid)
        doomed = next(address for address, pid in pids.items() if pid == first.pid)
        environment = {**os.environ, "PYTHONPATH": f"{classroom.folder}:{classroom.folder / 'course'}"}
        grader = subprocess.Popen(
            [sys.executable, *words(small_class, out, "--cluster", dask.address)],
            cwd=classroom.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        killed_while_it_worked = False
        while grader.poll() is None:
            busy = client.processing()
            most = max(most, client.run_on_scheduler(count_of_tasks))
            recorded = len(list((out / "logs").glob("*/*.log")))
            if not killed_while_it_worked and recorded >= 3 and all(busy.values()):
                os.kill(first.pid, signal.SIGKILL)
                killed_while_it_worked = bool(busy[doomed])
            time.sleep(0.05)
    output = grader.stdout.read()
    assert grader.returncode == 0, output
    assert killed_while_it_worked and first.wait() == -signal.SIGKILL and second.poll() is None
    assert 2 <= most <= 2 * AHEAD + 2  # what has come back is forgotten a moment later
    there = Graded(classroom, out, output, [])
    assert (out / "grades.csv").read_bytes() == (undisturbed.out / "grades.csv").read_bytes()
    assert len(there.rows) == len(CLASS) + 1
    for student in there.rows:
        assert there.database(student) == undisturbed.database(student)
        assert there.executed(student) == undisturbed.executed(student)
    again = classroom.run(*words(small_class, out, "--cluster", dask.address)).stdout
    assert "9 submissions are as they were" in again


def count_of_tasks(dask_scheduler):
    return len(dask_scheduler.tasks)


count_of_tasks.__module__ = "__main__"  # sent as it stands: the scheduler cannot import this file


@pytest.mark.left_to_ci
def test_a_worker_with_another_version_is_refused(classroom, small_class, dask, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(classroom.folder, old, ignore=shutil.ignore_patterns("submissions", "here", "there", "tmp"))
    file = old / "solutions" / LESSON / "checks.py"
    file.write_text(file.read_text() + "\n# another version\n")
    dask.start_worker(folder=old)
    output = refused(classroom, small_class, new_out(classroom, "old"), "--cluster", dask.address)
    assert f"has another version of {LESSON}" in output and "the worker tcp://127.0.0.1:" in output


def test_a_worker_that_comes_later_is_looked_at_too(classroom):
    """A job goes to no worker of another version, also when that was not there at the start."""
    check = (
        "from grading.execute import cluster; from grading.job import Job, Limits; import distributed.worker as w\n"
        "import distributed; distributed.get_worker = lambda: type('', (), {'address': 'tcp://late'})\n"
        f"job = Job('s', '{LESSON}', {{}}, {SEED}, Limits())\n"
        f"try: cluster.execute_there(job, {{'{LESSON}': 'another'}}, 'auto')\n"
        "except cluster.OtherVersion as error: print(error)"
    )
    assert "the worker tcp://late has another version" in classroom.run("-c", check).stdout


def test_an_address_where_nobody_answers(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://127.0.0.1:9"):
        with pytest.raises(cluster.ClusterError, match=f"--cluster: there is no Dask scheduler at {address}"):
            with cluster.on_cluster(address, [], 1):
                pass


def test_tls_without_certificates():
    with pytest.raises(cluster.ClusterError, match="tls:// needs certificates"):
        with cluster.on_cluster("tls://127.0.0.1:9", [], 1):
            pass


def test_a_scheduler_without_workers(dask, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(cluster.ClusterError, match="no worker has come in 0.5 seconds"):
        with cluster.on_cluster(dask.address, [], 1):
            pass


@pytest.mark.parametrize("who", ["every worker", "the scheduler"])
def test_when_nobody_is_left_it_ends(dask, monkeypatch, who):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 5.0)
    worker = dask.start_worker()
    with cluster.on_cluster(dask.address, [], 1) as workers:
        assert workers.count() == 1
        jobs = dispatch([0, 600], Workers(workers.executor, time.sleep, workers.count))
        assert next(jobs) is None
        (worker if who == "every worker" else dask.scheduler).kill()
        with pytest.raises(LostWorkers, match="the workers are gone") as raised:
            next(jobs)
        assert isinstance(raised.value.__cause__, CancelledError)
