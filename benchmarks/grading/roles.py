"""Processor seconds of running a submission, by what they go to."""

import json
import resource
import socket
import tempfile
from pathlib import Path

from benchmarks.grading.classes import STUDENTS, hand_in
from benchmarks.grading.processes import processor_seconds
from grading.execute.passes import Passes
from grading.execute.rebuild import rebuild
from grading.execute.sandbox import start_sandboxes
from grading.execute.submitted_notebook import read_submission
from grading.gradebook.master import load_master
from grading.job import Job, Limits

ROLES = ("checks and pictures", "learner's code", "forking and isolating")


def measure(lesson: str) -> dict[str, float]:
    """The mean over a submission of each kind that the class has, in a warm sandbox, both passes.

    The trusted processes' user time is what checks take, their system time what forking and isolating takes on this
    side; the sandbox's whole time is the learner's. One of each kind is run before, for what a command does once: it
    draws the picture of a mistake for the first who makes it.
    """
    spent = dict.fromkeys(ROLES, 0.0)
    passes = Passes("warm", start_sandboxes("warm"))
    watched, caller = socket.socketpair()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            jobs = [_job(Path(scratch), lesson, name) for name in hand_in(Path(scratch), lesson, len(STUDENTS))]
        passes.share_pictures()
        for job in jobs:
            passes.graded(job, True, watched)
        for job in jobs:
            before = *_own(), processor_seconds(passes.sandboxes)
            passes.graded(job, True, watched)
            user, system, learner = (
                now - then for now, then in zip((*_own(), processor_seconds(passes.sandboxes)), before, strict=True)
            )
            for role, seconds in zip(ROLES, (user, learner, system), strict=True):
                spent[role] += seconds / len(jobs)
    finally:
        passes.close()
        watched.close()
        caller.close()
    return spent


def _job(folder: Path, lesson: str, student: str) -> Job:
    master = load_master(lesson)
    cells = read_submission(folder / student / lesson / f"{lesson}.ipynb")
    notebook = json.loads(json.dumps(rebuild(master.source, master.release, cells)))
    return Job(student=student, lesson=lesson, notebook=notebook, seed=1, limits=Limits())


def _own() -> tuple[float, float]:
    """User and system seconds of this process and of all that it waited for."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime for one in used), sum(one.ru_stime for one in used)
