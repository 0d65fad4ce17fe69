"""`course/` is the same wherever it is built: with the kernels of other processors, and with one and two threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import in_ci

PROJECT = Path(__file__).parents[2]
CPU = Path("/proc/cpuinfo")
OLDEST = "Nehalem"  # without the instructions that every newer processor sums with: it differs most from all others
# whose expected results hold the longest sums; all lessons take half a minute for each kernel
BY_HAND = ["02-conv-derivatives"]


def kernels():
    """By hand the kernel that differs most from this machine's own; in CI all that it can run."""
    newest = CPU.exists() and "avx512f" in CPU.read_text(encoding="utf-8", errors="replace")
    # a processor without its instructions cannot run the last
    return in_ci([OLDEST, "Haswell", *["SkylakeX"] * newest], by_hand=[OLDEST])


@pytest.mark.parametrize(("kernel", "threads"), [(kernel, 2 - n % 2) for n, kernel in enumerate(kernels())])
def test_what_is_built_with_another_kernel_is_what_is_committed(kernel, threads):
    environment = {**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": str(threads)}
    lessons = in_ci([], by_hand=BY_HAND)
    result = subprocess.run(
        [sys.executable, "-m", "grading.cli", "build", *lessons, "--check"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
