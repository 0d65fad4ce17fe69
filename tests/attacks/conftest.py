"""One course for all attacks, with its neighbours graded alone, and with all attacks that were asked for."""

import socket
import subprocess
import threading

import pytest
from classroom import Classroom
from corpus import HERE, LITTER, PORT, Entry, read_corpus

from tests.machine import leave_to_ci


def pytest_addoption(parser):
    parser.addoption("--whole-corpus", action="store_true", help="formgrader opens every attack, not one of each kind")


def pytest_collection_modifyitems(config, items):
    """By hand, and asked for none by name: one attack in four of each folder."""
    attacks = {item: item.callspec.params["attack"] for item in items if "attack" in _parameters(item)}
    names = {
        family: list(dict.fromkeys(one.name for one in attacks.values() if one.family == family))
        for family in {one.family for one in attacks.values()}
    }
    kept = {name for family in names.values() for name in family[::4]}
    leave_to_ci(config, items, [item for item, attack in attacks.items() if attack.name not in kept])


@pytest.fixture(scope="session")
def classroom(tmp_path_factory):
    return Classroom(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def alone(classroom):
    """The neighbours, graded without anybody else."""
    return classroom.grade([], "alone")


@pytest.fixture(scope="session")
def calls():
    """Who calls a port and a socket of this machine's."""
    heard, stop = [], threading.Event()

    def listen(server):
        while not stop.is_set():
            try:
                server.accept()[0].close()
                heard.append(server.getsockname())
            except OSError:
                continue

    servers = [socket.create_server(("127.0.0.1", PORT)), socket.socket(socket.AF_UNIX)]
    servers[1].bind(f"\0{LITTER}-{PORT}")
    servers[1].listen()
    threads = [threading.Thread(target=listen, args=[server]) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.settimeout(0.2)
        thread.start()
    yield heard
    stop.set()
    for server, thread in zip(servers, threads, strict=True):
        thread.join()
        server.close()


@pytest.fixture(scope="session")
def sandboxed(classroom, tmp_path_factory):
    """Nothing of this folder may run on a machine where the grader does not sandbox it."""
    witness = tmp_path_factory.mktemp("outside") / "witness"
    writes = f"open({str(witness)!r}, 'w').write('here')"
    classroom.grade([Entry("probe", "", "writes outside its scratch", extra={"before mean": writes})], "probe")
    if witness.exists():
        pytest.exit("a submission can write outside its scratch: the attacks are not run", 1)


@pytest.fixture(scope="session")
def graded(request, classroom, sandboxed, calls):
    """All attacks that were asked for, in one class."""
    attacks = [_parameters(item).get(name) for item in request.session.items for name in ("attack", "looked_at")]
    bystander = subprocess.Popen(["sleep", "3600"])
    graded = classroom.grade([attack for attack in read_corpus(HERE) if attack in attacks], "attacked")
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    return graded


def _parameters(item) -> dict:
    return item.callspec.params if hasattr(item, "callspec") else {}
