"""Build, verify and grade the course. `grading.cli` is the command line."""

import os
import sys
from pathlib import Path

# nbgrader runs the command `alembic`: it is beside this Python, also where no environment was activated
_commands = str(Path(sys.executable).parent)
if _commands not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([_commands, os.environ.get("PATH", os.defpath)])
# notebooks run side by side, one a core: threads of each for its small arrays would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# jsonschema, which nbformat imports, would build a grammar of internet addresses: that takes longer than the rest of
# our start, and nothing in a notebook is checked by it
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python marks "not to be found"
