"""Write environment.yml from a learner's locked versions, so that conda ends in the same ones."""

import re
from pathlib import Path

HEAD = """# Written by requirements/lock: what a learner needs, in the versions of requirements/learner.txt, for conda.
name: convschool
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
"""
PIN = re.compile(r"^(?P<pin>[A-Za-z0-9._-]+==[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))? ?\\?$")


def locked(lock: Path) -> list[str]:
    """The pins of a lock file with their markers and without their hashes."""
    found = (PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return [f"{pin['pin']} ; {pin['marker']}" if pin["marker"] else pin["pin"] for pin in found if pin]


def environment(lock: Path) -> str:
    """The text of environment.yml."""
    lines = [f'      - "{pin}"' for pin in [*locked(lock), "-e ./course"]]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    folder = Path(__file__).parent
    (folder.parent / "environment.yml").write_text(environment(folder / "learner.txt"), encoding="utf-8")
