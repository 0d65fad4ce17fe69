"""On a system that is not Linux a command works, or says in one sentence that it needs Linux."""

import subprocess
import sys

import pytest

from grading.cli.common import EXAMPLES

# as on Windows: modules that the grader needs are not there, and the system has another name for those who ask
ELSEWHERE = """
import asyncio, concurrent.futures, multiprocessing, subprocess, sys, tempfile, types

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource"):
            raise ImportError(f"no {name} here")

for name in ("fcntl", "resource"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Lacking())
from grading.cli import common, main
common.sys = types.SimpleNamespace(platform="win32")
for words in sys.argv[1:]:
    print(main(words.split(" | ")), flush=True)
"""
NEED_LINUX = ("grade | --submissions | {0}", "status", "feedback", "explain | ada | x", "similar", "report", "void | x")
WORK = (f"collect | {EXAMPLES} | --into | {{0}}/collected",)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A process that runs each command and prints its exit code on a system without the modules of Linux."""
    folder = tmp_path_factory.mktemp("graded")
    (folder / "gradebook.db").touch()
    commands = [f"{words} | --out | {{0}}".format(folder) for words in NEED_LINUX]
    commands += [words.format(folder) for words in WORK]
    program = [sys.executable, "-c", ELSEWHERE, *commands]
    return subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_a_command_works_or_says_that_it_needs_linux(elsewhere):
    assert "Traceback" not in elsewhere.stdout and elsewhere.returncode == 0, elsewhere.stdout[-2000:]
    assert elsewhere.stdout.count("kept apart by means of Linux") == len(NEED_LINUX), elsewhere.stdout
    codes = [line for line in elsewhere.stdout.splitlines() if line in ("0", "1", "2")]
    assert codes == ["2"] * len(NEED_LINUX) + ["0"] * len(WORK), elsewhere.stdout
