"""Run Python programs without the seconds that their imports take: each is forked from a process that has them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SECONDS = 600  # for a program
SERVER = """
import importlib, json, os, runpy, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for descriptor, file in enumerate((os.devnull, asked["printed"], asked["complaints"])):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC), descriptor)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[1:] = asked["words"]
    runpy.run_module(asked["program"], run_name="__main__", alter_sys=True)
    sys.exit()
"""


class WarmPython:
    """A Python process that has imported `modules`, and forks one for each program that it is asked to run.

    Parameters
    ----------
    scratch : Path
        A folder for what programs print.
    modules : sequence of str
        What programs import, or most of it.
    environment : mapping, optional
        This process's by default. ``PYTHONPATH`` counts here; the rest may be another for each program.
    """

    def __init__(self, scratch: Path, modules: Sequence[str], environment: Mapping[str, str] = os.environ):
        self._files = scratch / "printed", scratch / "complaints"
        self._environment = dict(environment)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", SERVER, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
            start_new_session=True,
        )

    def run(
        self, program: str, *words: Any, folder: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess:
        """What ``python -m program *words`` does in `folder`; its output is text.

        Raises
        ------
        subprocess.TimeoutExpired
            After `SECONDS`; then this process and all that it has forked are ended.
        """
        printed, complaints = map(str, self._files)
        asked = {
            "program": program,
            "words": [str(word) for word in words],
            "folder": str(folder),
            "environment": dict(self._environment if environment is None else environment),
            "printed": printed,
            "complaints": complaints,
        }
        assert self._process.stdin and self._process.stdout
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        if not select.select([self._process.stdout], [], [], SECONDS)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired([program, *asked["words"]], SECONDS)
        code = int(self._process.stdout.readline())
        output, errors = (file.read_text(encoding="utf-8") for file in self._files)
        return subprocess.CompletedProcess([program, *asked["words"]], code, output, errors)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
