"""Inside the sandbox: run a learner's cells, and do what the trusted side asks with a learner's objects.

Everything here is in the learner's hands as soon as the first cell has run; no promise rests on it.

Requests are ``{"do": operation, "args": [...], "kwargs": {...}}``, answered by ``{"value": ...}`` or
``{"error": {...}}``, both with ``"changed"``: what the learner's code changed in the arguments. While an operation
runs, this side may ask back ``{"do": "callback", "function": id, ...}``, answered in the same way.
"""

import builtins
import copy
import operator
import os
import random
import signal
import socket
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

from convschool.repeatable import fill_fresh_memory
from convschool.steps import play_here
from convschool.verdict import _own_line, comes_after_work

from .isolation import OUT_OF_MEMORY
from .protocol import Channel, Ended, Foreign, Packed, Unpacked
from .shell import NotebookShell, plain_outputs


class Learner:
    """Serves one connection from one shell."""

    def __init__(self, channel: Channel, shell: NotebookShell):
        self.channel, self.shell = channel, shell
        self.foreign = Foreign(self._pack, self._unpack)
        self._objects: dict[int, Any] = {}
        self._handles: dict[int, int] = {}
        self._last_handle = 0
        self._guarded, self._interrupted = True, False
        self.operations: dict[str, Callable] = {
            "run": shell.run,
            "run quietly": lambda source: ([], shell.run(source, quietly=True)[1]),
            "names": self._names,
            "call": lambda function, *args, **kwargs: function(*args, **kwargs),
            "getattr": getattr,
            "setattr": setattr,
            "getitem": operator.getitem,
            "setitem": operator.setitem,
            "len": len,
            "iter": iter,
            "next": next,
            "array": np.asarray,
            "deepcopy": copy.deepcopy,
            "isinstance": isinstance,
            "play": play_here,
        }

    def serve(self) -> None:
        """Answer requests until the other side hangs up."""
        signal.signal(signal.SIGINT, self._interrupt)
        try:
            while True:
                self._answer(*self.channel.receive())
        except Ended:
            return

    def _answer(self, request: dict, arrays: list[np.ndarray]) -> None:
        for handle in request.get("released", []):
            self._handles.pop(id(self._objects.pop(handle, None)), None)
        unpacked = Unpacked(self.foreign, arrays)
        args = [unpacked.value(item) for item in request["args"]]
        kwargs = {key: unpacked.value(item) for key, item in request.get("kwargs", {}).items()}
        before = [_snapshot(thing) for thing in unpacked.changeable]
        guarded = self._guarded
        try:
            try:
                self._guarded, self._interrupted = False, False
                result, packed = self._perform(request["do"], args, kwargs)
            finally:
                self._guarded = guarded
        except BaseException as error:
            self._guarded = guarded
            result, packed = {"error": _described(error)}, Packed(self.foreign)
        changed = []
        try:
            for i, (thing, was) in enumerate(zip(unpacked.changeable, before, strict=True)):
                if _differs(thing, was):
                    new = _state(thing) if isinstance(thing, np.random.Generator) else thing
                    changed.append([i, packed.add(new)])
            self.channel.send({**result, "changed": changed}, packed.arrays)
        except (TypeError, ValueError, MemoryError) as error:  # too large, or not JSON
            self.channel.send({"error": _described(error), "changed": []})

    def _perform(self, operation: str, args: list, kwargs: dict) -> tuple[dict, Packed]:
        packed = Packed(self.foreign)
        value = self.operations[operation](*args, **kwargs)
        if operation in ("run", "run quietly"):
            outputs, error = value
            outputs = plain_outputs(outputs, lambda mime, part: isinstance(part, str))
            return {"outputs": outputs, "error": error and type(error).__name__}, packed
        if operation == "array":
            value = np.array(value, subok=False)
            if value.dtype.kind not in "biufc":
                raise TypeError(f"a {type(args[0]).__name__} is not an array of numbers")
        return {"value": packed.add(value)}, packed

    def _names(self, names: list[str]) -> dict:
        namespace = self.shell.user_ns
        return {name: namespace[name] for name in names if name in namespace}

    # a learner's objects go out as handles; the other side's functions come in as callables

    def _pack(self, value: Any, packed: Packed) -> dict:
        if isinstance(value, _Callback):
            return {"f": value.id}
        if id(value) not in self._handles:
            self._last_handle += 1
            self._handles[id(value)], self._objects[self._last_handle] = self._last_handle, value
        kind = type(value)
        can = {
            "c": callable(value),
            "i": hasattr(kind, "__iter__"),
            "n": hasattr(kind, "__next__"),
            "l": hasattr(kind, "__len__"),
            "g": hasattr(kind, "__getitem__"),
        }
        name = getattr(value, "__name__", "") if can["c"] else ""
        return {
            "h": self._handles[id(value)],
            "can": "".join(key for key, able in can.items() if able),
            "name": str(name or kind.__name__)[:80],
        }

    def _unpack(self, packed: dict, unpacked: Unpacked) -> Any:
        if "h" in packed:
            return self._objects[packed["h"]]
        if "f" in packed:
            return _Callback(self, packed["f"], packed["name"])
        if "numpy" in packed:
            return getattr(np, packed["numpy"])
        if "builtin" in packed:
            return getattr(builtins, packed["builtin"])
        if "dtype" in packed:
            return np.dtype(packed["dtype"])
        if "rng" in packed:
            rng = generator(packed["rng"])
            unpacked.changeable.append(rng)
            return rng
        raise KeyError(str(packed))

    def call_back(self, function: int, args: tuple, kwargs: dict) -> Any:
        """Call a function of the other side."""
        packed = Packed(self.foreign)
        request = {
            "do": "callback",
            "function": function,
            "args": [packed.add(item) for item in args],
            "kwargs": {key: packed.add(item) for key, item in kwargs.items()},
        }
        with self._trusted_code():
            self.channel.send(request, packed.arrays)
            while True:
                reply, arrays = self.channel.receive()
                if "do" not in reply:
                    break
                self._answer(reply, arrays)
        if "error" in reply:
            kind = getattr(builtins, reply["error"]["types"][0], None)
            is_exception = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if kind and is_exception else RuntimeError)(reply["error"]["message"])
        return Unpacked(self.foreign, arrays).value(reply["value"])

    # an interrupt ends the learner's code, never a frame half sent

    def _interrupt(self, signum, frame) -> None:
        if self._guarded:
            self._interrupted = True
        else:
            raise KeyboardInterrupt

    @contextmanager
    def _trusted_code(self):
        was, self._guarded = self._guarded, True
        try:
            yield
        finally:
            self._guarded = was
        if self._interrupted and not self._guarded:
            self._interrupted = False
            raise KeyboardInterrupt


class _Callback:
    """A function of the trusted side, as the learner's code meets it."""

    def __init__(self, learner: Learner, id: int, name: str):
        self._learner, self.id, self.__name__ = learner, id, name

    def __call__(self, *args, **kwargs):
        return self._learner.call_back(self.id, args, kwargs)


def generator(state: dict) -> np.random.Generator:
    """A NumPy generator in a given state."""
    bits = getattr(np.random, state["bit_generator"])()
    bits.state = state
    return np.random.Generator(bits)


def _state(rng: np.random.Generator) -> dict:
    return dict(rng.bit_generator.state)


def _snapshot(thing: Any) -> Any:
    if isinstance(thing, np.ndarray):
        return thing.shape, thing.dtype, thing.tobytes()
    return copy.deepcopy(_state(thing)) if isinstance(thing, np.random.Generator) else copy.copy(thing)


def _differs(thing: Any, was: Any) -> bool:
    if isinstance(thing, np.ndarray):
        return (thing.shape, thing.dtype, thing.tobytes()) != was
    if isinstance(thing, np.random.Generator):
        return _state(thing) != was
    if len(thing) != len(was):
        return True
    if isinstance(thing, dict):
        now, then = ([*entries, *entries.values()] for entries in (thing, was))
        return any(a is not b for a, b in zip(now, then, strict=True))
    return any(a is not b for a, b in zip(thing, was, strict=True))


def _described(error: BaseException) -> dict:
    try:
        message, line, after_work = str(error)[:5000], _own_line(error)[:500], comes_after_work(error)
    except BaseException:  # its text is made by the learner's code
        message, line, after_work = "", "", False
    types = [kind.__name__[:80] for kind in type(error).__mro__][:10]
    return {"types": types, "message": message, "line": line, "after_work": after_work}


def serve(talk: socket.socket, shell: NotebookShell) -> None:
    """Serve the connection until it closes, then end the process."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (what a learner draws without a seed is the same each time)
    fill_fresh_memory()
    os.register_at_fork(after_in_child=talk.close)  # only one of two halves can be asked, and answer
    try:
        Learner(Channel(talk), shell).serve()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        os._exit(0)
