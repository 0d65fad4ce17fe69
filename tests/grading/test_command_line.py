"""`--help` answers at once: what a command needs is read when it runs."""

import subprocess
import sys

import pytest

HEAVY = {"matplotlib", "nbgrader", "nbconvert", "sqlalchemy", "numpy", "jupytext"}
SAYS_WHAT_IT_READ = """
import sys
from grading.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("read:", *sorted(set(sys.modules) & {names}))
"""


@pytest.mark.parametrize("words", ["--help", "grade --help", "collect --help"])
def test_no_heavy_package_is_read_for_help(words):
    code = SAYS_WHAT_IT_READ.format(names=HEAVY)
    result = subprocess.run([sys.executable, "-c", code, *words.split()], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("usage:")
    assert result.stdout.splitlines()[-1] == "read:"
