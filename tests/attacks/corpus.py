"""Read the corpus: one TOML file for each notebook that somebody hands in, with what must come of it.

    tries = "..."                what it tries, or what is odd about it, in one sentence
    status = "graded"            how the submission must end
    slow = true                  on a busy machine a cell may run out of time; the marks are the same
    reason = "..."               what the reason must say
    loses = ["double"]           exercises (or parts of them) that must have no marks; all others have full marks
    student = "..."              the name of the student's folder, when that is the attack
    twice = true                 handed in by two students
    stock = "no"                 not tried with stock nbgrader, see stock.py
    answers.double = '''...'''   what stands in an answer cell; the others hold the right answers
    extra."after double" = '''   an extra cell before or after a cell of the lesson
    change = '''...'''           Python that changes `notebook`, a dict, or makes it text, bytes or None (no file);
                                 `folder` is where it is handed in, `cell(id)` finds a cell

Whatever an attack does, its page must not hold what `classroom.Graded.secrets` lists. One that finds such a thing
prints the word that `FOUND` spells.
"""

import copy
import json
import socket
import tomllib
from dataclasses import dataclass, field
from pathlib import Path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


HERE = Path(__file__).parent
PORT = _free_port()  # of this machine: attacks call it, where their file says PORT
LITTER = "convgrade-attack-was-here"  # the name of the files that escaping/ writes wherever it can
LESSON = "target"
EXERCISES = ("mean", "double", "slope", "scaler", "product")
FOUND = "LEA" + "KED"


@dataclass(frozen=True)
class Entry:
    """One file of the corpus."""

    name: str
    family: str
    tries: str
    status: str = "graded"
    slow: bool = False
    reason: str = ""
    loses: tuple[str, ...] = ()
    student: str = ""
    twice: bool = False
    stock: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    change: str = ""

    @property
    def students(self) -> list[str]:
        """The names of the folders it is handed in under."""
        name = self.student or self.name
        return [name, f"{name}-accomplice"] if self.twice else [name]

    def hand_in(self, solved: dict, submissions: Path) -> None:
        """Write its notebook, made of the `solved` one, below `submissions`."""
        for student in self.students:
            folder = submissions / student / LESSON
            folder.mkdir(parents=True)
            notebook = self._notebook(solved, folder)
            file = folder / f"{LESSON}.ipynb"
            if isinstance(notebook, dict):
                notebook = json.dumps(notebook, indent=1)
            if isinstance(notebook, str):
                notebook = notebook.encode()
            if notebook is not None:
                file.write_bytes(notebook)

    def _notebook(self, solved: dict, folder: Path) -> object:
        notebook = copy.deepcopy(solved)

        def cell(id: str) -> dict:
            return next(cell for cell in notebook["cells"] if cell.get("id") == id)

        for exercise, source in self.answers.items():
            cell(exercise)["source"] = source
        for number, (place, source) in enumerate(self.extra.items()):
            where, id = place.split()
            at = notebook["cells"].index(cell(id)) + (where == "after")
            notebook["cells"].insert(at, code_cell(source, f"added-{number}"))
        names = {"notebook": notebook, "folder": folder, "cell": cell, "code_cell": code_cell}
        exec(compile(self.change, f"{self.name}: change", "exec"), names)
        return names["notebook"]


def code_cell(source: str, id: str) -> dict:
    """A code cell that is not one of ours."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": id,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def read_corpus(folder: Path) -> list[Entry]:
    """Every entry below `folder`, by name.

    Raises
    ------
    ValueError
        When a file has a key that means nothing, or two have the same name.
    """
    entries = []
    lesson = folder / "lesson"  # what is attacked
    for file in sorted(set(folder.glob("**/*.toml")) - set(lesson.glob("**/*.toml")), key=lambda file: file.stem):
        described = tomllib.loads(file.read_text(encoding="utf-8").replace("{PORT}", str(PORT)))
        family = file.parent.name if file.parent != folder else ""
        try:
            entry = Entry(file.stem, family, loses=tuple(described.pop("loses", ())), **described)
        except TypeError as error:
            raise ValueError(f"{file}: {error}") from None
        if any(other.name == entry.name for other in entries):
            raise ValueError(f"{file}: there is another {entry.name}")
        unknown = [part for part in entry.loses if part.split("-")[0] not in EXERCISES]
        if unknown or set(entry.answers) - {*EXERCISES, "why"}:
            raise ValueError(f"{file}: the lesson has no exercise {[*unknown, *entry.answers]}")
        entries.append(entry)
    return entries
