"""A PostgreSQL of the tests' own, from Debian's package, and the small course of the grader's tests."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.machine import lacking

sys.path.insert(0, str(Path(__file__).parents[1] / "grading"))
NOBODY = 65534


class Server:
    """A server on a free port of 127.0.0.1 that asks for a password, and sorts text as people do, not by code."""

    def __init__(self, programs: Path, folder: Path):
        self.password, self._number = secrets.token_hex(16), 0
        # PostgreSQL does not run as root
        self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            os.chown(folder, NOBODY, NOBODY)
        (folder / "password").write_text(self.password)
        (folder / "password").chmod(0o644)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        how = ["--username=grader", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--encoding=UTF8"]
        sorting = ["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]
        command = [programs / "initdb", "--no-sync", "-D", folder / "data", *how, *sorting]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **self._user)
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        words = [word for setting in settings for word in ("-c", setting)]
        with open(folder / "log", "w") as log:
            started = [programs / "postgres", "-D", folder / "data", *words]
            self._process = subprocess.Popen(started, cwd=folder, stdout=log, stderr=log, **self._user)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.run("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "log").read_text()) from None
                time.sleep(0.1)

    def url(self, database: str = "postgres", password: str | None = None, port: int | None = None) -> str:
        return f"postgresql+psycopg://grader:{password or self.password}@127.0.0.1:{port or self.port}/{database}"

    def run(self, query: str, database: str = "postgres") -> list[tuple]:
        address = self.url(database).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """The address of an empty one."""
        self._number += 1
        self.run(f"CREATE DATABASE class{self._number}")
        return self.url(f"class{self._number}")

    def end(self) -> None:
        self._process.send_signal(signal.SIGINT)  # do not wait for clients
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="session")
def server():
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        lacking("PostgreSQL is not here: apt-get install --no-install-recommends postgresql")
    folder = Path(tempfile.mkdtemp(prefix="convgrade-postgres-"))
    try:
        started = Server(programs[-1].parent, folder)
        try:
            yield started
        finally:
            started.end()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def course(tmp_path, monkeypatch):
    from small_course import SmallCourse

    return SmallCourse(tmp_path, monkeypatch)
