"""`make coverage` counts lines that run only in a process which was forked or started by a test."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]

SCRIPT = """
import subprocess, sys
from grading.bounded import Bounded

with Bounded(bytes.upper, seconds=30, memory_mb=4096) as upper:
    assert upper(b"word") == b"WORD"
subprocess.run([sys.executable, "-c", "import grading.files; grading.files.printable('word')"], check=True)
"""


def test_lines_of_forked_and_of_started_processes_are_counted(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "data")}
    for words in (["run", script], ["combine", "--quiet"], ["json", "--quiet", "-o", tmp_path / "lines.json"]):
        command = [sys.executable, "-m", "coverage", *map(str, words)]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, timeout=120)
    files = json.loads((tmp_path / "lines.json").read_text())["files"]

    def is_counted(file: str, function: str) -> bool:
        return bool(files[file]["functions"][function]["executed_lines"])

    assert is_counted("grading/bounded.py", "Bounded.map")
    assert is_counted("grading/bounded.py", "_work")
    assert is_counted("grading/files.py", "printable")
