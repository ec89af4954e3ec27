"""A checkpoint gives back what was put in, bit for bit, and a kill leaves the last good one."""

import collections
import json
import math
import subprocess
import sys

import hypothesis.strategies as st
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings

from d2lmodels import checkpoint

DTYPES = [
    "float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "int64", "int32", "int16",
    "int8", "uint8", "uint16", "uint32", "uint64", "bool", "complex64",
]  # fmt: skip


def round_trip(path, tree, **options):
    checkpoint.save(path, tree, **options)
    return checkpoint.load(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_comes_back_bit_for_bit(path, name):
    dtype = getattr(torch, name)
    if not checkpoint._storable(dtype):
        pytest.skip(f"this safetensors has no {name}")
    bits = torch.arange(256, dtype=torch.uint8).repeat(2).reshape(2, 256)  # NaN and infinities among them
    X = bits.bool() if dtype is torch.bool else bits.view(dtype)
    back = round_trip(path, {"X": X})["X"]
    assert back.dtype == dtype and back.shape == X.shape
    assert torch.equal(back.view(torch.uint8), X.view(torch.uint8))


def test_the_structure_comes_back_with_its_types(path):
    tree = {
        "1": 1,
        1: "one",
        "": [(), [], {}, None, True, 2**80, -0.0, 1e-320, 0.1, "ü\n\ud800"],
        "betas": (0.9, [0.999, (1,)]),
    }
    back = round_trip(path, tree)
    assert repr(back) == repr(tree)
    assert [type(key) for key in back] == [str, int, str, str]
    assert math.isnan(round_trip(path, float("nan"))) and round_trip(path, -math.inf) == -math.inf


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=50)
@given(tree=trees)
def test_any_tree_comes_back(tmp_path_factory, tree):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    assert repr(round_trip(path, tree)) == repr(tree)


def test_shared_and_strided_tensors(path):
    W = torch.arange(12.0).reshape(3, 4)
    tree = {"tied": [W, W.detach()], "transposed": W.T, "row": W[1], "column": W[:, 1], "same": W.view(12)}
    back = round_trip(path, tree)
    assert back["tied"][0] is back["tied"][1]
    for name in ("transposed", "row", "column", "same"):
        assert torch.equal(back[name], tree[name]) and back[name].is_contiguous()
    assert len(safetensors.torch.load_file(path)) == 5
    back["row"].fill_(0)
    assert torch.equal(back["tied"][0], W)


def test_odd_tensors(path):
    z = torch.tensor([1 + 2j])
    tree = [torch.tensor(3), torch.empty(0, 3), torch.empty(0, 5), z, z.conj(), z.conj().imag]
    for back, tensor in zip(round_trip(path, tree), tree, strict=True):
        assert back.shape == tensor.shape and torch.equal(back, tensor)


def test_names_that_collide_and_a_lone_tensor(path):
    a, b, c = torch.eye(2), torch.ones(2), torch.zeros(3)
    back = round_trip(path, {"x": {"y": a}, "x.y": b, "__metadata__": c})
    assert torch.equal(back["x"]["y"], a) and torch.equal(back["x.y"], b)
    assert torch.equal(back["__metadata__"], c)
    assert torch.equal(round_trip(path, a), a)


def test_other_readers_find_a_state_dict_by_its_names(path):
    model = torch.nn.Sequential(torch.nn.Linear(2, 3))
    checkpoint.save(path, model.state_dict())
    assert set(safetensors.torch.load_file(path)) == {"0.weight", "0.bias"}
    model.load_state_dict(checkpoint.load(path))


def test_subclasses_come_back_as_their_plain_kind(path):
    tree = {"shape": torch.Size([2]), "state": collections.OrderedDict(w=torch.nn.Parameter(torch.ones(1)))}
    back = round_trip(path, tree)
    assert type(back["shape"]) is tuple and type(back["state"]) is dict
    assert type(back["state"]["w"]) is torch.Tensor and not back["state"]["w"].requires_grad


def test_float16_storage_halves_the_file_and_leaves_other_kinds_alone(path):
    tree = {"W": torch.randn(1000), "n": torch.tensor([70000]), "inf": torch.tensor([math.inf])}
    back = round_trip(path, tree, dtype=torch.float16)
    assert torch.equal(back["W"], tree["W"].half()) and back["n"].item() == 70000
    assert back["inf"].item() == math.inf
    assert path.stat().st_size < 2600


def test_no_pickle_is_in_the_file(path):
    checkpoint.save(path, {"W": torch.ones(1), "n": [1, (2,)]})
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    assert json.loads(header["__metadata__"]["d2lmodels"]) == [
        "dict",
        ["W", ["tensor", "W"]],
        ["n", ["list", 1, ["tuple", 2]]],
    ]


def test_a_failed_write_leaves_the_old_file(path, monkeypatch):
    checkpoint.save(path, {"epoch": 1})
    monkeypatch.setattr(checkpoint.os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        checkpoint.save(path, {"epoch": 2})
    monkeypatch.undo()
    assert checkpoint.load(path) == {"epoch": 1}
    checkpoint.save(path, {"epoch": 3})
    assert checkpoint.load(path) == {"epoch": 3}
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


KILLED = """
import os, signal, sys, torch
from d2lmodels import checkpoint
real, count = checkpoint.safetensors.torch.save_file, 0
def save_file(tensors, path, metadata):
    global count
    count += 1
    real(tensors, path, metadata)
    if count == 2:
        os.truncate(path, 100)
        os.kill(os.getpid(), signal.SIGKILL)
checkpoint.safetensors.torch.save_file = save_file
for epoch in range(3):
    checkpoint.save(sys.argv[1], {"epoch": epoch, "W": torch.full((1000,), float(epoch))})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_while_writing_leaves_the_last_good_one(path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert done.returncode == -9
    assert checkpoint.load(path)["epoch"] == 0
    checkpoint.save(path, {"epoch": 5})
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_loaded_file_can_be_written_again_and_its_tensors_stay(path):
    tree = round_trip(path, {"W": torch.ones(1000)})
    checkpoint.save(path, {"W": torch.zeros(3)})
    assert torch.equal(tree["W"], torch.ones(1000))


def test_a_missing_folder_is_made(tmp_path):
    assert round_trip(tmp_path / "a" / "b" / "c.safetensors", 1) == 1
    assert round_trip(str(tmp_path / "text"), 2) == 2
