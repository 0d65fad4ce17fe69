"""Whatever bytes a learner's process sends, the trusted side records a failed call, in bounded time."""

import builtins
import json
import socket
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.execute.inside.protocol import HEAD
from grading.execute.session import LearnersError, ProcessEnded, Proxy, Session, TimeLimit


class FakeSandbox:
    """Answers the first request with fixed bytes, then hangs up; remembers that it was killed."""

    def __init__(self, answer: bytes, hang_up: bool = True):
        self.talk, self._theirs = socket.socketpair()
        self.killed = self.interrupted = False
        self._thread = threading.Thread(target=self._answer, args=(answer, hang_up), daemon=True)
        self._thread.start()

    def _answer(self, answer: bytes, hang_up: bool) -> None:
        try:
            self._theirs.recv(2**20)
            self._theirs.sendall(answer)
            if hang_up:
                self._theirs.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def interrupt(self) -> None:
        self.interrupted = True

    def end(self) -> None:
        self.killed = True
        self.talk.close()

    def ending(self, seconds: float) -> str:
        return "ended"

    def close(self) -> None:
        self.talk.close()
        self._theirs.close()
        self._thread.join(5)


def frame(message, data=b"") -> bytes:
    text = json.dumps(message).encode()
    return HEAD.pack(len(text), len(data)) + text + data


def plain(value) -> bool:
    if isinstance(value, list | tuple | set):
        return all(map(plain, value))
    if isinstance(value, dict):
        return all(plain(item) for pair in value.items() for item in pair)
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "biufc"
    return value is None or isinstance(value, Proxy) or type(value) in (bool, int, float, complex, str)


def outcome(answer: bytes):
    """What a call gives when the process answers so: plain data, or one of three kinds of exception."""
    sandbox = FakeSandbox(answer)
    session = Session(sandbox)
    session.start_cell("the cell", time.monotonic() + 5)
    argument = np.zeros(3)
    try:
        value = session.operate("call", argument, [1], print)
        assert plain(value)
        return value
    except (LearnersError, TimeLimit, ProcessEnded) as error:
        assert not isinstance(error, ProcessEnded) or (session.over and sandbox.killed and session.reason)
        return error
    finally:
        assert argument.shape == (3,) and argument.dtype == float
        sandbox.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "n", "t", "d", "s", "c", "h", "f", "can", "name", "rng", "strides"]), inner
        )
    ),
    max_leaves=20,
)
words = st.sampled_from(
    ["value", "error", "changed", "do", "outputs", "function", "args", "kwargs", "types", "message", "line"]
)
messages = st.dictionaries(words, json_values | st.sampled_from(["callback", [], {}]), max_size=6)
replies = messages.map(lambda message: {"changed": [], **message})
errors = st.builds(lambda inner: {"changed": [], "error": inner}, messages)
callbacks = st.builds(lambda inner: {"do": "callback", "args": [], "kwargs": {}, **inner}, messages)


@settings(deadline=None, max_examples=200)
@given(messages | replies | errors | callbacks, st.binary(max_size=40))
def test_any_message_is_a_value_or_a_failed_call(message, data):
    outcome(frame(message, data))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_failed_call(data):
    assert isinstance(outcome(data), ProcessEnded)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=20) | st.sampled_from(dir(builtins)), max_size=12), st.text(), st.text())
def test_any_exception_is_an_exception_whose_base_is_harmless(types, message, line):
    error = outcome(frame({"error": {"types": types, "message": message, "line": line}, "changed": []}))
    assert isinstance(error, LearnersError)
    assert not isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)
    assert str(error) == message.encode("utf-8", "replace").decode()[:5000]


EXCEPTIONS = {kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException)}


@pytest.mark.parametrize("kind", sorted(EXCEPTIONS - {BaseException}, key=lambda kind: kind.__name__))
def test_every_built_in_exception_can_be_raised_by_a_learner(kind):
    for types in ([kind.__name__], ["Mine", kind.__name__]):
        error = outcome(frame({"error": {"types": types, "message": "why", "line": ""}, "changed": []}))
        assert isinstance(error, LearnersError) and type(error).__name__ == types[0] and str(error) == "why"
        if issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup):
            assert isinstance(error, kind)


@pytest.mark.parametrize(
    "message",
    [
        {"value": {"h": 1, "can": "c", "name": "f"}},  # good, but without "changed"
        {"value": {"h": [1], "can": "c", "name": "f"}, "changed": []},
        {"value": {"h": 1, "can": "cx", "name": "f"}, "changed": []},
        {"value": {"f": 12345}, "changed": []},
        {"value": {"rng": {}}, "changed": []},
        {"value": {"numpy": "load"}, "changed": []},
        {"value": {"builtin": "eval"}, "changed": []},
        {"value": 1, "changed": [[0, {"d": []}]]},
        {"value": 1, "changed": [[99, []]]},
        {"value": 1, "changed": [[1, 5]]},
        {"do": "callback", "function": 1, "args": ["rm -rf"], "kwargs": {}},
        {"do": "callback", "function": "print", "args": [], "kwargs": {}},
        {"do": "call", "args": []},
        {"error": {"types": [[]], "message": "", "line": ""}, "changed": []},
        {"error": {"types": [], "message": 3, "line": ""}, "changed": []},
    ],
)
def test_a_message_that_makes_no_sense_ends_the_process(message):
    error = outcome(frame(message))
    assert isinstance(error, ProcessEnded | LearnersError)


def test_a_process_that_does_not_answer_is_interrupted_and_then_killed():
    sandbox = FakeSandbox(b"", hang_up=False)
    session = Session(sandbox)
    start = time.monotonic()
    session.start_cell("cell 3", start + 0.2)
    with pytest.raises(ProcessEnded):
        session.operate("call", 1)
    assert sandbox.interrupted and sandbox.killed
    assert time.monotonic() - start < 4
    assert (session.status, session.reason) == ("timed-out", "cell 3: took too long")
    with pytest.raises(ProcessEnded):
        session.operate("call", 1)


def test_an_endless_stream_of_callbacks_comes_to_an_end():
    ours, theirs = socket.socketpair()
    sandbox = FakeSandbox(b"", hang_up=False)
    sandbox.talk = ours
    session = Session(sandbox)
    session.start_cell("the cell", time.monotonic() + 0.5)
    request = frame({"do": "callback", "function": id(len), "args": [[1]], "kwargs": {}})

    def flood():
        try:
            while True:
                theirs.sendall(request)
        except OSError:
            return

    def drain():
        try:
            while theirs.recv(65536):
                pass
        except OSError:
            return

    threading.Thread(target=flood, daemon=True).start()
    threading.Thread(target=drain, daemon=True).start()
    start = time.monotonic()
    with pytest.raises((ProcessEnded, TimeLimit)):
        session.operate("call", len)
    assert time.monotonic() - start < 6
    theirs.close()
