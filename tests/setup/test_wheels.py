"""The wheels of the browser edition: by the sha256 of a lock, from wherever they can be had."""

import hashlib

import pytest

from website import wheels


def entry(name, content, *depends):
    digest = hashlib.sha256(content).hexdigest()
    return {"name": name, "file_name": f"{name}-1.whl", "sha256": digest, "depends": list(depends)}


LOCK = {"packages": {"big": entry("big", b"big", "Small_One"), "small-one": entry("small", b"small"),
                     "other": entry("other", b"other")}}  # fmt: skip


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """A cache of one's own, and no network."""
    monkeypatch.setattr(wheels, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(wheels, "_from_carrier", lambda lacking, version: iter(()))
    monkeypatch.setattr(wheels, "_from_release", lambda lacking, version: iter(()))
    monkeypatch.setenv("WHEELS", str(tmp_path))


def test_what_a_package_depends_on_comes_with_it():
    assert set(wheels.closure(LOCK, ["big"])) == {"big", "small-one"}


def test_wheels_come_from_a_folder_and_are_kept(tmp_path, monkeypatch):
    (tmp_path / "big-1.whl").write_bytes(b"big")
    (tmp_path / "small-1.whl").write_bytes(b"small")
    entries = list(wheels.closure(LOCK, ["big"]).values())
    folder = wheels.fetch(entries, "1")
    assert (folder / "big-1.whl").read_bytes() == b"big"
    monkeypatch.delenv("WHEELS")
    assert wheels.fetch(entries, "1") == folder


def test_a_wheel_with_other_bytes_is_refused(tmp_path):
    (tmp_path / "big-1.whl").write_bytes(b"big, and more")
    (tmp_path / "small-1.whl").write_bytes(b"small")
    with pytest.raises(wheels.Missing, match="big-1.whl"):
        wheels.fetch(wheels.closure(LOCK, ["big"]).values(), "1")
    assert not (tmp_path / "cache" / "wheels" / "big-1.whl").exists()


def test_one_that_was_changed_in_the_cache_is_fetched_anew(tmp_path):
    (tmp_path / "small-1.whl").write_bytes(b"small")
    entries = [LOCK["packages"]["small-one"]]
    kept = wheels.fetch(entries, "1") / "small-1.whl"
    kept.write_bytes(b"changed")
    assert wheels.fetch(entries, "1") and kept.read_bytes() == b"small"


def test_without_wheels_the_site_builds_and_says_what_is_left_out(tmp_path, monkeypatch, capsys):
    from website import __main__ as build

    monkeypatch.setattr(build, "OUT", tmp_path / "site")
    monkeypatch.setattr(build.reading, "build", lambda out, learn, answers: (out / "index.html").write_text(str(learn)))

    def lacks(out):
        raise wheels.Missing("npm brought nothing")

    monkeypatch.setattr(build.browser, "build", lacks)
    build.main()
    assert (tmp_path / "site" / "index.html").read_text() == "False"
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "The browser edition is left out: npm brought nothing."
    assert str(tmp_path / "site") in last
