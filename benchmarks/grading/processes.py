"""The memory of a process and of all that it has started."""

import contextlib
import os
from pathlib import Path


def tree(root: int) -> list[int]:
    """The process `root` and its descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, IndexError):
            if name.isdigit():
                parent = int(Path("/proc", name, "stat").read_text().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def memory_mb(pid: int) -> float:
    """Its proportional share of memory (pages shared by n processes count 1/n for each)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
