"""Run a rebuilt notebook and say how each marked cell ended. Knows nothing of gradebooks.

The notebook runs in a Jupyter kernel of its own, in a scratch folder with the lesson's public files.
"""

import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from convschool.checking import VERDICT_MIME
from convschool.progress_record import SWITCH
from grading.hidden import SEED_VARIABLE
from grading.lesson import COURSE
from grading.outcome import CellResult, Executed, Job, Status

MOST_OUTPUT_CHARACTERS = 20_000


def execute(job: Job) -> Executed:
    """Execute a job in a fresh kernel; whatever the notebook does, there is a result.

    A cell that takes longer than its limit is interrupted and the rest goes on. When the kernel dies, or
    does not obey, the marked cells that are left count as failed.
    """
    started = time.monotonic()
    notebook = nbformat.from_dict(job.notebook)
    with tempfile.TemporaryDirectory(prefix="convgrade-") as scratch:
        for file in (COURSE / job.lesson).glob("*.npz"):
            shutil.copy(file, scratch)
        run = _Run(notebook, job, Path(scratch))
        status, reason = run.to_the_end()
    marked = [cell for cell in notebook.cells if _is_marked(cell)]
    cells = tuple(CellResult(cell.id, cell.id in run.passed, _mistake(cell)) for cell in marked)
    _limit_outputs(notebook)
    seconds = time.monotonic() - started
    return Executed(job.student, job.lesson, status, reason, dict(notebook), cells, seconds)


class _Run:
    """One notebook in one kernel."""

    def __init__(self, notebook: NotebookNode, job: Job, scratch: Path):
        self.notebook, self.job = notebook, job
        self.passed: set[str] = set()
        environment = {**os.environ, SWITCH: "off", SEED_VARIABLE: str(job.seed)}
        self.start = {"cwd": str(scratch), "env": environment, "preexec_fn": self._limit_process}
        self.client = NotebookClient(
            notebook,
            km=AsyncKernelManager(kernel_name="python3", transport="ipc"),
            timeout=job.limits.cell_seconds,
            interrupt_on_timeout=True,
            allow_errors=True,
            resources={"metadata": {"path": str(scratch)}},
        )

    def to_the_end(self) -> tuple[Status, str]:
        deadline = time.monotonic() + self.job.limits.notebook_seconds
        slow, starved = [], []
        try:
            with self.client.setup_kernel(**self.start):
                for index, cell in enumerate(self.notebook.cells):
                    if cell.cell_type != "code":
                        continue
                    if time.monotonic() > deadline:
                        return "timed-out", f"the notebook ran longer than {self.job.limits.notebook_seconds:g} s"
                    errors = self._cell(cell, index)
                    slow += [cell.id] if "KeyboardInterrupt" in errors else []
                    starved += [cell.id] if "MemoryError" in errors else []
                    if _is_marked(cell) and not errors:
                        self.passed.add(cell.id)
        except CellTimeoutError:
            return "timed-out", "a cell ran too long and could not be interrupted"
        except DeadKernelError:
            return "crashed", "the notebook's process died"
        except Exception as error:
            return "crashed", f"the notebook could not be executed: {type(error).__name__}"
        if slow:
            return "timed-out", f"longer than {self.job.limits.cell_seconds:g} s: {', '.join(slow)}"
        if starved:
            return "out-of-memory", f"more than {self.job.limits.memory_mb} MB: {', '.join(starved)}"
        return "graded", ""

    def _cell(self, cell: NotebookNode, index: int) -> list[str]:
        """Run one cell; the names of the exceptions it ended with."""
        try:
            self.client.execute_cell(cell, index)
        except CellExecutionError as error:
            return [error.ename]
        return [output.ename for output in cell.outputs if output.output_type == "error"]

    def _limit_process(self) -> None:
        memory = self.job.limits.memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _is_marked(cell: NotebookNode) -> bool:
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and about.get("grade", False) and not about.get("solution", False)


def _mistake(cell: NotebookNode) -> str:
    for output in cell.get("outputs", []):
        summary = output.get("data", {}).get(VERDICT_MIME)
        if summary and not summary["passed"]:
            return summary["mistake"]
    return ""


def _limit_outputs(notebook: NotebookNode) -> None:
    """Cut streams that would make a feedback page unreadable."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("text", "")
            if len(text) > MOST_OUTPUT_CHARACTERS:
                output["text"] = text[:MOST_OUTPUT_CHARACTERS] + "\n... (cut here)"
