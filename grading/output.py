"""The output folder: every path below ``--out`` is made here, and the gradebook is opened that belongs to it."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from grading.collect.names import harmless_id
from grading.gradebook import Record
from grading.gradebook.database import gradebook_url, has_gradebook


@dataclass(frozen=True)
class Output:
    """The folder of one class, and its gradebook.

    A student's folders are called by `harmless_id`, as nbgrader's own commands look for them.

    Parameters
    ----------
    folder : Path
    db : str, optional
        The address of the gradebook's database, in place of ``gradebook.db`` in the folder.
    """

    folder: Path
    db: str | None = None

    def __str__(self) -> str:
        return str(self.folder)

    # the gradebook

    @property
    def gradebook(self) -> sa.URL:
        """The gradebook's address.

        Raises
        ------
        grading.gradebook.database.DatabaseError
            When `db` cannot be used.
        """
        return gradebook_url(self.db, self.folder)

    def is_graded(self) -> bool:
        """Whether there is a gradebook."""
        return has_gradebook(self.gradebook)

    def record(self) -> Record:
        """The gradebook, opened; it is made where there is none."""
        return Record(self.gradebook)

    # one submission

    def notebook(self, student: str, lesson: str) -> Path:
        """The notebook as it ran: where formgrader looks for it."""
        return self._place("autograded", student, lesson) / f"{lesson}.ipynb"

    def submitted(self, student: str, lesson: str) -> Path:
        """The folder with what was handed in: where nbgrader's own commands and formgrader look for it."""
        return self._place("submitted", student, lesson)

    def page(self, student: str, lesson: str) -> Path:
        """The page for the learner: where ``nbgrader release_feedback`` looks for it."""
        return self._place("feedback", student, lesson) / f"{lesson}.html"

    def log(self, student: str, lesson: str) -> Path:
        """When the notebook ran, for how long, and how each cell ended."""
        return self.folder / "logs" / harmless_id(student) / f"{lesson}.log"

    def gradescope_results(self, student: str, lesson: str) -> Path:
        """Marks and comments for Gradescope."""
        return self._place("gradescope", student, lesson) / "results.json"

    def _place(self, stage: str, student: str, lesson: str) -> Path:
        return self.folder / stage / harmless_id(student) / lesson

    # the class

    @property
    def seed(self) -> Path:
        """The seed of the hidden cases."""
        return self.folder / "seed"

    @property
    def counts(self) -> Path:
        """Which of several notebooks of a student counts."""
        return self.folder / "counts"

    @property
    def graded_from(self) -> Path:
        """Says which folder of submissions was graded last."""
        return self.folder / "graded-from"

    @property
    def roster(self) -> Path:
        """The class list, as it was given."""
        return self.folder / "roster.csv"

    @property
    def lock(self) -> Path:
        """Held by the one grader that is at work here."""
        return self.folder / ".grading"

    @property
    def collected(self) -> Path:
        """Where `convgrade collect` puts submissions unless told otherwise."""
        return self.folder / "collected"

    # tables and pages for the instructor

    @property
    def grades(self) -> Path:
        """A row for each mark."""
        return self.table("grades")

    @property
    def report(self) -> Path:
        """The class in one page."""
        return self.folder / "report.html"

    @property
    def gradescope(self) -> Path:
        """The folder with `gradescope_results`."""
        return self.folder / "gradescope"

    @property
    def hand_back(self) -> Path:
        """The folder with what other systems take back."""
        return self.folder / "hand-back"

    def table(self, name: str) -> Path:
        """A table as CSV: "grades", "changes", "conflicts", "similar", or one for another program."""
        return self.folder / f"{name}.csv"
