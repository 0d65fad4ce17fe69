"""The trusted end of a conversation with a learner's process: stand-ins for the learner's objects, and time.

A `Proxy` looks to the code of a marked cell like the learner's function, class or object. What is done with it is
done in the sandbox, and what comes back is plain data or another proxy. Whatever goes wrong there is an exception
here, raised where the learner's code was called.
"""

import builtins
import math
import operator
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from grading.execute.inside.protocol import (
    Channel,
    Ended,
    Foreign,
    Packed,
    ProtocolError,
    TooLate,
    Unpacked,
    valid_text,
)
from grading.execute.sandbox import Sandbox

GRACE_SECONDS = 2.0  # between the interrupt and the end
HEARD_SECONDS = 0.1  # from a request to the first interrupt: one that comes before the code runs is lost
MOST_CALLBACKS = 1_000_000  # of one cell
DEEPEST_CALLS = 40  # a callback may call the learner's code again, and so on


class OutOfReach(Exception):
    """The learner's code can give no answer."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class TimeLimit(OutOfReach):
    """The learner's code took longer than a cell may."""


class ProcessEnded(OutOfReach):
    """The learner's process is no longer there."""


class Session:
    """Everything that is asked of one learner's process.

    `status` and `reason` say how it went so far; `deadline`, a value of ``time.monotonic()``, holds for all that
    is asked until it is set again.
    """

    def __init__(self, sandbox: Sandbox):
        self.sandbox, self.channel = sandbox, Channel(sandbox.talk)
        self.status, self.reason = "graded", ""
        self.deadline = math.inf
        self.place = ""
        self.over = False
        self._foreign = Foreign(self._pack, self._unpack)
        self._proxies: WeakValueDictionary[int, Proxy] = WeakValueDictionary()
        self._released: set[int] = set()
        self._functions: dict[int, Callable] = {}
        self._depth = self._callbacks = 0

    def start_cell(self, place: str, deadline: float) -> None:
        """What is asked from now on is for the cell called `place`, and has until `deadline`."""
        self.place, self.deadline, self._callbacks = place, deadline, 0

    def run(self, source: str, quietly: bool = False) -> tuple[list, str]:
        """Run a cell there: its outputs as they came, not yet to be believed, and the name of the exception.

        Raises
        ------
        TimeLimit, ProcessEnded
        """
        reply = self._ask("run quietly" if quietly else "run", (source,), {})
        if "outputs" not in reply:
            raise self.end("crashed", f"{self.place}: the process broke the protocol")
        error = reply.get("error")
        if error == "MemoryError":
            self._note("out-of-memory", f"{self.place}: there was not enough memory")
        return reply["outputs"], error if isinstance(error, str) else ""

    def names(self, names: list[str]) -> dict[str, Any]:
        """Those of `names` that the learner's code has bound, with their values or proxies of them."""
        values = self.operate("names", names)
        if not isinstance(values, dict):
            raise self.end("crashed", f"{self.place}: the process broke the protocol")
        return {name: values[name] for name in names if name in values}

    def operate(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """Do something with a learner's object and return the result.

        Raises
        ------
        Exception
            What the learner's code raised: of the nearest built-in class, with the names of its own classes.
        TimeLimit, ProcessEnded
        TypeError
            When an argument cannot cross.
        """
        return self._ask(operation, args, kwargs)["value"]

    def _ask(self, operation: str, args: tuple, kwargs: dict) -> dict:
        packed = Packed(self._foreign, layout=True)
        request = {
            "do": operation,
            "args": [packed.add(item) for item in args],
            "kwargs": {key: packed.add(item) for key, item in kwargs.items()},
        }
        if self._released:
            request["released"] = sorted(self._released)
            self._released.clear()
        if self.over:
            raise ProcessEnded("the learner's process has ended before")
        if time.monotonic() >= self.deadline:
            self._note("timed-out", f"{self.place}: took too long")
            raise TimeLimit("your code took longer than a cell may")
        if self._depth >= DEEPEST_CALLS:
            raise RecursionError("functions given as arguments call each other too deeply")
        self._depth += 1
        try:
            return self._exchange(request, packed)
        except (LearnersError, TimeLimit, ProcessEnded):
            raise
        except Exception as error:  # whatever a message that makes no sense leads to
            raise self._broken(error) from None
        except BaseException:  # the alarm of `run_pass`, in the middle of an exchange
            self.end("timed-out", f"{self.place}: took too long")
            raise
        finally:
            self._depth -= 1

    def _exchange(self, request: dict, packed: Packed) -> dict:
        try:  # a deadline that passes meanwhile is no fault of the process
            self.channel.send(request, packed.arrays, self.deadline + GRACE_SECONDS)
        except TooLate:
            raise self.end("timed-out", f"{self.place}: it did not listen") from None
        deadline, late = max(self.deadline, time.monotonic() + HEARD_SECONDS), False
        while True:
            try:
                reply, arrays = self.channel.receive(deadline)
            except TooLate:
                if late:
                    raise self.end("timed-out", f"{self.place}: took too long and could not be interrupted") from None
                self._note("timed-out", f"{self.place}: took too long")
                late, deadline = True, time.monotonic() + GRACE_SECONDS
                self.sandbox.interrupt()
                continue
            if reply.get("do") == "callback":
                self._serve(reply, arrays, late)
                continue
            unpacked = Unpacked(self._foreign, arrays)
            self._take_changes(reply["changed"], packed, unpacked)
            if late:
                raise TimeLimit("your code took longer than a cell may")
            if request["do"] in ("run", "run quietly") and "outputs" in reply:
                return reply
            if "value" not in reply:
                raise self._error(reply["error"])
            return {"value": unpacked.value(reply["value"])}

    def _serve(self, request: dict, arrays: list[np.ndarray], late: bool) -> None:
        """Call one of our functions for the learner's code, and answer."""
        self._callbacks += 1
        unpacked, packed = Unpacked(self._foreign, arrays), Packed(self._foreign, layout=True)
        function = self._functions[request["function"]]
        args = [unpacked.value(item) for item in request["args"]]
        kwargs = {valid_text(key): unpacked.value(item) for key, item in request["kwargs"].items()}
        try:
            if late or self._callbacks > MOST_CALLBACKS:
                raise TimeLimit("your code took longer than a cell may")
            answer = {"value": packed.add(function(*args, **kwargs))}
        except Exception as error:
            if self.over:
                raise
            names = [kind.__name__ for kind in type(error).__mro__ if hasattr(builtins, kind.__name__)]
            answer, packed = {"error": {"types": names, "message": str(error)[:2000]}}, Packed(self._foreign)
        try:
            self.channel.send(answer, packed.arrays, time.monotonic() + GRACE_SECONDS)
        except TooLate:
            raise self.end("timed-out", f"{self.place}: it did not listen") from None

    def _take_changes(self, changed: list, packed: Packed, unpacked: Unpacked) -> None:
        """Change our arguments as the learner's code has changed its copies of them."""
        for index, what in changed:
            original, value = packed.changeable[index], unpacked.value(what)
            if isinstance(original, np.ndarray):
                if not isinstance(value, np.ndarray) or value.shape != original.shape or value.dtype != original.dtype:
                    raise _learners_error(["ValueError"], "the shape or the dtype of an argument was changed", "")
                original[...] = value
            elif isinstance(original, list):
                original[:] = list(value)
            elif isinstance(original, dict):
                new = dict(value)
                original.clear()
                original.update(new)
            else:
                original.bit_generator.state = value

    def _error(self, described: dict) -> Exception:
        types = [valid_text(name)[:80] for name in described["types"]][:10]
        if "MemoryError" in types:
            self._note("out-of-memory", f"{self.place}: there was not enough memory")
        message, line = valid_text(described["message"])[:5000], valid_text(described["line"])[:500]
        error = _learners_error(types, message, line)
        error.comes_after_work = described.get("after_work") is True  # type: ignore[attr-defined]  # read by convschool
        return error

    # the end of a process

    def end(self, status: str, reason: str) -> ProcessEnded:
        """Kill the process and say why; the exception to raise."""
        self._note(status, reason)
        self.over = True
        self.sandbox.end()
        return ProcessEnded(self.reason)

    def _broken(self, error: Exception) -> ProcessEnded:
        """The connection closed, or what came over it made no sense."""
        if not isinstance(error, Ended):
            return self.end("crashed", f"{self.place}: the process broke the protocol")
        ending = self.sandbox.ending(seconds=1.0)
        status, reason = {
            "memory": ("out-of-memory", "the process ran out of memory and was ended"),
            "cpu": ("timed-out", "the process used more CPU time than a notebook may"),
        }.get(ending, ("crashed", "the process ended"))
        return self.end(status, f"{self.place}: {reason}")

    def _note(self, status: str, reason: str) -> None:
        """Set the status and the reason, unless an earlier failure has set them."""
        if self.status == "graded":
            self.status, self.reason = status, reason

    # our side of what is not plain data

    def _pack(self, value: Any, packed: Packed) -> dict:
        if isinstance(value, Proxy):
            return {"h": object.__getattribute__(value, "_handle")}
        if isinstance(value, np.random.Generator) and isinstance(value.bit_generator, np.random.PCG64):
            packed.changeable.append(value)
            return {"rng": value.bit_generator.state}
        if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic)):
            return {"numpy": value.__name__}
        if isinstance(value, np.dtype) and value.kind in "biufc":
            return {"dtype": value.str}
        name = value.__name__ if isinstance(value, type) else ""
        if name and getattr(builtins, name, None) is value:
            return {"builtin": name}
        if callable(value) and not isinstance(value, type):
            self._functions[id(value)] = value
            return {"f": id(value), "name": getattr(value, "__name__", "function")}
        raise TypeError(f"a {type(value).__name__} cannot be given to a learner's function: only plain data can")

    def _unpack(self, packed: dict, unpacked: Unpacked) -> Any:
        if "f" in packed:
            return self._functions[packed["f"]]
        handle, can, name = packed["h"], packed["can"], valid_text(packed["name"])
        if type(handle) is not int or not set(can) <= set(_ABILITIES):
            raise ProtocolError("not a handle")
        proxy = self._proxies.get(handle)
        if proxy is None:
            self._released.discard(handle)
            proxy = self._proxies[handle] = _proxy_class("".join(sorted(can)))(self, handle, name[:80])
        return proxy


class LearnersError(Exception):
    """A base class of every exception from the sandbox. Its text is the learner's message, and nothing more."""

    learners_line = ""
    comes_after_work = False

    def __str__(self) -> str:
        return self.args[0]

    def _render_traceback_(self) -> list[str]:
        """The traceback that IPython prints: the learner's line, and no line of the grader."""
        where = [f"In your {self.learners_line}"] if self.learners_line else []
        return [*where, f"{type(self).__name__}: {self}"]


def _learners_error(types: list[str], message: str, line: str) -> Exception:
    """An exception whose classes are called `types`, of the nearest built-in class among them."""
    base: type[Exception] = Exception
    own = []
    for name in types:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup):
            base = kind
            break
        if name not in ("BaseException", "object"):
            own.append(name)
    # the built-in class stands first: the layout of some, such as MemoryError, allows nothing else
    bases: tuple[type, ...] = (LearnersError,) if base is Exception else (base, LearnersError)
    error_type: Any = type(base.__name__, bases, {"__module__": "builtins", "__str__": LearnersError.__str__})
    for name in reversed([name for name in own if name.isidentifier()]):
        error_type = type(name, (error_type,), {"__module__": "learner"})
    error = error_type.__new__(error_type, message)
    error.args, error.learners_line = (message,), line
    return error


class Proxy:
    """Stands for an object in the sandbox. Names that begin with an underscore are not asked for there."""

    __slots__ = ("_session", "_handle", "_name", "__weakref__")

    def __init__(self, session: Session, handle: int, name: str):
        for slot, value in (("_session", session), ("_handle", handle), ("_name", name)):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__":
            return self._name
        if name.startswith("_"):
            raise AttributeError(name)
        return self._session.operate("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            raise AttributeError(name)
        self._session.operate("setattr", self, name, value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self._session.operate("array", self)
        if not isinstance(array, np.ndarray):
            raise TypeError("not an array")
        return array if dtype is None else array.astype(dtype)

    def __play__(self, steps: tuple) -> Any:
        """Play a case's steps there (`convschool.steps`): a whole list of calls in one message."""
        results, changed = self._session.operate("play", self, steps)
        return dict(results), str(changed)

    def __deepcopy__(self, memo: dict) -> Any:
        return self._session.operate("deepcopy", self)

    def __instancecheck__(self, other: Any) -> bool:
        return isinstance(other, Proxy) and self._session.operate("isinstance", other, self) is True

    def __repr__(self) -> str:
        return f"<the learner's {self._name}>"

    def __del__(self) -> None:
        self._session._released.add(self._handle)


def _call(self: Proxy, *args: Any, **kwargs: Any) -> Any:
    return self._session.operate("call", self, *args, **kwargs)


def _length(self: Proxy) -> int:
    return operator.index(self._session.operate("len", self))


def _iterator(self: Proxy) -> Any:
    handle = self._session.operate("iter", self)
    return handle if hasattr(type(handle), "__next__") else iter(handle)


_ABILITIES: dict[str, tuple[str, Callable]] = {
    "c": ("__call__", _call),
    "g": ("__getitem__", lambda self, key: self._session.operate("getitem", self, key)),
    "i": ("__iter__", _iterator),
    "l": ("__len__", _length),
    "n": ("__next__", lambda self: self._session.operate("next", self)),
}


@cache
def _proxy_class(can: str) -> type[Proxy]:
    methods = dict(_ABILITIES[key] for key in can)
    if "g" in can:
        methods["__setitem__"] = lambda self, key, value: self._session.operate("setitem", self, key, value)
    return type("Proxy", (Proxy,), {"__slots__": (), **methods})
