"""Mistakes with `d2lmodels.checkpoint` end in errors that name the path, and where in the tree."""

import re

import numpy as np
import pytest
import safetensors.torch
import torch

from d2lmodels import checkpoint

WHOLE = {"W": torch.arange(100.0), "epoch": 3}


@pytest.mark.parametrize(
    ("tree", "error", "message"),
    [
        ({"a": [1, {"b": {2}}]}, TypeError, r"tree\['a'\]\[1\]\['b'\] is a set; a checkpoint holds dicts"),
        (np.ones(2), TypeError, "tree is a ndarray; a checkpoint holds"),
        ({"f": len}, TypeError, r"tree\['f'\] is a builtin_function_or_method"),
        ({"x": [b"a"]}, TypeError, r"tree\['x'\]\[0\] is a bytes"),
        ({"x": {1.5: 0}}, TypeError, r"tree\['x'\] has the key 1.5; keys must be strings or whole numbers"),
        ({True: 0}, TypeError, "tree has the key True"),
        (
            {"x": torch.ones(2, dtype=torch.complex128)},
            TypeError,
            r"tree\['x'\] is .*complex128",
        ),
        ({"x": torch.ones(2, device="meta")}, TypeError, r"tree\['x'\] is .* on meta"),
        ({"x": torch.eye(2).to_sparse()}, TypeError, r"tree\['x'\] is a torch.sparse_coo"),
    ],
)
def test_what_cannot_be_stored_is_named_with_its_place(tmp_path, tree, error, message):
    with pytest.raises(error, match=message):
        checkpoint.save(tmp_path / "x", tree)
    assert list(tmp_path.iterdir()) == []


def test_the_dtype_of_storage(tmp_path):
    with pytest.raises(ValueError, match=r"dtype is torch.int8; it must be a floating dtype"):
        checkpoint.save(tmp_path / "x", WHOLE, dtype=torch.int8)
    with pytest.raises(ValueError, match="dtype is 'float16'; it must be"):
        checkpoint.save(tmp_path / "x", WHOLE, dtype="float16")
    with pytest.raises(ValueError, match=r"tree\[0\] holds numbers up to 70000, too large for torch.float16"):
        checkpoint.save(tmp_path / "x", [torch.tensor([1.0, -70000.0])], dtype=torch.float16)


def test_no_such_file(tmp_path):
    for path in (tmp_path / "nothing.safetensors", tmp_path):
        with pytest.raises(FileNotFoundError, match=re.escape(f"there is no checkpoint {path}")):
            checkpoint.load(path)


@pytest.mark.parametrize("length", [0, 7, 8, 60, 150, -1])
def test_a_truncated_file(tmp_path, length):
    path = tmp_path / "run.safetensors"
    checkpoint.save(path, WHOLE)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"is truncated or no checkpoint: .*header"):
        checkpoint.load(path)


def test_another_kind_of_file(tmp_path):
    path = tmp_path / "model.pt"
    torch.save(WHOLE, path)
    with pytest.raises(ValueError, match=re.escape(f"{path} is truncated or no checkpoint")):
        checkpoint.load(path)
    safetensors.torch.save_file({"W": torch.ones(2)}, path)
    with pytest.raises(ValueError, match=r"is a safetensors file that checkpoint.save did not write"):
        checkpoint.load(path)
