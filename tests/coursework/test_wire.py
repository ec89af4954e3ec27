"""Values cross the wire with every bit, and no message, however malformed, does more than raise WireError.

Not tested here: what references mean (test_judge_objects.py).
"""

import collections
import contextlib
import enum
import math
import struct
import time
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tools.grading import wire
from tools.grading.decoder import Decoder
from tools.grading.message import MAX_KEYS, MAX_NODES
from tools.grading.wire import WireError


def crossed(value, *, keep=None, resolve=None):
    """Return what arrives: encoded, written, read and decoded."""
    return wire.decode(wire.loads(wire.dumps(wire.encode(value, keep=keep))), resolve=resolve)


def same(first, second) -> bool:
    """Whether two values are of one type and equal in every bit, at every depth."""
    if type(first) is not type(second):
        return False
    if isinstance(first, float):
        return struct.pack("d", first) == struct.pack("d", second)
    if isinstance(first, complex):
        return same(first.real, second.real) and same(first.imag, second.imag)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return same(list(first.items()), list(second.items()))
    if isinstance(first, slice):
        return same((first.start, first.stop, first.step), (second.start, second.stop, second.step))
    return first == second


bit_floats = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("d", struct.pack("Q", bits))[0])
floats = st.floats() | bit_floats
integers = st.integers() | st.integers(2**62, 2**65) | st.integers(-(2**65), -(2**62))
texts = st.text(st.characters(codec=None)) | st.text(st.sampled_from("a\ud83d\ude00é"))
keys = st.none() | st.booleans() | integers | texts | st.binary(max_size=20)
plain = keys | floats | st.builds(complex, floats, floats) | st.just(Ellipsis)
values = st.recursive(
    plain | st.sets(keys) | st.frozensets(keys) | st.builds(slice, integers, st.none(), integers),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_a_value_arrives_with_its_type_and_every_bit(value):
    assert same(crossed(value), value)


@pytest.mark.parametrize("value", [0.0, -0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1])
def test_a_float_arrives_with_every_bit(value):
    assert same(crossed(value), value)


def test_the_payload_of_a_nan_arrives():
    for bits in (0x7FF8000000000001, 0xFFF8DEADBEEF0000, 0x7FF8000000000000):
        (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
        assert struct.pack(">d", crossed(value)) == bits.to_bytes(8, "big")


def test_an_integer_of_any_size_arrives():
    for value in (10**5000, -(10**5000), 2**63, -(2**63) - 1, 2**63 - 1):
        assert crossed(value) == value


@given(
    arrays.arrays(
        st.sampled_from([name for name in wire.DTYPES if name != "bool"]).map(np.dtype),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
def test_an_array_arrives_with_dtype_shape_and_bytes(array):
    for sent in (array, np.asfortranarray(array), array[..., ::-1] if array.ndim else array):
        found = crossed(sent)
        assert type(found) is np.ndarray
        assert (found.dtype, found.shape) == (sent.dtype, sent.shape)
        assert found.tobytes() == sent.tobytes()
        assert found.flags.writeable


def test_an_array_of_the_other_byte_order_arrives_as_native():
    found = crossed(np.array([1.5, 2.5], dtype=">f4"))
    assert found.dtype == np.dtype("float32") and found.dtype.isnative and found.tolist() == [1.5, 2.5]


@pytest.mark.parametrize("name", wire.DTYPES)
def test_numpy_scalars_and_bools_arrive_as_such(name):
    found = crossed(np.dtype(name).type(1))
    assert type(found) is np.dtype(name).type and found == 1
    assert crossed(np.array([True, False])).tolist() == [True, False]


@pytest.mark.parametrize("name", wire.TORCH_SIZES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (3,), (2, 3, 4)])
def test_a_tensor_arrives_with_dtype_shape_and_bytes(name, shape):
    dtype = getattr(torch, name)
    sent = (torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 5).to(dtype)
    for tensor in (sent, sent.transpose(0, -1) if sent.ndim else sent):
        found = crossed(tensor)
        assert type(found) is torch.Tensor
        assert found.dtype is dtype and found.shape == tensor.shape
        assert torch.equal(found, tensor)
        found.fill_(0)


def test_a_tensor_arrives_without_its_graph():
    assert crossed(torch.nn.Parameter(torch.ones(2))).requires_grad is False
    assert torch.equal(crossed(torch.tensor([1 + 2j]).conj()), torch.tensor([1 - 2j]))
    (bits,) = crossed(torch.tensor([math.nan], dtype=torch.bfloat16)).view(torch.int16)
    assert bits == torch.tensor([math.nan], dtype=torch.bfloat16).view(torch.int16)[0]


class Pretends(float):
    """A float that says it equals everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __repr__(self):
        return "1.0"

    def __pos__(self):
        return 1.0


class Array(np.ndarray):
    """An array that says it equals everything."""

    def __eq__(self, other):
        return True

    def tobytes(self, *_):
        return b""


class Color(enum.IntEnum):
    RED = 3


def test_an_instance_of_a_subclass_arrives_as_the_plain_type():
    assert same(crossed(Pretends(2.5)), 2.5)
    assert same(crossed(Color.RED), 3)
    assert same(crossed(collections.OrderedDict(a=1)), {"a": 1})
    assert same(crossed(collections.namedtuple("P", "x y")(1, 2)), (1, 2))
    found = crossed(np.array([1.0, 2.0]).view(Array))
    assert type(found) is np.ndarray and found.tolist() == [1.0, 2.0]


NOT_PLAIN = [object(), len, range(3), np.array([object()]), np.array(["a"]), np.datetime64("2020-01-01")]
NOT_PLAIN += [np.zeros(2, dtype="f4,f4"), torch.zeros(2, 2).to_sparse(), torch.zeros(2, device="meta")]


@pytest.mark.parametrize("value", NOT_PLAIN)
def test_what_is_no_plain_value_is_kept(value):
    reference = {"object": 7, "type": "thing"}
    found = crossed([value], keep=lambda one: reference, resolve=lambda one: one)
    assert found == [reference]


def test_a_value_that_cannot_be_sent_says_why():
    ring = []
    ring.append(ring)
    with pytest.raises(WireError, match="contains itself"):
        wire.encode(ring, keep=None)
    wide = []
    for _ in range(50):
        wide = [wide, wide]
    with pytest.raises(WireError, match="too many values"):
        wire.encode(wide, keep=None)
    with pytest.raises(WireError, match="too large"):
        wire.encode(np.broadcast_to(0.0, (10**6, 10**6)), keep=None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
words = st.sampled_from(
    ["float64", "bool", "object", "O", "float128", "bfloat16", "storage", "", "AAAA", "AAAAAAAAAAA="]
)
odd = json_values | words | st.lists(st.integers(-3, 2**70), max_size=3)


@st.composite
def near_messages(draw):
    """Messages with the right keys and anything behind them."""
    names = draw(st.sampled_from(sorted(Decoder.READERS)))
    return {name: draw(odd | near_messages()) for name in names}


@given(json_values | near_messages() | st.lists(near_messages(), max_size=3))
def test_any_message_is_read_or_refused(message):
    with contextlib.suppress(WireError):
        wire.decode(message, resolve=lambda reference: None)


@given(st.text(max_size=60) | st.text(st.sampled_from('[]{}":,0123456789eE.-NIaninfty'), max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(WireError):
        wire.decode(wire.loads(text), resolve=lambda reference: None)


def array(*, dtype="float64", shape=(2,), content="A" * 21 + "A==", kind="array"):
    return {kind: dtype, "shape": list(shape) if isinstance(shape, tuple) else shape, "bytes": content}


HOSTILE = {
    "too few bytes": array(shape=(3,)),
    "too many bytes": array(shape=(1,)),
    "negative": array(shape=(-1, -2)),
    "no integer": array(shape=(2.0,)),
    "a bool": array(shape=(True, 2)),
    "no list": array(shape="2"),
    "giant": array(shape=(2**30, 2**30)),
    "overflowing to fit": array(shape=(2**31 + 1, 2**31, 2**31, 2**31)),
    "giant and empty": array(shape=(0, 2**30, 2**30, 2**30), content=""),
    "long empty": array(shape=(0, 2**40), content=""),
    "too many axes": array(shape=(1,) * 40 + (2,)),
    "objects": array(dtype="object"),
    "pointers": array(dtype="O"),
    "structure": array(dtype="f8,f8"),
    "a list as dtype": array(dtype=["float64"]),
    "no base64": array(content="!" * 24),
    "padding inside": array(content="A" * 10 + "==" + "A" * 12),
    "non-ascii": array(content="é" * 24),
    "odd bools": array(dtype="bool", content="AgA="),
    "odd bools of torch": array(dtype="bool", content="AgA=", kind="tensor"),
    "odd bool": {"scalar": "bool", "bytes": "Ag=="},
    "no tensor": array(dtype="FloatStorage", kind="tensor"),
    "giant tensor": array(dtype="float32", shape=(2**30, 2**30), kind="tensor"),
    "giant and empty tensor": array(shape=(0, 2**30, 2**30, 2**30), content="", kind="tensor"),
    "set of lists": {"set": [[]]},
    "dict keyed by dict": {"dict": [[{"dict": []}, 1]]},
    "dict of triples": {"dict": [[1, 2, 3]]},
    "dict of text": {"dict": "ab"},
    "int with underscores": {"int": "1_0"},
    "int with spaces": {"int": " 10"},
    "int of digits elsewhere": {"int": "١"},
    "short float": {"float": "00"},
    "complex of texts": {"complex": ["1", "2"]},
    "half a complex": {"complex": [1.0]},
    "slice of two": {"slice": [1, 2]},
    "no UTF-8": {"str": "/w=="},
    "negative handle": {"object": -1, "type": "x"},
    "bool handle": {"object": True, "type": "x"},
    "float handle": {"object": 1.0, "type": "x"},
    "giant handle": {"object": 2**60, "type": "x"},
    "long name": {"object": 1, "type": "x" * 1000},
    "no name": {"object": 1, "type": None},
    "module": {"import": "os"},
    "pickle": {"pickle": "gASVAAAA"},
    "other keys": {1: 2},
    "nothing": {},
    "no JSON": (1, 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_refused(name):
    with pytest.raises(WireError):
        wire.decode(HOSTILE[name], resolve=lambda reference: None)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "NaN", "[Infinity]", "1" * 5000, "", "[1"]
)
def test_a_hostile_text_is_refused(text):
    with pytest.raises(WireError):
        wire.loads(text)


def test_deep_messages_are_refused():
    message = []
    for _ in range(500):
        message = {"tuple": [message]}
    with pytest.raises(WireError):
        wire.decode(message, resolve=None)


def test_the_size_of_a_message_bounds_memory_and_time():
    with pytest.raises(WireError):
        wire.loads("[" + "[]," * MAX_NODES + "[]]")
    with pytest.raises(WireError):
        wire.loads('"' + "a" * wire.MAX_TEXT + '"')
    colliding = [index * (2**61 - 1) for index in range(MAX_KEYS + 1)]
    with pytest.raises(WireError):
        wire.decode({"set": colliding}, resolve=None)
    messages = array(shape=(2**20,)), array(content="A" * 2**22)
    tracemalloc.start()
    for message in messages:
        with pytest.raises(WireError):
            wire.decode(message, resolve=None)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_the_worst_keys_take_seconds_not_hours():
    start = time.perf_counter()
    wire.decode({"set": [index * (2**61 - 1) for index in range(MAX_KEYS // 4)]}, resolve=None)
    assert time.perf_counter() - start < 5
