"""Grade a large class with hostile learners among it, and print what came of it.

    python tests/attacks/large_class.py [LEARNERS] [HOSTILE]

Honest learners hand in what `classroom.NEIGHBOURS` do, by turns; the hostile ones are entries of the corpus, as many of
each folder as there is room for. The same honest learners are graded alone as well, and what each has is compared.
"""

import itertools
import os
import resource
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from classroom import NEIGHBOURS, Classroom
from corpus import HERE, Entry, read_corpus


def main(learners: int, hostile: int) -> int:
    families: dict[str, list[Entry]] = {}
    for entry in read_corpus(HERE):
        families.setdefault(entry.family, []).append(entry)
    by_turns = itertools.chain.from_iterable(itertools.zip_longest(*families.values()))
    attacks = [entry for entry in by_turns if entry is not None][:hostile]
    honest = [replace(NEIGHBOURS[i % 3], name=f"{NEIGHBOURS[i % 3].name}-{i:04}") for i in range(learners - hostile)]
    with tempfile.TemporaryDirectory() as folder:
        classroom = Classroom(Path(folder))
        alone, seconds_alone, _ = _graded(classroom, honest, "alone")
        together, seconds, most = _graded(classroom, [*honest, *attacks], "together")
        left = [path.name for path in (classroom.folder / "tmp").iterdir()]
        students = [student for attack in attacks for student in attack.students]
        rows = sum(bool(together.rows_of(student)) for student in students)
        pages = sum(bool(together.page(student)) for student in [*students, *(one.name for one in honest)])
        same = sum(
            getattr(together, what)(one.name) == getattr(alone, what)(one.name)
            for one in honest
            for what in ("rows_of", "database", "executed", "page")
        )
    print(f"{len(honest)} honest learners alone: {seconds_alone:.0f} s")
    print(f"with {len(attacks)} hostile ones ({len(students)} submissions): {seconds:.0f} s, exit 0")
    print(f"rows of hostile ones: {rows} of {len(students)}; pages: {pages} of {len(students) + len(honest)}")
    print(f"rows, database, notebooks and pages of the honest that are as without them: {same} of {4 * len(honest)}")
    print(f"memory of the grader's own process: {most[0]} MB after a quarter of the time, {most[1]} MB at most")
    print(f"left in TMPDIR: {left or 'nothing'}")
    return int(same != 4 * len(honest) or rows != len(students) or bool(left))


def _graded(classroom: Classroom, entries: list[Entry], name: str):
    samples, stop = [], threading.Event()

    def watch() -> None:
        while not stop.wait(1):
            samples.append(_grader_mb())

    thread = threading.Thread(target=watch)
    thread.start()
    start = time.monotonic()
    graded = classroom.grade(entries, name, neighbours=False)
    seconds = time.monotonic() - start
    stop.set()
    thread.join()
    return graded, seconds, (max(samples[: len(samples) // 4 + 1], default=0), max(samples, default=0))


def _grader_mb() -> int:
    """Resident memory of the child of ours that grades."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                return int(fields[21]) * resource.getpagesize() >> 20
        except (OSError, IndexError):
            continue
    return 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(numbers + [200, 50][len(numbers) :])))
