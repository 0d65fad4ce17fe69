"""One archive with all that a learner needs, and nothing that a learner may not see.

Lessons are made anew from their texts: those in ``course/`` may hold somebody's work. Answers are taken out of them in
`grading.lesson.clear_answers`.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grading.author import overview
from grading.author.build import built
from grading.files import write_whole
from grading.lesson.places import COURSE, PROJECT

NAME = "convolutional-networks"
HANDOUT = Path(__file__).parent / "handout"
PACKAGE = "convschool"
# what of the package is not for learners: what Python and they themselves have written there
_WRITTEN_BY_USE = ("__pycache__", ".ipynb_checkpoints")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made


def release(lessons: Sequence[str], path: Path) -> list[str]:
    """Write the archive: lessons, package, locked requirements, START, and how to set it up.

    Parameters
    ----------
    lessons : sequence of str
        Those to hand out; START names all, and leads to the first of these.
    path : Path
        The zip; its folder is made.

    Returns
    -------
    list of str
        The names in the archive.
    """
    files = {f"{NAME}/{name}": data for name, data in _files(lessons)}
    with tempfile.TemporaryFile() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in sorted(files.items()):
                entry = zipfile.ZipInfo(name, _LONG_AGO)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, data)
        whole.seek(0)
        write_whole(path, whole.read())
    return sorted(files)


def _files(lessons: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for lesson in lessons:
        for name, data in built(lesson).items():
            yield f"{lesson}/{name}", data
    yield "START.ipynb", _start(lessons).encode()
    about = [one for one in overview.overviews() if one.name in lessons]
    readme = (HANDOUT / "README.md").read_text(encoding="utf-8")
    yield "README.md", readme.replace("{lessons}", overview.table(about, "")).encode()
    yield "start.py", (HANDOUT / "start.py").read_bytes()
    yield "requirements.txt", (PROJECT / "requirements" / "learner.txt").read_bytes()
    environment = (PROJECT / "requirements" / "learner.yml").read_text(encoding="utf-8")
    yield "environment.yml", environment.replace("-e ./course", "-e .").encode()
    yield "pyproject.toml", (COURSE / "pyproject.toml").read_bytes()
    yield "LICENSE", (PROJECT / "LICENSE").read_bytes()
    for folder, inner, names in os.walk(COURSE / PACKAGE):
        inner[:] = [name for name in inner if name not in _WRITTEN_BY_USE]
        for name in names:
            file = Path(folder, name)
            if file.suffix in (".py", ".npz", ".md", ".js", ".css"):
                yield file.relative_to(COURSE).as_posix(), file.read_bytes()


def _start(lessons: Sequence[str]) -> str:
    """START.ipynb, whose last line leads to the first lesson of this archive."""
    notebook = json.loads(overview.files()[COURSE / "START.ipynb"])
    first = min(lessons)
    notebook["cells"][-1]["source"] = [f"Open [{first}]({first}/{first}.ipynb)."]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
