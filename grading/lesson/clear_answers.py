"""A lesson's notebook as learners get it: nbgrader's own generator takes answers and hidden tests out."""

import logging
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

from grading.lesson.notebook import VALUE, BuildError


class ClearAnswers(ClearSolutions):
    """nbgrader's own step that takes answers out; a typed value leaves its first line, and raises nothing."""

    def preprocess_cell(self, cell, resources, cell_index):
        stub = self.code_stub  # type: ignore[has-type]  # traitlets' own: nbgrader has no types
        try:
            if VALUE in cell.metadata.get("tags", []):
                self.code_stub = {"python": ""}
            cell, resources = super().preprocess_cell(cell, resources, cell_index)
        finally:
            self.code_stub = stub
        if VALUE in cell.metadata.get("tags", []):
            cell.source = cell.source.rstrip()
        return cell, resources


def release_steps() -> list[type]:
    """nbgrader's own steps from a source notebook to a release, with `ClearAnswers` for the one that clears answers."""
    return [ClearAnswers if step is ClearSolutions else step for step in GenerateAssignment().preprocessors]


def generate_release(root: Path, lesson: str, db_url: str, no_database: bool = False) -> None:
    """Run nbgrader's own assignment generator on ``root/source/<lesson>``, into ``root/release/<lesson>``.

    With a database, this is also how a lesson's cells get into the gradebook.

    Raises
    ------
    BuildError
        With nbgrader's reason.
    """
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.release_directory = "release"
    config.CourseDirectory.assignment_id = lesson
    config.CourseDirectory.db_url = db_url
    config.SaveCells.enabled = not no_database
    config.ClearSolutions.code_stub = {"python": "# write your answer here\nraise NotImplementedError"}
    config.ClearSolutions.text_stub = "*Write your answer here.*"
    generator = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, no_database=no_database)
    generator.preprocessors = release_steps()
    generator.force = True
    generator.log.setLevel(logging.ERROR)
    try:
        generator.start()
    except Exception as error:
        raise BuildError(f"{lesson}: nbgrader could not make the release: {error}") from error
