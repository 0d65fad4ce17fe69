"""nbgrader on the same folders as `convgrade`: run its commands, or JupyterLab with formgrader, in this folder."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader puts it there)
project = Path(__file__).resolve().parents[1]

c.CourseDirectory.course_id = ""
c.CourseDirectory.root = str(project)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "work/submitted"
c.CourseDirectory.autograded_directory = "work/autograded"
c.CourseDirectory.feedback_directory = "work/feedback"
c.CourseDirectory.db_url = f"sqlite:///{project / 'work' / 'gradebook.db'}"
# nbgrader copies every other file of a source folder into the release: only the public checks may pass
c.CourseDirectory.ignore = ["*.py", "*.pyc", "*.md", "__pycache__", ".ipynb_checkpoints"]
c.ClearSolutions.code_stub = {"python": "# write your answer here\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Write your answer here.*"
