"""A small text file for each submission: when it was graded, how long that took, and how each cell ended."""

from datetime import UTC, datetime

from grading.files import write_whole
from grading.gradebook import Basis
from grading.job import Executed
from grading.output import Output


def write_log(out: Output, executed: Executed, basis: Basis) -> None:
    """Write ``logs/<student>/<lesson>.log``."""
    lines = [
        f"time      {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"seconds   {executed.seconds:.3f}",
        f"status    {executed.status}",
        f"reason    {executed.reason}",
        f"limits    {basis.limits}",
        f"submitted {basis.handed_in}",
        f"version   {basis.version}",
        *(_line(cell.grade_id, cell.passed, cell.mistake) for cell in executed.cells),
    ]
    text = "\n".join(lines) + "\n"
    write_whole(out.log(executed.student, executed.lesson), text.encode("utf-8", "backslashreplace"))


def _line(name: str, passed: bool, mistake: str) -> str:
    return f"cell      {name}: {'passed' if passed else 'failed'}{f', {mistake}' if mistake else ''}"
