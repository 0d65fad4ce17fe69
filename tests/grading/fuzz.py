"""Feed changed bytes to what reads a stranger's: the protocol, the rebuilding of notebooks, archives.

    python tests/grading/fuzz.py [SECONDS]

Guided by coverage: an input that reaches a line which none reached before is kept, and changed further. Each must end
in a value or in the exception that is documented, within `SLOW` seconds of CPU time. Tests run it for a few seconds.
"""

import gzip
import io
import json
import random
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np

from grading.collect import archives
from grading.execute import rebuild, shown, submitted_notebook
from grading.execute.inside import protocol

SLOW = 2.0
WATCHED = tuple(str(Path(module.__file__)) for module in (protocol, rebuild, submitted_notebook, shown, archives))
PIECES = (
    *(b"\0", b"\xff", b'"', b"[", b"]", b"{", b"}", b",", b":", b"\\u0000", b"\\ud800", b"1e999", b"null", b"-1"),
    *(b"99999999999999999999", b'{"t":', b'{"d":', b'{"a":0}', b'{"s":', b'"h"', b"\x93NUMPY\x01\x00", b"<f8", b"(1,)"),
    *(b'"cells"', b'"source"', b'"metadata"', b'"nbformat"', b'"worksheets"', b'"attachments"', b'"image/png"'),
)


@dataclass
class Target:
    """What is fed: `run` on bytes may raise `allowed`; `seeds` are inputs to begin with."""

    name: str
    run: Callable[[bytes], object]
    allowed: tuple[type[Exception], ...]
    seeds: list[bytes]
    reached: set = field(default_factory=set)


def targets() -> list[Target]:
    return [
        Target("protocol", _protocol, (protocol.ProtocolError,), _frames()),
        Target("rebuild", _rebuilder(), (submitted_notebook.InvalidNotebook,), _notebooks()),
        Target("archives", _archive, (archives.Refused,), _archives()),
    ]


def fuzz(target: Target, seconds: float, rng: random.Random) -> tuple[int, list[str]]:
    """How many inputs were tried, and what was found: inputs with what came of them."""
    pool, failures, tried = list(target.seeds), [], 0
    for seed in target.seeds:
        _try(target, seed, failures)
    end = time.process_time() + seconds
    while time.process_time() < end:
        data, tried = _changed(rng.choice(pool), pool, rng), tried + 1
        if _try(target, data, failures) and len(data) < 2**16:
            pool.append(data)
    return tried, failures


def _try(target: Target, data: bytes, failures: list[str]) -> bool:
    """Whether a line was reached that no input had reached."""
    lines: set = set()

    def within(frame, event, argument):
        lines.add((frame.f_code.co_name, frame.f_lineno))
        return within

    def trace(frame, event, argument):
        return within if frame.f_code.co_filename in WATCHED else None

    start = time.process_time()
    sys.settrace(trace)
    try:
        target.run(data)
    except target.allowed:
        pass
    except Exception as error:
        failures.append(f"{target.name}: {type(error).__name__}: {error}: {data[:200]!r}")
    finally:
        sys.settrace(None)
    if time.process_time() - start > SLOW:
        failures.append(f"{target.name}: {time.process_time() - start:.1f} s: {data[:200]!r}")
    new = not lines <= target.reached
    target.reached |= lines
    return new


def _changed(data: bytes, pool: list[bytes], rng: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, kind = rng.randrange(len(result) + 1), rng.randrange(6)
        length = min(rng.choice((1, 2, 8, 64)), len(result) - at)
        if kind == 0 and result:
            result[min(at, len(result) - 1)] = rng.randrange(256)
        elif kind == 1:
            result[at:at] = rng.choice(PIECES)
        elif kind == 2:
            del result[at : at + length]
        elif kind == 3:
            result[at:at] = result[at : at + length] * rng.choice((1, 2, 50))
        elif kind == 4:
            result[at : at + length] = rng.choice(PIECES)
        else:
            other = rng.choice(pool)
            cut = rng.randrange(len(other) + 1)
            result[at : at + length] = other[cut : cut + rng.choice((4, 32, 256))]
    return bytes(result[: 2**17])


def _protocol(data: bytes) -> None:
    text, _, rest = data.partition(b"\0\0")
    try:
        message, heads = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return
    arrays = protocol.split_arrays(heads, rest)

    def unpack(packed, unpacked):
        raise protocol.ProtocolError("foreign")

    protocol.Unpacked(protocol.Foreign(lambda value, packed: {}, unpack), arrays).value(message)


def _frames() -> list[bytes]:
    packed = protocol.Packed(protocol.Foreign(lambda value, packed: {}, lambda packed, unpacked: None), layout=True)
    plain = {"a": [1, 2.5, None, True], (1, 2): {3}}
    value = (plain, np.arange(6.0).reshape(2, 3).T, np.float32(2), 1j, np.zeros(0, bool))
    message = packed.add(value)
    heads = [[one.dtype.str, one.shape] for one in packed.arrays]
    data = b"".join(bytes(protocol._raw(one)) for one in packed.arrays)
    return [json.dumps([message, heads]).encode() + b"\0\0" + data, b"[1, []]\0\0", b"[]\0\0"]


def _rebuilder() -> Callable[[bytes], None]:
    cells = [
        nbformat.v4.new_code_cell("def double(x):\n    pass", id="double", metadata=_about("double", True)),
        nbformat.v4.new_code_cell("check()", id="double-plain", metadata=_about("double-plain", False)),
        nbformat.v4.new_markdown_cell("Write here.", id="why", metadata=_about("why", True)),
    ]
    lesson = nbformat.v4.new_notebook(cells=cells)
    file = Path(tempfile.mkdtemp(prefix="fuzz-"), "ada", "01-small", "01-small.ipynb")
    file.parent.mkdir(parents=True)

    def run(data: bytes) -> None:
        file.write_bytes(data)
        copy = shown.make_harmless(rebuild.rebuild(lesson, lesson, submitted_notebook.read_submission(file)))
        json.dumps(copy).encode()
        assert [cell.id for cell in copy.cells if not cell.id.startswith("extra")] == ["double", "double-plain", "why"]
        assert all(cell.source.startswith(shown.TYPED) for cell in copy.cells if cell.id == "why")

    return run


def _about(name: str, solution: bool) -> dict:
    return {"nbgrader": {"grade_id": name, "solution": solution, "grade": name != "double", "locked": not solution}}


def _notebooks() -> list[bytes]:
    picture = {"a.png": {"image/png": "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSnc"}}
    cells = [
        {"cell_type": "code", "id": "double", "source": ["def double(x):\n", "    pass"], "metadata": {}},
        {"cell_type": "markdown", "id": "why", "source": "Because.", "metadata": {}, "attachments": picture},
        {"cell_type": "code", "id": "mine", "source": "print(1)", "metadata": {}, "outputs": []},
    ]
    four = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    three = {"worksheets": [{"cells": [{"cell_type": "code", "input": "1", "outputs": [], "language": "python"}]}]}
    three |= {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    two = {"worksheets": [{"cells": [{"cell_type": "code", "input": "1"}]}], "nbformat": 2}
    return [json.dumps(one).encode() for one in (four, three, two)]


def _archive(data: bytes) -> None:
    limits = archives.Limits()
    budget = archives.Budget(limits.archive_files, limits.archive_bytes)
    for entry in archives.entries_of(data, "work.zip", limits, budget):
        try:
            entry.read()
        except archives.Refused:
            continue


def _archives() -> list[bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/01-small.ipynb", "{}" * 50)
        archive.writestr("b.txt", "x")
    with tarfile.open(fileobj=tarred, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a/01-small.ipynb", "ü" * 120):
            about = tarfile.TarInfo(name)
            about.size = 4
            archive.addfile(about, io.BytesIO(b"{}{}"))
    return [zipped.getvalue(), tarred.getvalue(), gzip.compress(tarred.getvalue())]


def main(seconds: float, seed: int = 0) -> int:
    bad = 0
    for target in targets():
        tried, failures = fuzz(target, seconds / 3, random.Random(seed))
        print(f"{target.name}: {tried} inputs, {len(target.reached)} lines reached, {len(failures)} found")
        for one in dict.fromkeys(failures):
            print(f"  {one}")
        bad += len(failures)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(*(float(word) for word in sys.argv[1:2] or ["60"]), *(int(word) for word in sys.argv[2:3])))
