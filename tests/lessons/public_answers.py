"""The answers of other people in `tests/lessons/public/`: one TOML file an exercise, one table an answer.

They are read in public code, posts and courses, and retyped, in words and names of our own. Keys of a file:

    lesson     the exercise's lesson; the exercise's id is the file's name
    judge      "pytorch", the default: tests/oracle/test_public_oracle.py proves `wrong` with PyTorch;
               or "contract": PyTorch has no such function

Keys of an answer:

    seen       where answers of this form are found
    code       the source that is put into the answer cell
    wrong      the parts in which its results are not PyTorch's, or it raises
    against    the rule of the contract that it breaks, whatever its numbers are
    loses      the parts that this costs

An answer without `wrong` and `against` is right: each check accepts it.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "public"
KEYS = {"seen", "code", "wrong", "against", "loses"}


@dataclass(frozen=True)
class PublicAnswer:
    """One answer, and what is said of it. `wrong` and `loses` are names of parts."""

    lesson: str
    exercise: str
    id: str
    seen: str
    code: str
    judge: str
    wrong: frozenset[str]
    against: str
    loses: frozenset[str]

    @property
    def is_right(self) -> bool:
        return not self.wrong and not self.against


def public_answers() -> list[PublicAnswer]:
    """All of them, in the order of files and tables.

    Raises
    ------
    ValueError
        When a table has a key that means nothing, or says nothing of where the answer was seen.
    """
    answers = []
    for path in sorted(FOLDER.glob("*.toml")):
        described = tomllib.loads(path.read_text(encoding="utf-8"))
        lesson, judge = described.pop("lesson"), described.pop("judge", "pytorch")
        for key, table in described.items():
            has_known_keys = {"seen", "code"} <= table.keys() <= KEYS
            if not has_known_keys or ("against" in table) != ("loses" in table):
                raise ValueError(f"{path.name}: {key}: its keys are {', '.join(table)}")
            wrong, loses = (frozenset(table.get(word, "").split()) for word in ("wrong", "loses"))
            against = table.get("against", "")
            answers.append(
                PublicAnswer(lesson, path.stem, key, table["seen"], table["code"], judge, wrong, against, loses)
            )
    return answers
