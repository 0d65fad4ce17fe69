"""Small notebooks as the line rebuilds them from the master, written by hand, and what runs on this machine."""

from pathlib import Path

from grading.execute.warm import execute
from grading.job import Executed, Job, Limits


def extra(source: str) -> dict:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def locked(source: str, id: str = "given") -> dict:
    return _lesson_cell(source, id, grade=False, solution=False)


def answer(source: str, *defines: str, id: str = "answer") -> dict:
    cell = _lesson_cell(source, id, grade=False, solution=True)
    cell["metadata"]["convgrade"] = {"defines": list(defines)}
    return cell


def marked(source: str, id: str = "answer-part", hidden: str = "") -> dict:
    if hidden:
        source = f"{source}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS\n"
    return _lesson_cell(source, id, grade=True, solution=False)


def _lesson_cell(source: str, id: str, **kind: bool) -> dict:
    cell = extra(source)
    cell["metadata"] = {"nbgrader": {"grade_id": id, "locked": True, **kind}}
    return cell


def job(*cells: dict, **limits) -> Job:
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return Job("eva", "01-convolution", notebook, 7, Limits(**({"cell_seconds": 20.0} | limits)))


def graded(*cells: dict, sandbox: str = "auto", show: bool = True, **limits) -> Executed:
    return execute(job(*cells, **limits), sandbox, show)


def passed(executed: Executed) -> dict[str, bool]:
    return {cell.grade_id: cell.passed for cell in executed.cells}


def printed(executed: Executed) -> str:
    """Everything a learner can read in the outputs."""
    return "\n".join(str(cell.get("outputs", "")) for cell in executed.notebook["cells"])


def running(command: str, pids: list[int]) -> list[str]:
    """The command lines of these processes that have `command` in them."""
    processes = []
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if command in words:
            processes.append(words)
    return processes
