"""Set this course up in the folder .venv beside it, and open it in JupyterLab.

python start.py             set up the first time, then open START.ipynb
python start.py --set-up    only set up: for VS Code and other programs that open notebooks
"""

import hashlib
import os
import subprocess
import sys
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, ".venv")
PYTHON = os.path.join(FOLDER, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
READY = os.path.join(FOLDER, "ready")
PIP = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]


def main(words):
    """Set up where that was not done for these requirements, in this place; then open the course."""
    if sys.version_info < (3, 11):  # noqa: UP036 (whoever has an older one should read why)
        return "Python 3.11 or later is needed: see README.md"
    with open(os.path.join(HERE, "requirements.txt"), "rb") as file:
        mark = f"{hashlib.sha256(file.read()).hexdigest()} {HERE}"
    if was_made_for() != mark:
        print("Setting up in .venv: this takes a few minutes, once.", flush=True)
        if not os.path.exists(PYTHON):
            venv.create(FOLDER, with_pip=True)
        subprocess.run([*PIP, "--require-hashes", "-r", "requirements.txt"], cwd=HERE, check=True)
        # setuptools is among the requirements: nothing else is downloaded
        subprocess.run([*PIP, "--no-deps", "--no-build-isolation", "-e", "."], cwd=HERE, check=True)
        with open(READY, "w", encoding="utf-8") as file:
            file.write(mark)
    if "--set-up" in words:
        print("Ready. The notebooks' Python is " + PYTHON)
        return 0
    lab = ["-m", "jupyterlab", "--ServerApp.root_dir=" + HERE, "--LabApp.default_url=/lab/tree/START.ipynb"]
    if os.name != "nt":  # one process: whoever ends this one ends JupyterLab
        os.chdir(HERE)
        os.execv(PYTHON, [PYTHON, *lab, *words])
    return subprocess.call([PYTHON, *lab, *words], cwd=HERE)


def was_made_for():
    """The requirements and the place that .venv was made for; empty where it is not whole."""
    try:
        with open(READY, encoding="utf-8") as file:
            return file.read() if os.path.exists(PYTHON) else ""
    except OSError:
        return ""


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up has failed (above it says why). Run the same command again: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
