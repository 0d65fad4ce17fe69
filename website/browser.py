"""The browser edition: JupyterLite with Python by Pyodide, the lessons, and all that they import, in one folder.

Pyodide gets a lock of our own, cut out of its own: what the lessons need, the kernel's wheels, and `convschool` as one
package more, so that a plain ``import convschool`` in a cell brings it.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat

from grading.lesson.places import COURSE, lesson_names
from website import CACHE, HERE, TOOLS, release
from website.wheels import PYODIDE, Missing, canonical, closure, fetch, plain_wheels, pyodide_lock

RUNTIME = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL_WHEELS = ("ipykernel-", "piplite-", "pyodide_kernel-")
# What the kernel wants before the first cell runs; all of it comes at once, by name from the lock.
FIRST = ["micropip", "piplite", "ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython"]
FONTS = "convschool_fonts"
NEEDS = {
    "convschool": ["numpy", "matplotlib", FONTS, "ipywidgets", "anywidget", "ipython"],
    FONTS: ["matplotlib"],
    "ipywidgets": ["comm", "ipython", "traitlets"],
    "anywidget": ["ipywidgets", "psygnal", "typing_extensions"],
    "piplite": ["micropip"],
    "pyodide_kernel": ["ipython", "ipykernel", "comm", "traitlets"],
}
# JupyterLite 0.6.4 gives up on all cells that wait when one fails, even behind one that says not to (`stop_on_error`).
# Each text stands in its program exactly once, or the build fails.
GO_ON = {
    "content:r});this._sendMessage(i)}async _complete(": (
        "content:{...r,stop_on_error:t.stop_on_error}});this._sendMessage(i)}async _complete("
    ),
    '"error"===e.content.status&&h.cancel()': ('"error"===e.content.status&&!1!==e.content.stop_on_error&&h.cancel()'),
}
# JupyterLab 4.4 takes arrow keys from whatever a cell shows; sliders and the field to draw in keep theirs.
TAKES_KEYS = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"
SCHEMAS = ("all.json", "@jupyterlab/notebook-extension/tracker.json")
KERNEL_EXTENSION = "@jupyterlite/pyodide-kernel-extension"


def build(out: Path) -> None:
    """Build it into the folder `out`, which must not be there yet.

    Raises
    ------
    Missing
        Where something that it needs cannot be had on this machine; says what.
    """
    runtime = build_runtime(CACHE / "pyodide")
    contents = CACHE / "contents"
    write_contents(contents)
    app = CACHE / "app"
    for folder in (app, CACHE / "lite"):
        shutil.rmtree(folder, ignore_errors=True)
    (CACHE / "lite").mkdir(parents=True)
    command = [TOOLS / "jupyter-lite", "build", "--no-sourcemaps", "--no-unused-shared-packages", "--apps=lab"]
    command += [f"--lite-dir={CACHE / 'lite'}", f"--contents={contents}", f"--output-dir={app}"]
    result = subprocess.run(command, cwd=CACHE / "lite", capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise RuntimeError(f"jupyter-lite build failed:\n{result.stdout[-3000:]}{result.stderr[-3000:]}")
    shutil.copytree(runtime, app / "static" / "pyodide")
    _configure(app)
    _go_on_behind_checks(app / "build")
    _leave_keys(app / "build" / "schemas")
    shutil.move(app, out)


def build_runtime(out: Path) -> Path:
    """Pyodide with every wheel that a lesson needs and the lock that names them; also what node runs cells with."""
    pyodide = pyodide_lock()
    version = pyodide["info"]["version"]
    entries = closure(pyodide, ["numpy", "matplotlib", "ipython", "jedi", "ssl", "sqlite3", "micropip"])
    wheels = fetch(entries.values(), version)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in RUNTIME:
        shutil.copy(PYODIDE / name, out)
    for entry in entries.values():
        shutil.copy(wheels / entry["file_name"], out)
    others = [*plain_wheels(), *_kernel_wheels(), _course_wheel(out)]
    for wheel in others:
        if wheel.parent != out:
            shutil.copy(wheel, out)
        entries |= _entry(out / wheel.name)
    lock = pyodide | {"packages": entries}
    _write_lock(out, lock)
    fonts = _font_wheel(out)
    # whoever imports matplotlib gets the list, laid over the wrong one in the wheel once that is unpacked
    entries |= _entry(fonts)
    entries[canonical(FONTS)]["imports"] = entries["matplotlib"]["imports"]
    entries["matplotlib"] = entries["matplotlib"] | {"imports": []}
    _write_lock(out, lock)
    return out


def write_contents(folder: Path) -> None:
    """The files that a learner finds: START and the lessons, each with the release that it is of, and their checks."""
    shutil.rmtree(folder, ignore_errors=True)
    names = [Path("START.ipynb"), *(Path(name) / f"{name}.ipynb" for name in lesson_names())]
    for name in names:
        notebook = nbformat.read(COURSE / name, 4)
        notebook.metadata["convschool"] = {"release": release()}
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        if (COURSE / name).with_name("checks.npz").exists():
            shutil.copy((COURSE / name).with_name("checks.npz"), target.parent)


def _configure(app: Path) -> None:
    """Point the kernel at our Pyodide, and JupyterLab at what a learner needs of it."""
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            # a lesson's packages too, while its first lines are read: else the first cell waits for them
            "packages": [*FIRST, "convschool"],
        },
    }
    file = app / "jupyter-lite.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    data = config["jupyter-config-data"]
    data.setdefault("litePluginSettings", {})[f"{KERNEL_EXTENSION}:kernel"] = (
        data.get("litePluginSettings", {}).get(f"{KERNEL_EXTENSION}:kernel", {}) | kernel
    )
    data["appName"] = "Convolutional networks from scratch"
    data["exposeAppInBrowser"] = True  # for tests
    # One storage for all releases: a learner's work must be there after the site was built anew.
    data["contentsStorageName"] = "convschool"
    data["settingsStorageName"] = "convschool settings"
    data["workspacesStorageName"] = "convschool workspaces"
    data["settingsOverrides"] = json.loads((HERE / "overrides.json").read_text(encoding="utf-8"))
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")


def _go_on_behind_checks(programs: Path) -> None:
    """Let "Run All" go on behind a check that fails, as in JupyterLab.

    Raises
    ------
    RuntimeError
        Where JupyterLite is another than the one that this was written for.
    """
    files = [file for file in programs.glob("*.js") if all(file.read_text("utf-8").count(old) == 1 for old in GO_ON)]
    if len(files) != 1:
        raise RuntimeError("this JupyterLite handles failing cells in another way: look at GO_ON in website/browser.py")
    text = files[0].read_text(encoding="utf-8")
    for old, new in GO_ON.items():
        text = text.replace(old, new)
    files[0].write_text(text, encoding="utf-8")


def _leave_keys(schemas: Path) -> None:
    """Let no shortcut of the notebook take a key from a slider or a field to draw in.

    Raises
    ------
    RuntimeError
        Where JupyterLite's shortcuts are others than those that this was written for.
    """
    for name in SCHEMAS:
        text = (schemas / name).read_text(encoding="utf-8")
        if f'{TAKES_KEYS}"' not in text:
            raise RuntimeError(
                f"this JupyterLite has other shortcuts in {name}: look at TAKES_KEYS in website/browser.py"
            )
        text = text.replace(f'{TAKES_KEYS}"', f'{TAKES_KEYS}:not([role=slider]):not([role=application])"')
        (schemas / name).write_text(text, encoding="utf-8")


def _kernel_wheels() -> list[Path]:
    folder = TOOLS.parent / "share" / "jupyter" / "labextensions" / KERNEL_EXTENSION / "static" / "pypi"
    wheels = [file for start in KERNEL_WHEELS for file in folder.glob(f"{start}*.whl")]
    if len(wheels) != len(KERNEL_WHEELS):
        raise Missing("the site's tools are not installed: make site")
    return wheels


def _course_wheel(folder: Path) -> Path:
    """`convschool` as a wheel."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--wheel-dir", folder, COURSE]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return next(folder.glob("convschool-*.whl"))


def _font_wheel(folder: Path) -> Path:
    """A wheel with the list of Matplotlib's fonts, as Matplotlib makes it in the browser.

    The list inside Pyodide's wheel is of another version, so that Matplotlib would make it anew and say so in red.
    """
    script = [shutil.which("node") or "node", HERE / "node" / "fonts.mjs", folder]
    result = subprocess.run(script, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode:
        raise Missing(f"node could not start Pyodide: {result.stderr.strip()[-300:]}")
    fonts = json.dumps(json.loads(result.stdout))
    return _wheel(folder, FONTS, {f"{FONTS}/__init__.py": "", "matplotlib/fontlist.json": fonts})


def _wheel(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A wheel of pure Python with these files, the same bytes each time."""
    about = f"{name}-1.dist-info"
    files = files | {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: website\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={_record_hash(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{about}/RECORD"] = "\n".join([*lines, f"{about}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text)
    return wheel


def _record_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _entry(wheel: Path) -> dict[str, dict]:
    """What the lock says of a wheel of pure Python."""
    name, version = wheel.name.split("-")[:2]
    return {
        canonical(name): {
            "name": name,
            "version": version,
            "file_name": wheel.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": [name],
            "depends": NEEDS.get(name, []),
            "unvendored_tests": False,
        }
    }


def _write_lock(folder: Path, lock: dict) -> None:
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
