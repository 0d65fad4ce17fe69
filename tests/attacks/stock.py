"""Grade the corpus with stock nbgrader, and put what came of it beside what comes of it here: docs/attacks.md.

Run it with ``python tests/attacks/stock.py [NAME ...]``. It is not part of the tests: each attack is one run of
``nbgrader autograde`` on two submissions, the attack's and a neighbour's who answers everything. All of that
happens in a bubblewrap without a network; attacks that would take the machine down even so say ``stock = "no"``.
It takes half an hour. What was found stays in ``work/stock.jsonl``, and what is there is not tried again.
"""

import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from classroom import Classroom
from corpus import FOUND, HERE, LESSON, LITTER, PORT, Entry, read_corpus

HONEST = HERE.parent / "honest"
PAGE = HERE.parents[1] / "docs" / "attacks.md"
BEGIN, END = "<!-- made by tests/attacks/stock.py -->\n", "<!-- end -->\n"
FOUND_SO_FAR = HERE.parents[1] / "work" / "stock.jsonl"
NEIGHBOUR = Entry("zz-neighbour", "", "answers everything")
FULL_MARKS = 9  # without the written answer
FIRST = ("forging", "tampering", "leaking", "beside", "")
SECONDS = 10
TOO_LONG = 150
MEMORY = 4 * 2**30
CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.submitted_directory = "work/submitted"
c.CourseDirectory.autograded_directory = "work/autograded"
c.CourseDirectory.db_url = "sqlite:///work/gradebook.db"
"""
MARKS = """
select base_cell.name, auto_score from grade
join base_cell on base_cell.id = grade.cell_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
where submitted_assignment.student_id = ? and base_cell.name != 'why'
"""


def main(names: list[str]) -> None:
    """Grade the entries called `names`, or all, and write the page's table anew."""
    FOUND_SO_FAR.parent.mkdir(exist_ok=True)
    FOUND_SO_FAR.touch()
    done = {json.loads(line)["name"] for line in FOUND_SO_FAR.read_text().splitlines()}
    entries = [entry for entry in (*read_corpus(HERE), *read_corpus(HONEST)) if entry.stock != "no"]
    entries.sort(key=lambda entry: FIRST.index(entry.family) if entry.family in FIRST else len(FIRST))
    names = [name for name in names or [entry.name for entry in entries] if name not in done]
    with tempfile.TemporaryDirectory() as scratch:
        results = str(FOUND_SO_FAR)
        box = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev"]
        box += ["--proc", "/proc", "--tmpfs", "/tmp", "--bind", scratch, scratch, "--bind", results, results]
        box += ["--setenv", "HOME", f"{scratch}/home"]
        subprocess.run([*box, sys.executable, __file__, "--inside", scratch, *names], check=True)
    found = [json.loads(line) for line in FOUND_SO_FAR.read_text().splitlines()]
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(
        head + BEGIN + table({each["name"]: each for each in found}) + END + rest.split(END)[1], encoding="utf-8"
    )


def table(tried: dict[str, dict]) -> str:
    """The corpus as a table in Markdown, and a sentence about the honest."""
    attacks, honest = read_corpus(HERE), read_corpus(HONEST)
    rows = [
        f"| {each.family}/{each.name} | {each.tries} | {stock_words(tried.get(each.name))} | {our_words(each)} |"
        for each in sorted(attacks, key=lambda each: (each.family, each.name))
    ]
    results = [tried[entry.name] for entry in attacks if entry.name in tried]
    tried_honest = sum(entry.name in tried for entry in honest)
    names = [entry.name for entry in honest if tried.get(entry.name, {}).get("lost")]
    counts = [
        f"{len(attacks)} attacks, of which {len(results)} were tried with stock nbgrader. There, "
        f"{sum(bool(each['forged']) for each in results)} got marks without an answer, "
        f"{sum(bool(each['found']) for each in results)} found something that they must not see, "
        f"{sum(bool(each['neighbour']) for each in results)} cost a neighbour marks, "
        f"{sum(bool(each['left']) for each in results)} left a process behind, and "
        f"{sum(bool(each['no_end']) for each in results)} ended the batch or kept it from ending. Here none does.\n",
        f"Of {tried_honest} odd but honest notebooks that were tried, {len(names)} lose marks there: "
        f"{', '.join(names)}. "
        "Here none does.\n",
    ]
    head = ["| attack | what it tries | stock nbgrader | here |", "|---|---|---|---|"]
    return "\n".join([*counts, *head, *rows]) + "\n\n"


def stock_words(result: dict | None) -> str:
    """What came of an attack with stock nbgrader."""
    if result is None:
        return "not tried"
    words = []
    if result["forged"]:
        words.append("**marks without an answer**")
    if result["found"]:
        words.append("**finds what it looks for**")
    if result["neighbour"]:
        words.append("**the neighbour loses marks**")
    if result["left"]:
        words.append("**a process is left**")
    if result["no_end"]:
        words.append("**the batch ends with an error**" if result["no_end"] == "error" else "**the batch hangs**")
    if result["unmarked"] and not result["forged"]:
        words.append("no marks at all")
    return ", ".join(words) or "nothing gained"


def our_words(entry: Entry) -> str:
    if entry.status == "invalid":
        return "invalid: refused with the reason"
    return f"{entry.status}; " + (f"no marks for {', '.join(entry.loses)}" if entry.loses else "unharmed")


def inside(scratch: Path, names: list[str]) -> None:
    """In the bubblewrap: grade each entry in a course of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _listen()
    course = scratch / "course"
    course.mkdir()
    classroom = Classroom(course)
    (course / "work").mkdir()
    (course / "nbgrader_config.py").write_text(CONFIG)
    _nbgrader(course, "generate_assignment", LESSON, "--force", "--create")
    entries = {entry.name: entry for entry in (*read_corpus(HERE), *read_corpus(HONEST))}
    for entry in map(entries.get, names):
        copy = scratch / "tried"
        shutil.copytree(course, copy, symlinks=True)
        with open(FOUND_SO_FAR, "a", encoding="utf-8") as file:
            file.write(json.dumps(tried(entry, classroom, copy)) + "\n")
        print(entry.name, flush=True)
        shutil.rmtree(copy, ignore_errors=True)


def tried(entry: Entry, classroom: Classroom, course: Path) -> dict:
    """What came of one entry, and of the neighbour who is graded after it."""
    for each in (entry, NEIGHBOUR):
        each.hand_in(classroom.solved, course / "work" / "submitted")
    ended = _nbgrader(course, "autograde", LESSON, "--create", "--force", f"--Execute.timeout={SECONDS}")
    student = entry.students[0]
    with sqlite3.connect(course / "work" / "gradebook.db") as book:
        automatic, neighbours = (
            {part: score or 0 for part, score in book.execute(MARKS, [each])} for each in (student, NEIGHBOUR.name)
        )
    forged = [part for part, score in automatic.items() if score and part.split("-")[0] in entry.loses]
    executed = course / "work" / "autograded" / student / LESSON / f"{LESSON}.ipynb"
    return {
        "name": entry.name,
        "forged": forged,
        "lost": sum(automatic.values()) < FULL_MARKS,
        "unmarked": not any(automatic.values()),
        "found": executed.exists() and FOUND in executed.read_text(encoding="utf-8", errors="replace"),
        "neighbour": sum(neighbours.values()) < FULL_MARKS,
        "left": _left(),
        "no_end": ended,
    }


def _nbgrader(course: Path, *words: str) -> str:
    """Run a command of nbgrader's; "" when it ended well, else "error" or "never"."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{course}:{course / 'course'}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    try:
        result = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=course,
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TOO_LONG,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "never"
    return "error" if result.returncode else ""


def _left() -> bool:
    """Whether a process of the attack lives on; it is ended."""
    left = False
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ")
            if b"sleep 86397" in command or b"ipykernel" in command:
                left |= b"sleep 86397" in command
                os.kill(int(path.parent.name), 9)
        except OSError:
            continue
    return left


def _listen() -> None:
    """Answer the calls of escaping/network, as other programs of a machine would."""
    servers = [socket.create_server(("127.0.0.1", PORT)), socket.socket(socket.AF_UNIX)]
    servers[1].bind(f"\0{LITTER}-{PORT}")
    servers[1].listen()

    def answer(server: socket.socket) -> None:
        while True:
            server.accept()[0].close()

    for server in servers:
        threading.Thread(target=answer, args=[server], daemon=True).start()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]), sys.argv[3:])
    else:
        main(sys.argv[1:])
