"""What crosses the boundary arrives as it was sent, and nothing else gets through."""

import json
import socket
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convschool.cases import LAYOUTS, lay_out
from grading.execute.inside.protocol import (
    DTYPES,
    HEAD,
    MOST_ARRAY_BYTES,
    MOST_ARRAYS,
    MOST_KEYS,
    Channel,
    Ended,
    Foreign,
    Packed,
    ProtocolError,
    TooLate,
    Unpacked,
    split_arrays,
)


def _no_handle(packed, unpacked):
    raise KeyError("no handles in this test")


def _not_plain(value, packed):
    raise TypeError("not plain")


PLAIN = Foreign(_not_plain, _no_handle)


def crossed(value, layout=False):
    """`value` as it arrives on the other side of a real socket."""
    ours, theirs = socket.socketpair()
    packed = Packed(PLAIN, layout)
    message = {"value": packed.add(value)}
    sender = threading.Thread(target=Channel(ours).send, args=(message, packed.arrays))
    sender.start()
    reply, arrays = Channel(theirs).receive(time.monotonic() + 20)
    sender.join()
    ours.close()
    theirs.close()
    return Unpacked(PLAIN, arrays).value(reply["value"])


def received(data: bytes):
    """What a channel makes of bytes, after which the other side hangs up."""
    ours, theirs = socket.socketpair()
    sender = threading.Thread(target=lambda: (theirs.sendall(data), theirs.close()))
    sender.start()
    try:
        message, arrays = Channel(ours).receive(time.monotonic() + 5)
        return Unpacked(PLAIN, arrays).value(message.get("value"))
    finally:
        ours.close()
        sender.join()


arrays = hnp.arrays(
    st.sampled_from(sorted(DTYPES)).map(np.dtype),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers()
values = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(one, other):
    if isinstance(one, np.ndarray):
        return type(other) is np.ndarray and one.dtype == other.dtype and one.shape == other.shape
    if isinstance(one, tuple | list):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, str):
        return one.encode("utf-8", "replace").decode() == other
    return type(one) is type(other) and (one == other or one != one)


@settings(deadline=None, max_examples=150)
@given(values)
def test_plain_data_arrives_as_it_was(value):
    assert same(value, crossed(value))


@settings(deadline=None, max_examples=60)
@given(arrays)
def test_arrays_arrive_bit_for_bit(array):
    arrived = crossed(array)
    assert arrived.flags.writeable and arrived.flags.owndata
    assert np.array_equal(array, arrived, equal_nan=array.dtype.kind in "fc")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_in_memory_crosses(layout):
    array = lay_out(np.arange(24.0).reshape(2, 3, 4), layout)
    arrived = crossed(array, layout=True)
    assert arrived.strides == array.strides
    assert np.array_equal(arrived, array)


def test_read_only_and_shared_arrays_stay_so():
    array = np.ones(3)
    locked = np.zeros(3)
    locked.flags.writeable = False
    one, other, kept = crossed([array, array, locked], layout=True)
    assert one is other and one.flags.writeable and not kept.flags.writeable


@pytest.mark.parametrize(
    ("given_as", "arrives_as"),
    [
        (np.arange(3, dtype=">f8"), np.arange(3, dtype="<f8")),
        (np.arange(3, dtype=np.longdouble), np.arange(3.0)),
        (np.ma.masked_array([1.0, 2.0], [True, False]), np.array([1.0, 2.0])),
    ],
)
def test_subclasses_and_odd_dtypes_become_plain_arrays(given_as, arrives_as):
    arrived = crossed(given_as)
    assert type(arrived) is np.ndarray and arrived.dtype == arrives_as.dtype
    assert np.array_equal(arrived, arrives_as)


def test_numpy_scalars_keep_their_type():
    assert type(crossed(np.float32(1.5))) is np.float32
    assert crossed(np.bool_(True)) is np.True_


@pytest.mark.parametrize("value", [np.array(["a"]), np.array([None]), object(), np.array(0, "M8[s]")])
def test_what_is_not_plain_does_not_leave(value):
    with pytest.raises(TypeError):
        crossed(value)


def frame(message, data=b""):
    text = message if isinstance(message, bytes) else json.dumps(message).encode()
    return HEAD.pack(len(text), len(data)) + text + data


def with_array(value, dtype="<f8", shape=(2,), data=b"\0" * 16):
    return frame({"value": value, "arrays": [[dtype, shape]]}, data)


def with_heads(heads, data=b"\0" * 16):
    return frame({"value": 0, "arrays": heads}, data)


ONE = {"a": 0}


def test_the_frames_of_these_tests_are_good_ones():
    assert received(with_array(ONE)).tolist() == [0, 0]
    assert received(with_heads([["<f8", [2]]])) == 0
    assert received(with_heads([["<f8", [1]], ["|b1", [3]], ["<f4", [0, 7]], ["|u1", [5]]])) == 0


@pytest.mark.parametrize(
    "data",
    [
        HEAD.pack(2**32 - 1, 0),
        HEAD.pack(2, 2**63),
        frame(b"[]"),
        frame(b"{" * 100_000),
        frame(b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        frame(b'{"value": ' + b"9" * 10_000 + b"}"),
        frame(b"\xff\xfe"),
        frame({"value": ONE}),
        with_array({"a": "0"}),
        with_array({"a": 0, "strides": [2**40]}),
        with_array({"a": 0, "strides": [-8, 8, 8]}),
        with_array({"a": 0, "__class__": 1}),
        with_array({"n": 0}),
        frame({"value": {"pickle": "x"}}),
        frame({"value": {"d": [[[], 1]]}}),
        frame({"value": {"d": [[1]]}}),
        frame({"value": {"d": [[i, 0] for i in range(MOST_KEYS + 1)]}}),
        frame({"value": {"s": [{"d": []}]}}),
        frame({"value": {"t": 3}}),
        frame({"value": {"c": [1, 2, 3]}}),
        frame({"value": {}}),
        with_array(0, "|O"),
        with_array(0, "|V8"),
        with_array(0, "<f16"),
        with_array(0, ">f8"),
        with_array(0, "<U4"),
        with_array(0, "f8"),
        with_array(0, [["a", "<f8"]]),
        with_array(0, {"names": ["a"]}),
        with_array(0, None),
        with_array(0, shape=[3]),
        with_array(0, shape=[1]),
        with_array(0, shape=[-2]),
        with_array(0, shape=[-1, -2]),
        with_array(0, shape=[2.0]),
        with_array(0, shape=[True, 2]),
        with_array(0, shape=["2"]),
        with_array(0, shape=[[2]]),
        with_array(0, shape=2),
        with_array(0, shape="2"),
        with_array(0, shape=None),
        with_array(0, shape=[0, 999999999999, 999999999999], data=b""),
        with_array(0, shape=[0, 10**4000], data=b""),
        with_array(0, shape=[10**4000] * 32),
        with_array(0, shape=[1] * 33, data=b"\0" * 8),
        with_array(0, data=b"\0" * 17),
        with_array(0, data=b"\0" * 15),
        with_heads({"<f8": [2]}),
        with_heads("<f8"),
        with_heads(None),
        with_heads([]),
        with_heads([["<f8"]]),
        with_heads([["<f8", [2], "more"]]),
        with_heads([{"0": "<f8", "1": [2]}]),
        with_heads(["<f"]),
        with_heads([["<f8", [2]], ["<f8", [1]]]),
        with_heads([["|u1", [0]]] * (MOST_ARRAYS + 1), b""),
        b"",
        b"\0",
    ],
)
def test_what_is_not_of_the_protocol_is_refused(data):
    with pytest.raises(ProtocolError):
        received(data)


@pytest.mark.parametrize("digits", [30, 1000, 100_000])
def test_a_head_of_many_digits_takes_no_time(digits):
    text = b'{"value": 0, "arrays": [["<f8", [%s]]]}' % (b"1, " * digits + b"9" * digits)
    start = time.process_time()
    with pytest.raises(ProtocolError):
        received(frame(text))
    assert time.process_time() - start < 1


def test_booleans_are_true_or_false():
    lying = received(with_array(ONE, "|b1", [3], b"\x00\x01\x07"))
    assert lying.view(np.uint8).tolist() == [0, 1, 1]


def test_text_can_be_written_as_utf8():
    assert crossed("a\ud800b") == "a?b"


def test_a_claim_of_size_reserves_nothing():
    ours, theirs = socket.socketpair()
    theirs.sendall(HEAD.pack(2, MOST_ARRAY_BYTES) + b"{}")
    channel = Channel(ours)
    with pytest.raises(TooLate):
        channel.receive(time.monotonic() + 0.1)
    assert len(channel._received) < 1000


def test_time_is_bounded_in_both_directions():
    ours, theirs = socket.socketpair()
    start = time.monotonic()
    with pytest.raises(TooLate):
        Channel(ours).receive(start + 0.1)
    with pytest.raises(TooLate):
        Channel(ours).send({}, [np.zeros(2**22)], start + 0.3)
    assert time.monotonic() - start < 5
    theirs.close()
    with pytest.raises(Ended):
        Channel(ours).receive(time.monotonic() + 5)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from([2.0, "2", "<f8", "|b1", "|O"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("01"), inner, max_size=2),
    max_leaves=12,
)
nearly_heads = st.lists(st.tuples(json_values | st.sampled_from(sorted(DTYPES)), json_values).map(list), max_size=3)


@settings(deadline=None, max_examples=500)
@given(json_values | nearly_heads, st.binary(max_size=32))
def test_whatever_heads_say_arrays_hold_the_bytes_that_came(heads, data):
    try:
        found = split_arrays(heads, data)
    except ProtocolError:
        return
    assert b"".join(array.tobytes() for array in found) == data
    assert [[array.dtype.str, list(array.shape)] for array in found] == heads


@settings(deadline=None, max_examples=200)
@given(
    st.binary(max_size=300)
    | st.tuples(json_values | nearly_heads, st.binary(max_size=32)).map(
        lambda both: frame({"value": {"a": 0}, "arrays": both[0]}, both[1])
    )
)
def test_any_bytes_give_a_value_or_a_protocol_error(data):
    try:
        received(data)
    except ProtocolError:
        return


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_good_frame_with_a_byte_changed_gives_a_value_or_a_protocol_error(data):
    good = bytearray(with_array({"d": [["x", {"a": 0}], ["y", {"t": [1, 2.5, None]}]]}))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] = data.draw(st.integers(0, 255))
    try:
        received(bytes(good))
    except ProtocolError:
        return
