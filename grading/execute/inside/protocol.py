"""What crosses the boundary, as bytes: JSON, and the raw bytes of arrays. Both sides use this module.

A frame is ``<u4 length of JSON> <u8 length of arrays> JSON arrays``. The JSON is one object, the message; its
"arrays" holds the dtype and the shape of each array, such as ``["<f8", [2, 3]]``, and the bytes are theirs, one
array after the other in C order. In a message a value stands as itself when it is None, a bool, an
int, a float or a str; a list is a JSON list; everything else is an object with one key:

    {"t": [...]}  tuple        {"d": [[key, value], ...]}  dict     {"s": [...]}  set
    {"c": [re, im]}  complex   {"a": k}  array k of the frame       {"n": k}  NumPy scalar, from array k
    {"a": k, "strides": [...], "locked": true}  array k, laid out in memory so, not to be written to

and what only one side can make, which it packs and unpacks itself (`Foreign`): handles and functions.

Nothing is believed. Every length is checked before anything is allocated for it, a dtype is one of a short list,
booleans are made 0 or 1 and text is made valid Unicode. Nothing is ever unpickled. What does not fit
raises `ProtocolError`, and then the conversation is over.
"""

import contextlib
import json
import math
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

HEAD = struct.Struct("<IQ")
MOST_JSON = 16 * 2**20
MOST_ARRAY_BYTES = 256 * 2**20
MOST_ARRAYS = 10_000
MOST_KEYS = 10_000  # of one dict or set: keys that collide on purpose cost the square of their number
DEEPEST = 50
DTYPES = frozenset(["|b1", "|i1", "|u1", "<i2", "<i4", "<i8", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"])
MOST_AXES = 32


class ProtocolError(Exception):
    """What came is not of this protocol, or is larger than it allows."""


class Ended(ProtocolError):
    """The other side has closed the connection."""


class TooLate(Exception):
    """The deadline passed before a whole frame had come or gone."""


def widen(sock: socket.socket) -> None:
    """Let more wait in a socket. Where a filter of system calls refuses that, it has been done before."""
    with contextlib.suppress(OSError):
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, 2**20)


_to_json = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make an encoder for each message


class Channel:
    """One end of a stream socket that carries frames. A deadline is a value of ``time.monotonic()``."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self._received = bytearray()
        widen(sock)

    def send(self, message: dict, arrays: Sequence[np.ndarray] = (), deadline: float = math.inf) -> None:
        """Send one frame.

        Raises
        ------
        ValueError
            Before anything is sent, when the frame is larger than the protocol allows.
        TooLate, Ended
        """
        if arrays:
            message = {**message, "arrays": [[array.dtype.str, array.shape] for array in arrays]}
        text = _to_json(message).encode()
        pieces = [_raw(array) for array in arrays]
        size = sum(map(len, pieces))
        if len(text) > MOST_JSON or size > MOST_ARRAY_BYTES or len(arrays) > MOST_ARRAYS:
            raise ValueError(f"{len(text) + size} bytes are too many to hand over at once")
        head = HEAD.pack(len(text), size) + text
        if size < 65536:
            pieces = [b"".join([head, *pieces])]
        else:
            pieces.insert(0, head)
        try:
            for piece in pieces:
                self._wait_until(deadline)
                self.sock.sendall(piece)
        except TimeoutError:
            raise TooLate from None
        except OSError as error:
            raise Ended(str(error)) from None

    def receive(self, deadline: float = math.inf) -> tuple[dict, list[np.ndarray]]:
        """Receive one frame: its message, and its arrays as read-only views of the bytes.

        Raises
        ------
        TooLate, Ended, ProtocolError
        """
        json_size, array_size = HEAD.unpack(self._take(HEAD.size, deadline))
        if json_size > MOST_JSON or array_size > MOST_ARRAY_BYTES:
            raise ProtocolError(f"a frame of {json_size} and {array_size} bytes is too large")
        text = self._take(json_size, deadline)
        data = self._take(array_size, deadline)
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ProtocolError(f"not JSON: {error}") from None
        if not isinstance(message, dict):
            raise ProtocolError("a message is a JSON object")
        return message, split_arrays(message.pop("arrays", []), data)

    def has_more(self) -> bool:
        """Whether some of the next frame has been read already."""
        return bool(self._received)

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._received) < size:
            try:
                self._wait_until(deadline)
                piece = self.sock.recv(min(max(size - len(self._received), 65536), 2**20))
            except TimeoutError:
                raise TooLate from None
            except OSError as error:
                raise Ended(str(error)) from None
            if not piece:
                raise Ended("the other side has closed the connection")
            self._received += piece
        data = bytes(memoryview(self._received)[:size])
        del self._received[:size]
        return data

    def _wait_until(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(None if left == math.inf else left)


@dataclass
class Foreign:
    """What one side packs and unpacks itself.

    `pack` gets a value that is not plain data and its `Packed`, and returns an object or raises TypeError.
    `unpack` gets an object whose keys are none of the above and its `Unpacked`, and returns the value or raises.
    """

    pack: Callable[[Any, "Packed"], dict]
    unpack: Callable[[dict, "Unpacked"], Any]


@dataclass
class Packed:
    """A value on its way out: JSON, arrays, and everything in it that can be changed, in order of appearance.

    The other side's `Unpacked` lists the same things in the same order, so that a change made there can be told.
    """

    foreign: Foreign
    layout: bool = False
    arrays: list[np.ndarray] = field(default_factory=list)
    changeable: list[Any] = field(default_factory=list)
    _seen: dict[int, dict] = field(default_factory=dict)

    def add(self, value: Any, depth: int = 0) -> Any:
        """The JSON for `value`. Subclasses of plain types become plain.

        Raises
        ------
        TypeError, ValueError
            When the value cannot cross.
        """
        kind = type(value)
        if value is None or kind is bool or kind is int or kind is float or kind is str:
            return value
        if depth > DEEPEST:
            raise ValueError("data nested that deeply cannot be handed over")
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return {"n": self._plain(np.asarray(value))}
        if isinstance(value, list):
            self.changeable.append(value)
            return [self.add(item, depth + 1) for item in value]
        if isinstance(value, tuple):
            return {"t": [self.add(item, depth + 1) for item in value]}
        if isinstance(value, dict):
            self.changeable.append(value)
            pairs = [[self.add(key, depth + 1), self.add(item, depth + 1)] for key, item in value.items()]
            return {"d": pairs}
        if isinstance(value, set | frozenset):
            return {"s": [self.add(item, depth + 1) for item in value]}
        if isinstance(value, complex):
            return {"c": [value.real, value.imag]}
        for plain in (int, float, str):
            if isinstance(value, plain):
                return plain(value)
        return self.foreign.pack(value, self)

    def _array(self, array: np.ndarray) -> dict:
        """An array met twice is sent once and arrives as one array."""
        if id(array) not in self._seen:
            entry: dict[str, Any] = {"a": self._plain(array)}
            if self.layout and not array.flags.c_contiguous:
                entry["strides"] = array.strides
            if self.layout and not array.flags.writeable:
                entry["locked"] = True
            self._seen[id(array)] = entry
            self.changeable.append(array)
        return self._seen[id(array)]

    def _plain(self, array: np.ndarray) -> int:
        array = np.asarray(array)
        if array.dtype.kind not in "biufc":
            raise TypeError(f"an array of dtype {array.dtype} cannot be handed over")
        if array.nbytes > MOST_ARRAY_BYTES:
            raise ValueError(f"an array of {array.nbytes >> 20} MiB cannot be handed over")
        if array.dtype.str not in DTYPES:  # another byte order, or long double
            size = min(array.dtype.itemsize, 16 if array.dtype.kind == "c" else 8)
            array = array.astype(f"<{array.dtype.kind}{size}")
        self.arrays.append(array)
        return len(self.arrays) - 1


@dataclass
class Unpacked:
    """A value on its way in. `arrays` are the frame's; every array handed out is a copy of its own."""

    foreign: Foreign
    arrays: list[np.ndarray]
    changeable: list[Any] = field(default_factory=list)
    _made: dict[int, np.ndarray] = field(default_factory=dict)

    def value(self, packed: Any) -> Any:
        """The value that `packed` stands for.

        Raises
        ------
        ProtocolError
            When it stands for none.
        """
        try:
            return self._value(packed, 0)
        except ProtocolError:
            raise
        except Exception as error:  # whatever a hostile message makes Python or NumPy say
            raise ProtocolError(f"not a value: {type(error).__name__}") from None

    def _value(self, packed: Any, depth: int) -> Any:
        if isinstance(packed, str):
            return valid_text(packed)
        if not isinstance(packed, list | dict):
            return packed
        if depth > DEEPEST:
            raise ProtocolError("data nested too deeply")
        if isinstance(packed, list):
            items: list[Any] = []
            self.changeable.append(items)
            items.extend([self._value(item, depth + 1) for item in packed])
            return items
        if "a" in packed:
            return self._array(**packed)
        if len(packed) != 1:
            return self.foreign.unpack(packed, self)
        ((kind, content),) = packed.items()
        if kind == "n":
            return _normal(self.arrays[content].reshape(()))[()]
        if kind == "t":
            return tuple([self._value(item, depth + 1) for item in content])
        if kind == "d":
            _few(content)
            table: dict[Any, Any] = {}
            self.changeable.append(table)
            for key, item in content:
                table[self._value(key, depth + 1)] = self._value(item, depth + 1)
            return table
        if kind == "s":
            _few(content)
            return {self._value(item, depth + 1) for item in content}
        if kind == "c":
            return complex(*content)
        return self.foreign.unpack(packed, self)

    def _array(self, a: int, strides: list[int] | None = None, locked: bool = False) -> np.ndarray:
        if a not in self._made:
            array = _normal(self.arrays[a])
            if strides is not None:
                array = laid_out(array, tuple(strides))
            array.flags.writeable = not locked
            self._made[a] = array
            self.changeable.append(array)
        return self._made[a]


def split_arrays(heads: Any, data: bytes) -> list[np.ndarray]:
    """The arrays of a frame, as read-only views of `data`.

    Parameters
    ----------
    heads : object
        What a message says of its arrays: in this protocol, a list of (dtype, shape).
    data : bytes
        The bytes of all arrays, one after the other.

    Raises
    ------
    ProtocolError
        When `heads` are none, of a dtype that is not allowed, or not those of `data`.
    """
    if type(heads) is not list or len(heads) > MOST_ARRAYS:
        raise ProtocolError("not a list of arrays")
    arrays, start = [], 0
    for head in heads:
        if type(head) is not list or len(head) != 2 or type(head[1]) is not list or len(head[1]) > MOST_AXES:
            raise ProtocolError("not a dtype and a shape")
        name, shape = head
        try:
            dtype, count = _dtype_and_count(name, *shape)
        except TypeError:  # something in it has no hash, so that it is neither text nor a number
            raise ProtocolError("not a dtype and a shape") from None
        end = start + count * dtype.itemsize
        if end > len(data):
            raise ProtocolError("an array is cut off")
        arrays.append(np.frombuffer(data, dtype, count, start).reshape(shape))
        start = end
    if start != len(data):
        raise ProtocolError("bytes of no array")
    return arrays


@lru_cache(1024, typed=True)  # True is no 1 here
def _dtype_and_count(name: Any, *shape: Any) -> tuple[np.dtype, int]:
    if type(name) is not str or name not in DTYPES:
        raise ProtocolError("not a dtype that may cross")
    if any(type(n) is not int or not 0 <= n <= MOST_ARRAY_BYTES for n in shape):
        raise ProtocolError("not a shape")
    dtype = np.dtype(name)
    # an empty array may still claim 10**8 rows: what it would take without its zeros must be small as well
    if math.prod(max(n, 1) for n in shape) * dtype.itemsize > MOST_ARRAY_BYTES:
        raise ProtocolError("an array is too large")
    return dtype, math.prod(shape)


def _raw(array: np.ndarray) -> bytes | memoryview:
    if array.nbytes < 4096 or not array.flags.c_contiguous:
        return array.tobytes()
    return array.reshape(-1).view(np.uint8).data


def _normal(array: np.ndarray) -> np.ndarray:
    """A copy whose booleans are 0 or 1: any other byte would count as more than one True."""
    return np.asarray(array.view(np.uint8) != 0) if array.dtype.kind == "b" else array.copy()


def laid_out(array: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    """A copy of `array` in memory of its own, with the `strides` given, in bytes."""
    reach = [(n - 1) * step for n, step in zip(array.shape, strides, strict=True)]
    low, high = sum(min(r, 0) for r in reach), sum(max(r, 0) for r in reach)
    size = high - low + array.itemsize if array.size else 0
    if size > MOST_ARRAY_BYTES:
        raise ProtocolError("strides that wide cannot be laid out")
    memory = np.zeros(size, np.uint8)
    copy = np.ndarray(array.shape, array.dtype, memory, -low if array.size else 0, strides)
    copy[...] = array
    return copy


def valid_text(text: str) -> str:
    """`text` without what UTF-8 cannot say."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _few(items: list) -> None:
    if len(items) > MOST_KEYS:
        raise ProtocolError(f"more than {MOST_KEYS} keys")
