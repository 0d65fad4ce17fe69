"""Train all 64 networks of lesson 08 from scratch, several times each, and write what came of it.

    nice python solutions/08-weight-sharing/make_table.py

writes ``course/convschool/search64.npz``: for each child and seed, how many of 500 validation images and of 3,000 test
images it gets right; and for ten trainings with shared weights, how many validation images each child gets right with
them. The code that trains is the lesson's own: it is read from the text. Runs of one seed are the same on one machine;
other processors differ in single images.
"""

import ast
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "course" / "convschool" / "search64.npz"
SEEDS = 8
SHARED_SEEDS = 10
NEEDED = {
    "SPACE", "TEST", "VALIDATION", "draw_uniform", "net_forward", "shared_scores", "tiles_and_labels", "train_alone",
    "train_shared",
}  # fmt: skip
SHARED_EPOCHS = 20


@lru_cache(1)
def lesson_names() -> dict[str, Any]:
    """What the lesson's cells define, with its answers, as far as `NEEDED` needs it."""
    sys.path.insert(0, str(HERE.parents[1]))
    from grading.lesson.text import read_text

    bodies: dict[str, ast.stmt] = {}
    imports = []
    for cell in read_text(HERE / "08-weight-sharing.md"):
        if cell.kind not in ("ours", "answer"):
            continue
        for statement in ast.parse(cell.source).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                imports.append(statement)
            for name in _bound(statement):
                bodies[name] = statement
    wanted, open_ = set(), set(NEEDED)
    while open_:
        name = open_.pop()
        wanted.add(name)
        used = {node.id for node in ast.walk(bodies[name]) if isinstance(node, ast.Name)}
        open_ |= (used & bodies.keys()) - wanted
    order = list(bodies.values())
    statements = sorted({id(bodies[n]): bodies[n] for n in wanted}.values(), key=order.index)
    names: dict[str, Any] = {}
    for statement in imports:
        exec(compile(ast.Module([statement], []), "<lesson 08>", "exec"), names)
    names["yours"] = lambda lesson, name, given: given  # nobody's notebook may change the table
    for statement in statements:
        exec(compile(ast.Module([statement], []), "<lesson 08>", "exec"), names)
    return names


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def right_answers(choices: tuple[int, ...], seed: int) -> tuple[int, int]:
    """Train one child from scratch: how many validation and test images it then gets right."""
    lesson = lesson_names()
    weights = lesson["train_alone"](choices, seed)
    tiles, labels = lesson["tiles_and_labels"]()
    right = []
    for where in (lesson["VALIDATION"], lesson["TEST"]):
        scores, _ = lesson["net_forward"](weights, choices, tiles[..., where])
        right.append(int((scores.argmax(axis=1) == labels[where]).sum()))
    return right[0], right[1]


def shared_right_answers(seed: int) -> np.ndarray:
    """Train one set of weights for all children: how many validation images each of them then gets right."""
    lesson = lesson_names()
    shared = lesson["train_shared"](seed, SHARED_EPOCHS, lesson["draw_uniform"])
    return np.round(500 * lesson["shared_scores"](shared)).astype(np.int16)


def write(choices: np.ndarray, validation: np.ndarray, test: np.ndarray, shared: np.ndarray) -> None:
    """Write the table."""
    arrays = {"choices": choices, "validation_right": validation, "test_right": test, "shared_right": shared}
    with open(TABLE, "wb") as file:
        np.savez_compressed(file, **arrays)


def main() -> None:
    start = time.process_time()
    space = lesson_names()["SPACE"]
    shared = np.array([shared_right_answers(seed) for seed in range(SHARED_SEEDS)])
    print(f"shared weights, {SHARED_SEEDS} times {SHARED_EPOCHS} epochs: {time.process_time() - start:.0f} s of CPU")
    counts = np.zeros((2, len(space), 0), np.int16)
    for seed in range(SEEDS):
        column = np.array([right_answers(choices, seed) for choices in space], np.int16).T
        counts = np.concatenate([counts, column[:, :, None]], axis=2)
        write(np.array(space, np.int8), *counts, shared)  # after each seed: what is there can be used
        print(f"seed {seed}: mean test accuracy {column[1].mean() / 3000:.4f}", flush=True)
    seconds = time.process_time() - start
    print(f"{len(space) * SEEDS} trainings took {seconds:.0f} s of CPU; wrote {TABLE}")


if __name__ == "__main__":
    main()
