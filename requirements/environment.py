"""Write the locked versions for conda: environment.yml, and learner.yml, which `convgrade release` hands out."""

import re
from pathlib import Path

HEAD = """# Written by requirements/lock: {holds}, in the locked versions, for conda.
name: convschool
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
"""
PIN = re.compile(r"^(?P<pin>[A-Za-z0-9._-]+==[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))? ?\\?$")
PYTEST = ("pytest", "iniconfig", "pluggy")


def locked(lock: Path) -> list[str]:
    """The pins of a lock file with their markers and without their hashes."""
    found = (PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return [f"{pin['pin']} ; {pin['marker']}" if pin["marker"] else pin["pin"] for pin in found if pin]


def environment(holds: str, pins: list[str]) -> str:
    """The text of an environment file: what it holds in words, and the pins."""
    lines = [f'      - "{pin}"' for pin in [*pins, "-e ./course"]]
    return HEAD.format(holds=holds) + "\n".join(lines) + "\n"


def files(folder: Path) -> dict[Path, str]:
    """The environment files that the locks in `folder` give."""
    learner, grading = locked(folder / "learner.txt"), locked(folder / "grading.txt")
    pytest = [pin for pin in locked(folder / "test.txt") if pin.split("==")[0] in PYTEST]
    return {
        folder.parent / "environment.yml": environment(
            "the course, with nbgrader and pytest", sorted({*grading, *pytest})
        ),
        folder / "learner.yml": environment("what a learner needs", learner),
    }


if __name__ == "__main__":
    for path, text in files(Path(__file__).parent).items():
        path.write_text(text, encoding="utf-8")
