"""The site: the course to be read, and to be worked through in a browser without installing anything.

`python -m website` builds it. It runs in the grader's environment and calls the site's own tools in ``.venv/site``.
"""

import hashlib
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1]
HERE = Path(__file__).parent
OUT = PROJECT / "build" / "site"
# What a build may use again: wheels, executed notebooks. Everything in it is checked or named by its contents.
CACHE = PROJECT / "build" / "site-cache"
MODULES = HERE / "node_modules"
TOOLS = Path(sys.prefix) / "site" / "bin"


def release() -> str:
    """Names the course as it is now: its version, and a digest of its notebooks and checks."""
    digest = hashlib.sha256()
    course = PROJECT / "course"
    for file in sorted([*course.glob("*.ipynb"), *course.glob("*/*.ipynb"), *course.glob("*/checks.npz")]):
        digest.update(file.relative_to(course).as_posix().encode() + file.read_bytes())
    version = tomllib.loads((course / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return f"{version}+{digest.hexdigest()[:8]}"
