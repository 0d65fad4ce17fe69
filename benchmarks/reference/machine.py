"""What the numbers were measured on: its name and its peaks."""

import os
import platform
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_info

from benchmarks.reference.timing import alternate


def name():
    """Processor, instruction set BLAS uses, and versions, and how busy it is, in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
    processor = models[0] if models else platform.processor()
    blas = next(library for library in threadpool_info() if library["user_api"] == "blas")
    return (
        f"{processor}, {len(models)} cores visible; Python {platform.python_version()}, NumPy {np.__version__} "
        f"({blas['internal_api']} {blas['version']}, {blas['architecture']} kernels), "
        f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}); "
        f"load average while measuring {os.getloadavg()[1]:.1f}"
    )


def gemm_peak():
    """Operations per second of the best matrix product, float32, one thread."""
    best = 0
    for n in (512, 1024):
        a, b = np.ones((2, n, n), np.float32)
        seconds = alternate({"gemm": lambda a=a, b=b: a @ b}, seconds=2)["gemm"]
        best = max(best, 2 * n**3 / seconds)
    return best


def bandwidth():
    """Bytes per second of copying an array far larger than the caches: read and written."""
    a, b = np.ones((2, 2**25), np.float32)
    return 2 * a.nbytes / alternate({"copy": lambda: np.copyto(a, b)}, seconds=2)["copy"]
