"""nbgrader on the same folders as `convgrade`: run its commands, or JupyterLab with formgrader, in this folder."""

import contextlib
import os
from pathlib import Path

from grading.lesson.clear_answers import release_steps
from grading.lesson.seed import SEED_FILE_VARIABLE

c = get_config()  # noqa: F821 (nbgrader puts it there)
project = Path(__file__).resolve().parents[1]

# nbgrader makes its gradebook, and not the folder: here its commands may come before the first `convgrade grade`
with contextlib.suppress(OSError):
    (project / "work").mkdir(exist_ok=True)

# for `nbgrader autograde`, whose kernels inherit it; what that way of grading does not promise: docs/threat-model.md
os.environ.setdefault(SEED_FILE_VARIABLE, str(project / "work" / "seed"))

c.CourseDirectory.course_id = "convolutional-networks"
c.CourseDirectory.root = str(project)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "work/submitted"
c.CourseDirectory.autograded_directory = "work/autograded"
c.CourseDirectory.feedback_directory = "work/feedback"
c.CourseDirectory.db_url = f"sqlite:///{project / 'work' / 'gradebook.db'}"
# nbgrader copies every other file of a source folder into the release: only the public checks may pass
c.CourseDirectory.ignore = ["*.py", "*.pyc", "*.md", "*.toml", "mistakes", "__pycache__", ".ipynb_checkpoints"]
# a typed value leaves its first line, as in `convgrade build`
c.GenerateAssignment.preprocessors = release_steps()
c.ClearSolutions.code_stub = {"python": "# write your answer here\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Write your answer here.*"
