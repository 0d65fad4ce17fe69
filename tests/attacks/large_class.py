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
from collections import Counter
from dataclasses import replace
from pathlib import Path

from classroom import NEIGHBOURS, Classroom, Graded
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
        everybody = [*students, *(one.name for one in honest)]
        without_row = [student for student in students if student.replace("'", "") not in together.rows]
        without_page = [student for student in everybody if not _has_page(together, student)]
        statuses = Counter(together.status(student) for student in students if student not in without_row)
        other = [
            f"{one.name}: {what}"
            for one in honest
            for what in ("rows_of", "database", "executed", "page")
            if getattr(together, what)(one.name) != getattr(alone, what)(one.name)
        ]
    print(f"{len(honest)} honest learners alone: {seconds_alone:.0f} s")
    print(f"with {len(attacks)} hostile ones ({len(students)} submissions): {seconds:.0f} s, exit 0")
    print(f"hostile ones: {', '.join(f'{number} {status}' for status, number in sorted(statuses.items()))}")
    print(f"without a row: {without_row or 'nobody'}; without a page: {without_page or 'nobody'}")
    print(f"honest ones whose row, database, notebook or page is other than without them: {other or 'nobody'}")
    print(f"memory of the grader's own process: {most[0]} MB after a quarter of the time, {most[1]} MB at most")
    print(f"left in TMPDIR: {left or 'nothing'}")
    return int(bool(other or without_row or without_page or left))


def _has_page(graded: Graded, student: str) -> bool:
    try:
        return bool(graded.page(student))
    except OSError:
        return False


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
